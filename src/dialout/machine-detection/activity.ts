import { FRAME_MS } from './frame-input.ts';

/** Frames whose levels are kept: 6 s, more than a decision takes. */
const CAPACITY = 300;
/** Levels are counted in steps of 1 dB from here. */
const LOWEST_DB = -100;
/** Below it is idle noise of a line: ITU-T G.712 allows -65 dBm0p; quiet talkers lie around -35 dBFS. */
const QUIETEST_SPEECH_DB = -52;
/** Speech has parts this far below its loudest that still belong to it. */
const RANGE_DB = 24;
/** What is less than this above the background is background: babble, music, a television. */
const ABOVE_BACKGROUND_DB = 9;
/** Background that is closer to the loudest part than this hides speech altogether. */
const MIN_CONTRAST_DB = 8;
/** Share of the frames that are background for certain. */
const BACKGROUND_SHARE = 0.12;
/** Shorter silence belongs to the word: closures of plosives. Asterisk's `between_words_silence` is 50 ms. */
const BRIDGED_MS = 160;
/** Shorter sounds are clicks. Asterisk's `min_word_length` is 100 ms. */
const MIN_BURST_MS = 100;

/** Speech and pauses since the answer, seen from now: every frame may change how the earlier ones are judged. */
export interface ActivityView {
  /** Bursts of sound that are no tone, parted by silence of more than 160 ms. */
  readonly bursts: number;
  /** Before the first burst. */
  readonly initialSilenceMs: number;
  /** From the beginning of the first burst to the end of the last. */
  readonly spanMs: number;
  /** All bursts together. */
  readonly speechMs: number;
  /** Since the end of the last burst. */
  readonly silenceMs: number;
  readonly longestPauseMs: number;
  readonly lastBurstMs: number;
}

/**
 * Cuts what was heard so far into bursts and silence. The threshold lies between the quietest and the loudest that was
 * heard and is set anew with every frame, and all frames are judged by it again: a call that begins in the middle of a
 * word, or with music in the background, needs no time to settle. Allocates nothing per frame.
 */
export class Activity implements ActivityView {
  bursts = 0;
  initialSilenceMs = 0;
  spanMs = 0;
  speechMs = 0;
  silenceMs = 0;
  longestPauseMs = 0;
  lastBurstMs = 0;
  /** What was last taken for the border between background and speech. */
  thresholdDb = 0;
  readonly #levels = new Float32Array(CAPACITY);
  readonly #tones = new Uint8Array(CAPACITY);
  readonly #histogram = new Uint16Array(1 - LOWEST_DB);
  #frames = 0;

  get elapsedMs(): number {
    return this.#frames * FRAME_MS;
  }

  /** Level of the next frame in dB relative to full scale. What comes after the capacity is not looked at. */
  push(levelDb: number): void {
    if (this.#frames === CAPACITY) return;
    this.#levels[this.#frames] = levelDb;
    this.#frames += 1;
    this.#segment();
  }

  /** The frames between these times were a tone, and no speech. */
  markTone(fromMs: number, toMs: number): void {
    const to = Math.min(this.#frames, Math.ceil(toMs / FRAME_MS));
    for (let i = Math.max(0, Math.floor(fromMs / FRAME_MS)); i < to; i++) this.#tones[i] = 1;
    this.#segment();
  }

  #segment(): void {
    this.thresholdDb = this.#threshold();
    let bursts = 0;
    let speech = 0;
    let longestPause = 0;
    let first = -1;
    let lastEnd = -1;
    let lastBurst = 0;
    let start = -1;
    let end = -1;
    for (let i = 0; i <= this.#frames; i++) {
      const active = i < this.#frames && this.#tones[i] === 0 && (this.#levels[i] ?? 0) >= this.thresholdDb;
      if (active) {
        if (start < 0) start = i;
        end = i + 1;
        continue;
      }
      if (start < 0 || (i < this.#frames && (i - end + 1) * FRAME_MS <= BRIDGED_MS)) continue;
      if ((end - start) * FRAME_MS >= MIN_BURST_MS) {
        if (first < 0) first = start;
        else longestPause = Math.max(longestPause, start - lastEnd);
        bursts += 1;
        speech += end - start;
        lastBurst = end - start;
        lastEnd = end;
      }
      start = -1;
    }
    this.bursts = bursts;
    this.speechMs = speech * FRAME_MS;
    this.longestPauseMs = longestPause * FRAME_MS;
    this.lastBurstMs = lastBurst * FRAME_MS;
    this.initialSilenceMs = (first < 0 ? this.#frames : first) * FRAME_MS;
    this.spanMs = first < 0 ? 0 : (lastEnd - first) * FRAME_MS;
    this.silenceMs = first < 0 ? this.elapsedMs : (this.#frames - lastEnd) * FRAME_MS;
  }

  /** Between the background (a low percentile) and the loudest 60 ms. */
  #threshold(): number {
    this.#histogram.fill(0);
    let counted = 0;
    let loudest = LOWEST_DB;
    for (let i = 0; i < this.#frames; i++) {
      if (this.#tones[i] === 1) continue;
      const level = this.#levels[i] ?? LOWEST_DB;
      const step = Math.max(0, Math.min(this.#histogram.length - 1, Math.floor(level - LOWEST_DB)));
      this.#histogram[step] = (this.#histogram[step] ?? 0) + 1;
      counted += 1;
      if (i < 2) continue;
      const quietest = Math.min(level, this.#levels[i - 1] ?? level, this.#levels[i - 2] ?? level);
      if (this.#tones[i - 1] === 0 && this.#tones[i - 2] === 0) loudest = Math.max(loudest, quietest);
    }
    let background = LOWEST_DB;
    for (let step = 0, seen = 0; step < this.#histogram.length; step++) {
      seen += this.#histogram[step] ?? 0;
      background = LOWEST_DB + step;
      if (seen > BACKGROUND_SHARE * counted) break;
    }
    const least = Math.max(QUIETEST_SPEECH_DB, loudest - RANGE_DB);
    const most = loudest - MIN_CONTRAST_DB;
    return Math.max(QUIETEST_SPEECH_DB, Math.min(most, Math.max(least, background + ABOVE_BACKGROUND_DB)));
  }
}
