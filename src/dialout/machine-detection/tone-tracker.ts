import { FRAME_MS } from './frame-input.ts';
import { BIN_HZ, BINS, peakHz, powerBetween } from './spectrum.ts';

/** A tone that stood still: one frequency, or two at once. */
export interface ToneSpan {
  fromMs: number;
  /** End of its last frame; grows while the tone lasts. */
  toMs: number;
  hz: number;
  /** The weaker of two frequencies; 0: there is one only, or the second is its harmonic. */
  secondHz: number;
  levelDb: number;
  /** Between its lowest and its highest frame: a generator's frequency stands, a voice's glides. */
  wanderHz: number;
}

/** A beep, ringback and the like lie in here; DTMF and the answering tone too. */
const LOWEST_BIN = Math.floor(320 / BIN_HZ);
const HIGHEST_BIN = Math.ceil(2650 / BIN_HZ);
/** What counts as everything: mains hum stays out. */
const FIRST_BIN = Math.floor(190 / BIN_HZ);
const LAST_BIN = BINS - 4;
/** Share of the power that one frequency must have; a pure tone over G.711 has 0.99, and 0.9 at 10 dB above noise. */
const PURE_SHARE = 0.86;
/** Two frequencies, or one with its harmonics, have more in speech by chance. */
const MIXED_SHARE = 0.92;
/** The second frequency has at least this part of the first one's power: -13 dB. */
const SECOND_PART = 0.05;
/** Weaker tones are taken for background. */
const MIN_LEVEL_DB = -48;
/** Frequencies that are closer than this cannot be told apart in 32 ms and are one cluster that wavers. */
const CLUSTER_HZ = { from: 385, to: 500 };
const CLUSTER_TOLERANCE_HZ = 45;
const TOLERANCE_HZ = 16;
/** Loudness may waver: ANSam is modulated by 20 % (ITU-T V.8), two close frequencies beat. */
const TOLERANCE_DB = 4.5;
/** Ringing tones are also modulated to silence and back, at 17 to 25 Hz (ITU-T E.180 supplement 2). */
const CLUSTER_TOLERANCE_DB = 16;
/** 100 ms of tone fill four windows at least. */
const MIN_FRAMES = 4;
/** A phase reversal (ITU-T V.25) spoils up to two windows. */
const MAX_BREAK_FRAMES = 2;

/** Finds tones in successive spectra. Allocates when a tone begins, and not per frame. */
export class ToneTracker {
  /** Frequency of the strongest peak in this frame; 0 without. */
  peakHz = 0;
  /** Its share of the power. */
  peakShare = 0;
  #secondHz = 0;
  #hz = 0;
  #second = 0;
  #levelDb = 0;
  #frames = 0;
  #broken = 0;
  #wanderHz = 0;
  #lastHz = 0;
  #lowestHz = 0;
  #highestHz = 0;
  #fromMs = 0;
  #current: ToneSpan | undefined;

  /** The tone that goes on at this moment. */
  get current(): ToneSpan | undefined {
    return this.#current;
  }

  /** Something that may become a tone. */
  get begun(): boolean {
    return this.#frames > 0 && this.#broken === 0;
  }

