import { endianness } from 'node:os';
import type { SampleRate } from '../media/audio.ts';

const CHANNELS = 2;
const BYTES_PER_SAMPLE = 2 * CHANNELS;
/** Frames that are off by less than this follow one another: an engine's clock may jitter. */
const TOLERANCE_MS = 10;
const SWAPPED = endianness() === 'BE';

/** The left side may be ahead of the right by this much. */
const AHEAD_MS = 40;

export interface TimelineOptions {
  sampleRate: SampleRate;
  /** Length of the pieces that are handed on. */
  chunkMs: number;
  /** What is on the left may come so much later than what belongs beside it. */
  leftWaitsMs: number;
  /** Gets interleaved 16-bit little-endian samples in order; the buffer is the receiver's to keep. */
  chunk(bytes: Buffer): void;
}

/**
 * Puts frames of both sides where they belong in time, one sample of the left and one of the right after the other: silence
 * where no frame came, nothing twice where frames of the right overlap, the later one where those of the left do. Nothing is allocated per frame.
 */
export class StereoTimeline {
  readonly #options: TimelineOptions;
  readonly #chunkSamples: number;
  /** The right side is filled so far before a piece is handed on. */
  readonly #fullSamples: number;
  readonly #bytes: Buffer;
  readonly #samples: Int16Array;
  #filled = 0;
  #before = 0;
  /** The left side before this is silent for good: a pause. */
  #leftFrom = 0;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#chunkSamples = this.#samplesAt(options.chunkMs);
    this.#fullSamples = this.#chunkSamples + this.#samplesAt(options.leftWaitsMs);
    const length = this.#fullSamples + this.#samplesAt(AHEAD_MS);
    this.#bytes = Buffer.alloc(length * BYTES_PER_SAMPLE);
    this.#samples = new Int16Array(this.#bytes.buffer, this.#bytes.byteOffset, length * CHANNELS);
  }

  /** Where the next sample of the right side goes, in milliseconds from the beginning. */
  get positionMs(): number {
    return (this.#position * 1000) / this.#options.sampleRate;
  }

  /**
   * Adds a frame that begins at `atMs`. `silent`: its time passes, its sound does not get in. `leftLaterMs`: its left side begins so much
   * later, or before.
   */
  add(left: Int16Array, right: Int16Array, atMs: number, silent = false, leftLaterMs = 0): void {
    const length = Math.max(left.length, right.length);
    const from = this.#placeFor(atMs);
    const start = this.#position - from;
    if (silent) {
      this.#samples.fill(0, this.#filled * CHANNELS);
      this.#silence(length - from);
      this.#leftFrom = this.#position;
      return;
    }
    this.#addLeft(left, from, start + this.#samplesAt(leftLaterMs));
    for (let at = from; at < length; ) {
      const count = Math.min(length - at, this.#fullSamples - this.#filled);
      let out = this.#filled * CHANNELS + 1;
      for (let i = at; i < at + count; i++, out += CHANNELS) this.#samples[out] = right[i] ?? 0;
      at += count;
      this.#grew(count);
    }
  }

  /** Silence up to `atMs`, where there is nothing yet. */
  fillTo(atMs: number): void {
    this.#silence(this.#samplesAt(atMs) - this.#position);
  }

  /** Hands on what does not fill a piece. */
  flush(): void {
    if (this.#filled > 0) this.#hand(this.#filled);
  }

  get #position(): number {
    return this.#before + this.#filled;
  }

  #samplesAt(ms: number): number {
    return Math.round((ms * this.#options.sampleRate) / 1000);
  }

  /** What is too late or too far ahead for the piece under way does not get in. */
  #addLeft(left: Int16Array, from: number, start: number): void {
    const first = Math.max(from, this.#before - start, this.#leftFrom - start);
    const end = Math.min(left.length, this.#before + this.#samples.length / CHANNELS - start);
    let out = (start + first - this.#before) * CHANNELS;
    for (let i = first; i < end; i++, out += CHANNELS) this.#samples[out] = left[i] ?? 0;
  }

  /** Fills a gap before a frame, or tells how many of its samples are there already. */
  #placeFor(atMs: number): number {
    const gap = this.#samplesAt(atMs) - this.#position;
    if (Math.abs(gap) < this.#samplesAt(TOLERANCE_MS)) return 0;
    if (gap < 0) return -gap;
    this.#silence(gap);
    return 0;
  }

  #silence(samples: number): void {
    for (let left = samples; left > 0; ) {
      const count = Math.min(left, this.#fullSamples - this.#filled);
      left -= count;
      this.#grew(count);
    }
  }

  #grew(samples: number): void {
    this.#filled += samples;
    if (this.#filled === this.#fullSamples) this.#hand(this.#chunkSamples);
  }

  #hand(samples: number): void {
    const length = samples * BYTES_PER_SAMPLE;
    const bytes = Buffer.from(this.#bytes.subarray(0, length));
    if (SWAPPED) bytes.swap16();
    this.#bytes.copyWithin(0, length);
    this.#bytes.fill(0, this.#bytes.length - length);
    this.#before += samples;
    this.#filled -= samples;
    this.#options.chunk(bytes);
  }
}
