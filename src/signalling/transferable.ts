import { endOfPartner } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { TransferRecord } from '../calls/record.ts';
import type { InfoAnswer, ReceivedInfo } from '../conversation/info.ts';
import type {
  CallControl,
  MachineKind,
  TransferOutcome,
  TransferProgress,
  TransferRequest,
  TransferStart,
} from '../conversation/ports.ts';
import type { CallApplication, CallContext, LegControl, StartApplication } from './call-application.ts';
import { Party } from './party.ts';
import { referToReplacing } from './refer-messages.ts';
import type { AttemptEvents, TransferAttempt, TransferDeps, TransferMethod } from './transfer-attempt.ts';
import { transferByCall } from './transfer-by-call.ts';
import { transferByRefer } from './transfer-by-refer.ts';
import { failed, refusal } from './transfer-outcome.ts';

/** The far side sends BYE when it has taken the call over; if it does not, we do after this time. */
const TAKEN_OVER_MS = 3_000;

/** Lets a bot hand its call over: its conversation comes first, then whoever it has transferred the party to. */
export function transferable(start: StartApplication, sessionId: string, deps: TransferDeps): StartApplication {
  return (call) => new TransferableCall(call, start, sessionId, deps);
}

/** A transfer that the bot has asked for. */
interface Transfer {
  readonly record: TransferRecord;
  readonly request: TransferRequest;
  readonly progress: TransferProgress;
  readonly beganAt: number;
  attempt: TransferAttempt | undefined;
  /** `talking`: joined with the other party; `taken`: the far side has taken the call over. */
  state: 'trying' | 'talking' | 'taken' | 'over';
}

class TransferableCall implements CallApplication {
  readonly ended: Promise<EndReason>;
  readonly #call: CallContext;
  readonly #deps: TransferDeps;
  readonly #sessionId: string;
  readonly #inner: CallApplication;
  readonly #party: Party;
  readonly #transfers: TransferRecord[] = [];
  readonly #resolve: (reason: EndReason) => void;
  #answeredAt: number | undefined;
  #transfer: Transfer | undefined;
  #innerEnded: EndReason | undefined;
  #over = false;
  /** The far side is being asked to take the hub's place. */
  #handingOver = false;
  /** The other party's end of the call that is being handed over. */
  #leftMeanwhile: EndReason | undefined;
  /** The party's. */
  #goneMeanwhile: EndReason | undefined;
  #cancelTakenOver = () => {};

  constructor(call: CallContext, start: StartApplication, sessionId: string, deps: TransferDeps) {
    this.#call = call;
    this.#deps = deps;
    this.#sessionId = sessionId;
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#party = new Party(call, { partnerLeft: (reason) => this.#onPartnerLeft(reason) });
    this.#inner = start({ ...call, control: this.#control() });
    void this.#inner.ended.then((reason) => this.#onInnerEnded(reason));
  }

  get party(): Party {
    return this.#party;
  }

