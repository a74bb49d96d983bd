/**
 * Shared memory that served its purpose, wiped, for the next one that needs it. Shared memory is given back only when the
 * garbage collectors of both threads have seen it unused, which under short calls takes longer than the calls do.
 */
export class MemoryPool {
  private readonly create: () => SharedArrayBuffer;
  private readonly wipe: (memory: SharedArrayBuffer) => void;
  private readonly mostFree: number;
  private readonly free: SharedArrayBuffer[] = [];

  /** `mostFree`: pieces that are kept; more goes back to the system. */
  constructor(create: () => SharedArrayBuffer, wipe: (memory: SharedArrayBuffer) => void, mostFree: number) {
    this.create = create;
    this.wipe = wipe;
    this.mostFree = mostFree;
  }

  /** Memory as it was created. */
  take(): SharedArrayBuffer {
    return this.free.pop() ?? this.create();
  }

  /** To be called when no worker touches it any more: it has said so, or its thread has ended. */
  release(memory: SharedArrayBuffer): void {
    this.wipe(memory);
    if (this.free.length < this.mostFree) this.free.push(memory);
  }
}
