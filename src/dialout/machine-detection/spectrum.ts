import { FRAME_SAMPLES, RATE } from './frame-input.ts';

/** 32 ms: the frame and the 96 samples before it. */
const SIZE = 256;
const BITS = 8;

/** Width of a bin. */
export const BIN_HZ = RATE / SIZE;
export const BINS = SIZE / 2;

const WINDOW = Float64Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE));
const COSINES = Float64Array.from({ length: SIZE / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / SIZE));
const SINES = Float64Array.from({ length: SIZE / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / SIZE));
const REVERSED = Uint8Array.from({ length: SIZE }, (_, i) => {
  let reversed = 0;
  for (let bit = 0; bit < BITS; bit++) if (i & (1 << bit)) reversed |= 1 << (BITS - 1 - bit);
  return reversed;
});
/** Brings the sum of all bins to the mean square of a sample: both halves of the spectrum, and the window's power of 3/8. */
const SCALE = 2 / (0.375 * SIZE * SIZE);

/** Power spectrum of the last 32 ms, Hann window. */
export class Spectrum {
  /** Mean square per bin; bin k is centred at `k * BIN_HZ`. */
  readonly power = new Float64Array(BINS);
  readonly #samples = new Float64Array(SIZE);
  readonly #real = new Float64Array(SIZE);
  readonly #imaginary = new Float64Array(SIZE);

  /** The next 160 samples at 8 kHz. */
  push(frame: Int16Array): void {
    this.#samples.copyWithin(0, FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++) this.#samples[SIZE - FRAME_SAMPLES + i] = frame[i] ?? 0;
    for (let i = 0; i < SIZE; i++) {
      const from = REVERSED[i] ?? 0;
      this.#real[i] = (this.#samples[from] ?? 0) * (WINDOW[from] ?? 0);
    }
    this.#imaginary.fill(0);
    this.#transform();
    for (let k = 0; k < BINS; k++) {
      const re = this.#real[k] ?? 0;
      const im = this.#imaginary[k] ?? 0;
      this.power[k] = (re * re + im * im) * SCALE;
    }
  }

  /** Cooley and Tukey, 1965, radix 2, in place. */
  #transform(): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let half = 1; half < SIZE; half *= 2) {
      const step = SIZE / (2 * half);
      for (let start = 0; start < SIZE; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k;
          const b = a + half;
          const c = COSINES[k * step] ?? 0;
          const s = SINES[k * step] ?? 0;
          const re = (real[b] ?? 0) * c - (imaginary[b] ?? 0) * s;
          const im = (real[b] ?? 0) * s + (imaginary[b] ?? 0) * c;
          real[b] = (real[a] ?? 0) - re;
          imaginary[b] = (imaginary[a] ?? 0) - im;
          real[a] = (real[a] ?? 0) + re;
          imaginary[a] = (imaginary[a] ?? 0) + im;
        }
      }
    }
  }
}

/** Power between two bins, both included. */
export function powerBetween(power: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = Math.max(0, from); k <= to && k < BINS; k++) sum += power[k] ?? 0;
  return sum;
}

/** Frequency of the sine behind a peak, from the peak's larger neighbour (Hann window; Grandke, 1983). */
export function peakHz(power: Float64Array, bin: number): number {
  const below = power[bin - 1] ?? 0;
  const above = power[bin + 1] ?? 0;
  const ratio = Math.sqrt(Math.max(below, above) / Math.max(1e-12, power[bin] ?? 0));
  const shift = (2 * ratio - 1) / (ratio + 1);
  return (bin + (above >= below ? shift : -shift)) * BIN_HZ;
}
