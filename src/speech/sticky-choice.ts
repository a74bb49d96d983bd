/** Calls that are remembered; of more, the oldest begin with the first service again. */
const MAX_CALLS = 10_000;

/** Which of several services a call has come to: it stays there, whatever opens anew. */
export class StickyChoice {
  readonly #moved = new Map<string, number>();

  /** Where the call begins: at the service that it has come to, otherwise at the first that can be used. */
  first(callId: string, usable: readonly boolean[]): number {
    return this.#moved.get(callId) ?? Math.max(0, usable.indexOf(true));
  }

  moved(callId: string, index: number): void {
    this.#moved.delete(callId);
    this.#moved.set(callId, index);
    if (this.#moved.size <= MAX_CALLS) return;
    const oldest = this.#moved.keys().next().value;
    if (oldest !== undefined) this.#moved.delete(oldest);
  }
}
