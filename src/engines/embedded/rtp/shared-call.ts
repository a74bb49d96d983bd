/**
 * The memory that one call shares between the main thread and its media worker. Everything that happens per packet
 * goes through it, so that no message is posted and nothing is allocated.
 *
 *   control   Int32, one word per `Word`, touched only with Atomics
 *   playout   Int16 ring, main -> worker: what the caller will hear
 *   caller    Int16 ring, worker -> main: what the caller said
 *
 * Ring positions are counters modulo 2^32; their difference is the number of samples in the ring. Each ring has one
 * writer. The playout ring's read position moves by compare-and-swap, because both sides take from it: the worker one
 * packet at a time, the main thread all of it when it flushes. Whoever moves it owns the samples, so a flush knows
 * exactly what went out.
 *
 * The memory of a call that ended is wiped and serves another one (`shared-call-pool.ts`). Its generation grows each
 * time: a view that was made for an earlier call sees that it has no business there any more.
 */
export const SAMPLE_RATE = 8000;
/** Samples in one 20 ms frame. */
export const FRAME_SAMPLES = 160;
/** 1.02 s: how long the main thread may be busy before the caller hears a gap. */
export const PLAYOUT_RING = 8192;
/** 1.02 s: how long the main thread may be busy before caller audio is lost. */
export const CALLER_RING = 8192;

export const Word = {
  playRead: 0,
  playWrite: 1,
  callerRead: 2,
  callerWrite: 3,
  paused: 4,
  packetsReceived: 5,
  packetsSent: 6,
  packetsLost: 7,
  packetsLate: 8,
  packetsFromStrangers: 9,
  packetsMalformed: 10,
  packetsDuplicate: 11,
  /** Microseconds. */
  jitterUs: 12,
  /** 1/256; -1: not reported. */
  remoteLoss: 13,
  /** Microseconds; -1: not known. */
  roundTripUs: 14,
  /** Samples that were concealed. */
  concealed: 15,
  /** Samples that the main thread was too slow to take. */
  overrun: 16,
  /** Jitter buffer delay in samples. */
  bufferDelay: 17,
  /** Send slots left out because the worker was held up for longer than it catches up. */
  slotsSkipped: 18,
  /** Samples of the caller that were left out to lower the delay. */
  trimmed: 19,
  /** Of those, the ones that were no silence. */
  cut: 20,
  /** How many calls had this memory before; survives the wipe. */
  generation: 21,
} as const;

export type Word = (typeof Word)[keyof typeof Word];

const CONTROL_BYTES = 32 * 4;
const SHARED_BYTES = CONTROL_BYTES + 2 * (PLAYOUT_RING + CALLER_RING);

/** Allocates the shared memory of one call. */
export function createSharedCall(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  initialise(new Int32Array(memory, 0, CONTROL_BYTES / 4), 0);
  return memory;
}

/** Removes every trace of the call, whose views are no longer `current` from here on. */
export function wipeSharedCall(memory: SharedArrayBuffer): void {
  const control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
  const generation = Atomics.add(control, Word.generation, 1) + 1;
  new Uint8Array(memory, CONTROL_BYTES).fill(0);
  initialise(control, generation);
}

function initialise(control: Int32Array, generation: number): void {
  control.fill(0, 0, Word.generation);
  control[Word.remoteLoss] = -1;
  control[Word.roundTripUs] = -1;
  Atomics.store(control, Word.generation, generation);
}

