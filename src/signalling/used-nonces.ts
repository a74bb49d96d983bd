/** How often each nonce was used, as long as it is good: a request that is sent again by somebody else is told by it. */
export class UsedNonces {
  readonly #highest = new Map<string, { count: number; issuedAt: number }>();
  readonly #max: number;
  readonly #lifetimeMs: number;
  /** Nonces that were issued by then are taken for used, whether or not they were: what they had is forgotten. */
  #forgottenTo = Number.NEGATIVE_INFINITY;

  /** @param max nonces in memory; each belongs to a call that had the right credentials */
  constructor({ max, lifetimeMs }: { max: number; lifetimeMs: number }) {
    this.#max = max;
    this.#lifetimeMs = lifetimeMs;
  }

  get size(): number {
    return this.#highest.size;
  }

  /**
   * Takes a use of a nonce; false where it was used so often before (RFC 7616 3.4, `nc`).
   * @param issuedAt milliseconds of the clock that `now` is of
   */
  take(nonce: string, { count, issuedAt, now }: { count: number; issuedAt: number; now: number }): boolean {
    if (issuedAt <= this.#forgottenTo) return false;
    const before = this.#highest.get(nonce);
    if (before !== undefined && count <= before.count) return false;
    this.#highest.set(nonce, { count, issuedAt });
    if (this.#highest.size > this.#max) this.#makeRoom(now);
    return true;
  }

  #makeRoom(now: number): void {
    for (const [nonce, { issuedAt }] of this.#highest) {
      if (now - issuedAt > this.#lifetimeMs) this.#highest.delete(nonce);
    }
    for (const [nonce, { issuedAt }] of this.#highest) {
      if (this.#highest.size <= this.#max) return;
      this.#highest.delete(nonce);
      this.#forgottenTo = Math.max(this.#forgottenTo, issuedAt);
    }
  }
}