  /** The spectrum of the frame that ends at `nowMs`, and its level. */
  push(power: Float64Array, levelDb: number, nowMs: number): void {
    const tonal = levelDb >= MIN_LEVEL_DB && this.#measure(power);
    if (tonal && this.#frames > 0 && this.#continues(levelDb)) this.#extend(levelDb, nowMs);
    else if (this.#frames > 0 && this.#broken < MAX_BREAK_FRAMES) this.#broken += 1;
    else {
      this.#finish();
      if (tonal) this.#begin(levelDb, nowMs);
    }
    if (tonal && this.#broken > 0 && this.#frames < MIN_FRAMES) {
      // Nothing that could be called a tone yet: the newer one may become one.
      this.#begin(levelDb, nowMs);
    }
  }

  #begin(levelDb: number, nowMs: number): void {
    this.#hz = this.peakHz;
    this.#second = this.#secondHz;
    this.#levelDb = levelDb;
    this.#frames = 1;
    this.#broken = 0;
    this.#wanderHz = 0;
    this.#lowestHz = Number.POSITIVE_INFINITY;
    this.#highestHz = 0;
    this.#fromMs = nowMs - FRAME_MS;
  }

  #continues(levelDb: number): boolean {
    const inCluster = this.#hz >= CLUSTER_HZ.from && this.#hz <= CLUSTER_HZ.to;
    const tolerance = inCluster ? CLUSTER_TOLERANCE_HZ : TOLERANCE_HZ;
    // The first window holds the onset: its level is not the tone's.
    const toleranceDb = inCluster ? CLUSTER_TOLERANCE_DB : TOLERANCE_DB;
    const levelFits = this.#frames < 2 ? levelDb > this.#levelDb - 2 : Math.abs(levelDb - this.#levelDb) <= toleranceDb;
    if (!levelFits) return false;
    const straight = Math.abs(this.peakHz - this.#hz) <= tolerance;
    // Of two equally strong frequencies now one, now the other leads.
    const swapped = this.#second > 0 && Math.abs(this.peakHz - this.#second) <= tolerance;
    return straight || swapped;
  }

  #extend(levelDb: number, nowMs: number): void {
    this.#broken = 0;
    const weight = 1 / Math.min(8, this.#frames + 1);
    const distance = Math.abs(this.peakHz - this.#hz);
    if (distance <= CLUSTER_TOLERANCE_HZ) {
      this.#noteWander();
      this.#hz += weight * (this.peakHz - this.#hz);
    }
    if (this.#second === 0) this.#second = this.#secondHz;
    this.#levelDb = this.#frames < 2 ? levelDb : this.#levelDb + weight * (levelDb - this.#levelDb);
    this.#frames += 1;
    if (this.#frames < MIN_FRAMES) return;
    this.#current ??= this.#remember();
    this.#current.toMs = nowMs;
    this.#current.hz = this.#hz;
    this.#current.secondHz = this.#second;
    this.#current.levelDb = this.#levelDb;
    this.#current.wanderHz = this.#wanderHz;
  }

  /** The first and the last window hold an edge, which smears the peak: both are left out. */
  #noteWander(): void {
    if (this.#frames >= 3) {
      this.#lowestHz = Math.min(this.#lowestHz, this.#lastHz);
      this.#highestHz = Math.max(this.#highestHz, this.#lastHz);
      this.#wanderHz = this.#highestHz - this.#lowestHz;
    }
    this.#lastHz = this.peakHz;
  }

  #remember(): ToneSpan {
    return { fromMs: this.#fromMs, toMs: 0, hz: 0, secondHz: 0, levelDb: 0, wanderHz: 0 };
  }

  #finish(): void {
    this.#current = undefined;
    this.#frames = 0;
    this.#broken = 0;
  }

  /** Whether this frame is one tone, one with harmonics, or two; sets the frequencies. */
  #measure(power: Float64Array): boolean {
    const total = powerBetween(power, FIRST_BIN, LAST_BIN);
    const first = strongest(power, LOWEST_BIN, HIGHEST_BIN, -1);
    this.peakHz = 0;
    this.peakShare = 0;
    this.#secondHz = 0;
    if (first < 0 || total <= 0) return false;
    const firstPower = powerBetween(power, first - 2, first + 2);
    this.peakHz = peakHz(power, first);
    this.peakShare = firstPower / total;
    if (this.peakShare >= PURE_SHARE) return true;
    const second = strongest(power, LOWEST_BIN, LAST_BIN, first);
    if (second < 0) return false;
    const secondPower = powerBetween(power, second - 2, second + 2);
    if (this.peakShare >= 0.4 && (firstPower + harmonicPower(power, this.peakHz)) / total >= MIXED_SHARE) return true;
    if (second > HIGHEST_BIN || secondPower < SECOND_PART * firstPower) return false;
    if ((firstPower + secondPower) / total < MIXED_SHARE) return false;
    this.#secondHz = peakHz(power, second);
    return true;
  }
}

/** Largest local maximum between two bins that is not within the peak at `except`; -1 without. */
function strongest(power: Float64Array, from: number, to: number, except: number): number {
  let best = -1;
  let bestPower = 0;
  for (let k = from; k <= to; k++) {
    if (except >= 0 && Math.abs(k - except) <= 3) continue;
    const here = power[k] ?? 0;
    if (here <= bestPower || here < (power[k - 1] ?? 0) || here < (power[k + 1] ?? 0)) continue;
    best = k;
    bestPower = here;
  }
  return best;
}

function harmonicPower(power: Float64Array, hz: number): number {
  let sum = 0;
  for (let harmonic = 2; harmonic <= 5; harmonic++) {
    const bin = Math.round((hz * harmonic) / BIN_HZ);
    if (bin > LAST_BIN) break;
    sum += powerBetween(power, bin - 2, bin + 2);
  }
  return sum;
}
