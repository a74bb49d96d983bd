import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Digest authentication for SIP: RFC 3261 22 with the algorithms of RFC 8760 (SHA-256, SHA-512-256 and, for the many that
 * know nothing else, MD5), as client and as server.
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
function digestParameters(value: string): Map<string, string> | undefined {
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
function digestResponse(of: {
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

function quote(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}

/** A nonce is good for so long: enough for a slow phone to ask its user. */
const NONCE_LIFETIME_MS = 60_000;

/** What became of the credentials of a request. */
export type DigestVerdict =
  | 'good'
  /** None were given, or for another nonce than one of ours. */
  | 'absent'
  /** The nonce was ours and is too old: a new one, and the client need not ask its user again. */
  | 'stale'
  | 'wrong';

export interface DigestServerOptions {
  realm: string;
  /** Offered in this order; clients take the first that they know (RFC 8760 2.4). */
  algorithms: readonly ('SHA-256' | 'MD5')[];
  credentials: Credentials;
  /** Of this process: signs nonces, so that none need be kept. */
  key: Buffer;
  /** Milliseconds, the wall clock. */
  now: () => number;
}

/** Asks requests for credentials and checks them. Keeps nothing: a nonce carries its time and whom it is for, signed. */
export class DigestServer {
  readonly #options: DigestServerOptions;

  constructor(options: DigestServerOptions) {
    this.#options = options;
  }

  /**
   * Values of WWW-Authenticate.
   * @param bound what the nonce is good for: a call's Call-ID and the address that it comes from
   */
  challenges(bound: string, options: { stale?: boolean } = {}): string[] {
    const time = this.#options.now().toString(36);
    const nonce = `${time}.${this.#sign(time, bound)}`;
    const stale = options.stale === true ? ', stale=true' : '';
    return this.#options.algorithms.map(
      (algorithm) =>
        `Digest realm="${quote(this.#options.realm)}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale}`,
    );
  }

  check(values: readonly string[], bound: string, request: { method: string; body: string }): DigestVerdict {
    let verdict: DigestVerdict = 'absent';
    for (const value of values) {
      const one = this.#checkOne(value, bound, request);
      if (one === 'good') return one;
      if (one !== 'absent') verdict = one;
    }
    return verdict;
  }

  #checkOne(value: string, bound: string, { method, body }: { method: string; body: string }): DigestVerdict {
    const { realm, credentials, now, algorithms } = this.#options;
    const parameters = digestParameters(value);
    const challenge = parseChallenge(value);
    if (parameters === undefined || challenge === undefined || challenge.realm !== realm) return 'absent';
    const [time = '', signature = ''] = challenge.nonce.split('.');
    if (!sameText(signature, this.#sign(time, bound))) return 'absent';
    const given = {
      cnonce: parameters.get('cnonce') ?? '',
      nc: parameters.get('nc') ?? '',
      uri: parameters.get('uri') ?? '',
    };
    // the challenge asks for `auth`: what came without it, or with less than a nonce of the client's, is not from our challenge
    const asked = algorithms.some((algorithm) => algorithm === challenge.algorithm);
    if (challenge.qop !== 'auth' || challenge.session || !asked) return 'wrong';
    const expected = digestResponse({ ...challenge, ...credentials, ...given, method, body });
    const right = sameText(parameters.get('response')?.toLowerCase() ?? '', expected);
    if (!right || parameters.get('username') !== credentials.username) return 'wrong';
    const age = now() - Number.parseInt(time, 36);
    return age >= 0 && age <= NONCE_LIFETIME_MS ? 'good' : 'stale';
  }

  #sign(time: string, bound: string): string {
    return createHmac('sha256', this.#options.key).update(`${time}\n${bound}`).digest('base64url');
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
