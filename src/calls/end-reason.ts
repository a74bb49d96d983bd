import type { BotReasonCode } from '../bots/port.ts';

/**
 * Who or what ended a call: one taxonomy for records, metrics, logs and bots.
 * `category` is a metric label; keep the set small.
 */
export type EndCategory =
  | 'caller-hangup' // BYE from the caller
  | 'caller-cancelled' // CANCEL before the answer
  // calls that the hub places: BYE from the callee, and why a call was not answered
  | 'callee-hangup'
  | 'no-answer' // rang for too long, or 408, 480, 487
  | 'busy' // 486, 600
  | 'declined' // 403, 603
  | 'dial-failed' // any other final response, no gateway in reach, not allowed
  | 'machine-detected'
  | 'bot-hangup'
  | 'transferred' // the party was handed over to somebody else and is no longer ours
  | 'bridge-ended' // the other call of the bridge has ended, or was not brought about
  | 'no-user-input' // userNoInput* limits reached
  | 'bot-failure'
  | 'speech-failure'
  | 'media-timeout' // no RTP for media.timeoutMs
  | 'media-failure'
  | 'signalling-failure' // no ACK, transport lost
  | 'rejected' // by us before the answer: see sipStatus
  | 'shutdown'
  | 'api'; // an operator ended it through the API

export interface EndReason {
  category: EndCategory;
  /** Who acted. */
  by: 'caller' | 'callee' | 'bot' | 'hub' | 'operator';
  /** A sentence for a person: shown in the record, never parsed. */
  text: string;
  /** The final SIP status where the call was never answered. */
  sipStatus?: number;
  /** The Reason header (RFC 3326) of the party's BYE or refusal, which the other call of a bridge is ended with. */
  sipReason?: string;
}

/** Section 7.3 of the Bot API. */
export function botReasonCode(reason: EndReason): BotReasonCode {
  switch (reason.category) {
    case 'caller-hangup':
    case 'caller-cancelled':
    case 'callee-hangup':
      return 'client-disconnected';
    case 'transferred':
    case 'bridge-ended':
      return 'transferred';
    case 'bot-hangup':
      return 'bot-disconnected';
    case 'machine-detected':
    case 'no-answer':
    case 'busy':
    case 'declined':
      return reason.category;
    case 'dial-failed':
    case 'no-user-input':
    case 'bot-failure':
    case 'speech-failure':
    case 'media-timeout':
    case 'media-failure':
    case 'signalling-failure':
    case 'rejected':
    case 'shutdown':
    case 'api':
      return 'error';
  }
}
