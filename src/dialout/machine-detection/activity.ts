import { FRAME_MS } from './frame-input.ts';

/** Frames whose levels are kept: 6 s, more than a decision takes. */
const CAPACITY = 300;
/** Levels are counted in steps of 1 dB from here. */
const LOWEST_DB = -100;
/** Below it is idle noise of a line: ITU-T G.712 allows -65 dBm0p; quiet talkers lie around -35 dBFS. */
const QUIETEST_SPEECH_DB = -52;
/** Speech has parts this far below its loudest that still belong to it. */
const RANGE_DB = 22;
/** A burst has a part at least this close to the loudest: what never has is somebody else in the room. */
const PEAK_RANGE_DB = 14;
/** What is less than this above the background is background: babble, music, a television. */
const ABOVE_BACKGROUND_DB = 9;
/** Background that is closer to the loudest part than this hides speech altogether: steady noise is no speech. */
const MIN_CONTRAST_DB = 8;
const NOTHING_IS_SPEECH = 100;
/** Frames around one of which so many stand still are music. */
const MUSIC_WINDOW = 25;
const MUSIC_SHARE = 0.5;
/** Share of the frames that are background for certain. */
const BACKGROUND_SHARE = 0.12;
/** Shorter silence belongs to the word: closures of plosives. Asterisk's `between_words_silence` is 50 ms. */
const BRIDGED_MS = 160;
/** Shorter sounds are clicks. Asterisk's `min_word_length` is 100 ms. */
const MIN_BURST_MS = 100;
/** Pauses whose places are kept: more than there is time for. */
const MOST_PAUSES = 24;

/**
 * Cuts what was heard so far into bursts and silence. The threshold lies between the quietest and the loudest that was
 * heard and is set anew with every frame, and all frames are judged by it again: a call that begins in the middle of a
 * word, or with music in the background, needs no time to settle. Allocates nothing per frame.
 */
export class Activity {
  /** Bursts of sound that are no tone, parted by silence of more than 160 ms. */
  bursts = 0;
  /** Before the first burst. */
  initialSilenceMs = 0;
  /** From the beginning of the first burst to the end of the last, without music in between. */
  spanMs = 0;
  /** All bursts together. */
  speechMs = 0;
  /** Since the end of the last burst, and of music as loud as speech. */
  silenceMs = 0;
  /** Between two bursts. */
  longestPauseMs = 0;
  /** Sound that stood still: music, hum. */
  musicMs = 0;
  /** Loudest 60 ms of what may be speech. */
  loudestDb = LOWEST_DB;
  /** What was last taken for the border between background and speech. */
  thresholdDb = 0;
  /** First frame of each pause, and the first after it; as many count as there are bursts, less one. */
  readonly pauseFrom = new Uint16Array(MOST_PAUSES);
  readonly pauseTo = new Uint16Array(MOST_PAUSES);
  readonly #levels = new Float32Array(CAPACITY);
  readonly #tones = new Uint8Array(CAPACITY);
  readonly #still = new Uint8Array(CAPACITY);
  readonly #music = new Uint8Array(CAPACITY);
  /** Frames up to and without this one that stood still. */
  readonly #stillBefore = new Uint16Array(CAPACITY + 1);
  readonly #histogram = new Uint16Array(1 - LOWEST_DB);
  #frames = 0;

  get elapsedMs(): number {
    return this.#frames * FRAME_MS;
  }

