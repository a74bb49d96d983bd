import { parseNameAddr, userAndHost } from './sip-headers.ts';

/** What the far side reports of a REFER of ours (RFC 3515 2.4.4 and 2.4.5). */
export interface ReferReport {
  /** Of the message/sipfrag body; undefined where it has no status line. */
  status: number | undefined;
  /** The words of the status line. */
  reason: string;
  /** The subscription is over: nothing more will come. */
  terminated: boolean;
  /** CSeq of the REFER that is meant, where it says so (RFC 3515 2.4.6). */
  id: number | undefined;
}

/** @param header gives a header field of the NOTIFY, '' where it has none. Undefined: it is about no REFER. */
export function readReferReport(header: (name: string) => string, body: string): ReferReport | undefined {
  const event = header('Event');
  if (!/^\s*refer\s*(?:;|$)/i.test(event)) return undefined;
  const id = /;\s*id\s*=\s*"?(\d+)/i.exec(event)?.[1];
  const line = /^\s*SIP\/2\.0[ \t]+([1-6]\d\d)[ \t]*([^\r\n]*)/i.exec(body);
  return {
    status: line?.[1] === undefined ? undefined : Number(line[1]),
    reason: line?.[2]?.trim() ?? '',
    terminated: /^\s*terminated/i.test(header('Subscription-State')),
    id: id === undefined ? undefined : Number(id),
  };
}

/** A dialog that an INVITE is to take the place of (RFC 3891), from the view of whoever gets that INVITE. */
export interface ReplacedDialog {
  callId: string;
  /** Tag of the receiver's own side. */
  toTag: string;
  fromTag: string;
  earlyOnly: boolean;
}

/** Undefined: it is no value of Replaces. */
export function parseReplaces(value: string): ReplacedDialog | undefined {
  const [callId = '', ...parameters] = value.split(';').map((part) => part.trim());
  const named = new Map(
    parameters.map((parameter) => {
      const [name = '', ...rest] = parameter.split('=');
      return [name.trim().toLowerCase(), rest.join('=').trim()];
    }),
  );
  const [toTag, fromTag] = [named.get('to-tag'), named.get('from-tag')];
  if (callId === '' || /\s/.test(callId) || !toTag || !fromTag) return undefined;
  return { callId, toTag, fromTag, earlyOnly: named.has('early-only') };
}

/** A REFER from the far side. */
export interface IncomingRefer {
  /** The URI of Refer-To without header fields; as it was written. */
  target: string;
  user: string;
  host: string;
  replaces: ReplacedDialog | undefined;
  /** Value of Referred-By; '' where there is none. */
  referredBy: string;
  /** Whether it wants to be told how it goes on (RFC 4488: not with Refer-Sub: false). */
  wantsReports: boolean;
  cseq: number;
}

const CANNOT_REFER_TO = { status: 400, reason: 'Bad Refer-To' } as const;

/** @returns the REFER, or what it is refused with */
export function readRefer(
  header: (name: string) => string,
): { refer: IncomingRefer } | { refused: { status: number; reason: string } } {
  const written = header('Refer-To');
  const { uri } = parseNameAddr(written);
  if (uri === '' || /[<>"\s\p{Cc}]/u.test(uri)) return { refused: CANNOT_REFER_TO };
  if (!/^(?:sips?|tel):/i.test(uri)) return { refused: { status: 416, reason: 'Unsupported URI Scheme' } };
  const question = uri.indexOf('?');
  const target = question < 0 ? uri : uri.slice(0, question);
  const fields = question < 0 ? new Map<string, string>() : uriHeaders(uri.slice(question + 1));
  const method = /;method=([A-Za-z]+)/i.exec(target)?.[1];
  if (fields === undefined || (method !== undefined && method.toUpperCase() !== 'INVITE')) {
    return { refused: CANNOT_REFER_TO };
  }
  const replacesText = fields.get('replaces');
  const replaces = replacesText === undefined ? undefined : parseReplaces(replacesText);
  if (replacesText !== undefined && replaces === undefined) return { refused: CANNOT_REFER_TO };
  return {
    refer: {
      target,
      ...userAndHost(target),
      replaces,
      referredBy: header('Referred-By'),
      wantsReports: !/^\s*false/i.test(header('Refer-Sub')),
      cseq: Number.parseInt(header('CSeq'), 10) || 0,
    },
  };
}

/** Header fields in a URI (RFC 3261 19.1.1) by lower-case name; undefined where they are escaped wrongly. */
function uriHeaders(text: string): Map<string, string> | undefined {
  try {
    return new Map(
      text.split('&').map((part) => {
        const [name = '', ...value] = part.split('=');
        return [decodeURIComponent(name).toLowerCase(), decodeURIComponent(value.join('='))];
      }),
    );
  } catch {
    return undefined;
  }
}

/** What a user gave as a target can stand in Refer-To between angle brackets. */
export function isReferTarget(uri: string): boolean {
  return /^(?:sips?|tel):[^<>"\s\p{Cc}]+$/iu.test(uri);
}

/** The value of Refer-To that asks for an INVITE to `contact` in the place of a dialog (RFC 5589 7.3). */
export function referToReplacing(
  contact: string,
  { callId, toTag, fromTag }: Omit<ReplacedDialog, 'earlyOnly'>,
): string {
  const replaces = encodeURIComponent(`${callId};to-tag=${toTag};from-tag=${fromTag}`);
  const base = contact.split('?')[0] ?? contact;
  return `<${base}?Replaces=${replaces}>`;
}
