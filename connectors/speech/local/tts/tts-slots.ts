import { SpeechError } from '../../../../src/speech/ports.ts';

export interface FairSlotsOptions {
  /** Jobs that run at the same time. */
  slots: number;
  /** Jobs that wait, of all calls together. */
  maxWaiting: number;
  /** Jobs of one call that wait. */
  maxWaitingPerCall: number;
}

export interface SlotRequest {
  callId: string;
  /** Somebody hears silence until this job is done: it goes before work done in advance. */
  urgent: boolean;
}

interface Waiter extends SlotRequest {
  grant: () => void;
}

/** After so many urgent jobs in a row one of the others gets its turn, so that no speech that has begun runs dry. */
const URGENT_IN_A_ROW = 3;

/**
 * Hands out a fixed number of slots. Waiting calls take turns, however many jobs each of them has;
 * urgent jobs go first. What waits is bounded.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  /** Insertion order is the order of turns: a call that had its turn goes to the end. */
  readonly #urgent = new Map<string, Waiter[]>();
  readonly #later = new Map<string, Waiter[]>();
  #waiting = 0;
  #running = 0;
  #urgentInARow = 0;

  constructor(options: FairSlotsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  /** Those that run and those that wait. */
  get jobs(): number {
    return this.#running + this.#waiting;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves with the function that gives the slot back (it may be called several times), or with undefined when
   * `signal` was aborted while waiting.
   * @throws SpeechError `speech_unavailable`, retryable, when too much is waiting
   */
  acquire(request: SlotRequest, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.#running < this.#options.slots) {
      this.#running++;
      return Promise.resolve(this.#release());
    }
    const ring = request.urgent ? this.#urgent : this.#later;
    const other = request.urgent ? this.#later : this.#urgent;
    const ofCall = (ring.get(request.callId)?.length ?? 0) + (other.get(request.callId)?.length ?? 0);
    if (this.#waiting >= this.#options.maxWaiting || ofCall >= this.#options.maxWaitingPerCall) {
      return Promise.reject(
        new SpeechError('speech_unavailable', 'too many sentences are waiting for the local speech synthesis', {
          retryable: true,
        }),
      );
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        ...request,
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          this.#running++;
          resolve(this.#release());
        },
      };
      const onAbort = () => {
        this.#remove(ring, waiter);
        resolve(undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const queue = ring.get(request.callId);
      if (queue === undefined) ring.set(request.callId, [waiter]);
      else queue.push(waiter);
      this.#waiting++;
    });
  }

  #release(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#running--;
      this.#next()?.grant();
    };
  }

  #next(): Waiter | undefined {
    const lateTurn = this.#urgent.size === 0 || (this.#urgentInARow >= URGENT_IN_A_ROW && this.#later.size > 0);
    const ring = lateTurn ? this.#later : this.#urgent;
    this.#urgentInARow = lateTurn ? 0 : this.#urgentInARow + 1;
    const turn = ring.entries().next().value;
    if (turn === undefined) return undefined;
    const [callId, queue] = turn;
    const waiter = queue.shift();
    ring.delete(callId);
    if (queue.length > 0) ring.set(callId, queue);
    this.#waiting--;
    return waiter;
  }

  #remove(ring: Map<string, Waiter[]>, waiter: Waiter): void {
    const queue = ring.get(waiter.callId);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) ring.delete(waiter.callId);
    this.#waiting--;
  }
}
