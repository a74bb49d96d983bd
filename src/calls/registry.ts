import type { Clock } from '../clock.ts';
import type { EndReason } from './end-reason.ts';
import type { CallRecord } from './record.ts';

/** What the registry needs of a call under way. */
export interface LiveCall {
  readonly id: string;
  readonly record: CallRecord;
  /** Ends the call from outside: BYE or refusal, then everything else. Idempotent. */
  terminate(reason: EndReason): void;
  /** Tells the call's observer the media counters as they are now. */
  reportMedia(): void;
  /** Resolves when nothing of the call is left: dialog, media, bot, record. */
  readonly released: Promise<void>;
}

/** How long calls that were terminated may take to be released: a peer that does not answer its BYE holds nobody up. */
const RELEASE_LIMIT_MS = 2_000;

/** The calls of this process that are not yet released. */
export class CallRegistry {
  readonly #calls = new Map<string, LiveCall>();
  readonly #clock: Clock;
  #draining = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** True once `drain` has begun: new calls are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  add(call: LiveCall): void {
    this.#calls.set(call.id, call);
    const remove = () => this.#calls.delete(call.id);
    call.released.then(remove, remove);
  }

  get(id: string): LiveCall | undefined {
    return this.#calls.get(id);
  }

  live(): LiveCall[] {
    return [...this.#calls.values()];
  }

  /**
   * Refuses new calls from now on, waits for those under way to end by themselves, and terminates what is left when
   * `limit` is aborted. Resolves when every call is released, at the latest two seconds after `limit`.
   */
  async drain(limit: AbortSignal, reason: EndReason): Promise<void> {
    this.#draining = true;
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    let cancel = () => {};
    const terminateAll = () => {
      for (const call of this.#calls.values()) call.terminate(reason);
      cancel = this.#clock.after(RELEASE_LIMIT_MS, resolve);
    };
    if (limit.aborted) terminateAll();
    else limit.addEventListener('abort', terminateAll, { once: true });
    await Promise.race([this.#allReleased(), timeUp]);
    limit.removeEventListener('abort', terminateAll);
    cancel();
  }

  async #allReleased(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.live().map((call) => call.released));
  }
}
