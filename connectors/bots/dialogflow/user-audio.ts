import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { encodeG711 } from '../../../src/media/g711.ts';

/** Of one message. Google recommends 100 ms; a text comes later by half of it, which is what counts here. */
export const CHUNK_MS = 20;

/** What a stream carries. */
export interface AudioFormat {
  audioEncoding: 'AUDIO_ENCODING_MULAW' | 'AUDIO_ENCODING_LINEAR_16';
  sampleRateHertz: SampleRate;
}

/** The line's own audio: u-law of a call at 8 kHz loses nothing, and is half as much. */
export function formatOf(sampleRate: SampleRate): AudioFormat {
  const audioEncoding = sampleRate === 8000 ? 'AUDIO_ENCODING_MULAW' : 'AUDIO_ENCODING_LINEAR_16';
  return { audioEncoding, sampleRateHertz: sampleRate };
}

/** Puts frames together to pieces of `CHUNK_MS`. */
export class AudioChunker {
  readonly #format: AudioFormat;
  readonly #onChunk: (bytes: Buffer) => void;
  readonly #bytes: number;
  #chunk: Buffer;
  #filled = 0;

  constructor(format: AudioFormat, onChunk: (bytes: Buffer) => void) {
    this.#format = format;
    this.#onChunk = onChunk;
    const bytesPerSample = format.audioEncoding === 'AUDIO_ENCODING_MULAW' ? 1 : 2;
    this.#bytes = ((format.sampleRateHertz * CHUNK_MS) / 1000) * bytesPerSample;
    this.#chunk = Buffer.allocUnsafe(this.#bytes);
  }

  /** Frames of another rate than the format's are left out: a call keeps its rate. */
  write({ samples, sampleRate }: AudioFrame): void {
    if (sampleRate !== this.#format.sampleRateHertz) return;
    const size = this.#format.audioEncoding === 'AUDIO_ENCODING_MULAW' ? samples.length : 2 * samples.length;
    if (this.#filled + size > this.#bytes) this.#flush();
    if (size > this.#bytes) return;
    if (this.#format.audioEncoding === 'AUDIO_ENCODING_MULAW') {
      encodeG711('PCMU', samples, this.#chunk, this.#filled);
    } else {
      for (const [index, sample] of samples.entries()) this.#chunk.writeInt16LE(sample, this.#filled + 2 * index);
    }
    this.#filled += size;
    if (this.#filled === this.#bytes) this.#flush();
  }

  /** What was begun is forgotten. */
  reset(): void {
    this.#filled = 0;
  }

  #flush(): void {
    const chunk = this.#chunk.subarray(0, this.#filled);
    // gRPC may send it later.
    this.#chunk = Buffer.allocUnsafe(this.#bytes);
    this.#filled = 0;
    this.#onChunk(chunk);
  }
}
