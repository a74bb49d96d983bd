import { VAD_FRAME_SAMPLES } from './vad.ts';

/** Voicing is looked at in 40 ms at half the rate: pitch lies below 500 Hz. */
const WINDOW = VAD_FRAME_SAMPLES;
const HALF_FRAME = VAD_FRAME_SAMPLES / 2;
/** Samples at 4 kHz: 400 to 70 Hz. */
const SHORTEST_PERIOD = 10;
const LONGEST_PERIOD = 57;
/** Normalised correlation from which a frame is periodic. Noise gets there by chance, but not again and again. */
const PERIODIC = 0.7;
/** A glide moves the period by this many samples at most; more is a jump to another octave or note. */
const LONGEST_GLIDE = 3;
/** A voice changes its pitch by such a part of it in 20 ms; notes and hum keep theirs, and steps of a melody are larger. */
const [LEAST_GLIDE, MOST_GLIDE] = [0.004, 0.045];
/** Voiced frames that the change of the spectrum is taken from. */
const HISTORY = 15;
const MIN_FRAMES = 5;
/** Periodic frames in a row, the period gliding: a vowel. */
const VOWEL_FRAMES = 3;
/** So many in what has been noise until now: in a long noise there is time for chance. */
const LONG_VOWEL_FRAMES = 5;
/** Median change of the bands from frame to frame in dB: speech moves, hum and noise and held notes stand still. */
const LIVELY_DB = 1.3;
/** Slow speech, "no" or "mmm", changes less; its pitch glides. */
const GLIDING_DB = 0.7;
const MIN_GLIDES = 2;
const MIN_PERIODIC_GLIDING = 6;
const GLIDING_SHARE = 0.25;
/** No steady sound changes this much; then less of a vowel will do. */
const RESTLESS_DB = 3;
const SHORT_VOWEL_FRAMES = 2;
/**
 * Half of that will do where periodic frames come again and again: a flat voice whose vowels are cut up. Less will where one of the vowels is
 * whole: notes and hum, which change as little, are periodic for longer.
 */
const [CUT_UP_DB, CUT_UP_VOWEL_DB] = [1.8, 1.05];
const MIN_PERIODIC_CUT_UP = 6;
const MAX_SHARE_CUT_UP = 0.5;
/** Power that is added to each band, so that what nobody hears does not count as change. */
const IDLE_POWER = 20;

/**
 * Tells after some voiced frames whether they can be speech: some of it is periodic, and its spectrum or its pitch moves
 * all the time. Noise is not periodic, hum and held notes do not move. Allocates nothing per frame.
 */
export class SpeechEvidence {
  readonly #bands = [new BandPower(350), new BandPower(900), new BandPower(2200)];
  readonly #levels = new Float64Array(3);
  readonly #low = new Float64Array(WINDOW);
  readonly #changes = new Float64Array(HISTORY);
  readonly #sorted = new Float64Array(HISTORY);
  #count = 0;
  #periodic = 0;
  #glides = 0;
  #period = 0;
  /** Periodic frames in a row without a jump of the period: up to now, and at most. */
  #run = 0;
  #longestRun = 0;
  #vowelFrames = VOWEL_FRAMES;
  #found = false;

  /** It has been seen since `begin`. */
  get found(): boolean {
    return this.#found;
  }

  /** Too little for a verdict, but there was a vowel: a short "no". */
  get possible(): boolean {
    return this.#longestRun >= this.#vowelFrames;
  }

  /** Forgets what was collected: another sound begins, or `inNoise`, one that may be speech over a noise. */
  begin(inNoise = false): void {
    this.#vowelFrames = inNoise ? LONG_VOWEL_FRAMES : VOWEL_FRAMES;
    this.#count = 0;
    this.#periodic = 0;
    this.#glides = 0;
    this.#period = 0;
    this.#run = 0;
    this.#longestRun = 0;
    this.#found = false;
  }

