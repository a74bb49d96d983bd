import type { SampleRate } from '../../../../src/media/audio.ts';
import { readWavHeader } from '../../../../src/media/wav-header.ts';

const PCM = 1;

/**
 * Reads the WAV that flite and espeak-ng write: a header, then 16 bit little-endian mono PCM to the end, cut anywhere. The
 * length in the header is ignored: espeak-ng writes 0x7ffff000 to a pipe.
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
      const header = readWavHeader(all);
      if (header.kind === 'incomplete') {
        this.#pending = all;
        return new Int16Array(0);
      }
      if (header.kind === 'absent') throw new Error('not a WAV header');
      if (header.kind === 'problem') throw new Error(header.problem);
      const { channels, encoding, sampleRate } = header.format;
      if (channels !== 1) throw new Error(`not mono: ${channels} channels`);
      if (encoding !== PCM) throw new Error(`not 16 bit PCM: encoding ${encoding}`);
      this.#sampleRate = sampleRate;
      at = header.bodyAt;
    }
    const samples = new Int16Array((all.length - at) >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(at + 2 * i, true);
    this.#pending = all.slice(at + 2 * samples.length);
    return samples;
  }
}
