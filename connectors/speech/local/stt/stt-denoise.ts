/** Window of the transform: 32 ms at 8 kHz, half overlapping. */
const SIZE = 256;
const HOP = SIZE / 2;
const BINS = SIZE / 2 + 1;

/** Share of an utterance's frames that is taken for background, per frequency. */
const NOISE_QUANTILE = 0.3;
/** The quantile of steady noise's power lies this far below its mean. */
const NOISE_BIAS = 2;
/** Weight of the frame before in the signal-to-noise estimate: less musical noise, slower onsets. */
const DECISION_DIRECTED = 0.9;
/** Least gain. Lower ones leave artefacts that the acoustic model understands worse than noise. */
const GAIN_FLOOR = 0.3;

/** Root of a periodic Hann window: applied before and after, halves add up to one. */
const WINDOW = Float64Array.from({ length: SIZE }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / SIZE));
const COS = Float64Array.from({ length: SIZE }, (_, i) => Math.cos((2 * Math.PI * i) / SIZE));
const SIN = Float64Array.from({ length: SIZE }, (_, i) => Math.sin((2 * Math.PI * i) / SIZE));

/**
 * Takes steady background noise out of a whole utterance (8 kHz PCM) for the recogniser: a Wiener filter with
 * decision-directed signal-to-noise ratio (Ephraim and Malah, 1984); the noise spectrum is a low quantile over the
 * utterance, which a recogniser of whole utterances can afford. Returns samples in -1..1, as many as went in.
 */
export function denoise(samples: Int16Array): Float32Array {
  const frames = Math.ceil(samples.length / HOP) + 1;
  const re = Array.from({ length: frames }, () => new Float64Array(SIZE));
  const im = Array.from({ length: frames }, () => new Float64Array(SIZE));
  re.forEach((frame, f) => {
    for (let i = 0; i < SIZE; i++) frame[i] = (samples[(f - 1) * HOP + i] ?? 0) * (WINDOW[i] ?? 0);
    transform(frame, im[f] ?? frame, -1);
  });
  const noise = noiseSpectrum(re, im);
  const before = new Float64Array(BINS);
  const out = new Float32Array(samples.length);
  for (let f = 0; f < frames; f++) {
    const real = re[f];
    const imag = im[f];
    if (real === undefined || imag === undefined) continue;
    for (let b = 0; b < BINS; b++) {
      const ratio = ((real[b] ?? 0) ** 2 + (imag[b] ?? 0) ** 2) / (noise[b] ?? 1);
      const snr = DECISION_DIRECTED * (before[b] ?? 0) + (1 - DECISION_DIRECTED) * Math.max(0, ratio - 1);
      const gain = Math.max(GAIN_FLOOR, snr / (1 + snr));
      before[b] = gain * gain * ratio;
      scale(real, imag, b, gain);
      if (b > 0 && b < SIZE / 2) scale(real, imag, SIZE - b, gain);
    }
    transform(real, imag, 1);
    for (let i = 0; i < SIZE; i++) {
      const at = (f - 1) * HOP + i;
      if (at >= 0 && at < out.length) out[at] = (out[at] ?? 0) + ((real[i] ?? 0) * (WINDOW[i] ?? 0)) / (SIZE * 32768);
    }
  }
  return out;
}

function scale(re: Float64Array, im: Float64Array, at: number, gain: number): void {
  re[at] = (re[at] ?? 0) * gain;
  im[at] = (im[at] ?? 0) * gain;
}

/** Power per bin, smoothed over three bins. */
function noiseSpectrum(re: readonly Float64Array[], im: readonly Float64Array[]): Float64Array {
  // The first and the last frame are half empty.
  const inner = re.length > 4 ? re.length - 3 : re.length;
  const first = re.length > 4 ? 1 : 0;
  const powers = new Float64Array(inner);
  const power = (f: number, b: number): number => (re[f]?.[b] ?? 0) ** 2 + (im[f]?.[b] ?? 0) ** 2;
  return Float64Array.from({ length: BINS }, (_, b) => {
    const below = Math.max(0, b - 1);
    const above = Math.min(BINS - 1, b + 1);
    for (let i = 0; i < inner; i++) {
      powers[i] = (power(first + i, below) + power(first + i, b) + power(first + i, above)) / 3;
    }
    powers.sort();
    return NOISE_BIAS * (powers[Math.floor(inner * NOISE_QUANTILE)] ?? 0) + 1e-3;
  });
}

/** Radix-2 Fourier transform in place; `sign` -1 forward, 1 inverse without the factor 1/SIZE. */
function transform(re: Float64Array, im: Float64Array, sign: 1 | -1): void {
  for (let i = 1, j = 0; i < SIZE; i++) {
    let bit = SIZE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(re, i, j);
      swap(im, i, j);
    }
  }
  for (let length = 2; length <= SIZE; length <<= 1) {
    const step = SIZE / length;
    const half = length / 2;
    for (let start = 0; start < SIZE; start += length) {
      for (let k = 0; k < half; k++) {
        const c = COS[k * step] ?? 0;
        const s = sign * (SIN[k * step] ?? 0);
        const a = start + k;
        const b = a + half;
        const xr = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
        const xi = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
        re[b] = (re[a] ?? 0) - xr;
        im[b] = (im[a] ?? 0) - xi;
        re[a] = (re[a] ?? 0) + xr;
        im[a] = (im[a] ?? 0) + xi;
      }
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] ?? 0;
  values[i] = values[j] ?? 0;
  values[j] = kept;
}
