import type { Activity } from './activity.ts';
import { FRAME_MS } from './frame-input.ts';

/** Frames whose pitch is kept: more than a decision takes. */
const CAPACITY = 300;
/** Pitches are counted in steps of half a semitone. */
const STEPS_PER_SEMITONE = 2;
const STEPS = 64;
/** Farther from the usual pitch than this it was measured wrong. */
const RANGE_SEMITONES = 9;
/** Voiced frames that show where the pitch goes, and how far from the pause they may lie: "s" and "t" have no pitch. */
const SHOWN_BY = { frames: 5, within: 18 };
/** The most that the pitch may rise over them, where the pause is no sure one. */
const RISE = 0.5;
/** What a sentence that is over has sunk to below the usual pitch, and what the next begins higher. */
const SUNK = 1.5;
const HIGHER = 1.5;
/** Pauses of this length end a sentence when the pitch says so; those of `sure` whatever its last movement was. */
const PAUSE_MS = { from: 280, sure: 320, to: 650 } as const;
/** "Good morning." and "Miller and Sons." are said by anybody, before whatever follows: people who answer are brief. */
const STATEMENT_MS = 1400;

/**
 * Counts statements that are over while the same voice goes on: its pitch sinks below the usual, it pauses, and begins
 * higher. Short ones do not count. A list ("Miller and Sons, Jane speaking") keeps the pitch up at its pauses, a question
 * raises it. The thresholds were fitted on the development clips.
 */
export class Sentences {
  readonly #activity: Activity;
  /** Semitones; -1 without pitch. */
  readonly #pitches = new Float32Array(CAPACITY);
  readonly #counts = new Uint16Array(STEPS);
  #frames = 0;
  #voiced = 0;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** The next frame: its pitch in semitones above any tone, -1 where it has none. */
  push(pitch: number): void {
    if (this.#frames === CAPACITY) return;
    this.#pitches[this.#frames] = pitch;
    this.#frames += 1;
    if (pitch < 0) return;
    const step = Math.min(STEPS - 1, Math.floor(pitch * STEPS_PER_SEMITONE));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#voiced += 1;
  }

  /** Sentences that were followed by more. */
  get ended(): number {
    const { bursts, pauseFrom, pauseTo, initialSilenceMs } = this.#activity;
    const usual = this.#usual();
    let ended = 0;
    let beganMs = initialSilenceMs;
    for (let i = 0; i + 1 < bursts && i < pauseFrom.length; i++) {
      const from = pauseFrom[i] ?? 0;
      const to = pauseTo[i] ?? 0;
      const pauseMs = (to - from) * FRAME_MS;
      if (pauseMs < PAUSE_MS.from || !this.#sinks(from, usual, pauseMs)) continue;
      if (this.#highest(to, usual) - this.#last(from, usual) < HIGHER) continue;
      if (from * FRAME_MS - beganMs >= STATEMENT_MS && pauseMs <= PAUSE_MS.to) ended += 1;
      beganMs = to * FRAME_MS;
    }
    return ended;
  }

  /** The median. */
  #usual(): number {
    let seen = 0;
    for (let step = 0; step < STEPS; step++) {
      seen += this.#counts[step] ?? 0;
      if (seen * 2 >= this.#voiced) return (step + 0.5) / STEPS_PER_SEMITONE;
    }
    return 0;
  }

  #sinks(from: number, usual: number, pauseMs: number): boolean {
    let shown = 0;
    let last = 0;
    let first = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = from - 1; i >= 0 && i >= from - SHOWN_BY.within && shown < SHOWN_BY.frames; i--) {
      const pitch = this.#pitches[i] ?? -1;
      if (!isMeasured(pitch, usual)) continue;
      if (shown === 0) last = pitch;
      first = pitch;
      lowest = Math.min(lowest, pitch);
      shown += 1;
    }
    return shown > 2 && lowest <= usual - SUNK && (last - first <= RISE || pauseMs >= PAUSE_MS.sure);
  }

  #last(from: number, usual: number): number {
    for (let i = from - 1; i >= 0; i--) {
      const pitch = this.#pitches[i] ?? -1;
      if (isMeasured(pitch, usual)) return pitch;
    }
    return usual;
  }

  #highest(to: number, usual: number): number {
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = to, shown = 0; i < this.#frames && i < to + SHOWN_BY.within && shown < SHOWN_BY.frames; i++) {
      const pitch = this.#pitches[i] ?? -1;
      if (!isMeasured(pitch, usual)) continue;
      highest = Math.max(highest, pitch);
      shown += 1;
    }
    return highest;
  }
}

function isMeasured(pitch: number, usual: number): boolean {
  return pitch >= 0 && Math.abs(pitch - usual) < RANGE_SEMITONES;
}
