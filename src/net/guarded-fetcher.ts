import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { messageOf } from '../errors.ts';
import { hostOf, UrlError, type UrlErrorCode, UrlGuard, type UrlGuardOptions } from './url-guard.ts';

const MAX_REDIRECTS = 3;
/** Open connections to one origin; requests beyond wait. */
const MAX_CONNECTIONS = 32;
const CONNECT_LIMIT_MS = 3000;
/** Longest pause between two pieces of a body. */
const BODY_LIMIT_MS = 10_000;
/** A body that nobody wants is read this far for the sake of the connection. */
const UNWANTED_BODY_BYTES = 16 * 1024;
const UNWANTED_BODY_MS = 1_000;

/** Looks a name up: all its addresses, or an error. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

export interface GuardedFetcherOptions extends UrlGuardOptions {
  /** The system's resolver unless told. */
  resolve?: Resolve;
  /** Certificates (PEM) that are trusted besides the usual ones. */
  ca?: string;
}

export interface FetchOptions {
  /** From the request to the header of the answer, all redirects included. */
  timeoutMs: number;
  /** The body ends with `url_too_large` beyond it. */
  maxBytes: number;
  signal: AbortSignal;
}

export interface FetchedBody {
  /** Header fields of the answer by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** To be read or returned; throws UrlError. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface PostOptions extends Omit<FetchOptions, 'maxBytes'> {
  body: string;
  contentType: string;
  /** `Authorization`, when it is needed. */
  authorization?: string;
  /** The administrator has named the host: its address is not judged. */
  trusted: boolean;
}

export interface ExchangeOptions extends Omit<FetchOptions, 'maxBytes'> {
  body: string;
  headers: Readonly<Record<string, string>>;
}

/** Requests to URLs that somebody outside supplied, kept out of private networks. */
export interface GuardedFetcher {
  /** @throws UrlError */
  get(url: string, options: FetchOptions): Promise<FetchedBody>;
  /** Resolves when the answer is 2xx; redirects are failures. @throws UrlError */
  post(url: string, options: PostOptions): Promise<void>;
  /**
   * POSTs and resolves to the answer whatever its status; redirects are answers like others. The answer's body is
   * read, so that the connection can be used again, but never more than some kilobytes or moments of it.
   * @throws UrlError for what could not be asked or did not answer
   */
  exchange(
    url: string,
    options: ExchangeOptions,
  ): Promise<{ status: number; headers: Readonly<Record<string, string | string[] | undefined>> }>;
  close(): Promise<void>;
}

/**
 * A name is looked up once, by the connection itself, and only addresses that the guard allows are connected to: a
 * name that resolves to something else a moment later gains nothing. Redirects are judged like the first URL.
 */
export function createGuardedFetcher(options: GuardedFetcherOptions): GuardedFetcher {
  const guard = new UrlGuard(options);
  const agentOf = (judge: UrlGuard) =>
    new Agent({
      connections: MAX_CONNECTIONS,
      bodyTimeout: BODY_LIMIT_MS,
      connect: {
        timeout: CONNECT_LIMIT_MS,
        lookup: guardedLookup(judge, options.resolve ?? systemResolve),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
    });
  const agent = agentOf(guard);
  const everywhere = new UrlGuard({ allowPrivateNetworks: true, allowHosts: [] });
  const trustedAgent = agentOf(everywhere);
  return {
    get: (url, wanted) => getFollowing(agent, guard, url, wanted),
    post: async (url, wanted) => {
      const judge = wanted.trusted ? everywhere : guard;
      await post(wanted.trusted ? trustedAgent : agent, judge.parse(url), wanted);
    },
    exchange: async (url, wanted) => exchange(agent, guard.parse(url), wanted),
    close: async () => {
      await Promise.all([agent.destroy(), trustedAgent.destroy()]);
    },
  };
}

async function getFollowing(agent: Agent, guard: UrlGuard, text: string, options: FetchOptions): Promise<FetchedBody> {
  let url = guard.parse(text);
  const deadline = new Deadline(options);
  try {
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(agent, url, { method: 'GET', headers: { accept: 'audio/*, */*;q=0.5' } }, deadline);
      const location = redirectOf(response);
      if (location === undefined) {
        if (response.statusCode < 200 || response.statusCode > 299) {
          discard(response);
          throw new UrlError('url_failed', `${hostOf(url)} answers with status ${response.statusCode}`);
        }
        deadline.met();
        return { headers: response.headers, body: limited(response, options.maxBytes, deadline) };
      }
      discard(response);
      if (redirects >= MAX_REDIRECTS) throw new UrlError('url_failed', `more than ${MAX_REDIRECTS} redirects`);
      const next = guard.parse(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new UrlError('url_forbidden', 'a redirect from https to http is not followed');
      }
      url = next;
    }
  } catch (error) {
    deadline.release();
    throw error;
  }
}

