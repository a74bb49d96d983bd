import type { Clock } from '../clock.ts';

/** A session that replaces a lost one is given up to a minute in one go, and what is said while that is on its way. */
const MAX_S = 75;
/** So much may always wait: it is what a slow moment of the network leaves. */
const LOW_S = 1;
/** More than that, for so long: nobody takes it. */
const STALL_MS = 5_000;

/**
 * Tells by what waits to be sent whether a vendor still takes audio. A lot at one moment is no fault: while a replay is written,
 * nothing of it leaves the process over TLS. What never shrinks is, and so is more than can be owed.
 */
export class Backlog {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #highSince: number | undefined;

  /** @param perSecond what a second of audio adds: bytes, or messages */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** @param waiting in the unit of `perSecond` */
  isStuck(waiting: number): boolean {
    if (waiting <= LOW_S * this.#perSecond) {
      this.#highSince = undefined;
      return false;
    }
    if (waiting > MAX_S * this.#perSecond) return true;
    const now = this.#clock.now();
    this.#highSince ??= now;
    return now - this.#highSince >= STALL_MS;
  }
}
