/** So many at once, and for each opening in time so much of another one. */
const MOST = 10;
const PER_OPENING = 0.1;

/**
 * How many sessions of the next service the slow openings of one service may cost, in all calls of the hub together: one that is slow now
 * and then costs a session each time, and one that is always slow costs ten.
 */
export class OpeningHedges {
  #left = MOST;

  /** @returns whether there is one, which is then used up */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** A session was there in time. */
  openedInTime(): void {
    this.#left = Math.min(MOST, this.#left + PER_OPENING);
  }
}
