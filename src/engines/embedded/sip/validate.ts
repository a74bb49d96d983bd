import { parseAddress, parseAddresses, parseCSeq, parseTokens } from './header-values.ts';
import { type HeaderField, header, headerValue, headerValues, type SipRequest } from './message.ts';
import { trimBlanks } from './text.ts';
import { isSipUri, parseUri, schemeOf } from './uri.ts';

/** Why a request is refused; the reason phrase tells what is wrong. */
export interface Rejection {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly HeaderField[];
}

/** The methods that the agent knows; any other gets 501 (RFC 3261 8.2.1). */
export const knownMethods: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
]);

const singleFields = [
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-type',
  'content-length',
  'rack',
  'event',
  'expires',
  'refer-to',
];

function bad(reason: string): Rejection {
  return { status: 400, reason };
}

/** The grammar of a request, as far as the agent or an application depends on it: 400, 505, or undefined where all is well. */
export function checkSyntax(request: SipRequest): Rejection | undefined {
  if (request.version !== '2.0') return { status: 505 };
  for (const key of singleFields) {
    if (headerValues(request, key).length > 1) return bad(`Multiple ${nameOf(request, key)} Fields`);
  }
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    if (!headerValue(request, name.toLowerCase())) return bad(`Missing ${name}`);
  }
  for (const name of ['From', 'To']) {
    const address = parseAddress(headerValue(request, name.toLowerCase()) ?? '');
    if (address === undefined || parseUri(address.uri) === undefined) return bad(`Malformed ${name}`);
    if (address.params.get('tag') === '') return bad(`Empty Tag In ${name}`);
  }
  if (!/^[\x21-\x7e]+$/.test(headerValue(request, 'call-id') ?? '')) return bad('Malformed Call-ID');
  const cseq = parseCSeq(headerValue(request, 'cseq') ?? '');
  if (cseq === undefined) return bad('Malformed CSeq');
  if (cseq.method !== request.method) return bad('CSeq Method Does Not Match');

  const maxForwards = headerValue(request, 'max-forwards');
  if (maxForwards !== undefined && (!/^\d{1,9}$/.test(maxForwards) || Number(maxForwards) > 255)) {
    return bad('Malformed Max-Forwards');
  }

  const scheme = schemeOf(request.uri);
  if (scheme === undefined) return bad('Malformed Request-URI');
  const uri = parseUri(request.uri);
  if (uri === undefined) return bad('Malformed Request-URI');
  if (isSipUri(uri) && uri.headers !== undefined) return bad('Header Fields In Request-URI');

  const contacts = headerValues(request, 'contact');
  if (contacts.length > 0 && !(contacts.length === 1 && contacts[0] === '*')) {
    const addresses = parseAddresses(contacts);
    if (addresses === undefined) return bad('Malformed Contact');
    if (addresses.some((address) => parseUri(address.uri) === undefined)) return bad('Malformed Contact');
    if (request.method === 'INVITE' && addresses.length !== 1) return bad('Multiple Contact Values');
  }
  for (const name of ['Route', 'Record-Route']) {
    const addresses = parseAddresses(headerValues(request, name.toLowerCase()));
    if (addresses?.some((address) => !isSipRoute(address.uri)) ?? true) return bad(`Malformed ${name}`);
  }
  const type = headerValue(request, 'content-type');
  if (type !== undefined && !/^[^\s/;]+[ \t]*\/[ \t]*[^\s/;]+[ \t]*(?:;.*)?$/.test(type))
    return bad('Malformed Content-Type');
  if (request.body.length > 0 && type === undefined && request.method !== 'ACK') return bad('Missing Content-Type');
  return undefined;
}

function isSipRoute(text: string): boolean {
  const uri = parseUri(text);
  return uri !== undefined && isSipUri(uri);
}

function nameOf(request: SipRequest, key: string): string {
  return request.headers.find((field) => field.key === key)?.name ?? key;
}

/** RFC 3261 8.2.2.1: schemes that an application can do something with. */
export function checkScheme(request: SipRequest): Rejection | undefined {
  const scheme = schemeOf(request.uri);
  return scheme === 'sip' || scheme === 'sips' || scheme === 'tel' ? undefined : { status: 416 };
}

/** RFC 3261 8.2.2.3: every option tag of Require must be supported. Proxy-Require is not for a user agent. */
export function checkRequire(request: SipRequest, supported: readonly string[]): Rejection | undefined {
  if (request.method === 'CANCEL' || request.method === 'ACK') return undefined;
  const unknown = parseTokens(headerValues(request, 'require')).filter(
    (tag) => !supported.some((known) => known === tag.toLowerCase()),
  );
  return unknown.length === 0 ? undefined : { status: 420, headers: [header('Unsupported', unknown.join(', '))] };
}

/** What a session description may come as; a multipart body is taken apart by the application. */
const sessionTypes = ['application/sdp', 'multipart/mixed', 'multipart/related', 'multipart/alternative'];
const sessionMethods = new Set(['INVITE', 'UPDATE', 'PRACK']);

/** The Accept of OPTIONS and 415 responses. */
export const acceptedTypes: string = sessionTypes.slice(0, 2).join(', ');

/** RFC 3261 8.2.3 and 21.4.7 for methods whose body is a session description; other bodies are the application's affair. */
export function checkBody(request: SipRequest): Rejection | undefined {
  const encoding = trimBlanks(headerValue(request, 'content-encoding') ?? '').toLowerCase();
  if (request.body.length > 0 && encoding !== '' && encoding !== 'identity') {
    return { status: 415, headers: [header('Accept-Encoding', 'identity')] };
  }
  if (!sessionMethods.has(request.method)) return undefined;
  const type = mediaType(headerValue(request, 'content-type') ?? '');
  const optional = /;[ \t]*handling[ \t]*=[ \t]*optional/i.test(headerValue(request, 'content-disposition') ?? '');
  if (request.body.length > 0 && !optional && !sessionTypes.includes(type)) {
    return { status: 415, headers: [header('Accept', acceptedTypes)] };
  }
  if (request.method !== 'INVITE') return undefined;
  const accepts = headerValues(request, 'accept');
  if (accepts.length === 0) return undefined;
  const ranges = parseTokens(accepts).map(mediaType);
  const wanted = ranges.some((range) => range === 'application/sdp' || range === 'application/*' || range === '*/*');
  // An empty Accept field means that no format is acceptable (RFC 3261 20.1).
  return wanted ? undefined : { status: 406, headers: [header('Accept', 'application/sdp')] };
}

function mediaType(value: string): string {
  const semicolon = value.indexOf(';');
  return (semicolon === -1 ? value : value.slice(0, semicolon)).replaceAll(/[ \t]/g, '').toLowerCase();
}
