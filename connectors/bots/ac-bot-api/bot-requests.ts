import { BotError } from '../../../src/bots/port.ts';
import { readAnswer, type Step } from './answers.ts';
import type { Credentials } from './auth.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';

export interface BotRequest {
  step: Step;
  method: 'GET' | 'POST';
  url: URL;
  body?: string;
  timeoutMs: number;
  signal: AbortSignal;
  retries: number;
}

/** Asks the bot something: the parsed JSON body of its answer, undefined when that is empty. @throws BotError */
export type BotRequests = (request: BotRequest) => Promise<unknown>;

/**
 * Adds the credentials to requests and reads their answers. The credentials go to `trustedOrigins` only: an absolute
 * URL in a bot's answer may point anywhere, and must not carry the token there. A 401 to a token that can be renewed
 * is asked again once, with a new one.
 */
export function createBotRequests(deps: {
  http: HttpClient;
  credentials: Credentials;
  trustedOrigins: ReadonlySet<string>;
}): BotRequests {
  return async (wanted) => {
    const authorization = deps.trustedOrigins.has(wanted.url.origin)
      ? await deps.credentials.header(wanted.signal)
      : undefined;
    let answer = await once(deps.http, wanted, authorization);
    if (answer.status === 401 && authorization !== undefined && deps.credentials.refused(authorization)) {
      answer = await once(deps.http, wanted, await deps.credentials.header(wanted.signal));
    }
    if (answer.status === 401 && authorization === undefined && !deps.trustedOrigins.has(wanted.url.origin)) {
      throw new BotError(
        'bot_rejected',
        `${wanted.step}: ${wanted.url.origin} answered 401; credentials are not sent to it unless trustedOrigins names it`,
        { publicMessage: 'the bot refused the credentials' },
      );
    }
    return readAnswer(wanted.step, wanted.url, answer);
  };
}

function once(http: HttpClient, wanted: BotRequest, authorization: string | undefined): Promise<HttpAnswer> {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'patchbay' };
  if (wanted.body !== undefined) headers['content-type'] = 'application/json';
  if (authorization !== undefined) headers.authorization = authorization;
  return http({
    method: wanted.method,
    url: wanted.url,
    headers,
    body: wanted.body,
    timeoutMs: wanted.timeoutMs,
    signal: wanted.signal,
    retries: wanted.retries,
  });
}
