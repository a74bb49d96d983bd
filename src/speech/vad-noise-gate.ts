import { VAD_SAMPLE_RATE } from './vad.ts';

/** One band-pass (RBJ cookbook biquad, constant peak gain) and the noise floor behind it. */
class NoiseBand {
  readonly #b0: number;
  readonly #a1: number;
  readonly #a2: number;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;
  #smoothed = -1;
  /** Minima of the smoothed power over the last sub-windows, the running one last. */
  readonly #minima = new Float64Array(SUB_WINDOWS);
  #window = 0;
  #framesInWindow = 0;

  constructor(centreHz: number, widthOctaves: number) {
    const w = (2 * Math.PI * centreHz) / VAD_SAMPLE_RATE;
    const alpha = Math.sin(w) * Math.sinh((Math.LN2 / 2) * widthOctaves * (w / Math.sin(w)));
    this.#b0 = alpha / (1 + alpha);
    this.#a1 = (-2 * Math.cos(w)) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
    this.#minima.fill(Number.POSITIVE_INFINITY);
  }

  /** Power of the band in this frame, over the noise floor, as a plain ratio. */
  process(frame: Int16Array): number {
    let x1 = this.#x1;
    let x2 = this.#x2;
    let y1 = this.#y1;
    let y2 = this.#y2;
    let sum = 0;
    for (let i = 0; i < frame.length; i++) {
      const x = frame[i] ?? 0;
      const y = this.#b0 * (x - x2) - this.#a1 * y1 - this.#a2 * y2;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      sum += y * y;
    }
    this.#x1 = x1;
    this.#x2 = x2;
    this.#y1 = y1;
    this.#y2 = y2;
    const power = sum / frame.length;
    const floor = this.#track(power);
    return power / floor;
  }

  #track(power: number): number {
    this.#smoothed = this.#smoothed < 0 ? power : SMOOTHING * this.#smoothed + (1 - SMOOTHING) * power;
    const minima = this.#minima;
    minima[this.#window] = Math.min(minima[this.#window] ?? 0, this.#smoothed);
    let floor = Number.POSITIVE_INFINITY;
    for (let i = 0; i < SUB_WINDOWS; i++) floor = Math.min(floor, minima[i] ?? floor);
    this.#framesInWindow += 1;
    if (this.#framesInWindow === SUB_WINDOW_FRAMES) {
      this.#framesInWindow = 0;
      this.#window = (this.#window + 1) % SUB_WINDOWS;
      minima[this.#window] = this.#smoothed;
    }
    return Math.max(QUIETEST_FLOOR, Math.min(LOUDEST_FLOOR, floor * MINIMUM_BIAS));
  }

  reset(): void {
    this.#x1 = 0;
    this.#x2 = 0;
    this.#y1 = 0;
    this.#y2 = 0;
    this.#smoothed = -1;
    this.#minima.fill(Number.POSITIVE_INFINITY);
    this.#window = 0;
    this.#framesInWindow = 0;
  }
}

/** 2.4 s: longer than people speak without a dip between syllables. */
const SUB_WINDOWS = 12;
const SUB_WINDOW_FRAMES = 10;
const SMOOTHING = 0.7;
/** The minimum over the window lies this far below the mean of steady noise. */
const MINIMUM_BIAS = 1.7;
/** Mean square of a sample. Below it is the idle noise of G.711; nobody's voice is that quiet. */
const QUIETEST_FLOOR = 12 ** 2;
/** A call that begins with speech must not take it for noise. */
const LOUDEST_FLOOR = 1000 ** 2;

/**
 * How far a frame stands out from steady background noise, in dB, by minimum statistics (R. Martin, 2001) in three
 * bands: voiced speech stands out somewhere even when its total power does not.
 */
export class NoiseGate {
  readonly #bands = [new NoiseBand(350, 1.2), new NoiseBand(900, 1.2), new NoiseBand(2200, 1.2)];

  process(frame: Int16Array): number {
    let sum = 0;
    let best = 0;
    for (let i = 0; i < this.#bands.length; i++) {
      const ratio = this.#bands[i]?.process(frame) ?? 0;
      sum += ratio;
      best = Math.max(best, ratio);
    }
    // The best band alone would let through every chance peak of noise.
    const mixed = 0.5 * best + (0.5 * sum) / this.#bands.length;
    return 10 * Math.log10(Math.max(1e-3, mixed));
  }

  reset(): void {
    for (const band of this.#bands) band.reset();
  }
}
