import { type Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../../../src/clock.ts';
import { callOver, DirectLineError, errorForAnswer, errorForNetwork } from './errors.ts';
import { errorResponseSchema } from './wire.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const FIRST_PAUSE_MS = 300;
const MAX_PAUSE_MS = 2_000;

export interface HttpDeps {
  dispatcher: Agent;
  clock: Clock;
}

export interface HttpRequest {
  /** For messages and logs: `start`, `post`, ... */
  step: string;
  method: 'GET' | 'POST';
  url: URL;
  /** Bearer token; absent: none is sent. */
  token?: string;
  body?: unknown;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * One request and the JSON of its answer; undefined where the answer has no body. Redirects are not followed: what is sent carries
 * credentials.
 * @throws DirectLineError, and BotError when `signal` aborts
 */
export async function ask({ dispatcher, clock }: HttpDeps, wanted: HttpRequest): Promise<unknown> {
  const { url, signal, timeoutMs } = wanted;
  if (signal.aborted) throw callOver(signal.reason);
  // The query may hold a token.
  const where = `${wanted.step} (${url.origin}${url.pathname})`;
  const abort = new AbortController();
  let late = false;
  const cancelDeadline = clock.after(timeoutMs, () => {
    late = true;
    abort.abort();
  });
  try {
    const response = await request(url, {
      dispatcher,
      method: wanted.method,
      headers: {
        accept: 'application/json',
        ...(wanted.token === undefined ? {} : { authorization: `Bearer ${wanted.token}` }),
        ...(wanted.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: wanted.body === undefined ? null : JSON.stringify(wanted.body),
      signal: AbortSignal.any([signal, abort.signal]),
    });
    const text = await readText(response.body);
    const { statusCode: status } = response;
    if (status < 200 || status > 299) throw refusal(where, status, response.headers, text);
    return text.trim() === '' ? undefined : parseJson(where, text);
  } catch (error) {
    if (error instanceof DirectLineError) throw error;
    if (signal.aborted) throw callOver(signal.reason);
    throw errorForNetwork(where, error, late, timeoutMs);
  } finally {
    cancelDeadline();
  }
}

/**
 * Tries again what may succeed, as the server says or with growing pauses, until `limitMs` have passed.
 * @throws the last error
 */
export async function persist<T>(
  clock: Clock,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
  attempt: () => Promise<T>,
): Promise<T> {
  const until = clock.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DirectLineError) || !error.retryable || signal.aborted) throw error;
      const waitMs = Math.max(pauseMs, error.retryAfterMs);
      if (clock.now() + waitMs > until) throw error;
      await pause(clock, waitMs, signal);
    }
  }
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DirectLineError('bot_failed', `${where}: the answer is no JSON`, {
      cause,
      publicMessage: 'the bot gave an unusable answer',
    });
  }
}

function refusal(
  where: string,
  status: number,
  headers: Dispatcher.ResponseData['headers'],
  text: string,
): DirectLineError {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = errorResponseSchema.safeParse(json);
  const { code, message } = parsed.success ? parsed.data.error : { code: '', message: '' };
  const retryAfterMs = retryAfter(headers['retry-after']);
  return errorForAnswer(where, { status, code: code.slice(0, 64), message: message.slice(0, 300), retryAfterMs });
}

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfter(value: string | string[] | undefined): number {
  if (typeof value !== 'string') return 0;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
