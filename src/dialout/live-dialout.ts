import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { DialoutStore, Transition } from './dialout-store.ts';
import type { DialledCall, DialObserver } from './ports.ts';
import type { DialoutRequest, OptionalStatus } from './request.ts';
import type { DialoutEvent, DialoutOutcome, DialoutStatus, MachineVerdict } from './status.ts';

const firstRetryMs = 100;
const longestRetryMs = 5_000;

export interface LiveDialoutDeps {
  store: Pick<DialoutStore, 'apply'>;
  clock: Clock;
  log: Logger;
  /** The final status is on disk, or somebody else has written another one: the dialout is over. */
  over(): void;
}

/**
 * A dialout that this node dials. What its call reports is written in order, each report with the event that tells the
 * dialer, and tried again until it is written.
 */
export class LiveDialout implements DialObserver {
  readonly request: DialoutRequest;
  readonly #deps: LiveDialoutDeps;
  #call: DialledCall | undefined;
  #cancelled: EndReason | undefined;
  #written: Promise<void> = Promise.resolve();
  #abandoned = false;
  #ended = false;
  #machine: MachineVerdict | undefined;
  #facts: Pick<DialoutEvent, 'ringingMs' | 'answeredMs'> = {};

  constructor(request: DialoutRequest, deps: LiveDialoutDeps) {
    this.request = request;
    this.#deps = deps;
  }

  /** The call is on its way. */
  attach(call: DialledCall): void {
    this.#call = call;
    if (this.#cancelled !== undefined && !this.#ended) call.cancel(this.#cancelled);
  }

  cancel(reason: EndReason): void {
    if (this.#cancelled !== undefined || this.#ended) return;
    this.#cancelled = reason;
    this.#call?.cancel(reason);
  }

  /** Tries no longer to write what is not written. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Resolves when everything that was reported is written, or was given up. */
  settled(): Promise<void> {
    return this.#written;
  }

  initiated(): void {
    const begunAt = this.#deps.clock.now();
    this.#report('initiated', {}, { begunMsAgo: () => this.#deps.clock.now() - begunAt });
  }

  ringing({ ringingMs, earlyMedia }: { ringingMs: number; earlyMedia: boolean }): void {
    this.#facts = { ringingMs };
    this.#report('ringing', { ringingMs, ...(earlyMedia ? { earlyMediaMs: ringingMs } : {}) });
  }

  answered({ answeredMs }: { answeredMs: number }): void {
    this.#facts = { ...this.#facts, answeredMs };
    this.#report('answered', this.#facts);
  }

  machine(verdict: MachineVerdict): void {
    this.#machine = verdict;
  }

  ended(outcome: DialoutOutcome): void {
    if (this.#ended) return;
    const { reasonCode, reason } = outcome;
    const machine = this.#machine === undefined ? {} : { machine: this.#machine };
    this.#report(outcome.status, { reasonCode, reason, ...machine, ...this.#facts }, { outcome });
    this.#ended = true;
    this.#written = this.#written.then(() => this.#deps.over());
  }

  #report(
    status: DialoutStatus,
    more: Partial<DialoutEvent>,
    change: Pick<Transition, 'outcome' | 'begunMsAgo'> = {},
  ): void {
    if (this.#ended) return;
    const { id, client, bot, notifyUrl, notifyStatuses } = this.request;
    const timestamp = this.#deps.clock.date().toISOString();
    const wanted =
      (status !== 'initiated' && status !== 'ringing') || notifyStatuses.includes(status as OptionalStatus);
    const transition: Transition = {
      event: { conversationId: id, client, bot, status, timestamp, ...more },
      notifyUrl: wanted ? notifyUrl : undefined,
      ...change,
    };
    this.#written = this.#written.then(() => this.#write(transition));
  }

  async #write(transition: Transition): Promise<void> {
    for (let attempt = 0; !this.#abandoned; attempt += 1) {
      try {
        if (await this.#deps.store.apply(transition)) return;
        // Other nodes took this one for dead: they have told the dialer that the call is over.
        this.#abandoned = true;
        this.cancel({ category: 'shutdown', by: 'hub', text: 'Another hub has ended the dialout' });
        return;
      } catch (error) {
        const { status, conversationId } = transition.event;
        if (attempt === 0) {
          this.#deps.log.warn(
            { conversationId, status, reason: messageOf(error) },
            'the status of a dialout could not be written; it is tried again',
          );
        }
      }
      const pauseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10));
      await new Promise<void>((resolve) => this.#deps.clock.after(pauseMs, resolve));
    }
  }
}
