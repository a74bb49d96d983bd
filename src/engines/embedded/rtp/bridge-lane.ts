import { FRAME_MS } from '../../../media/audio.ts';
import { FRAME_SAMPLES } from './shared-call.ts';
import { CATCH_UP_MS } from './slot-clock.ts';

/**
 * The memory that the two legs of a bridge share, whether one media worker serves both or two do: a lane each way, with
 * one writer and one reader.
 *
 *   control   Int32: frames written, when the last was, key presses begun; the presses themselves
 *   frames    Int16 ring of what the party said
 *
 * The writer never waits: it writes over what is old. The reader keeps its own place. Nothing is allocated per frame.
 */
const FRAMES = 16;
const KEYS = 16;
const Word = { written: 0, writtenAtUs: 1, keysWritten: 2, keys: 16 } as const;

const CONTROL_BYTES = (Word.keys + KEYS) * 4;
const LANE_BYTES = CONTROL_BYTES + FRAMES * FRAME_SAMPLES * 2;

/** A reader that was held up catches up with this many frames, as its clock does; what is older is left out. */
const MOST_BEHIND = CATCH_UP_MS / FRAME_MS + 2;
/** Frames for which a lane has to be longer than it need be until one frame is left out. */
const WINDOW = 100;
/** The same for a lane that is longer by more than two frames. */
const WINDOW_FAR = 25;
/** Further frames for which a silent one is waited for. */
const PATIENCE = 250;
/** Peak of a silent frame: 256 is -42 dB. */
const SILENT_PEAK = 256;
/** How early a frame has to be there so that it may be relied on. */
const MARGIN_US = 3000;
const CROSSFADE = 32;

/** RFC 4733 event code, and the length of the press so far in samples. */
export interface LaneKey {
  event: number;
  samples: number;
  over: boolean;
}

/** Memory for both lanes of one bridge. */
export function createBridgeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * LANE_BYTES);
}

export function wipeBridgeMemory(memory: SharedArrayBuffer): void {
  new Uint8Array(memory).fill(0);
}

/** 0 and 1: the lane that leads away from the leg of that number. */
export type LaneNumber = 0 | 1;

function controlOf(memory: SharedArrayBuffer, lane: LaneNumber): Int32Array {
  return new Int32Array(memory, lane * LANE_BYTES, CONTROL_BYTES / 4);
}

function framesOf(memory: SharedArrayBuffer, lane: LaneNumber): Int16Array {
  return new Int16Array(memory, lane * LANE_BYTES + CONTROL_BYTES, FRAMES * FRAME_SAMPLES);
}

export class LaneWriter {
  private readonly control: Int32Array;
  private readonly frames: Int16Array;
  private pressing = false;

  constructor(memory: SharedArrayBuffer, lane: LaneNumber) {
    this.control = controlOf(memory, lane);
    this.frames = framesOf(memory, lane);
  }

  /** Hands one frame over; `nowUs` on the clock of the process, modulo 2^32. */
  write(frame: Int16Array, nowUs: number): void {
    const written = Atomics.load(this.control, Word.written);
    const at = (written & (FRAMES - 1)) * FRAME_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) this.frames[at + i] = frame[i] ?? 0;
    Atomics.store(this.control, Word.writtenAtUs, nowUs);
    Atomics.store(this.control, Word.written, (written + 1) | 0);
  }

  /** A press begins. */
  press(event: number): void {
    const count = Atomics.load(this.control, Word.keysWritten);
    Atomics.store(this.control, Word.keys + (count & (KEYS - 1)), event);
    Atomics.store(this.control, Word.keysWritten, (count + 1) | 0);
    this.pressing = true;
  }

  /** How long the last press is by now, and whether it is over; nothing when it began before the bridge. */
  hold(samples: number, over: boolean): void {
    if (!this.pressing) return;
    this.pressing = !over;
    const index = (Atomics.load(this.control, Word.keysWritten) - 1) & (KEYS - 1);
    const event = Atomics.load(this.control, Word.keys + index) & 0xf;
    Atomics.store(this.control, Word.keys + index, event | (over ? 0x10 : 0) | ((samples & 0xffff) << 8));
  }
}

