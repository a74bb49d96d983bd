import { encodeG711 } from '../../../src/media/g711.ts';

/** Frames as the bytes of Google's messages: u-law or little-endian samples, several frames to a message where that is wanted. */
export class AudioEncoder {
  readonly #mulaw: boolean;
  readonly #chunkSamples: number;
  #chunk: Uint8Array | undefined;
  #filled = 0;

  /** @param chunkSamples of one message */
  constructor(mulaw: boolean, chunkSamples: number) {
    this.#mulaw = mulaw;
    this.#chunkSamples = chunkSamples;
  }

  /** @returns a message that is full; its memory is the receiver's */
  push(samples: Int16Array): Uint8Array | undefined {
    const size = this.#mulaw ? 1 : 2;
    const wanted = this.#filled + samples.length * size;
    if (this.#chunk === undefined || this.#chunk.length < wanted) {
      const larger = new Uint8Array(Math.max(wanted, this.#chunkSamples * size));
      if (this.#chunk !== undefined) larger.set(this.#chunk.subarray(0, this.#filled));
      this.#chunk = larger;
    }
    if (this.#mulaw) encodeG711('PCMU', samples, this.#chunk, this.#filled);
    else this.#chunk.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), this.#filled);
    this.#filled = wanted;
    return this.#filled >= this.#chunkSamples * size ? this.flush() : undefined;
  }

  /** What is there, as a message; undefined: nothing is. */
  flush(): Uint8Array | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined || this.#filled === 0) return undefined;
    const message = this.#filled === chunk.length ? chunk : chunk.subarray(0, this.#filled);
    this.#chunk = undefined;
    this.#filled = 0;
    return message;
  }
}
