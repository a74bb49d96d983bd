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
