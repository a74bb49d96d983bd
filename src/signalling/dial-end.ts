import type { EndReason } from '../calls/end-reason.ts';
import { AGENT_LOST } from './call-media.ts';
import type { DialFailure } from './dial-gateways.ts';
import { sipReasonOf } from './reason-header.ts';
import type { DialogEnd } from './sip-dialog.ts';
import { quotedString } from './sip-headers.ts';

/** Why a call that was never answered ended (Bot API 5.3). The text is a value of the Reason header (RFC 3326). */
export function endOfFailure(failure: DialFailure): EndReason {
  switch (failure.kind) {
    case 'refused': {
      const { status, reason, reasonHeader } = failure;
      const text = `SIP ;cause=${status} ;text=${quotedString(reason || 'no reason given')}`;
      return {
        category: categoryOf(status),
        by: 'callee',
        text: reasonHeader === undefined ? text : `${text}, ${reasonHeader}`,
        sipStatus: status,
        ...sipReasonOf(reasonHeader),
      };
    }
    case 'unanswered':
      return { category: 'no-answer', by: 'hub', text: 'SIP ;cause=487 ;text="No answer in time"', sipStatus: 487 };
    case 'silent':
      return { category: 'dial-failed', by: 'hub', text: 'no gateway of the SIP connection has responded' };
    case 'unsent':
      return { category: 'dial-failed', by: 'hub', text: `the call could not be sent: ${failure.message}` };
    case 'cancelled':
      return { category: 'api', by: 'operator', text: 'cancelled before the answer' };
  }
}

/** Why a call ends whose callee has answered and is gone. */
export function endOfCallee({ byAgent, lost, reason }: DialogEnd): EndReason {
  if (lost) return AGENT_LOST;
  if (byAgent) return { category: 'signalling-failure', by: 'hub', text: 'the SIP agent has lost the call' };
  const text = reason ? `BYE from the callee, ${reason}` : 'BYE from the callee';
  return { category: 'callee-hangup', by: 'callee', text, ...sipReasonOf(reason) };
}

/** RFC 3261 21.4 to 21.6; 607 and 608: RFC 8197, RFC 8688. */
export function categoryOf(status: number): 'busy' | 'no-answer' | 'declined' | 'dial-failed' {
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 408:
    case 480:
    case 487:
      return 'no-answer';
    case 403:
    case 603:
    case 607:
    case 608:
      return 'declined';
    default:
      return 'dial-failed';
  }
}
