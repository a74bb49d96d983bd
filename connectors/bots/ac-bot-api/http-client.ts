import { type Dispatcher, errors, request } from 'undici';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { networkError } from './network-error.ts';
import { displayUrl } from './urls.ts';

/** Pause before the one repetition of a request. */
export const RETRY_DELAY_MS = 100;

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  /** Sent again as it is by a repetition. */
  body: string | undefined;
  /** From the request to the last byte of the answer; applies to each attempt. */
  timeoutMs: number;
  /** Ends the request at once. */
  signal: AbortSignal;
  /** Repetitions after a network error, 502, 503 or 504. */
  retries: number;
}

/** Any answer, whatever its status. */
export interface HttpAnswer {
  status: number;
  text: string;
  location: string | undefined;
}

export interface HttpClientDeps {
  dispatcher: Dispatcher;
  clock: Clock;
  maxReplyBytes: number;
}

/** One request and its answer. @throws BotError */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Sends requests and repeats them as section 1.8 proposes: after a network error or 502/503/504, with the same body.
 * An answer that does not come in time is not repeated: the bot is slow rather than gone, and nobody waits twice
 * that long on the telephone. Redirects are answers like any other.
 */
export function createHttpClient(deps: HttpClientDeps): HttpClient {
  return async (wanted) => {
    for (let repetition = 0; ; repetition++) {
      const last = repetition >= wanted.retries;
      const outcome = await attempt(deps, wanted);
      if (outcome.kind === 'answer') {
        if (last || !isGatewayTrouble(outcome.answer.status)) return outcome.answer;
      } else if (last || !outcome.repeat) {
        throw outcome.error;
      }
      await pause(deps.clock, RETRY_DELAY_MS, wanted.signal);
    }
  };
}

/** What a call's own end does to a request under way: nobody is interested in its answer any more. */
export function abortedError(cause: unknown): BotError {
  return new BotError('bot_conversation_lost', 'the call ended before the bot answered', { cause });
}

type Outcome = { kind: 'answer'; answer: HttpAnswer } | { kind: 'failure'; error: BotError; repeat: boolean };

async function attempt(deps: HttpClientDeps, wanted: HttpRequest): Promise<Outcome> {
  if (wanted.signal.aborted) return { kind: 'failure', error: abortedError(wanted.signal.reason), repeat: false };
  const controller = new AbortController();
  let expired = false;
  const onAbort = (): void => controller.abort();
  wanted.signal.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = deps.clock.after(wanted.timeoutMs, () => {
    expired = true;
    controller.abort();
  });
  const where = `${wanted.method} ${displayUrl(wanted.url)}`;
  try {
    const response = await request(wanted.url, {
      dispatcher: deps.dispatcher,
      method: wanted.method,
      headers: wanted.headers,
      body: wanted.body ?? null,
      signal: controller.signal,
    });
    const text = await readText(response.body, deps.maxReplyBytes);
    if (text === undefined) {
      return failure('bot_failed', `${where}: the answer is longer than ${deps.maxReplyBytes} bytes`);
    }
    const location = response.headers.location;
    return {
      kind: 'answer',
      answer: {
        status: response.statusCode,
        text,
        location: typeof location === 'string' ? location : undefined,
      },
    };
  } catch (cause) {
    if (wanted.signal.aborted) return { kind: 'failure', error: abortedError(wanted.signal.reason), repeat: false };
    if (expired) {
      const error = new BotError('bot_unreachable', `${where}: no complete answer within ${wanted.timeoutMs} ms`, {
        retryable: true,
        publicMessage: 'the bot did not answer in time',
      });
      return { kind: 'failure', error, repeat: false };
    }
    return networkFailure(where, cause);
  } finally {
    cancelDeadline();
    wanted.signal.removeEventListener('abort', onAbort);
  }
}

/** The whole body, or undefined when it is longer than `limit`; the connection is then given up. */
async function readText(body: Dispatcher.ResponseData['body'], limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, length));
}

/** Trouble below HTTP; the connection may simply have been closed while it was idle, so it is worth a repetition. */
function networkFailure(where: string, cause: unknown): Outcome {
  if (cause instanceof errors.HTTPParserError) return failure('bot_failed', `${where}: the answer is not HTTP`, cause);
  const error = networkError(where, cause);
  return { kind: 'failure', error, repeat: error.retryable };
}

function failure(code: 'bot_failed' | 'bot_unreachable', message: string, cause?: unknown): Outcome {
  const publicMessage = code === 'bot_failed' ? 'the bot gave an unusable answer' : 'the bot cannot be reached';
  return { kind: 'failure', error: new BotError(code, message, { cause, publicMessage }), repeat: false };
}

export function isGatewayTrouble(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
