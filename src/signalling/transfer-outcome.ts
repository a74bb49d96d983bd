import type { EndReason } from '../calls/end-reason.ts';
import type { TransferOutcome } from '../conversation/ports.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import { categoryOf } from './dial-end.ts';
import { quotedString } from './sip-headers.ts';

/** Errors of planning a call, as the status that a proxy would have answered with. */
const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  bad_target: 400,
  no_route: 404,
  destination_not_allowed: 403,
  no_gateway: 503,
};

export const ANSWERED: TransferOutcome = { status: 'answered', reason: 'SIP ;cause=200 ;text="OK"', sipStatus: 200 };

export function failed(sipStatus: number, reason: string): TransferOutcome {
  return { status: 'failed', reasonCode: reasonCodeOf(sipStatus), reason, sipStatus };
}

/** Of a transfer that cannot even be tried. */
export function refusal(error: unknown): TransferOutcome {
  const code = error instanceof PatchbayError ? String(error.code) : '';
  const sipStatus = STATUS_OF_ERROR[code] ?? 500;
  return { status: 'failed', reasonCode: 'error', reason: messageOf(error), sipStatus };
}

/** Of a call that was placed and not answered. */
export function outcomeOfLeg(end: EndReason): TransferOutcome {
  const { category, text, sipStatus } = end;
  const reasonCode = category === 'busy' || category === 'declined' || category === 'no-answer' ? category : 'error';
  const status = sipStatus ?? (category === 'dial-failed' ? 408 : 500);
  return { status: 'failed', reasonCode, reason: text, sipStatus: status };
}

/** `transferStatus` has four reasons (Bot API 7.2). */
function reasonCodeOf(status: number): NonNullable<TransferOutcome['reasonCode']> {
  const category = categoryOf(status);
  return category === 'dial-failed' ? 'error' : category;
}

/** A value of Referred-By (RFC 3892) for what a bot has written; undefined where it is no URI. */
export function referredByValue(written: string): string | undefined {
  const uri = /^\s*(?:"[^"\p{Cc}]*"|[^<"\p{Cc}]*)<([^<>]*)>\s*$/u.exec(written)?.[1] ?? written;
  return /^(?:sips?|tel):[^<>"\s\p{Cc}]+$/iu.test(uri) ? `<${uri}>` : undefined;
}

/** The text of a reason for a status. */
export function sipText(status: number, words: string): string {
  return `SIP ;cause=${status} ;text=${quotedString(words)}`;
}
