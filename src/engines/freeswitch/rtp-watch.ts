import type { Clock } from '../../clock.ts';
import type { ChannelCounters } from './channel.ts';

export interface RtpWatchOptions {
  clock: Clock;
  timeoutMs: number;
  /** Asks FreeSWITCH; undefined: it could not be asked. */
  counters(): Promise<ChannelCounters | undefined>;
  onFirst(): void;
  onTimeout(silentMs: number): void;
}

const FIRST_POLL_MS = 100;
/** After so long without a first packet it is not urgent any more. */
const URGENT_MS = 5_000;
const POLL_MS = 5_000;

/**
 * Notices whether the party sends RTP. The frames that come from FreeSWITCH do not tell: it makes silence where none arrives. Sound
 * is a proof; for the rest its packet counters are asked for now and then.
 */
export class RtpWatch {
  readonly #options: RtpWatchOptions;
  #last: ChannelCounters | undefined;
  #heard = false;
  #active = false;
  #told = false;
  #startedMs = 0;
  #lastHeardMs = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: RtpWatchOptions) {
    this.#options = options;
  }

  get counters(): ChannelCounters | undefined {
    return this.#last;
  }

  /** After an exchange of SDP; `receiving`: the party is expected to send. */
  configure(receiving: boolean): void {
    if (this.#stopped) return;
    const now = this.#options.clock.now();
    if (this.#cancel === undefined) {
      this.#startedMs = now;
      this.#plan();
    }
    this.#active = receiving;
    this.#told = false;
    this.#lastHeardMs = now;
  }

  /** A frame with sound in it has come. */
  sound(): void {
    this.#lastHeardMs = this.#options.clock.now();
    this.#first();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #plan(): void {
    const { clock, timeoutMs } = this.#options;
    const urgent = !this.#heard && clock.now() - this.#startedMs < URGENT_MS;
    const ms = Math.min(urgent ? FIRST_POLL_MS : POLL_MS, Math.max(50, timeoutMs / 4));
    this.#cancel = clock.after(ms, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    const counters = await this.#options.counters().catch(() => undefined);
    if (this.#stopped) return;
    if (counters !== undefined) {
      if (counters.packetsReceived !== (this.#last?.packetsReceived ?? 0)) this.sound();
      this.#last = counters;
    }
    this.#check();
    if (!this.#stopped) this.#plan();
  }

  #first(): void {
    if (this.#heard || this.#stopped) return;
    this.#heard = true;
    this.#options.onFirst();
  }

  #check(): void {
    const silentMs = this.#options.clock.now() - this.#lastHeardMs;
    if (!this.#active || this.#told || silentMs < this.#options.timeoutMs) return;
    this.#told = true;
    this.#options.onTimeout(silentMs);
  }
}
