import { PatchbayError } from '../errors.ts';
import type { SampleRate } from '../media/audio.ts';
import { decodeWavData, toMono, type WavFormat } from '../media/wav.ts';
import { readWavHeader } from '../media/wav-header.ts';

/** `bad_audio`: what was to be played is no audio that the hub can decode. */
export class AudioError extends PatchbayError<'bad_audio'> {}

/** WAVE format tags. */
const PCM = 1;
const MULAW = 7;

/** Encodings of the Bot API (3.2), behind `raw/` or `wav/`. */
const RAW_FORMATS: Readonly<Record<string, WavFormat>> = {
  mulaw: { encoding: MULAW, channels: 1, sampleRate: 8000 },
  lpcm16: { encoding: PCM, channels: 1, sampleRate: 16000 },
  lpcm16_8: { encoding: PCM, channels: 1, sampleRate: 8000 },
  lpcm16_24: { encoding: PCM, channels: 1, sampleRate: 24000 },
};

export const MEDIA_FORMATS: readonly string[] = ['wav', 'raw'].flatMap((container) =>
  Object.keys(RAW_FORMATS).map((encoding) => `${container}/${encoding}`),
);

/**
 * Decodes audio as it arrives, in pieces of any length, to mono samples. What begins like a WAV file is read as one,
 * by its own header; anything else is taken as `mediaFormat` says, which must then be a `raw/` one.
 */
export class AudioDecoder {
  readonly #mediaFormat: string;
  #head = new Uint8Array(0);
  #format: WavFormat | undefined;
  /** Bytes of a frame that is not whole yet. */
  #rest = new Uint8Array(0);
  /** Bytes of the data chunk that are still to come. */
  #left = Number.POSITIVE_INFINITY;

  /** @throws AudioError when `mediaFormat` is none of `MEDIA_FORMATS` */
  constructor(mediaFormat: string) {
    if (!MEDIA_FORMATS.includes(mediaFormat)) {
      throw new AudioError('bad_audio', `media format '${mediaFormat}'; one of ${MEDIA_FORMATS.join(', ')} is needed`);
    }
    this.#mediaFormat = mediaFormat;
  }

  /** Known once `push` has given samples. */
  get sampleRate(): SampleRate | undefined {
    return this.#format?.sampleRate;
  }

  /** The samples that these bytes complete. @throws AudioError */
  push(bytes: Uint8Array): Int16Array {
    if (this.#format !== undefined) return this.#decode(bytes, this.#format);
    this.#head = join(this.#head, bytes);
    const body = this.#begin();
    return body === undefined || this.#format === undefined ? new Int16Array(0) : this.#decode(body, this.#format);
  }

  /** No more bytes. @throws AudioError when not even a header has come */
  end(): void {
    if (this.#format === undefined && this.#head.length > 0) {
      throw new AudioError('bad_audio', 'the WAV file ends before its data chunk');
    }
  }

  /** Finds out what the bytes are. @returns those behind the header, or undefined while more are needed */
  #begin(): Uint8Array | undefined {
    const head = this.#head;
    if (head.length < 4) return undefined;
    const header = readWavHeader(head);
    switch (header.kind) {
      case 'incomplete':
        return undefined;
      case 'problem':
        throw new AudioError('bad_audio', header.problem);
      case 'absent': {
        if (tag(head, 0) === 'RIFF') throw new AudioError('bad_audio', 'a RIFF file that is no WAV file');
        const [container, encoding] = this.#mediaFormat.split('/');
        if (container !== 'raw') {
          throw new AudioError('bad_audio', `${this.#mediaFormat} was announced, but it is no WAV`);
        }
        this.#format = RAW_FORMATS[encoding ?? ''];
        return this.#takeHead(0);
      }
      case 'header':
        this.#format = header.format;
        this.#left = header.bodyBytes ?? Number.POSITIVE_INFINITY;
        return this.#takeHead(header.bodyAt);
    }
  }

  #takeHead(from: number): Uint8Array {
    const body = this.#head.subarray(from);
    this.#head = new Uint8Array(0);
    return body;
  }

  #decode(bytes: Uint8Array, format: WavFormat): Int16Array {
    const wanted = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= wanted.length;
    const data = this.#rest.length === 0 ? wanted : join(this.#rest, wanted);
    const frameBytes = format.channels * (format.encoding === PCM ? 2 : 1);
    const whole = data.length - (data.length % frameBytes);
    this.#rest = data.slice(whole);
    return toMono(decodeWavData(data.subarray(0, whole), format));
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
