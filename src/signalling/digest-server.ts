import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Credentials, digestParameters, digestResponse, parseChallenge, quote } from './digest.ts';
import { UsedNonces } from './used-nonces.ts';

/** What became of the credentials of a request. */
export type DigestVerdict =
  | 'good'
  /** None were given, or for another nonce than one of ours. */
  | 'absent'
  /** The nonce was ours and is too old: a new one, and the client need not ask its user again. */
  | 'stale'
  /** They were good once: the count of this use of the nonce has been seen before. */
  | 'replayed'
  | 'wrong';

export interface DigestServerOptions {
  realm: string;
  /** Offered in this order; clients take the first that they know (RFC 8760 2.4). */
  algorithms: readonly ('SHA-256' | 'MD5')[];
  credentials: Credentials;
  /** A nonce is good for so long: enough for a slow phone to ask its user. */
  nonceLifetimeMs: number;
  /** Of this process: signs nonces, so that none need be kept before it was used. */
  key: Buffer;
  /** Milliseconds, the wall clock. */
  now: () => number;
}

/** Far more than calls begin within the life of a nonce. */
const MAX_USED_NONCES = 50_000;

/**
 * Asks requests for credentials and checks them. A nonce carries its time and whom it is for, signed; what is kept is how
 * often those were used that came with the right password.
 */
export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #used: UsedNonces;

  constructor(options: DigestServerOptions) {
    this.#options = options;
    this.#used = new UsedNonces({ max: MAX_USED_NONCES, lifetimeMs: options.nonceLifetimeMs });
  }

  /**
   * Values of WWW-Authenticate.
   * @param bound what the nonce is good for: a call's Call-ID and the address that it comes from
   */
  challenges(bound: string, options: { stale?: boolean } = {}): string[] {
    const prefix = `${this.#options.now().toString(36)}.${randomBytes(6).toString('base64url')}`;
    const nonce = `${prefix}.${this.#sign(prefix, bound)}`;
    const stale = options.stale === true ? ', stale=true' : '';
    return this.#options.algorithms.map(
      (algorithm) =>
        `Digest realm="${quote(this.#options.realm)}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale}`,
    );
  }

  /** @param values of Authorization; a use of a nonce counts where the verdict is `good` */
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
    const { realm, credentials, algorithms, nonceLifetimeMs } = this.#options;
    const parameters = digestParameters(value);
    const challenge = parseChallenge(value);
    if (parameters === undefined || challenge === undefined || challenge.realm !== realm) return 'absent';
    const [time = '', salt = '', signature = ''] = challenge.nonce.split('.');
    if (!sameText(signature, this.#sign(`${time}.${salt}`, bound))) return 'absent';
    const given = {
      cnonce: parameters.get('cnonce') ?? '',
      nc: parameters.get('nc') ?? '',
      uri: parameters.get('uri') ?? '',
    };
    // the challenge asks for `auth`: what came without it, or with less than a nonce of the client's, is not from our challenge
    const asked = algorithms.some((algorithm) => algorithm === challenge.algorithm);
    if (challenge.qop !== 'auth' || challenge.session || !asked || !/^[0-9a-f]{8}$/i.test(given.nc)) return 'wrong';
    const expected = digestResponse({ ...challenge, ...credentials, ...given, method, body });
    const right = sameText(parameters.get('response')?.toLowerCase() ?? '', expected);
    if (!right || parameters.get('username') !== credentials.username) return 'wrong';
    const now = this.#options.now();
    const issuedAt = Number.parseInt(time, 36);
    if (now < issuedAt || now - issuedAt > nonceLifetimeMs) return 'stale';
    const use = { count: Number.parseInt(given.nc, 16), issuedAt, now };
    return this.#used.take(challenge.nonce, use) ? 'good' : 'replayed';
  }

  #sign(prefix: string, bound: string): string {
    return createHmac('sha256', this.#options.key).update(`${prefix}\n${bound}`).digest('base64url');
  }
}

/** The name that credentials claim to be of, undefined where there is none. */
export function claimedUser(values: readonly string[]): string | undefined {
  return values.map((value) => digestParameters(value)?.get('username')).find((name) => name !== undefined);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
