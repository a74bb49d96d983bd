import { FRAME_SAMPLES } from './shared-call.ts';

/**
 * Both directions of one call on their way from its media worker to the main thread: a ring of 20 ms frames, each with what the
 * party said and how much later that was on the wire than the rest, what it heard, and which frame of the call it is. One writer, one reader. There is one only while somebody listens.
 */
const FRAMES = 64;
const Word = { read: 0, written: 1, numbers: 2, saidLater: 2 + FRAMES } as const;
const CONTROL_BYTES = (Word.saidLater + FRAMES) * 4;
const SIDE_BYTES = FRAMES * FRAME_SAMPLES * 2;

/** Memory for 1.28 s: how long the main thread may be busy before frames are lost. */
export function createTapMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + 2 * SIDE_BYTES);
}

export function wipeTapMemory(memory: SharedArrayBuffer): void {
  new Uint8Array(memory).fill(0);
}

/** One side's view of the ring. */
export class TapRing {
  private readonly control: Int32Array;
  private readonly said: Int16Array;
  private readonly heard: Int16Array;
  /** Samples; of the frame that was read last. Mostly less than 0. */
  saidLater = 0;

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.said = new Int16Array(memory, CONTROL_BYTES, FRAMES * FRAME_SAMPLES);
    this.heard = new Int16Array(memory, CONTROL_BYTES + SIDE_BYTES, FRAMES * FRAME_SAMPLES);
  }

  /** `number`: of the frame within its call. It is dropped when the reader is a whole ring behind. */
  write(number: number, said: Int16Array, heard: Int16Array, saidLater: number): void {
    const written = Atomics.load(this.control, Word.written);
    if (((written - Atomics.load(this.control, Word.read)) | 0) >= FRAMES) return;
    const at = (written & (FRAMES - 1)) * FRAME_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      this.said[at + i] = said[i] ?? 0;
      this.heard[at + i] = heard[i] ?? 0;
    }
    this.control[Word.numbers + (written & (FRAMES - 1))] = number;
    this.control[Word.saidLater + (written & (FRAMES - 1))] = saidLater;
    Atomics.store(this.control, Word.written, (written + 1) | 0);
  }

  /** Takes one frame; returns its number, -1 when there is none. */
  read(said: Int16Array, heard: Int16Array): number {
    const read = Atomics.load(this.control, Word.read);
    if (read === Atomics.load(this.control, Word.written)) return -1;
    const at = (read & (FRAMES - 1)) * FRAME_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      said[i] = this.said[at + i] ?? 0;
      heard[i] = this.heard[at + i] ?? 0;
    }
    this.saidLater = this.control[Word.saidLater + (read & (FRAMES - 1))] ?? 0;
    const number = this.control[Word.numbers + (read & (FRAMES - 1))] ?? 0;
    Atomics.store(this.control, Word.read, (read + 1) | 0);
    return number;
  }
}
