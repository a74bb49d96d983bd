import { createSharedCall, wipeSharedCall } from './shared-call.ts';

/** Memory of this many calls is kept for the next ones; more goes back to the system. */
const MOST_FREE = 512;

/**
 * The shared memory of calls that ended, wiped, for the next calls. Shared memory is given back only when the garbage
 * collectors of both threads have seen it unused, which under short calls takes longer than the calls do.
 */
export class SharedCallPool {
  private readonly free: SharedArrayBuffer[] = [];

  /** Silent memory, all counters at their start. */
  take(): SharedArrayBuffer {
    return this.free.pop() ?? createSharedCall();
  }

  /** To be called when the worker has let go of it: when it told `closed` or `open-failed`, or when its thread has ended. */
  release(memory: SharedArrayBuffer): void {
    wipeSharedCall(memory);
    if (this.free.length < MOST_FREE) this.free.push(memory);
  }
}
