import { z } from 'zod';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { protocolError, readAnswer } from './answers.ts';
import type { Credentials } from './auth.ts';
import type { OAuthConfig } from './config.ts';
import { abortedError, type HttpClient } from './http-client.ts';
import { liberalNumber } from './wire.ts';

/** RFC 6749 section 5.1 only recommends `expires_in`; without it a token is used this long. */
const DEFAULT_LIFETIME_MS = 300_000;
/** A token is renewed when this much of its life is left, or a fifth of it where it is short. */
const RENEW_BEFORE_MS = 60_000;

const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().optional(),
  expires_in: z.unknown().optional(),
});

interface CachedToken {
  header: string;
  renewAt: number;
  expiresAt: number;
}

/**
 * OAuth 2.0 client credentials (RFC 6749 section 4.4), client id and secret in the form. The token is shared by all
 * conversations of the bot, renewed in the background before it expires, and asked for once at a time.
 */
export function oauthCredentials(
  config: OAuthConfig,
  deps: { http: HttpClient; clock: Clock; timeoutMs: number; onError: (error: unknown) => void },
): Credentials {
  const url = new URL(config.tokenUrl);
  const closed = new AbortController();
  let cached: CachedToken | undefined;
  let renewal: Promise<CachedToken> | undefined;

  const renew = (): Promise<CachedToken> => {
    renewal ??= fetchToken().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };

  const fetchToken = async (): Promise<CachedToken> => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: config.clientId,
      client_secret: config.clientSecret,
    });
    if (config.scope !== undefined) form.set('scope', config.scope);
    const askedAt = deps.clock.now();
    const answer = await deps.http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      timeoutMs: deps.timeoutMs,
      signal: closed.signal,
      retries: 1,
    });
    if (answer.status === 400 || answer.status === 401) {
      throw new BotError('bot_rejected', `token (${url.origin}${url.pathname}): ${refusalOf(answer.text)}`, {
        publicMessage: 'the bot refused the credentials',
      });
    }
    const parsed = tokenAnswer.safeParse(readAnswer('token', url, answer));
    if (!parsed.success) throw protocolError('token', url, 'the answer carries no usable access_token');
    const { access_token: token, token_type: type } = parsed.data;
    if (type !== undefined && type.toLowerCase() !== 'bearer') {
      throw protocolError('token', url, 'token_type is not Bearer');
    }
    const seconds = liberalNumber(parsed.data.expires_in);
    const lifeMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME_MS;
    cached = {
      header: `Bearer ${token}`,
      renewAt: askedAt + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 5),
      expiresAt: askedAt + lifeMs,
    };
    return cached;
  };

  return {
    async header(signal) {
      const now = deps.clock.now();
      if (cached !== undefined && now < cached.expiresAt) {
        if (now >= cached.renewAt && renewal === undefined) renew().catch(deps.onError);
        return cached.header;
      }
      return (await unlessAborted(renew(), signal)).header;
    },
    refused(header) {
      if (cached?.header === header) cached = undefined;
      return !closed.signal.aborted;
    },
    close() {
      closed.abort();
    },
  };
}

/** The error code of RFC 6749 section 5.2, when the answer has one that is fit to be shown. */
function refusalOf(text: string): string {
  const code = /"error"\s*:\s*"([a-z_]{1,64})"/.exec(text.slice(0, 4096))?.[1];
  return `the client was refused${code === undefined ? '' : ` (${code})`}`;
}

/** Stops waiting when `signal` aborts; the renewal goes on for the others. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal.reason));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
