import type { EndReason } from '../calls/end-reason.ts';
import type { DialoutRequest } from './request.ts';
import type { DialoutEvent, DialoutOutcome, MachineVerdict } from './status.ts';

/** Told what becomes of one placed call, in order; `ended` is the last and comes exactly once. Implementations must not throw. */
export interface DialObserver {
  /** The first INVITE goes out. */
  initiated(): void;
  /** First 180 or 183; again never. Milliseconds from the first INVITE. */
  ringing(details: { ringingMs: number; earlyMedia: boolean }): void;
  answered(details: { answeredMs: number }): void;
  machine(verdict: MachineVerdict): void;
  ended(outcome: DialoutOutcome): void;
}

/** A call on its way or under way. */
export interface DialledCall {
  /** CANCEL, BYE or neither, as the call stands. Idempotent; the observer is told of the end. */
  cancel(reason: EndReason): void;
}

/** Places calls: signalling, media and bot behind it. */
export interface Dialler {
  /**
   * Refuses before anything is dialled what cannot be dialled at all: no rule for the bot, number outside the allow
   * list of the SIP connection, no gateway.
   * @throws PatchbayError `no_route`, `destination_not_allowed`, `no_gateway`, `bad_target`
   */
  check(request: Pick<DialoutRequest, 'bot' | 'target' | 'caller'>): void;
  /** Never throws: what goes wrong is told to the observer as `failed`. */
  dial(request: DialoutRequest, observer: DialObserver): DialledCall;
}

/** Takes the statuses of dialouts: stores them, and sees to it that whoever is to hear of them does. */
export interface StatusSink {
  /**
   * Resolves when the event is on disk. Events of one dialout are published in their order. Idempotent by dialout and
   * status: an event that is on disk already is passed over, so that one can be published again when nobody knows
   * whether the last attempt, or the process that made it, got that far.
   */
  publish(event: DialoutEvent, target: { notifyUrl: string | undefined }): Promise<void>;
}
