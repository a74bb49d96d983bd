import type { DialRecord } from '../calls/record.ts';
import type { Clock } from '../clock.ts';

/** Keeps the record of how a call that the hub places comes about. Times in milliseconds from the first INVITE. */
export class DialLog {
  readonly record: DialRecord = {
    attempts: [],
    alternativeRoute: false,
    ringingMs: undefined,
    earlyMediaMs: undefined,
    answeredMs: undefined,
    machine: undefined,
  };
  readonly #clock: Clock;
  readonly #gateways: readonly string[];
  /** Of the first INVITE, on the call's clock. */
  #invitedAt: number | undefined;

  /** @param gateways as configured, in the order in which they are tried */
  constructor(gateways: readonly string[], clock: Clock) {
    this.#gateways = gateways;
    this.#clock = clock;
  }

  /** True: it was the first INVITE of the call. */
  sent(attempt: number, callId: string): boolean {
    const first = this.#invitedAt === undefined;
    this.#invitedAt ??= this.#clock.now();
    this.attempt(attempt).sipCallId = callId;
    return first;
  }

  attempt(index: number): DialRecord['attempts'][number] {
    const { attempts } = this.record;
    attempts[index] ??= {
      gateway: this.#gateways[index] ?? '',
      sipCallId: undefined,
      atMs: this.#sinceInvite(),
      outcome: undefined,
      sipStatus: undefined,
    };
    return attempts[index];
  }

  failed(attempt: number, outcome: string, sipStatus: number | undefined): void {
    Object.assign(this.attempt(attempt), { outcome, sipStatus });
  }

  /** Milliseconds, where it is the first time that the call rings. */
  rings(): number | undefined {
    if (this.record.ringingMs !== undefined) return undefined;
    this.record.ringingMs = this.#sinceInvite();
    return this.record.ringingMs;
  }

  heardEarly(): void {
    this.record.earlyMediaMs ??= this.#sinceInvite();
  }

  /** The final response is a 200. */
  accepted(attempt: number): void {
    Object.assign(this.attempt(attempt), { outcome: 'answered', sipStatus: 200 });
    this.record.alternativeRoute = attempt > 0;
  }

  /** The parties can talk; returns the milliseconds. */
  answered(): number {
    this.record.answeredMs = this.#sinceInvite();
    return this.record.answeredMs;
  }

  #sinceInvite(): number {
    return this.#invitedAt === undefined ? 0 : Math.round(this.#clock.now() - this.#invitedAt);
  }
}