  callerHungUp(reason: EndReason): void {
    if (this.#over) return;
    const { state, attempt } = this.#transfer ?? {};
    if (state === 'taken') this.#finish(TAKEN_OVER);
    else if (this.#handingOver) this.#goneMeanwhile = reason;
    else if (state !== 'trying' || attempt?.partyGone(reason) !== true) this.#gone(reason);
  }

  end(reason: EndReason): void {
    if (this.#over) return;
    this.#drop(reason);
    this.#inner.end(reason);
    this.#party.end(reason);
    if (this.#innerEnded !== undefined) this.#finish(reason);
  }

  machineDetected(machine: MachineKind): void {
    this.#inner.machineDetected?.(machine);
  }

  release(): void {
    this.#inner.release?.();
  }

  /** To the bot, or to the other party while there is one. */
  readonly receiveInfo = (info: ReceivedInfo): InfoAnswer => {
    if (this.#transfer?.state === 'talking') return this.#party.receiveInfo(info);
    return this.#inner.receiveInfo?.(info) ?? (info.body === '' ? { status: 200 } : { status: 415, accept: [] });
  };

  /** What the conversation has of the call. */
  #control(): CallControl {
    const { control } = this.#call;
    return {
      answer: async () => {
        await control.answer();
        this.#answeredAt ??= this.#deps.clock.now();
      },
      progress: (kind) => control.progress?.(kind),
      hangup: (reason, headers) => control.hangup(reason, headers),
      sendInfo: async (info) => await control.sendInfo?.(info),
      transfer: (request, progress) => this.#begin(request, progress),
    };
  }

  // ---- transfers ----

  #begin(request: TransferRequest, progress: TransferProgress): TransferStart {
    const { clock } = this.#deps;
    const method = this.#methodOf(request);
    const transfer: Transfer = {
      record: {
        ...{ method, target: request.target, atMs: Math.round(clock.now() - (this.#answeredAt ?? clock.now())) },
        ...(request.reason === '' ? {} : { handoverReason: request.reason }),
      },
      ...{ request, progress, beganAt: clock.now(), attempt: undefined, state: 'trying' },
    };
    this.#transfers.push(transfer.record);
    try {
      this.#transfer = transfer;
      transfer.attempt = this.#try(transfer, method);
      this.#note();
      return { begun: true, cancel: () => this.#drop(CANCELLED) };
    } catch (error) {
      const outcome = refusal(error);
      this.#call.log.warn({ err: error, target: request.target }, 'transfer cannot be tried');
      this.#close(transfer, outcome, 'failed');
      return { begun: false, outcome };
    }
  }

  /** Nobody returns whom the far side has taken over. */
  #methodOf(request: TransferRequest): TransferMethod {
    const { method } = this.#deps;
    return method === 'refer' && (request.returns || this.#call.control.refer === undefined) ? 'invite' : method;
  }

  /** @throws PatchbayError where it cannot be tried */
  #try(transfer: Transfer, method: TransferMethod): TransferAttempt {
    const { control, log, media } = this.#call;
    const { request } = transfer;
    const refer = control.refer?.bind(control);
    const common = { request, deps: this.#deps, events: this.#eventsOf(transfer), log };
    if (method === 'refer' && refer !== undefined) return transferByRefer({ ...common, refer, media });
    const attended = method === 'attended' && refer !== undefined && !request.returns;
    return transferByCall({
      ...common,
      ...{ party: this.#party, sessionId: this.#sessionId },
      ...(attended ? { joined: (other) => void this.#handOver(transfer, other, refer) } : {}),
    });
  }

  /**
   * The party and the other one talk already: the far side is asked to call that one in our place (RFC 5589 7.3). Where it does not,
   * they stay joined here.
   */
  async #handOver(transfer: Transfer, other: Party, refer: NonNullable<LegControl['refer']>): Promise<void> {
    const { dialogName } = other;
    if (dialogName === undefined) return;
    const { callId, localTag, remoteTag, remoteTarget } = dialogName;
    this.#handingOver = true;
    const end = await refer({
      referTo: referToReplacing(remoteTarget, { callId, toTag: remoteTag, fromTag: localTag }),
      headers: transfer.request.headers,
      timeoutMs: this.#deps.referTimeoutMs,
      signal: this.#call.signal,
    });
    this.#handingOver = false;
    if (this.#over) return;
    if (end?.type === 'answered') {
      transfer.record.reason = 'the far side has taken the call over';
      this.#note();
      this.#takenOver(transfer, this.#goneMeanwhile !== undefined);
      return;
    }
    transfer.record.reason = `the hub stays between them: ${end?.reason ?? 'the call has no dialog'}`;
    this.#note();
    this.#call.log.info({ end }, 'the far side has not taken the call over; the hub stays between the two');
    if (this.#goneMeanwhile !== undefined) this.#gone(this.#goneMeanwhile);
    else if (this.#leftMeanwhile !== undefined) this.#onPartnerLeft(this.#leftMeanwhile);
  }

  #takenOver(transfer: Transfer, gone: boolean): void {
    transfer.state = 'taken';
    this.#cancelTakenOver();
    this.#cancelTakenOver = this.#deps.clock.after(gone ? 0 : TAKEN_OVER_MS, () => this.#finish(TAKEN_OVER));
  }

  #eventsOf(transfer: Transfer): AttemptEvents {
    const current = (then: () => void) => {
      if (this.#transfer === transfer && transfer.state === 'trying') then();
    };
    return {
      answered: (outcome) => current(() => this.#onAnswered(transfer, outcome)),
      taken: (outcome, facts) => current(() => this.#onTaken(transfer, outcome, facts)),
      failed: (outcome) => current(() => this.#onFailed(transfer, outcome)),
      abandoned: (reason) => current(() => this.#gone(reason)),
      note: (changes) => {
        Object.assign(transfer.record, changes);
        this.#note();
      },
    };
  }

  #onAnswered(transfer: Transfer, outcome: TransferOutcome): void {
    this.#settle(transfer, outcome, 'answered');
    transfer.state = 'talking';
    transfer.progress.ended(outcome);
  }

  #onTaken(transfer: Transfer, outcome: TransferOutcome, facts: { known: boolean; gone: boolean }): void {
    this.#settle(transfer, outcome, facts.known ? 'answered' : 'unknown');
    this.#takenOver(transfer, facts.gone);
    transfer.progress.ended(outcome);
  }

  #onFailed(transfer: Transfer, outcome: TransferOutcome): void {
    this.#close(transfer, outcome, 'failed');
    transfer.progress.ended(outcome);
    if (this.#innerEnded === undefined) return;
    // The bot has left the caller to the transfer: there is nobody to go back to.
    const { reason, sipStatus } = outcome;
    this.#finish({ category: 'bridge-ended', by: 'hub', text: `the transfer failed with ${sipStatus}: ${reason}` });
  }

  /** The other party has hung up, or its call has failed after its early media was heard. */
  #onPartnerLeft(reason: EndReason): void {
    const transfer = this.#transfer;
    if (transfer?.state !== 'talking') return;
    // That is how a dialog ends that another has taken the place of; whether it was so is about to be told.
    if (this.#handingOver) {
      this.#leftMeanwhile = reason;
      this.#cancelTakenOver = this.#deps.clock.after(TAKEN_OVER_MS, () => this.#finish(endOfPartner(reason)));
      return;
    }
    if (!transfer.request.returns || this.#innerEnded !== undefined) {
      this.#finish(endOfPartner(reason));
      return;
    }
    transfer.state = 'over';
    this.#transfer = undefined;
    transfer.progress.returned(reason.text);
  }

  /** It is over without success, or not wanted any more. */
  #close(transfer: Transfer, outcome: TransferOutcome, result: NonNullable<TransferRecord['outcome']>): void {
    this.#settle(transfer, outcome, result);
    transfer.state = 'over';
    if (this.#transfer === transfer) this.#transfer = undefined;
  }

  #settle(transfer: Transfer, { reason, sipStatus }: TransferOutcome, outcome: TransferRecord['outcome']): void {
    const durationMs = Math.round(this.#deps.clock.now() - transfer.beganAt);
    Object.assign(transfer.record, { outcome, sipStatus, reason, durationMs });
    this.#call.log.info({ transfer: transfer.record }, 'transfer ended');
    this.#note();
  }

  #note(): void {
    this.#call.note({ transfers: this.#transfers.map((record) => ({ ...record })) });
  }

  // ---- the end ----

  #onInnerEnded(reason: EndReason): void {
    this.#innerEnded = reason;
    if (reason.category !== 'transferred' || this.#transfer === undefined) this.#finish(reason);
  }

  #gone(reason: EndReason): void {
    this.#drop(reason);
    this.#inner.callerHungUp(reason);
    this.#party.end(reason);
    if (this.#innerEnded !== undefined) this.#finish(reason);
  }

  /** Gives up the transfer under way, if there is one. */
  #drop(reason: EndReason): void {
    const transfer = this.#transfer;
    if (transfer?.state !== 'trying') return;
    transfer.attempt?.cancel(reason);
    this.#close(transfer, failed(487, `given up: ${reason.text}`), 'failed');
  }

  #finish(reason: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTakenOver();
    this.#drop(reason);
    this.#party.end(reason);
    this.#resolve(reason);
  }
}

const TAKEN_OVER: EndReason = { category: 'transferred', by: 'bot', text: 'the far side has taken the call over' };
const CANCELLED: EndReason = { category: 'api', by: 'hub', text: 'the transfer is not wanted any more' };
