import type { SampleRate } from '../../../../src/media/audio.ts';
import { readWavFormat } from '../../../../src/media/wav.ts';

const HEADER_BYTES = 44;
const FORMAT_AT = 20;
const FORMAT_BYTES = 16;
const PCM = 1;

/**
 * Reads the WAV that flite and espeak-ng write: a 44 byte header (RIFF, fmt, data), then 16 bit little-endian mono PCM to
 * the end, cut anywhere. The header's lengths are ignored: espeak-ng writes 0x7ffff000 to a pipe.
 */
export class WavStream {
  #sampleRate: SampleRate | undefined;
  #pending: Uint8Array = new Uint8Array(0);

  /** undefined until the header is complete. */
  get sampleRate(): SampleRate | undefined {
    return this.#sampleRate;
  }

  /**
   * @returns the whole samples that have become available
   * @throws Error when the header is another one
   */
  push(bytes: Uint8Array): Int16Array {
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    const view = new DataView(all.buffer);
    let at = 0;
    if (this.#sampleRate === undefined) {
      if (all.length < HEADER_BYTES) {
        this.#pending = all;
        return new Int16Array(0);
      }
      const tag = (offset: number) => String.fromCharCode(...all.subarray(offset, offset + 4));
      if (tag(0) !== 'RIFF' || tag(8) !== 'WAVE' || tag(12) !== 'fmt ' || tag(36) !== 'data') {
        throw new Error('not a plain WAV header');
      }
      const format = readWavFormat(view, FORMAT_AT, FORMAT_BYTES);
      if (format.channels !== 1) throw new Error(`not mono: ${format.channels} channels`);
      if (format.encoding !== PCM) throw new Error(`not 16 bit PCM: encoding ${format.encoding}`);
      this.#sampleRate = format.sampleRate;
      at = HEADER_BYTES;
    }
    const samples = new Int16Array((all.length - at) >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(at + 2 * i, true);
    this.#pending = all.slice(at + 2 * samples.length);
    return samples;
  }
}
