import { createHash } from 'node:crypto';

/**
 * Digest authentication for SIP: RFC 3261 22 with the algorithms of RFC 8760 (SHA-256, SHA-512-256 and, for the many that
 * know nothing else, MD5): the fields, the arithmetic, and the client's side.
 */

export interface Credentials {
  username: string;
  password: string;
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

function hash(algorithm: string, text: string): string {
  return createHash(HASHES[algorithm] ?? 'md5')
    .update(text)
    .digest('hex');
}

/** What a server asks for: the fields of one WWW-Authenticate or Proxy-Authenticate header. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  /** A name of RFC 8760, without `-sess`. */
  algorithm: string;
  /** The session variant: HA1 takes the nonces in. */
  session: boolean;
  /** '' where the challenge has none: the form of RFC 2069. */
  qop: '' | 'auth' | 'auth-int';
  /** The credentials were right, the nonce was too old. */
  stale: boolean;
}

/** Parameters of a Digest header by lower-case name; undefined where it is of another scheme. */
export function digestParameters(value: string): Map<string, string> | undefined {
  const scheme = /^\s*Digest\s+/i.exec(value);
  if (scheme === null) return undefined;
  const parameters = new Map<string, string>();
  const pair = /([A-Za-z0-9\-_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)/gy;
  pair.lastIndex = scheme[0].length;
  for (let found = pair.exec(value); found !== null; found = pair.exec(value)) {
    while (value[pair.lastIndex] === ' ') pair.lastIndex++;
    parameters.set((found[1] ?? '').toLowerCase(), found[2]?.replace(/\\(.)/gs, '$1') ?? found[3] ?? '');
  }
  return parameters;
}

/** Undefined for a challenge that cannot be answered: another scheme, an unknown algorithm or protection. */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const parameters = digestParameters(value);
  const [realm, nonce] = [parameters?.get('realm'), parameters?.get('nonce')];
  if (parameters === undefined || realm === undefined || nonce === undefined) return undefined;
  const named = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  const session = named.endsWith('-SESS');
  const algorithm = session ? named.slice(0, -5) : named;
  if (!Object.hasOwn(HASHES, algorithm)) return undefined;
  const offered = parameters
    .get('qop')
    ?.split(',')
    .map((part) => part.trim().toLowerCase());
  const qop = offered === undefined ? '' : (['auth', 'auth-int'] as const).find((one) => offered.includes(one));
  if (qop === undefined) return undefined;
  const stale = parameters.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque: parameters.get('opaque'), algorithm, session, qop, stale };
}

/** What the response is made for. */
export interface DigestRequest {
  method: string;
  /** Request-URI, exactly as it is sent. */
  uri: string;
  body: string;
  /** Random, for each use of a nonce. */
  cnonce: string;
  /** How often the nonce has been used, this time included. */
  nonceCount: number;
}

/** The value of Authorization or Proxy-Authorization that answers a challenge. */
export function authorization(challenge: DigestChallenge, credentials: Credentials, request: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, session, qop } = challenge;
  const { username } = credentials;
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const response = digestResponse({ ...challenge, ...credentials, ...request, nc });
  const fields = [
    `username="${quote(username)}"`,
    `realm="${quote(realm)}"`,
    `nonce="${quote(nonce)}"`,
    `uri="${quote(request.uri)}"`,
    `response="${response}"`,
    `algorithm=${algorithm}${session ? '-sess' : ''}`,
    ...(opaque === undefined ? [] : [`opaque="${quote(opaque)}"`]),
    ...(qop === '' ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ...(qop === '' && !session ? [] : [`cnonce="${quote(request.cnonce)}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** RFC 7616 3.4.1 to 3.4.3. */
export function digestResponse(of: {
  algorithm: string;
  session: boolean;
  username: string;
  realm: string;
  password: string;
  nonce: string;
  cnonce: string;
  nc: string;
  qop: string;
  method: string;
  uri: string;
  body: string;
}): string {
  const h = (text: string) => hash(of.algorithm, text);
  const secret = h(`${of.username}:${of.realm}:${of.password}`);
  const ha1 = of.session ? h(`${secret}:${of.nonce}:${of.cnonce}`) : secret;
  const ha2 = of.qop === 'auth-int' ? h(`${of.method}:${of.uri}:${h(of.body)}`) : h(`${of.method}:${of.uri}`);
  return of.qop === ''
    ? h(`${ha1}:${of.nonce}:${ha2}`)
    : h(`${ha1}:${of.nonce}:${of.nc}:${of.cnonce}:${of.qop}:${ha2}`);
}

/** The inside of a quoted string. */
export function quote(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
