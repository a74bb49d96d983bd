import { endOfFailure } from './dial-end.ts';
import type { ReferReport } from './refer-messages.ts';

/** What can happen to a REFER that we have sent (RFC 3515, RFC 4488). */
export type ReferralEvent =
  /** Its final response. `silent`: accepted, but nothing will be reported (Refer-Sub: false). */
  | { readonly type: 'response'; readonly status: number; readonly reason: string; readonly silent: boolean }
  /** It could not be sent. */
  | { readonly type: 'unsent'; readonly message: string }
  | { readonly type: 'report'; readonly report: ReferReport }
  /** The far side has ended the call. */
  | { readonly type: 'bye'; readonly reason: string | undefined }
  /** The time for all of it is up. */
  | { readonly type: 'overdue' }
  /** What `ReferralState.waits` names has not come within its grace. */
  | { readonly type: 'graceOver' };

/** How it ended. `status`: the last that was heard of it. */
export type ReferralEnd =
  /** `known`: the far side has said so; otherwise it only took the REFER, and the call, over. */
  | { readonly type: 'answered'; readonly known: boolean; readonly status: number; readonly reason: string }
  | { readonly type: 'failed'; readonly status: number; readonly reason: string }
  /** The party hung up before the REFER was accepted. */
  | { readonly type: 'abandoned'; readonly reason: string | undefined };

export interface ReferralState {
  /** The REFER was answered with 2xx. */
  readonly accepted: boolean;
  /**
   * For a short while only. Nothing more will be reported, and only a BYE may come: what its absence means. Or the BYE is there, and
   * it may have overtaken the response to the REFER: what was said with the BYE.
   */
  readonly waits:
    | { readonly for: 'bye'; readonly assumed: 'answered' | 'failed' }
    | { readonly for: 'response'; readonly reason: string | undefined }
    | undefined;
  /** The last status that was heard of, other than that of the REFER itself. */
  readonly last: { readonly status: number; readonly reason: string } | undefined;
  /** Of the REFER itself. */
  readonly response: { readonly status: number; readonly reason: string } | undefined;
  readonly end: ReferralEnd | undefined;
}

export const REFERRAL_BEGUN: ReferralState = {
  accepted: false,
  waits: undefined,
  last: undefined,
  response: undefined,
  end: undefined,
};

/**
 * Pure. A final status in a NOTIFY decides, also one that overtakes the response to the REFER. A BYE after the REFER was accepted
 * is success, for that is how the party leaves us. After `end` nothing changes.
 */
export function reduceReferral(state: ReferralState, event: ReferralEvent): ReferralState {
  if (state.end !== undefined) return state;
  switch (event.type) {
    case 'response':
      return onResponse(state, event);
    case 'unsent':
      return failed(state, 503, `the REFER could not be sent: ${event.message}`);
    case 'report':
      return onReport(state, event.report);
    case 'bye':
      if (state.accepted || state.last !== undefined) return answered(state, false);
      return { ...state, waits: { for: 'response', reason: event.reason } };
    case 'overdue':
      if (state.waits?.for === 'response') return abandoned(state, state.waits.reason);
      return failed(state, 408, state.accepted ? 'no final status in time' : 'no response to the REFER in time');
    case 'graceOver':
      if (state.waits === undefined) return state;
      if (state.waits.for === 'response') return abandoned(state, state.waits.reason);
      if (state.waits.assumed === 'answered') return answered(state, false);
      return failed(state, 408, 'the far side stopped reporting before a final status');
  }
}

function onResponse(state: ReferralState, event: Extract<ReferralEvent, { type: 'response' }>): ReferralState {
  const { status, reason, silent } = event;
  const gone = state.waits?.for === 'response' ? state.waits : undefined;
  if (status >= 300) return gone ? abandoned(state, gone.reason) : failed(state, status, sipText(status, reason));
  const accepted = { ...state, accepted: true, response: { status, reason } };
  if (gone) return answered(accepted, false);
  return silent ? { ...accepted, waits: { for: 'bye', assumed: 'answered' } } : accepted;
}

function onReport(state: ReferralState, { status, reason, terminated }: ReferReport): ReferralState {
  if (status !== undefined && status >= 300) return failed(state, status, sipText(status, reason));
  const next = status === undefined ? state : { ...state, last: { status, reason } };
  if (status !== undefined && status >= 200) return answered(next, true);
  return terminated && next.waits === undefined ? { ...next, waits: { for: 'bye', assumed: 'failed' } } : next;
}

function answered(state: ReferralState, known: boolean): ReferralState {
  const { status, reason } = state.last ?? state.response ?? { status: 202, reason: 'Accepted' };
  return { ...state, end: { type: 'answered', known, status, reason: sipText(status, reason) } };
}

function abandoned(state: ReferralState, reason: string | undefined): ReferralState {
  return { ...state, end: { type: 'abandoned', reason } };
}

function failed(state: ReferralState, status: number, reason: string): ReferralState {
  return { ...state, end: { type: 'failed', status, reason } };
}

function sipText(status: number, reason: string): string {
  return endOfFailure({ kind: 'refused', status, reason, reasonHeader: undefined }).text;
}