  /** The next 20 ms at 8 kHz; `voiced`: they count. */
  process(frame: Int16Array, voiced: boolean): void {
    this.#low.copyWithin(0, HALF_FRAME);
    for (let i = 0; i < HALF_FRAME; i++) {
      this.#low[HALF_FRAME + i] = ((frame[2 * i] ?? 0) + (frame[2 * i + 1] ?? 0)) / 2;
    }
    let change = 0;
    for (let i = 0; i < this.#bands.length; i++) {
      const level = 10 * Math.log10((this.#bands[i]?.process(frame) ?? 0) + IDLE_POWER);
      change += Math.abs(level - (this.#levels[i] ?? 0)) / this.#bands.length;
      this.#levels[i] = level;
    }
    if (!voiced || this.#found) return;
    // The step from silence to sound is no change of the sound.
    if (this.#count > 0) this.#changes[(this.#count - 1) % HISTORY] = change;
    this.#count += 1;
    this.#listenForPitch();
    this.#decide();
  }

  #listenForPitch(): void {
    const period = pitchPeriod(this.#low);
    const moved = Math.abs(period - this.#period);
    const goesOn = period > 0 && this.#period > 0 && moved <= LONGEST_GLIDE;
    if (period > 0) this.#periodic += 1;
    if (goesOn && moved >= LEAST_GLIDE * period && moved <= MOST_GLIDE * period) this.#glides += 1;
    this.#run = goesOn ? this.#run + 1 : Math.sign(period);
    this.#longestRun = Math.max(this.#longestRun, this.#run);
    this.#period = period;
  }

  #decide(): void {
    const changes = this.#count - 1;
    if (changes < MIN_FRAMES || this.#longestRun < SHORT_VOWEL_FRAMES) return;
    const length = Math.min(changes, HISTORY);
    this.#sorted.fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < length; i++) this.#sorted[i] = this.#changes[i] ?? 0;
    this.#sorted.sort();
    const median = this.#sorted[length >> 1] ?? 0;
    const moves = this.#glides >= MIN_GLIDES;
    const glides = moves && this.#periodic >= MIN_PERIODIC_GLIDING && this.#glides >= GLIDING_SHARE * this.#periodic;
    const vowel = this.#longestRun >= this.#vowelFrames;
    const lively = (median >= LIVELY_DB && moves) || (median >= GLIDING_DB && glides);
    const wholeVowel = vowel && this.#periodic <= MAX_SHARE_CUT_UP * this.#count;
    const cutUp = this.#periodic >= MIN_PERIODIC_CUT_UP && median >= (wholeVowel ? CUT_UP_VOWEL_DB : CUT_UP_DB);
    this.#found = (vowel && lively) || cutUp || median >= RESTLESS_DB;
  }
}

/**
 * The period of 40 ms at 4 kHz in samples and parts of one; 0 when they have none. It must be a peak of the correlation: rumble is like
 * itself at every short distance.
 */
function pitchPeriod(window: Float64Array): number {
  let best = PERIODIC;
  let period = 0;
  let before = correlation(window, SHORTEST_PERIOD - 1);
  let here = correlation(window, SHORTEST_PERIOD);
  for (let lag = SHORTEST_PERIOD; lag <= LONGEST_PERIOD; lag++) {
    const after = correlation(window, lag + 1);
    if (here > best && here > before && here >= after) {
      best = here;
      // The peak of the parabola through the three: a tenth of a sample matters.
      period = lag + (before - after) / (2 * (before - 2 * here + after));
    }
    before = here;
    here = after;
  }
  return period;
}

/** Normalised, of the window with itself `lag` samples before. */
function correlation(window: Float64Array, lag: number): number {
  let product = 0;
  let power = 0;
  let before = 0;
  for (let i = lag; i < WINDOW; i++) {
    const a = window[i] ?? 0;
    const b = window[i - lag] ?? 0;
    product += a * b;
    power += a * a;
    before += b * b;
  }
  return product / Math.sqrt(power * before + 1e-9);
}

/** Mean power in a band 1.2 octaves wide (RBJ cookbook biquad, constant peak gain). */
class BandPower {
  readonly #b0: number;
  readonly #a1: number;
  readonly #a2: number;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(centreHz: number) {
    const w = (2 * Math.PI * centreHz) / 8000;
    const alpha = Math.sin(w) * Math.sinh((Math.LN2 / 2) * 1.2 * (w / Math.sin(w)));
    this.#b0 = alpha / (1 + alpha);
    this.#a1 = (-2 * Math.cos(w)) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
  }

  process(frame: Int16Array): number {
    let sum = 0;
    for (let i = 0; i < frame.length; i++) {
      const x = frame[i] ?? 0;
      const y = this.#b0 * (x - this.#x2) - this.#a1 * this.#y1 - this.#a2 * this.#y2;
      this.#x2 = this.#x1;
      this.#x1 = x;
      this.#y2 = this.#y1;
      this.#y1 = y;
      sum += y * y;
    }
    return sum / frame.length;
  }
}
