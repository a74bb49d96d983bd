/** Room that an utterance begins with: two seconds at 8 kHz. */
const FIRST_SAMPLES = 16_000;

/** The most recent samples of a stream: what an utterance's pre-roll is taken from. */
export class SampleRing {
  readonly #samples: Int16Array;
  #next = 0;
  #filled = 0;

  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  push(frame: Int16Array): void {
    const capacity = this.#samples.length;
    const tail = frame.length > capacity ? frame.subarray(frame.length - capacity) : frame;
    const room = capacity - this.#next;
    if (tail.length <= room) this.#samples.set(tail, this.#next);
    else {
      this.#samples.set(tail.subarray(0, room), this.#next);
      this.#samples.set(tail.subarray(room), 0);
    }
    this.#next = (this.#next + tail.length) % capacity;
    this.#filled = Math.min(capacity, this.#filled + tail.length);
  }

  /** A copy of the last `count` samples, or of fewer when fewer were pushed. */
  last(count: number): Int16Array {
    const n = Math.max(0, Math.min(count, this.#filled));
    const capacity = this.#samples.length;
    const start = (this.#next - n + capacity) % capacity;
    const out = new Int16Array(n);
    const first = Math.min(n, capacity - start);
    out.set(this.#samples.subarray(start, start + first));
    out.set(this.#samples.subarray(0, n - first), first);
    return out;
  }
}

/** The audio of one utterance: grows by doubling up to a limit, and ignores what lies beyond. */
export class UtteranceBuffer {
  readonly #limit: number;
  #samples: Int16Array;
  #length: number;

  constructor(start: Int16Array, limit: number) {
    this.#limit = limit;
    this.#length = Math.min(start.length, limit);
    this.#samples = new Int16Array(Math.min(limit, Math.max(this.#length * 2, FIRST_SAMPLES)));
    this.#samples.set(start.subarray(start.length - this.#length));
  }

  get length(): number {
    return this.#length;
  }

  push(frame: Int16Array): void {
    const count = Math.min(frame.length, this.#limit - this.#length);
    if (count <= 0) return;
    if (this.#length + count > this.#samples.length) {
      const grown = new Int16Array(Math.min(this.#limit, this.#samples.length * 2));
      grown.set(this.#samples.subarray(0, this.#length));
      this.#samples = grown;
    }
    this.#samples.set(count === frame.length ? frame : frame.subarray(0, count), this.#length);
    this.#length += count;
  }

  /** A copy of the first `count` samples. */
  head(count: number): Int16Array {
    return this.#samples.slice(0, Math.max(0, Math.min(count, this.#length)));
  }
}
