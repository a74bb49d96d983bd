import type { SampleRate } from '../../../src/media/audio.ts';
import { decodeG711 } from '../../../src/media/g711.ts';
import type { Resampler, ResamplerFactory } from '../../../src/media/resample.ts';
import { isWavTrailer } from '../../../src/media/wav-header.ts';
import type { MediaFormat } from './media-formats.ts';
import { readWavCoding, type WavCoding } from './wav-stream.ts';

const EMPTY = new Uint8Array(0);
/** `RIFF`, a length, `WAVE`. */
const RIFF_TAG_BYTES = 12;
const LETTER_R = 0x52;
const NOTHING = new Int16Array(0);

/**
 * Turns the bytes of one play stream into samples at the call's rate. Chunks may be cut anywhere: within a sample,
 * within the WAV header. The header is taken off wherever there is one, also under a `raw/` name, and may be absent
 * under a `wav/` name; where it is there, its coding counts. Every chunk may be a whole file of its own.
 */
export class PlayDecoder {
  readonly #format: MediaFormat;
  readonly #callRate: SampleRate;
  readonly #makeResampler: ResamplerFactory;
  readonly #onProblem: (problem: string) => void;
  #coding: WavCoding;
  #resampler: Resampler | undefined;
  /** The beginning of what may turn out to be a header. */
  #head: Uint8Array | undefined = EMPTY;
  /** Bytes of audio that are left of a file whose length is known. */
  #left: number | undefined;
  /** The first byte of a sample whose second has not come yet. */
  #odd: number | undefined;
  #deaf = false;
  /** The file's audio is over; what follows is not played until another file begins. */
  #trailing = false;

  constructor(
    format: MediaFormat,
    callRate: SampleRate,
    makeResampler: ResamplerFactory,
    onProblem: (problem: string) => void,
  ) {
    this.#format = format;
    this.#coding = format;
    this.#callRate = callRate;
    this.#makeResampler = makeResampler;
    this.#onProblem = onProblem;
  }

  /** The samples that this chunk completes; the receiver owns them. */
  decode(chunk: Uint8Array): Int16Array {
    if (this.#deaf || chunk.length === 0) return NOTHING;
    if (this.#head !== undefined) return this.#readHead(chunk);
    if (this.#odd === undefined && this.#beginsFile(chunk)) return this.#readHead(chunk);
    return this.#trailing ? NOTHING : this.#audio(chunk);
  }

  /** The last samples, which the filter still held. Nothing can be decoded afterwards. */
  finish(): Int16Array {
    const rest = this.#head !== undefined && this.#head.length > 0 && !this.#deaf ? this.#abandonHead() : NOTHING;
    this.#deaf = true;
    this.#odd = undefined;
    const tail = this.#resampler?.flush() ?? NOTHING;
    return rest.length === 0 ? tail : joined(rest, tail);
  }

  /** Frees what it holds. Idempotent. */
  close(): void {
    this.#deaf = true;
    this.#resampler?.close();
  }

  #beginsFile(chunk: Uint8Array): boolean {
    return chunk.length >= RIFF_TAG_BYTES && chunk[0] === LETTER_R && readWavCoding(chunk).kind !== 'absent';
  }

  #readHead(chunk: Uint8Array): Int16Array {
    const held = this.#head ?? EMPTY;
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const result = readWavCoding(bytes);
    switch (result.kind) {
      case 'incomplete':
        this.#head = Uint8Array.from(bytes);
        return NOTHING;
      case 'problem':
        this.#deaf = true;
        this.#head = undefined;
        this.#onProblem(result.problem);
        return NOTHING;
      case 'absent':
        this.#head = undefined;
        return this.#audio(bytes);
      case 'header': {
        this.#head = undefined;
        const before = this.#change(result.coding);
        this.#left = result.bodyBytes;
        this.#trailing = false;
        const samples = this.#audio(bytes.subarray(result.bodyAt));
        return before.length === 0 ? samples : joined(before, samples);
      }
    }
  }

  /** A stream that ends within what looked like a header: the few bytes were audio only if they were no header. */
  #abandonHead(): Int16Array {
    const bytes = this.#head ?? EMPTY;
    this.#head = undefined;
    return bytes.length < 4 && !this.#format.wav ? this.#audio(bytes) : NOTHING;
  }

  /** Another coding from here on: the samples that the old filter still held. */
  #change(coding: WavCoding): Int16Array {
    const before =
      this.#resampler !== undefined && this.#coding.sampleRate !== coding.sampleRate
        ? this.#resampler.flush()
        : NOTHING;
    if (this.#coding.sampleRate !== coding.sampleRate) this.#resampler = undefined;
    this.#coding = coding;
    return before;
  }

  #audio(bytes: Uint8Array): Int16Array {
    let audio = bytes;
    if (this.#left !== undefined) {
      if (audio.length > this.#left && isWavTrailer(audio, this.#left + (this.#left & 1))) {
        audio = audio.subarray(0, this.#left);
        this.#trailing = true;
      }
      this.#left = Math.max(0, this.#left - audio.length);
    }
    const samples = this.#coding.encoding === 'mulaw' ? mulaw(audio) : this.#lpcm(audio);
    if (samples.length === 0) return NOTHING;
    if (this.#coding.sampleRate === this.#callRate) return samples;
    this.#resampler ??= this.#makeResampler(this.#coding.sampleRate, this.#callRate);
    return this.#resampler.process(samples);
  }

  #lpcm(bytes: Uint8Array): Int16Array {
    const carried = this.#odd === undefined ? 0 : 1;
    const length = (bytes.length + carried) >> 1;
    const samples = new Int16Array(length);
    let at = 0;
    let written = 0;
    if (this.#odd !== undefined && bytes.length > 0) {
      samples[0] = this.#odd | ((bytes[0] ?? 0) << 8);
      at = 1;
      written = 1;
      this.#odd = undefined;
    }
    for (; at + 1 < bytes.length; at += 2) samples[written++] = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    if (at < bytes.length) this.#odd = bytes[at];
    return samples;
  }
}

function mulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  decodeG711('PCMU', bytes, 0, bytes.length, samples);
  return samples;
}

function joined(first: Int16Array, second: Int16Array): Int16Array {
  const whole = new Int16Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
