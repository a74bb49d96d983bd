import type { SampleRate } from '../../../src/media/audio.ts';

/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const ZERO_CROSSINGS = 16;
/** Part of the lower Nyquist frequency that passes. */
const PASSBAND = 0.92;
/** Kaiser window, 70 dB stop band. */
const KAISER_BETA = 7;

interface Filter {
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  /** `up` phases of `taps` coefficients. */
  readonly table: Float32Array;
}

const filters = new Map<string, Filter>();

/** Changes the rate of mono PCM that arrives in pieces, by a polyphase windowed sinc; without delay. */
export class StreamResampler {
  readonly #filter: Filter | undefined;
  #input: Int16Array;
  /** Position of the next output sample, in units of 1/up input samples, relative to the first sample of `#input`. */
  #position: number;

  /** @param from any positive whole rate, in Hz */
  constructor(from: number, to: SampleRate) {
    this.#filter = from === to ? undefined : filterFor(from, to);
    const half = (this.#filter?.taps ?? 0) / 2;
    this.#input = new Int16Array(half);
    this.#position = half * (this.#filter?.up ?? 0);
  }

  /** @returns what can be computed so far; possibly nothing */
  push(samples: Int16Array): Int16Array {
    const filter = this.#filter;
    if (filter === undefined) return samples.slice();
    const input = new Int16Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const { up, down, taps, table } = filter;
    const half = taps / 2;
    const last = (input.length - half) * up;
    const out = new Int16Array(Math.max(0, Math.ceil((last - this.#position) / down)));
    let position = this.#position;
    for (let n = 0; n < out.length; n++) {
      const whole = Math.floor(position / up);
      const row = (position - whole * up) * taps;
      const first = whole - half + 1;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (table[row + k] ?? 0) * (input[first + k] ?? 0);
      out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
      position += down;
    }
    const keepFrom = Math.max(0, Math.min(input.length, Math.floor(position / up) - half));
    this.#input = input.slice(keepFrom);
    this.#position = position - keepFrom * up;
    return out;
  }

  /** @returns the rest; the resampler is not used afterwards */
  end(): Int16Array {
    return this.#filter === undefined ? new Int16Array(0) : this.push(new Int16Array(this.#filter.taps / 2));
  }
}

/** The whole of a signal at another rate; its length scales with the rate (to within one sample). */
export function resample(samples: Int16Array, from: number, to: SampleRate): Int16Array {
  if (from === to) return samples;
  const resampler = new StreamResampler(from, to);
  return concat([resampler.push(samples), resampler.end()]);
}

export function concat(chunks: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function filterFor(from: number, to: number): Filter {
  const key = `${from}:${to}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const divisor = gcd(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const ratio = Math.min(1, to / from);
  const half = Math.ceil(ZERO_CROSSINGS / ratio);
  const taps = 2 * half;
  const table = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const x = k - (half - 1) - phase / up;
      const value = sinc(x * ratio * PASSBAND) * kaiser(x / half);
      table[phase * taps + k] = value;
      sum += value;
    }
    for (let k = 0; k < taps; k++) table[phase * taps + k] = (table[phase * taps + k] ?? 0) / sum;
  }
  const filter = { up, down, taps, table };
  filters.set(key, filter);
  return filter;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
