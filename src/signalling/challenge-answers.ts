import { randomBytes } from 'node:crypto';
import { authorization, type Credentials, type DigestChallenge, parseChallenge } from './digest.ts';
import type { Authorize } from './sip-dialog.ts';
import type { SipResponse } from './sip-error.ts';

type AuthHeader = 'Authorization' | 'Proxy-Authorization';

/** The challenges of one call, and the credentials for them (RFC 3261 22). */
export class ChallengeAnswers {
  readonly #credentials: Credentials | undefined;
  readonly #challenges = new Map<AuthHeader, { challenge: DigestChallenge; uses: number }>();

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** True: it is a challenge that can be answered, and was not answered in vain before. */
  take(response: SipResponse | undefined): boolean {
    if (this.#credentials === undefined || response === undefined) return false;
    const { status, headers } = response;
    if (status !== 401 && status !== 407) return false;
    const header: AuthHeader = status === 401 ? 'Authorization' : 'Proxy-Authorization';
    const offered = headers.get(status === 401 ? 'www-authenticate' : 'proxy-authenticate') ?? [];
    const challenge = offered.map(parseChallenge).find((one) => one !== undefined);
    if (challenge === undefined) return false;
    const before = this.#challenges.get(header);
    if (before?.challenge.realm === challenge.realm && !challenge.stale) return false;
    this.#challenges.set(header, { challenge, uses: 0 });
    return true;
  }

  headers(method: string, uri: string, body: string): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.#credentials === undefined) return headers;
    for (const [header, answered] of this.#challenges) {
      answered.uses += 1;
      const cnonce = randomBytes(12).toString('hex');
      const request = { method, uri, body, cnonce, nonceCount: answered.uses };
      headers[header] = authorization(answered.challenge, this.#credentials, request);
    }
    return headers;
  }

  get authorize(): Authorize | undefined {
    return this.#challenges.size === 0 ? undefined : (method, uri, body) => this.headers(method, uri, body);
  }
}
