import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { encodeG711 } from '../../../src/media/g711.ts';
import type { Resampler, ResamplerFactory } from '../../../src/media/resample.ts';
import type { MediaFormat } from './media-formats.ts';
import { streamingWavHeader } from './wav-stream.ts';

/**
 * Turns the caller's frames into base64 pieces of `chunkMs` in the bot's format, the last of a stream shorter. Buffers
 * are made once; what remains per piece is the string that is sent.
 */
export class UserEncoder {
  readonly #format: MediaFormat;
  readonly #makeResampler: ResamplerFactory;
  readonly #emit: (base64: string) => void;
  readonly #chunk: Buffer;
  readonly #chunkBytes: number;
  #filled = 0;
  #fromRate: SampleRate | undefined;
  #resampler: Resampler | undefined;

  constructor(format: MediaFormat, chunkMs: number, makeResampler: ResamplerFactory, emit: (base64: string) => void) {
    this.#format = format;
    this.#makeResampler = makeResampler;
    this.#emit = emit;
    this.#chunkBytes = ((format.sampleRate * chunkMs) / 1000) * format.bytesPerSample;
    this.#chunk = Buffer.alloc(this.#chunkBytes);
  }

  /** A stream begins: with its header, where the format has one. */
  begin(): void {
    this.#filled = 0;
    this.#release();
    if (this.#format.wav) this.#emit(Buffer.from(streamingWavHeader(this.#format)).toString('base64'));
  }

  /** One frame; copied before the call returns. */
  write(frame: AudioFrame): void {
    if (frame.sampleRate !== this.#fromRate) {
      this.#release();
      this.#fromRate = frame.sampleRate;
    }
    if (frame.sampleRate === this.#format.sampleRate) {
      this.#take(frame.samples);
      return;
    }
    const first = this.#resampler === undefined;
    this.#resampler ??= this.#makeResampler(frame.sampleRate, this.#format.sampleRate);
    const converted = this.#resampler.process(frame.samples);
    if (first) this.#take(new Int16Array(this.#missingOf(frame, converted)));
    this.#take(converted);
  }

  /**
   * What the filter holds back of its first frame, a few milliseconds: that much silence goes ahead, so that from the
   * first frame on each gives a piece of full length without waiting for the next.
   */
  #missingOf(frame: AudioFrame, converted: Int16Array): number {
    const whole = Math.floor((frame.samples.length * this.#format.sampleRate) / frame.sampleRate);
    return Math.max(0, whole - converted.length);
  }

  /** The stream ends: what is left goes out. */
  finish(): void {
    if (this.#resampler !== undefined) this.#take(this.#resampler.flush());
    if (this.#filled > 0) this.#emit(this.#chunk.toString('base64', 0, this.#filled));
    this.#filled = 0;
    this.#release();
  }

  /** Frees what it holds; nothing goes out. Idempotent. */
  close(): void {
    this.#filled = 0;
    this.#release();
  }

  #take(samples: Int16Array): void {
    const { bytesPerSample } = this.#format;
    for (let from = 0; from < samples.length; ) {
      const room = (this.#chunkBytes - this.#filled) / bytesPerSample;
      const part = from === 0 && samples.length <= room ? samples : samples.subarray(from, from + room);
      if (bytesPerSample === 1) encodeG711('PCMU', part, this.#chunk, this.#filled);
      else this.#writeLpcm(part);
      this.#filled += part.length * bytesPerSample;
      from += part.length;
      if (this.#filled === this.#chunkBytes) {
        this.#filled = 0;
        this.#emit(this.#chunk.toString('base64'));
      }
    }
  }

  #writeLpcm(samples: Int16Array): void {
    let at = this.#filled;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      this.#chunk[at++] = sample & 0xff;
      this.#chunk[at++] = (sample >> 8) & 0xff;
    }
  }

  #release(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
    this.#fromRate = undefined;
  }
}
