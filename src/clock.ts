/** Time comes in through an argument, so that tests decide what it is. */
export interface Clock {
  /** Milliseconds, monotonic; only differences mean something. */
  now(): number;
  /** Wall clock, for records and the wire. */
  date(): Date;
  /** Runs `fn` once after `ms`; the returned function cancels it and may be called any number of times. */
  after(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
