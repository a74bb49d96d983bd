import type { Clock } from '../../clock.ts';

const TURN_MS = 20;

/**
 * Tells for how long the event loop has been kept from turning. What arrived since then waits to be read, so a clock that goes by arrivals is
 * behind by so much.
 */
export class LoopWatch {
  readonly #clock: Clock;
  #turnedAt: number;
  #cancel: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#turnedAt = clock.now();
    this.#plan();
  }

  /** 0 while it turns as it should. */
  get heldUpMs(): number {
    return Math.max(0, this.#clock.now() - this.#turnedAt - TURN_MS);
  }

  stop(): void {
    this.#cancel();
  }

  #plan(): void {
    this.#cancel = this.#clock.after(TURN_MS, () => {
      this.#turnedAt = this.#clock.now();
      this.#plan();
    });
  }
}
