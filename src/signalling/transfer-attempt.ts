import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { TransferRecord } from '../calls/record.ts';
import type { Clock } from '../clock.ts';
import type { TransferOutcome, TransferRequest } from '../conversation/ports.ts';
import type { MediaEngine } from '../media/port.ts';
import type { WaitingSound } from '../media/waiting-sound.ts';
import type { Leg, LegOptions } from './leg.ts';

/**
 * How a party is handed over. `invite`: the hub calls the other one and joins both. `refer`: the far side of the call is asked to
 * call him. `attended`: the hub calls him, joins both, and asks the far side to take the hub's place in that call.
 */
export type TransferMethod = 'invite' | 'refer' | 'attended';

/** What transfers of one call need of the hub. */
export interface TransferDeps {
  /** Of the call's SIP connection. */
  method: TransferMethod;
  /**
   * Calls a target, as far as the rules let this call's bot.
   * @throws PatchbayError `bad_target`, `no_route`, `destination_not_allowed`, `no_gateway`
   */
  place(target: string, options: LegOptions): Leg;
  /** The value of Refer-To for a target. @throws PatchbayError `bad_target`, `destination_not_allowed` */
  referTo(target: string): string;
  engine: Pick<MediaEngine, 'bridge'>;
  /** What is heard by whoever waits; undefined: nothing. */
  waiting: WaitingSound | undefined;
  ringTimeoutMs: number;
  referTimeoutMs: number;
  clock: Clock;
}

/** A transfer under way. */
export interface TransferAttempt {
  /** Nobody waits for it any more: nothing more is reported. Idempotent. */
  cancel(reason: EndReason): void;
  /** The transferred party has hung up. True: the attempt tells by itself what that means, which may be that it has succeeded. */
  partyGone(reason: EndReason): boolean;
}

/** What becomes of an attempt: one of the first four, once. */
export interface AttemptEvents {
  answered(outcome: TransferOutcome): void;
  /** The far side has the call; `known`: it has said how it went. `gone`: the party has left us already. */
  taken(outcome: TransferOutcome, facts: { known: boolean; gone: boolean }): void;
  failed(outcome: TransferOutcome): void;
  /** The party hung up before. */
  abandoned(reason: EndReason): void;
  /** More about it for the record. */
  note(changes: Partial<Pick<TransferRecord, 'callId' | 'reason'>>): void;
}

export interface AttemptOptions {
  request: TransferRequest;
  deps: TransferDeps;
  events: AttemptEvents;
  log: Logger;
}
