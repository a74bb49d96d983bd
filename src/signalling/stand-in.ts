import { randomUUID } from 'node:crypto';
import { Call } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import type { LiveCall } from '../calls/registry.ts';
import type { CallLine } from './call-line.ts';
import { mediaEnd } from './call-media.ts';
import { endOfCallee, endOfFailure } from './dial-end.ts';
import { dialGateways, untilSettled } from './dial-gateways.ts';
import { DialLog } from './dial-log.ts';
import type { HostedCallObserver } from './hosted-call.ts';
import { type Leg, type LegDeps, type LegOutcome, type LegPlan, noRoom, recordOfLeg, refusedLeg } from './leg.ts';
import { reasonHeader } from './reason-header.ts';
import type { DialogEnd, SipDialog } from './sip-dialog.ts';

export interface StandInOptions {
  /** Whose party it is to take the place of. */
  line: CallLine;
  /** Of the INVITE. */
  headers: Readonly<Record<string, string>>;
  /** The description of the line's endpoint. */
  localSdp(): Promise<string>;
  /** Ringing for so long is no answer. */
  answerMs: number;
  rings(): void;
}

/** Who has answered: may take its place on the line. */
export interface StandIn {
  dialog: SipDialog;
  /** What it has answered with, at the answer or before it. */
  remoteSdp: string;
  plan: LegPlan;
  /** The line has it from here on. @returns takes why the line is about to end it */
  stands(): (reason: EndReason) => void;
}

type StandInDeps = Pick<LegDeps, 'sip' | 'registry' | 'limits' | 'observe' | 'clock' | 'log'>;

/**
 * Places a call whose callee is to have the media and the application of a call that is there, in the place of its party. It counts as
 * a call, and has a record of its own, for as long as its dialog lasts.
 */
export function placeStandIn(plan: LegPlan, options: StandInOptions, deps: StandInDeps): Leg<StandIn> {
  const refusal = noRoom(deps);
  if (refusal !== undefined) return refusedLeg(refusal);
  const call = new StandInCall(plan, options, deps);
  deps.registry.add(call);
  return call;
}

class StandInCall implements LiveCall, Leg<StandIn> {
  readonly outcome: Promise<LegOutcome<StandIn>>;
  readonly released: Promise<void>;
  readonly #plan: LegPlan;
  readonly #options: StandInOptions;
  readonly #deps: StandInDeps;
  readonly #call: Call;
  readonly #observer: HostedCallObserver;
  readonly #dialLog: DialLog;
  /** Aborted with an EndReason: the call is not wanted any more. */
  readonly #unwanted = new AbortController();
  readonly #resolve: (outcome: LegOutcome<StandIn>) => void;
  #dialling: Promise<void> = Promise.resolve();
  #dialog: SipDialog | undefined;
  #standing = false;
  /** Why the dialog is about to end. */
  #leaving: EndReason | undefined;

  constructor(plan: LegPlan, options: StandInOptions, deps: StandInDeps) {
    this.#plan = plan;
    this.#options = options;
    this.#deps = deps;
    const gateways = plan.routes.map(({ gateway }) => gateway);
    this.#dialLog = new DialLog(gateways, deps.clock);
    this.#observer = deps.observe();
    const record = recordOfLeg(randomUUID(), plan, options.line.options.sessionId());
    this.#call = new Call({ ...record, dial: this.#dialLog.record }, deps.clock, this.#observer);
    const { promise, resolve } = Promise.withResolvers<LegOutcome<StandIn>>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#call.announce();
    this.released = this.#run();
  }

  get id(): string {
    return this.#call.id;
  }

  get callId(): string {
    return this.#call.id;
  }

  get record(): CallRecord {
    return this.#call.record;
  }

  /** Once it stands on the line, that call ends. */
  terminate(reason: EndReason): void {
    if (this.#standing) this.#options.line.options.application()?.end(reason);
    else this.end(reason);
  }

  end(reason: EndReason): void {
    if (this.#standing || this.#unwanted.signal.aborted) return;
    this.#unwanted.abort(reason);
    if (this.#dialog === undefined) return;
    this.#leaving = reason;
    void this.#dialog.hangup({ Reason: reasonHeader(reason) });
  }

  /** The media is that of the call which it stands in for. */
  reportMedia(): void {}

  async #run(): Promise<void> {
    let end: EndReason;
    try {
      end = await this.#dial();
    } catch (error) {
      end = mediaEnd(error);
    }
    this.#call.end(end);
    this.#resolve({ answered: false, end });
    const { record, id } = this.#call;
    this.#deps.log.info({ callId: id, end: end.category, by: end.by, durationMs: record.durationMs }, 'call ended');
    await untilSettled(this.#dialling, this.#deps.clock);
  }

  /** @returns why it has ended, at once where nobody has answered */
  async #dial(): Promise<EndReason> {
    const { sip, clock } = this.#deps;
    const { routes, auth, failoverMs } = this.#plan;
    const { headers, answerMs } = this.#options;
    const localSdp = await this.#options.localSdp();
    const { signal } = this.#unwanted;
    let earlySdp = '';
    const result = await dialGateways(
      sip,
      {
        ...{ routes, headers, auth, failoverMs, localSdp, answerMs, clock, signal },
        cancelHeaders: () => (signal.aborted ? { Reason: reasonHeader(this.#reason()) } : {}),
      },
      {
        sent: (attempt, callId) => {
          this.#dialLog.sent(attempt, callId);
          this.record.sipCallId = callId;
          this.record.remote = this.#dialLog.attempt(attempt).gateway;
        },
        provisional: (_, { status, sdp }) => {
          earlySdp = sdp || earlySdp;
          if (status !== 180 && status !== 183) return;
          this.#dialLog.rings();
          if (status === 180) this.#options.rings();
        },
        failed: (attempt, failure) => {
          const { text, sipStatus } = endOfFailure(failure);
          this.#dialLog.failed(attempt, text, sipStatus);
        },
      },
    );
    if (!result.answered) {
      this.#dialling = result.settled;
      return signal.aborted ? this.#reason() : endOfFailure(result.failure);
    }
    if (signal.aborted) {
      await result.dialog.hangup({ Reason: reasonHeader(this.#reason()) });
      return this.#reason();
    }
    return await this.#answered(result.dialog, result.attempt, earlySdp);
  }

  async #answered(dialog: SipDialog, attempt: number, earlySdp: string): Promise<EndReason> {
    const { promise, resolve } = Promise.withResolvers<DialogEnd>();
    dialog.once('ended', resolve);
    this.#dialog = dialog;
    this.#dialLog.accepted(attempt);
    const answeredMs = this.#dialLog.answered();
    this.#call.answered();
    this.#observer.answered(answeredMs);
    this.#resolve({
      answered: true,
      party: {
        ...{ dialog, remoteSdp: dialog.remoteSdp || earlySdp, plan: this.#plan },
        stands: () => {
          this.#standing = true;
          return (reason) => {
            this.#leaving ??= reason;
          };
        },
      },
    });
    const end = await promise;
    return this.#leaving ?? endOfCallee(end);
  }

  #reason(): EndReason {
    return this.#unwanted.signal.reason as EndReason;
  }
}
