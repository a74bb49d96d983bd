const HEADER_BYTES = 44;

/**
 * Reads the WAV that flite and espeak-ng write: a 44 byte header (RIFF, fmt, data), then 16 bit little-endian mono PCM to
 * the end, cut anywhere. The header's lengths are ignored: espeak-ng writes 0x7ffff000 to a pipe.
 */
export class WavStream {
  #sampleRate: number | undefined;
  #pending: Uint8Array = new Uint8Array(0);

  /** Hz; undefined until the header is complete. */
  get sampleRate(): number | undefined {
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
      const format = view.getUint16(20, true);
      const channels = view.getUint16(22, true);
      const bits = view.getUint16(34, true);
      if (format !== 1 || channels !== 1 || bits !== 16) {
        throw new Error(`not 16 bit mono PCM: format ${format}, ${channels} channels, ${bits} bits`);
      }
      this.#sampleRate = view.getUint32(24, true);
      at = HEADER_BYTES;
    }
    const samples = new Int16Array((all.length - at) >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(at + 2 * i, true);
    this.#pending = all.slice(at + 2 * samples.length);
    return samples;
  }
}
