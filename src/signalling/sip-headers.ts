/** Compact forms of header names: RFC 3261 7.3.3 and the registrations of later RFCs. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
};

/**
 * Header fields of a raw SIP message by lower-case full name, one array item per occurrence, folded lines joined
 * (RFC 3261 7.3.1). Lines that are no header field are left out.
 */
export function headerFields(raw: string): Map<string, string[]> {
  const end = raw.search(/\r?\n\r?\n/);
  const head = (end < 0 ? raw : raw.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ');
  const fields = new Map<string, string[]>();
  for (const line of head.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const given = line.slice(0, colon).trim().toLowerCase();
    const name = COMPACT[given] ?? given;
    const value = line.slice(colon + 1).trim();
    const list = fields.get(name);
    if (list) list.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

export interface NameAddr {
  displayName: string | undefined;
  /** As written, without angle brackets. */
  uri: string;
  user: string;
  host: string;
}

/** From, To and alike (RFC 3261 20.10): display name and URI; the user part is percent-decoded. */
export function parseNameAddr(value: string): NameAddr {
  const bracket = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>/s.exec(value);
  const uri = (bracket?.[3] ?? value.split(';')[0] ?? '').trim();
  const quoted = bracket?.[1]?.replace(/\\(.)/gs, '$1');
  const displayName = (quoted ?? bracket?.[2]?.trim()) || undefined;
  return { displayName, uri, ...userAndHost(uri) };
}

/**
 * User and host of a `sip:`, `sips:` or `tel:` URI. The number of a tel URI is its user, with an empty host
 * (RFC 3966); parameters, passwords and ports are left out. Unreadable parts are ''.
 */
export function userAndHost(uri: string): { user: string; host: string } {
  const tel = /^tel:([^;?]*)/i.exec(uri);
  if (tel) return { user: decode(tel[1] ?? ''), host: '' };
  const sip = /^sips?:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?>]*)/i.exec(uri);
  if (!sip) return { user: '', host: '' };
  const user = (sip[1] ?? '').split(':')[0] ?? '';
  return { user: decode(user), host: (sip[2] ?? '').toLowerCase() };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A quoted-string of RFC 3261 25.1: control characters become spaces, quotes and backslashes are escaped. */
export function quotedString(text: string): string {
  return `"${text.replace(/\p{Cc}+/gu, ' ').replace(/["\\]/g, '\\$&')}"`;
}
