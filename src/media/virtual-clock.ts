import type { Clock } from '../clock.ts';

interface Timer {
  atMs: number;
  order: number;
  fn: () => void;
}

/** A clock that stands still until a test moves it. Starts at 0. */
export class VirtualClock implements Clock {
  private timeMs = 0;
  private order = 0;
  private readonly timers = new Set<Timer>();
  private readonly epochMs: number;

  constructor(epoch: Date = new Date('2026-01-01T00:00:00Z')) {
    this.epochMs = epoch.getTime();
  }

  now(): number {
    return this.timeMs;
  }

  date(): Date {
    return new Date(this.epochMs + this.timeMs);
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { atMs: this.timeMs + Math.max(0, ms), order: this.order++, fn };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.timers.size;
  }

  /** Milliseconds until the next timer fires, undefined when none is set. */
  get nextInMs(): number | undefined {
    const next = this.nextDue(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.atMs - this.timeMs;
  }

  /** Moves the time and fires what is due, in order; timers that fire may set others within the span. */
  advance(ms: number): void {
    const endMs = this.timeMs + ms;
    for (let timer = this.nextDue(endMs); timer !== undefined; timer = this.nextDue(endMs)) this.fire(timer);
    this.timeMs = endMs;
  }

  /** Like `advance`, and after each timer lets promises go on: what they schedule within the span fires too. */
  async run(ms: number): Promise<void> {
    const endMs = this.timeMs + ms;
    await settle();
    for (let timer = this.nextDue(endMs); timer !== undefined; timer = this.nextDue(endMs)) {
      this.fire(timer);
      await settle();
    }
    this.timeMs = endMs;
    await settle();
  }

  private fire(timer: Timer): void {
    this.timers.delete(timer);
    this.timeMs = Math.max(this.timeMs, timer.atMs);
    timer.fn();
  }

  private nextDue(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.atMs > endMs) continue;
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}

/** Lets every promise that is ready go on, chains of them included. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
