import { type Clock, systemClock } from '../../../src/clock.ts';

const TICK_MS = 3;
/** What is longer between two looks at the clock was taken by others, or by the work of one turn of the event loop. */
const SERVED_MS = 15;

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/**
 * Time in which this process is served: on a machine that is busy with other things it stands still meanwhile, so that nobody is
 * blamed for what the machine is late with. Timers fire in the order of their times.
 */
export class ServedClock implements Clock {
  readonly #hurry: number;
  readonly #timers: Timer[] = [];
  #now = 0;
  #last = systemClock.now();
  #ticking: NodeJS.Timeout | undefined;

  /** @param hurry how fast it runs */
  constructor(hurry: number) {
    this.#hurry = hurry;
  }

  now(): number {
    const now = systemClock.now();
    this.#now += Math.min(SERVED_MS, now - this.#last) * this.#hurry;
    this.#last = now;
    return this.#now;
  }

  /** Lets time pass at once. */
  skip(ms: number): void {
    this.#now += ms;
  }

  date(): Date {
    return systemClock.date();
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.now() + Math.max(0, ms), fn };
    const later = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  #tick(): void {
    const now = this.now();
    while (this.#timers[0] !== undefined && this.#timers[0].at <= now) this.#timers.shift()?.fn();
    if (this.#timers.length > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
