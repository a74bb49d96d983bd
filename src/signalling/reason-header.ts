import type { EndCategory, EndReason } from '../calls/end-reason.ts';
import { quotedString } from './sip-headers.ts';

/** SIP cause and the words that a stranger may read. Only a bot's own reason is passed on as it is. */
const CAUSES: Readonly<Record<EndCategory, { cause: number; text: string }>> = {
  'caller-hangup': { cause: 200, text: 'Call completed' },
  'caller-cancelled': { cause: 487, text: 'Request terminated' },
  'callee-hangup': { cause: 200, text: 'Call completed' },
  'no-answer': { cause: 487, text: 'No answer' },
  busy: { cause: 486, text: 'Busy here' },
  declined: { cause: 603, text: 'Decline' },
  'dial-failed': { cause: 500, text: 'Call failed' },
  'machine-detected': { cause: 200, text: 'Machine detected' },
  'bot-hangup': { cause: 200, text: 'Call completed' },
  transferred: { cause: 200, text: 'Call transferred' },
  'bridge-ended': { cause: 200, text: 'Call completed' },
  'no-user-input': { cause: 480, text: 'No user input' },
  'bot-failure': { cause: 503, text: 'Bot unavailable' },
  'speech-failure': { cause: 503, text: 'Speech service unavailable' },
  'media-timeout': { cause: 408, text: 'No audio received' },
  'media-failure': { cause: 500, text: 'Media failure' },
  'signalling-failure': { cause: 408, text: 'Signalling failure' },
  rejected: { cause: 603, text: 'Rejected' },
  shutdown: { cause: 503, text: 'Service shutting down' },
  api: { cause: 200, text: 'Ended by operator' },
};

const MAX_TEXT = 120;

/** `protocol ;cause=... ;text="..."`, several with commas between them (RFC 3326 section 2). */
const REASON = /^[\w.-]+\s*(?:;\s*[\w-]+(?:=(?:[\w.-]+|"[^"\\\p{Cc}]*"))?\s*)*$/u;

/** The Reason header of a request or response, where it is one that can be passed on. */
function passableReason(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 400) return undefined;
  const value = header.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)[0]?.trim();
  return value !== undefined && REASON.test(value) ? value : undefined;
}

/** The part of an EndReason that carries it. */
export function sipReasonOf(header: string | undefined): { sipReason?: string } {
  const sipReason = passableReason(header);
  return sipReason === undefined ? {} : { sipReason };
}

/** The Reason header of a BYE or a refusal: RFC 3326. Never names addresses or errors of the inside. */
export function reasonHeader(reason: EndReason): string {
  if (reason.sipReason !== undefined) return reason.sipReason;
  const { cause, text } = CAUSES[reason.category];
  const shown = reason.category === 'bot-hangup' && reason.text ? reason.text.slice(0, MAX_TEXT) : text;
  return `SIP;cause=${reason.sipStatus ?? cause};text=${quotedString(shown)}`;
}