async function post(agent: Agent, url: URL, options: PostOptions): Promise<void> {
  const deadline = new Deadline(options);
  const headers = {
    'content-type': options.contentType,
    ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
  };
  try {
    const response = await send(agent, url, { method: 'POST', headers, body: options.body }, deadline);
    discard(response);
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw new UrlError('url_failed', `${hostOf(url)} answers with status ${response.statusCode}`);
    }
  } finally {
    deadline.release();
  }
}

async function exchange(
  agent: Agent,
  url: URL,
  options: ExchangeOptions,
): Promise<{ status: number; headers: Readonly<Record<string, string | string[] | undefined>> }> {
  const deadline = new Deadline(options);
  try {
    const wanted = { method: 'POST' as const, headers: { ...options.headers }, body: options.body };
    const { statusCode: status, headers, body } = await send(agent, url, wanted, deadline);
    // What the answer says beyond its status is nobody's concern; the connection is, as long as it is cheap to keep.
    const limit = AbortSignal.any([deadline.signal, AbortSignal.timeout(UNWANTED_BODY_MS)]);
    await body.dump({ limit: UNWANTED_BODY_BYTES, signal: limit }).catch(() => {});
    return { status, headers };
  } finally {
    deadline.release();
  }
}

/** Aborts a request when its time is up or its owner gives up. */
class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #owner: AbortSignal;
  readonly #onAbort = (): void => this.#abort.abort(this.#owner.reason);
  readonly timeoutMs: number;
  passed = false;

  constructor(options: { timeoutMs: number; signal: AbortSignal }) {
    this.timeoutMs = options.timeoutMs;
    this.#owner = options.signal;
    this.#timer = setTimeout(() => {
      this.passed = true;
      this.#abort.abort();
    }, options.timeoutMs);
    this.#owner.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#owner.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The answer is there: only the owner ends the rest. */
  met(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    this.met();
    this.#owner.removeEventListener('abort', this.#onAbort);
  }
}

async function send(
  agent: Agent,
  url: URL,
  wanted: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
  deadline: Deadline,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, { dispatcher: agent, signal: deadline.signal, ...wanted });
  } catch (error) {
    throw toUrlError(error, hostOf(url), deadline);
  }
}

async function* limited(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) throw new UrlError('url_too_large', `the answer is longer than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw toUrlError(error, 'the server', deadline);
  } finally {
    deadline.release();
    discard(response);
  }
}

function redirectOf(response: Dispatcher.ResponseData): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.statusCode)) return undefined;
  const { location } = response.headers;
  return typeof location === 'string' ? location : undefined;
}

/** The rest of the answer is not wanted. */
function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => {}).destroy();
}

function toUrlError(error: unknown, host: string, deadline: Deadline): UrlError {
  if (error instanceof UrlError) return error;
  if (error instanceof Error && error.cause instanceof UrlError) return error.cause;
  const fail = (code: UrlErrorCode, message: string, publicMessage: string) =>
    new UrlError(code, message, { cause: error, retryable: true, publicMessage });
  if (deadline.passed)
    return fail('url_timeout', `${host}: no answer within ${deadline.timeoutMs} ms`, 'no answer in time');
  if (error instanceof errors.BodyTimeoutError || error instanceof errors.HeadersTimeoutError) {
    return fail('url_timeout', `${host}: ${error.message}`, 'no answer in time');
  }
  return fail('url_unreachable', `${host}: ${messageOf(error)}`, 'the server cannot be reached');
}

function guardedLookup(guard: UrlGuard, resolve: Resolve): LookupFunction {
  return (name, options, callback) => {
    resolve(name).then(
      (found) => {
        try {
          const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
          const allowed = guard.filter(name, found).filter(({ family }) => wanted === undefined || family === wanted);
          const [first] = allowed;
          if (first === undefined) throw new UrlError('url_unreachable', `${name} has no address`);
          if (options.all === true) callback(null, allowed);
          else callback(null, first.address, first.family);
        } catch (error) {
          callback(error as NodeJS.ErrnoException, []);
        }
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
}

function systemResolve(name: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    dnsLookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}
