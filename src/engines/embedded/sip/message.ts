/**
 * SIP messages as the agent holds them.
 *
 * Every string is a *binary string*: one character per octet of the wire (latin1), so that printing what was parsed gives the
 * same octets back whatever their encoding. UTF-8 text must be brought in and out with {@link fromUtf8} and {@link toUtf8}.
 */
export interface HeaderField {
  /** Canonical spelling of a known header (`Call-ID`), the sender's spelling of an unknown one. Compact forms are expanded. */
  readonly name: string;
  /** `name` in lower case: what look-ups compare. */
  readonly key: string;
  /** Unfolded, without white space around it. */
  readonly value: string;
}

export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  /** `2.0` for everything that the agent sends. */
  readonly version: string;
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
}

export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

export const emptyBody: Buffer = Buffer.alloc(0);

/** RFC 3261 7.3.3 and the extensions that define a compact form: RFC 3515, 3892, 3903, 4028, 4474, 6665. */
const compactForms: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);

const knownNames: ReadonlyMap<string, string> = new Map(
  (
    'Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authentication-Info Authorization ' +
    'Call-ID Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date ' +
    'Diversion Error-Info Event Expires From History-Info Identity Identity-Info In-Reply-To Max-Forwards MIME-Version Min-Expires ' +
    'Min-SE Organization P-Asserted-Identity P-Preferred-Identity Path Priority Privacy Proxy-Authenticate ' +
    'Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces ' +
    'Reply-To Request-Disposition Require Retry-After Route RSeq Server Service-Route Session-Expires SIP-ETag SIP-If-Match ' +
    'Subject Subscription-State Supported Timestamp To Unsupported User-Agent User-to-User Via Warning WWW-Authenticate'
  )
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);

/** A header field; a compact name is expanded and a known one gets its canonical spelling. */
export function header(name: string, value: string): HeaderField {
  const lower = name.toLowerCase();
  const key = compactForms.get(lower) ?? lower;
  return { name: knownNames.get(key) ?? name, key, value };
}

/** The first field's value, or undefined. `key` is lower case. */
export function headerValue(message: { readonly headers: readonly HeaderField[] }, key: string): string | undefined {
  for (const field of message.headers) if (field.key === key) return field.value;
  return undefined;
}

/** The values of all fields of that name, in order; several values in one field stay one string. */
export function headerValues(message: { readonly headers: readonly HeaderField[] }, key: string): string[] {
  const values: string[] = [];
  for (const field of message.headers) if (field.key === key) values.push(field.value);
  return values;
}

export function fromUtf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function toUtf8(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}