/**
 * Takes one frame per 20 ms. Legs of one worker are served in a fixed order, so there is always one frame. Two workers
 * keep the same pace at any distance; a reader that once came too early stays a frame behind, until it
 * could do without for a while.
 */
export class LaneReader {
  private readonly control: Int32Array;
  private readonly frames: Int16Array;
  private read = 0;
  private started = false;
  private keysRead: number;
  private window = 0;
  private waited = 0;
  private leastSpare = MOST_BEHIND;
  private leastAgeUs = Number.POSITIVE_INFINITY;

  constructor(memory: SharedArrayBuffer, lane: LaneNumber) {
    this.control = controlOf(memory, lane);
    this.frames = framesOf(memory, lane);
    this.keysRead = Atomics.load(this.control, Word.keysWritten);
  }

  /** Puts the next frame into `frame`, or adds it to what is there, cut off at full scale; false when there is none. */
  take(frame: Int16Array, add: boolean, nowUs: number): boolean {
    const behind = this.behind();
    if (behind <= 0) return false;
    const before = this.isLong(behind, nowUs) ? this.place(this.read++) : -1;
    const at = this.place(this.read++);
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      let sample = this.frames[at + i] ?? 0;
      if (before >= 0 && i < CROSSFADE) {
        sample = Math.round((sample * (i + 1) + (this.frames[before + i] ?? 0) * (CROSSFADE - i)) / (CROSSFADE + 1));
      }
      if (add) {
        sample += frame[i] ?? 0;
        sample = sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample;
      }
      frame[i] = sample;
    }
    return true;
  }

  /** Leaves the next frame out. */
  skip(): void {
    if (this.behind() > 0) this.read++;
  }

  /** The number of a press that begins, to be asked for with `key`; -1 when there is none. */
  nextKey(): number {
    const written = Atomics.load(this.control, Word.keysWritten);
    if (written === this.keysRead) return -1;
    // A ring full of keys within one frame is no person's doing.
    if ((written - this.keysRead) >>> 0 > KEYS) this.keysRead = (written - KEYS) | 0;
    const index = this.keysRead & (KEYS - 1);
    this.keysRead = (this.keysRead + 1) | 0;
    return index;
  }

  /** Fills `key` with the press of that number. */
  key(index: number, key: LaneKey): void {
    const word = Atomics.load(this.control, Word.keys + index);
    key.event = word & 0xf;
    key.over = (word & 0x10) !== 0;
    key.samples = word >>> 8;
  }

  private behind(): number {
    const written = Atomics.load(this.control, Word.written);
    const behind = (written - this.read) | 0;
    if (behind <= 0 || (this.started && behind <= MOST_BEHIND)) return behind;
    const left = this.started ? MOST_BEHIND : 1;
    this.started = true;
    this.read = (written - left) | 0;
    this.startWindow();
    return left;
  }

  private place(frame: number): number {
    return (frame & (FRAMES - 1)) * FRAME_SAMPLES;
  }

  /** Whether the lane has been longer than necessary for a whole window, and the next frame can be left out. */
  private isLong(behind: number, nowUs: number): boolean {
    if (behind === 1) {
      if (this.window > 0) this.startWindow();
      return false;
    }
    const ageUs = (nowUs - Atomics.load(this.control, Word.writtenAtUs)) | 0;
    this.leastSpare = Math.min(this.leastSpare, behind - 1);
    this.leastAgeUs = Math.min(this.leastAgeUs, ageUs);
    if (++this.window < (this.leastSpare > 2 ? WINDOW_FAR : WINDOW)) return false;
    const long = this.leastSpare > 1 || this.leastAgeUs > MARGIN_US;
    if (long && ++this.waited <= PATIENCE && !this.isSilent(this.place(this.read))) return false;
    this.startWindow();
    return long;
  }

  private isSilent(at: number): boolean {
    for (let i = 0; i < FRAME_SAMPLES; i++) if (Math.abs(this.frames[at + i] ?? 0) > SILENT_PEAK) return false;
    return true;
  }

  private startWindow(): void {
    this.window = 0;
    this.waited = 0;
    this.leastSpare = MOST_BEHIND;
    this.leastAgeUs = Number.POSITIVE_INFINITY;
  }
}
