import { createParser } from 'eventsource-parser';
import { type Dispatcher, request } from 'undici';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import type { LlmConfig } from './config.ts';
import { type ChatMessage, type Chunk, readChunk, type ToolDefinition } from './wire.ts';

/** Longest answer to one request, in characters of its stream. */
const MAX_STREAM_CHARS = 4 * 1024 * 1024;
const MAX_ERROR_CHARS = 2_000;
/** Before the one repetition after 429 or 5xx; a longer Retry-After is not waited for by somebody on the telephone. */
const RETRY_MS = 300;
const MAX_RETRY_MS = 2_000;

export interface CompletionsDeps {
  dispatcher: Dispatcher;
  clock: Clock;
}

/**
 * Asks the model and yields its answer as it comes. What fails before the first piece is tried once more where that may help.
 * @throws BotError
 */
export async function* complete(
  config: LlmConfig,
  { messages, tools }: { messages: readonly ChatMessage[]; tools: readonly ToolDefinition[] },
  deps: CompletionsDeps,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const body = JSON.stringify({
    ...config.extraBody,
    model: config.model,
    messages,
    stream: true,
    ...(tools.length === 0 ? {} : { tools }),
    ...(config.temperature === undefined ? {} : { temperature: config.temperature }),
    ...(config.maxTokens === undefined ? {} : { max_tokens: config.maxTokens }),
  });
  for (let attempt = 1; ; attempt += 1) {
    let begun = false;
    try {
      for await (const chunk of stream(config, body, deps, signal)) {
        begun = true;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof ServerError) || begun || attempt > 1 || !error.retryable || signal.aborted) throw error;
      await new Promise<void>((resolve) => deps.clock.after(error.retryAfterMs, resolve));
    }
  }
}

/** What the server, or the way to it, did wrong. */
class ServerError extends BotError {
  retryAfterMs = RETRY_MS;
}

async function* stream(
  config: LlmConfig,
  body: string,
  { dispatcher, clock }: CompletionsDeps,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const abort = new AbortController();
  const { tokenMs } = config.timeouts;
  let late = false;
  let cancelDeadline = () => {};
  const arm = () => {
    cancelDeadline();
    cancelDeadline = clock.after(tokenMs, () => {
      late = true;
      abort.abort();
    });
  };
  const failed = (cause: unknown) => {
    if (signal.aborted) return new BotError('bot_conversation_lost', 'the answer is not wanted any more', { cause });
    const what = late ? `no answer for ${tokenMs} ms` : messageOf(cause);
    return new ServerError('bot_unreachable', `the model's server: ${what}`, {
      cause,
      retryable: !late,
      publicMessage: 'the model cannot be reached',
    });
  };
  arm();
  try {
    const response = await request(endpoint(config, 'chat/completions'), {
      dispatcher,
      method: 'POST',
      headers: { ...headersOf(config), 'content-type': 'application/json', accept: 'text/event-stream' },
      body,
      signal: AbortSignal.any([signal, abort.signal]),
    });
    if (response.statusCode !== 200) throw await refusal(response);
    yield* chunksOf(response.body, arm);
  } catch (error) {
    throw error instanceof BotError ? error : failed(error);
  } finally {
    cancelDeadline();
    abort.abort();
  }
}

async function* chunksOf(body: AsyncIterable<Uint8Array>, onPiece: () => void): AsyncGenerator<Chunk> {
  const decoder = new TextDecoder();
  let ready: Chunk[] = [];
  let unreadable = false;
  let finished = false;
  let length = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      const chunks = readChunk(data);
      if (chunks === undefined) unreadable = true;
      else if (data.trim() === '[DONE]') finished = true;
      else ready.push(...chunks);
    },
  });
  for await (const piece of body) {
    onPiece();
    const text = decoder.decode(piece, { stream: true });
    length += text.length;
    if (length > MAX_STREAM_CHARS) throw unusable('the answer is too long');
    parser.feed(text);
    const chunks = ready;
    ready = [];
    for (const chunk of chunks) {
      if (chunk.type === 'error') throw unusable(chunk.message);
      if (chunk.type === 'finish') finished = true;
      yield chunk;
    }
    if (unreadable) throw unusable('its answer is no chat completion');
  }
  if (!finished) throw unusable('its answer broke off');
}

function unusable(what: string): BotError {
  return new BotError('bot_failed', `the model's server: ${what}`, {
    retryable: true,
    publicMessage: 'the model gave an unusable answer',
  });
}

async function refusal({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<BotError> {
  const text = (await body.text()).slice(0, MAX_ERROR_CHARS);
  const message = `the model's server answered ${statusCode}: ${text}`;
  if (statusCode === 429 || statusCode >= 500) {
    const error = new ServerError('bot_failed', message, { retryable: true, publicMessage: 'the model is overloaded' });
    const seconds = Number(headers['retry-after']);
    if (seconds > 0) error.retryAfterMs = Math.min(MAX_RETRY_MS, seconds * 1_000);
    return error;
  }
  return new BotError('bot_rejected', message, { publicMessage: 'the model refused the request' });
}

/** A path below the configured URL. */
export function endpoint(config: Pick<LlmConfig, 'url'>, path: string): URL {
  const base = new URL(config.url);
  base.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
  return base;
}

export function headersOf(config: Pick<LlmConfig, 'apiKey' | 'headers'>): Record<string, string> {
  return { ...(config.apiKey === undefined ? {} : { authorization: `Bearer ${config.apiKey}` }), ...config.headers };
}
