import type { SampleRate } from '../../../../src/media/audio.ts';
import { DECODER_SAMPLE_RATE } from './stt-engine.ts';

const TAPS_PER_PHASE = 16;

/** Rates that can be brought to 8 kHz by dropping samples after a low-pass filter. */
export function canDecimate(rate: SampleRate): boolean {
  return rate % DECODER_SAMPLE_RATE === 0;
}

/** Brings frames to 8 kHz; keeps the filter's memory between them. */
export class Decimator {
  readonly #ratio: number;
  readonly #taps: Float32Array;
  /** The last `taps` input samples, then the new frame. */
  #work: Float32Array;
  #out: Int16Array;

  /** @param rate a multiple of 8000 */
  constructor(rate: SampleRate) {
    this.#ratio = rate / DECODER_SAMPLE_RATE;
    const length = this.#ratio === 1 ? 1 : TAPS_PER_PHASE * this.#ratio + 1;
    this.#taps = lowPass(length, 0.46 / this.#ratio);
    this.#work = new Float32Array(length - 1);
    this.#out = new Int16Array(0);
  }

  /** The result is valid until the next call. The frame's length should be a multiple of the ratio. */
  process(frame: Int16Array): Int16Array {
    if (this.#ratio === 1) return frame;
    const history = this.#taps.length - 1;
    const samples = Math.trunc(frame.length / this.#ratio);
    if (this.#work.length !== history + frame.length) {
      const grown = new Float32Array(history + frame.length);
      grown.set(this.#work.subarray(0, history));
      this.#work = grown;
      this.#out = new Int16Array(samples);
    }
    this.#work.set(frame, history);
    for (let i = 0; i < samples; i++) {
      let sum = 0;
      const at = i * this.#ratio;
      for (let k = 0; k <= history; k++) sum += (this.#taps[k] ?? 0) * (this.#work[at + k] ?? 0);
      this.#out[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
    this.#work.copyWithin(0, frame.length);
    return this.#out;
  }
}

/** Windowed sinc (Hann); `cutoff` relative to the input rate. */
function lowPass(length: number, cutoff: number): Float32Array {
  const taps = new Float32Array(length);
  if (length === 1) return taps.fill(1);
  const middle = (length - 1) / 2;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const x = i - middle;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    const tap = sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / (middle + 1)));
    taps[i] = tap;
    sum += tap;
  }
  return taps.map((tap) => tap / sum);
}

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
    this.#samples = new Int16Array(Math.min(limit, Math.max(this.#length * 2, 2 * DECODER_SAMPLE_RATE)));
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
