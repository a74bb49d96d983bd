import { randomBytes } from 'node:crypto';
import { authorization, type Credentials, type DigestChallenge, parseChallenge } from './digest.ts';
import type { SipResponse } from './sip-error.ts';

type AuthHeader = 'Authorization' | 'Proxy-Authorization';

/** The server and the proxies before it may each challenge a request once, and say that a nonce is too old. */
const MAX_CHALLENGES = 3;

/**
 * The challenges of one call or gateway, and our credentials for them. A nonce is used again for the requests that
 * follow (RFC 3261 22.2), as long as it is taken.
 */
export class ChallengeAnswers {
  readonly #credentials: Credentials | undefined;
  readonly #challenges = new Map<AuthHeader, { challenge: DigestChallenge; uses: number }>();

  /** @param credentials undefined: no challenge can be answered */
  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /**
   * For one request, which may be sent several times. The function takes a response: true where it is a challenge that
   * can be answered, so that the request is worth sending again with `headers`; credentials are refused once, no oftener.
   */
  begin(): (response: Pick<SipResponse, 'status' | 'headers'> | undefined) => boolean {
    const answered = new Map<AuthHeader, string>();
    let challenges = 0;
    return (response) => {
      if (this.#credentials === undefined || response === undefined || challenges === MAX_CHALLENGES) return false;
      const { status, headers } = response;
      if (status !== 401 && status !== 407) return false;
      const header: AuthHeader = status === 401 ? 'Authorization' : 'Proxy-Authorization';
      const offered = headers.get(status === 401 ? 'www-authenticate' : 'proxy-authenticate') ?? [];
      const challenge = offered.map(parseChallenge).find((one) => one !== undefined);
      if (challenge === undefined) return false;
      if (answered.get(header) === challenge.realm && !challenge.stale) return false;
      challenges += 1;
      answered.set(header, challenge.realm);
      this.#challenges.set(header, { challenge, uses: 0 });
      return true;
    };
  }

  /** Header fields with credentials for a request, none where nothing has been asked for. */
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
}
