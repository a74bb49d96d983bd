import { endianness } from 'node:os';
import type { SampleRate } from '../media/audio.ts';

const CHANNELS = 2;
const BYTES_PER_SAMPLE = 2 * CHANNELS;
/** Frames that are off by less than this follow one another: an engine's clock may jitter. */
const TOLERANCE_MS = 10;
const SWAPPED = endianness() === 'BE';

export interface TimelineOptions {
  sampleRate: SampleRate;
  /** Length of the pieces that are handed on. */
  chunkMs: number;
  /** Gets interleaved 16-bit little-endian samples in order; the buffer is the receiver's to keep. */
  chunk(bytes: Buffer): void;
}

/**
 * Puts frames of both sides where they belong in time, one sample of the left and one of the right after the other: silence
 * where no frame came, nothing twice where frames overlap. Nothing is allocated per frame.
 */
export class StereoTimeline {
  readonly #options: TimelineOptions;
  readonly #chunkSamples: number;
  #bytes: Buffer;
  #samples: Int16Array;
  #filled = 0;
  #before = 0;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#chunkSamples = Math.round((options.sampleRate * options.chunkMs) / 1000);
    [this.#bytes, this.#samples] = this.#fresh();
  }

  /** Where the next sample goes, in milliseconds from the beginning. */
  get positionMs(): number {
    return (this.#position * 1000) / this.#options.sampleRate;
  }

  /** Adds a frame that begins at `atMs`. `silent`: its time passes, its sound does not get in. */
  add(left: Int16Array, right: Int16Array, atMs: number, silent = false): void {
    const length = Math.max(left.length, right.length);
    const from = this.#placeFor(atMs);
    if (silent) {
      this.#silence(length - from);
      return;
    }
    for (let at = from; at < length; ) {
      const count = Math.min(length - at, this.#chunkSamples - this.#filled);
      let out = this.#filled * CHANNELS;
      for (let i = at; i < at + count; i++) {
        this.#samples[out++] = left[i] ?? 0;
        this.#samples[out++] = right[i] ?? 0;
      }
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
    if (this.#filled > 0) this.#hand();
  }

  get #position(): number {
    return this.#before + this.#filled;
  }

  #samplesAt(ms: number): number {
    return Math.round((ms * this.#options.sampleRate) / 1000);
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
      const count = Math.min(left, this.#chunkSamples - this.#filled);
      this.#samples.fill(0, this.#filled * CHANNELS, (this.#filled + count) * CHANNELS);
      left -= count;
      this.#grew(count);
    }
  }

  #grew(samples: number): void {
    this.#filled += samples;
    if (this.#filled === this.#chunkSamples) this.#hand();
  }

  #hand(): void {
    const bytes = this.#bytes.subarray(0, this.#filled * BYTES_PER_SAMPLE);
    if (SWAPPED) bytes.swap16();
    this.#before += this.#filled;
    this.#filled = 0;
    [this.#bytes, this.#samples] = this.#fresh();
    this.#options.chunk(bytes);
  }

  #fresh(): [Buffer, Int16Array] {
    const bytes = Buffer.alloc(this.#chunkSamples * BYTES_PER_SAMPLE);
    return [bytes, new Int16Array(bytes.buffer, bytes.byteOffset, this.#chunkSamples * CHANNELS)];
  }
}
