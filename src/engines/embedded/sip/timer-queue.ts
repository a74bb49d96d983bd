import type { Clock } from '../../../clock.ts';

/** A pending timer; `cancel` may be called any number of times, also after it fired. */
export interface TimerHandle {
  cancel(): void;
}

interface Entry extends TimerHandle {
  due: number;
  sequence: number;
  index: number;
  run: () => void;
}

/** Any number of timers on one clock timer: a binary heap by due time, equal times in the order of creation. */
export class TimerQueue {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #sequence = 0;
  #cancelWake: (() => void) | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #closed = false;
  readonly #failed: (error: unknown) => void;

  /** `failed` is told what a timer has thrown; the others go on. */
  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Runs `run` once after `ms`. After {@link close} nothing is scheduled any more. */
  schedule(ms: number, run: () => void): TimerHandle {
    const entry: Entry = {
      due: this.#clock.now() + Math.max(0, ms),
      sequence: this.#sequence++,
      index: -1,
      run,
      cancel: () => this.#remove(entry),
    };
    if (this.#closed) return entry;
    entry.index = this.#heap.length;
    this.#heap.push(entry);
    this.#up(entry.index);
    this.#arm();
    return entry;
  }

  close(): void {
    this.#closed = true;
    for (const entry of this.#heap) entry.index = -1;
    this.#heap.length = 0;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined) {
      this.#cancelWake?.();
      this.#cancelWake = undefined;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      return;
    }
    if (first.due >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = first.due;
    this.#cancelWake = this.#clock.after(Math.max(0, first.due - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#cancelWake = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    // Timers that a callback schedules for now wait for the next turn, so that one busy timer cannot hold the thread.
    const until = this.#clock.now() + 0.5;
    const last = this.#sequence;
    try {
      for (let first = this.#heap[0]; first && first.due <= until && first.sequence < last; first = this.#heap[0]) {
        this.#remove(first);
        try {
          first.run();
        } catch (error) {
          this.#failed(error);
        }
      }
    } finally {
      this.#arm();
    }
  }

  #remove(entry: Entry): void {
    const at = entry.index;
    if (at === -1) return;
    entry.index = -1;
    const moved = this.#heap.pop();
    if (moved === undefined || moved === entry) return;
    this.#heap[at] = moved;
    moved.index = at;
    this.#up(at);
    this.#down(moved.index);
  }

  #before(a: Entry, b: Entry): boolean {
    return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (a === undefined || b === undefined) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
    a.index = j;
    b.index = i;
  }

  #up(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      const child = this.#heap[i];
      const above = this.#heap[parent];
      if (child === undefined || above === undefined || !this.#before(child, above)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(from: number): void {
    for (let i = from; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        const a = this.#heap[child];
        const b = this.#heap[least];
        if (a && b && this.#before(a, b)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }
}
