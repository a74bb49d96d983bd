import type { Clock } from '../clock.ts';

/** How much of the audio that a vendor is given is ahead of the pace of a call. */
export class AudioAhead {
  readonly #clock: Clock;
  #ms = 0;
  #wroteAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wroteAt = clock.now();
  }

  /** After the last write. */
  get ms(): number {
    return this.#ms;
  }

  write(ms: number): void {
    const now = this.#clock.now();
    this.#ms = Math.max(0, this.#ms - (now - this.#wroteAt)) + ms;
    this.#wroteAt = now;
  }
}