/** One side's view of the shared memory, for the call that has it when the view is made. */
export class SharedCall {
  private readonly generation: number;
  readonly control: Int32Array;
  readonly playout: Int16Array;
  readonly caller: Int16Array;

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.playout = new Int16Array(memory, CONTROL_BYTES, PLAYOUT_RING);
    this.caller = new Int16Array(memory, CONTROL_BYTES + 2 * PLAYOUT_RING, CALLER_RING);
    this.generation = this.load(Word.generation);
  }

  /** False once the memory was wiped: nothing may be read or written through this view any more. */
  get current(): boolean {
    return Atomics.load(this.control, Word.generation) === this.generation;
  }

  load(word: Word): number {
    return Atomics.load(this.control, word);
  }

  store(word: Word, value: number): void {
    Atomics.store(this.control, word, value);
  }

  add(word: Word, amount: number): void {
    Atomics.add(this.control, word, amount);
  }

  // ---- main thread ----

  /** Copies as much of `samples[from..]` as fits; returns how many samples that was. */
  writePlayout(samples: Int16Array, from: number): number {
    const write = this.load(Word.playWrite);
    const free = PLAYOUT_RING - ((write - this.load(Word.playRead)) >>> 0);
    const count = Math.min(free, samples.length - from);
    for (let i = 0; i < count; i++) this.playout[(write + i) & (PLAYOUT_RING - 1)] = samples[from + i] ?? 0;
    if (count > 0) this.store(Word.playWrite, (write + count) | 0);
    return count;
  }

  /** Samples in the playout ring. */
  playoutLength(): number {
    return (this.load(Word.playWrite) - this.load(Word.playRead)) >>> 0;
  }

  /** Takes everything back that the worker has not taken; returns how many samples that was. */
  flushPlayout(): number {
    const write = this.load(Word.playWrite);
    for (;;) {
      const read = this.load(Word.playRead);
      if (Atomics.compareExchange(this.control, Word.playRead, read, write) === read) return (write - read) >>> 0;
    }
  }

  /** Takes one caller frame; false when there is none. */
  readCaller(frame: Int16Array): boolean {
    const read = this.load(Word.callerRead);
    if ((this.load(Word.callerWrite) - read) >>> 0 < FRAME_SAMPLES) return false;
    for (let i = 0; i < FRAME_SAMPLES; i++) frame[i] = this.caller[(read + i) & (CALLER_RING - 1)] ?? 0;
    this.store(Word.callerRead, (read + FRAME_SAMPLES) | 0);
    return true;
  }

  /** Leaves the caller frames out that have arrived; returns how many. */
  skipCaller(): number {
    const read = this.load(Word.callerRead);
    const frames = Math.floor(((this.load(Word.callerWrite) - read) >>> 0) / FRAME_SAMPLES);
    this.store(Word.callerRead, (read + frames * FRAME_SAMPLES) | 0);
    return frames;
  }

  // ---- worker ----

  /**
   * Takes up to one frame for a packet that leaves now and fills the rest with silence.
   * Returns the number of samples taken: 0 when there are none, or when they were flushed at this very moment.
   */
  takePlayout(frame: Int16Array): number {
    const read = this.load(Word.playRead);
    const available = (this.load(Word.playWrite) - read) >>> 0;
    if (available === 0) return 0;
    const count = available < FRAME_SAMPLES ? available : FRAME_SAMPLES;
    for (let i = 0; i < count; i++) frame[i] = this.playout[(read + i) & (PLAYOUT_RING - 1)] ?? 0;
    if (Atomics.compareExchange(this.control, Word.playRead, read, (read + count) | 0) !== read) return 0;
    for (let i = count; i < FRAME_SAMPLES; i++) frame[i] = 0;
    return count;
  }

  /** Hands one caller frame over; it is dropped when the main thread is a whole ring behind. */
  writeCaller(frame: Int16Array): void {
    const write = this.load(Word.callerWrite);
    if ((write - this.load(Word.callerRead)) >>> 0 > CALLER_RING - FRAME_SAMPLES) {
      this.add(Word.overrun, FRAME_SAMPLES);
      return;
    }
    for (let i = 0; i < FRAME_SAMPLES; i++) this.caller[(write + i) & (CALLER_RING - 1)] = frame[i] ?? 0;
    this.store(Word.callerWrite, (write + FRAME_SAMPLES) | 0);
  }
}