  /** The next frame: its level in dB relative to full scale. What comes after the capacity is not looked at. */
  push(levelDb: number, still: boolean): void {
    if (this.#frames === CAPACITY) return;
    this.#levels[this.#frames] = levelDb;
    this.#still[this.#frames] = still && levelDb >= QUIETEST_SPEECH_DB ? 1 : 0;
    this.#frames += 1;
    this.#findMusic(this.#frames - 1);
    this.#segment();
  }

  /** The frames between these times were a tone, and no speech; or were not, after all. */
  markTone(fromMs: number, toMs: number, isTone: boolean): void {
    const from = Math.max(0, Math.floor(fromMs / FRAME_MS));
    const to = Math.min(this.#frames, Math.ceil(toMs / FRAME_MS));
    if (to <= from) return;
    this.#tones.fill(isTone ? 1 : 0, from, to);
    this.#still.fill(0, from, to);
    this.#findMusic(from);
    this.#segment();
  }

  /** The loudest frame from a time on, tones and music included; -100 without. */
  loudestSince(fromMs: number): number {
    let loudest = LOWEST_DB;
    for (let i = Math.max(0, Math.floor(fromMs / FRAME_MS)); i < this.#frames; i++) {
      loudest = Math.max(loudest, this.#levels[i] ?? LOWEST_DB);
    }
    return loudest;
  }

  #segment(): void {
    this.thresholdDb = this.#threshold();
    let bursts = 0;
    let speech = 0;
    let longestPause = 0;
    let first = -1;
    let lastEnd = -1;
    let start = -1;
    let end = -1;
    let peak = LOWEST_DB;
    let music = 0;
    let musicBeforeFirst = 0;
    let musicBeforeLast = 0;
    let lastMusic = -1;
    for (let i = 0; i <= this.#frames; i++) {
      const loud = i < this.#frames && (this.#levels[i] ?? 0) >= this.thresholdDb;
      if (loud && this.#music[i] === 1 && this.#tones[i] === 0) {
        music += 1;
        lastMusic = i + 1;
      }
      const active = loud && this.#mayBeSpeech(i);
      if (active) {
        if (start < 0) {
          start = i;
          peak = LOWEST_DB;
        }
        peak = Math.max(peak, this.#levels[i] ?? LOWEST_DB);
        end = i + 1;
        continue;
      }
      if (start < 0 || (i < this.#frames && (i - end + 1) * FRAME_MS <= BRIDGED_MS)) continue;
      if ((end - start) * FRAME_MS >= MIN_BURST_MS && peak >= this.loudestDb - PEAK_RANGE_DB) {
        if (first < 0) {
          first = start;
          musicBeforeFirst = music;
        } else {
          longestPause = Math.max(longestPause, start - lastEnd);
          this.pauseFrom[bursts - 1] = lastEnd;
          this.pauseTo[bursts - 1] = start;
        }
        musicBeforeLast = music;
        bursts += 1;
        speech += end - start;
        lastEnd = end;
      }
      start = -1;
    }
    this.bursts = bursts;
    this.speechMs = speech * FRAME_MS;
    this.longestPauseMs = longestPause * FRAME_MS;
    this.initialSilenceMs = (first < 0 ? this.#frames : first) * FRAME_MS;
    const musicBetween = Math.max(0, musicBeforeLast - musicBeforeFirst);
    this.spanMs = first < 0 ? 0 : Math.max(speech, lastEnd - first - musicBetween) * FRAME_MS;
    this.silenceMs = (this.#frames - Math.max(0, lastEnd, lastMusic)) * FRAME_MS;
  }

  #mayBeSpeech(frame: number): boolean {
    return this.#tones[frame] === 0 && this.#music[frame] === 0;
  }

  /** A frame is music when half of those around it stand still: a vowel does so for less than that. */
  #findMusic(changed: number): void {
    for (let i = changed; i < this.#frames; i++) {
      this.#stillBefore[i + 1] = (this.#stillBefore[i] ?? 0) + (this.#still[i] ?? 0);
    }
    const half = MUSIC_WINDOW >> 1;
    for (let i = Math.max(0, changed - MUSIC_WINDOW); i < this.#frames; i++) {
      const first = Math.max(0, Math.min(i - half, this.#frames - MUSIC_WINDOW));
      const last = Math.min(this.#frames, first + MUSIC_WINDOW);
      const still = (this.#stillBefore[last] ?? 0) - (this.#stillBefore[first] ?? 0);
      const music = last - first >= MUSIC_WINDOW && still >= MUSIC_SHARE * MUSIC_WINDOW ? 1 : 0;
      this.musicMs += (music - (this.#music[i] ?? 0)) * FRAME_MS;
      this.#music[i] = music;
    }
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
      if (i < 2 || !this.#mayBeSpeech(i) || !this.#mayBeSpeech(i - 1) || !this.#mayBeSpeech(i - 2)) continue;
      loudest = Math.max(loudest, Math.min(level, this.#levels[i - 1] ?? level, this.#levels[i - 2] ?? level));
    }
    this.loudestDb = loudest;
    let background = LOWEST_DB;
    for (let step = 0, seen = 0; step < this.#histogram.length; step++) {
      seen += this.#histogram[step] ?? 0;
      background = LOWEST_DB + step;
      if (seen > BACKGROUND_SHARE * counted) break;
    }
    if (loudest - background < MIN_CONTRAST_DB) return NOTHING_IS_SPEECH;
    const least = Math.max(QUIETEST_SPEECH_DB, loudest - RANGE_DB);
    const most = loudest - MIN_CONTRAST_DB;
    return Math.max(QUIETEST_SPEECH_DB, Math.min(most, Math.max(least, background + ABOVE_BACKGROUND_DB)));
  }
}
