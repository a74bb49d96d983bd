import { type Dispatcher, request } from 'undici';
import { messageOf } from '../../../src/errors.ts';
import { SpeechError } from '../../../src/speech/ports.ts';
import type { OpenAiSpeechConfig } from './config.ts';

const MAX_ERROR_CHARS = 500;

export interface PostOptions {
  path: string;
  body: string | Buffer;
  headers?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** One request whose answer is 200. @throws SpeechError */
export async function post(
  config: OpenAiSpeechConfig,
  dispatcher: Dispatcher,
  { path, body, headers = {}, signal }: PostOptions,
): Promise<Dispatcher.ResponseData['body']> {
  const base = new URL(config.url);
  base.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
  let response: Dispatcher.ResponseData;
  try {
    response = await request(base, {
      dispatcher,
      method: 'POST',
      headers: { ...headers, ...(config.apiKey === undefined ? {} : { authorization: `Bearer ${config.apiKey}` }) },
      body,
      signal,
    });
  } catch (error) {
    throw networkError(error);
  }
  const { statusCode } = response;
  if (statusCode === 200) return response.body;
  const text = (await response.body.text().catch(() => '')).slice(0, MAX_ERROR_CHARS);
  const message = `the speech server answered ${statusCode}: ${text}`;
  if (statusCode === 429 || statusCode >= 500) {
    throw new SpeechError('speech_unavailable', message, {
      retryable: true,
      publicMessage: 'the speech server is overloaded',
    });
  }
  throw new SpeechError('speech_rejected', message, {
    publicMessage: `the speech server refuses the request (${statusCode})`,
  });
}

/** Trouble below HTTP, which another attempt may not meet. */
export function networkError(cause: unknown): SpeechError {
  if (cause instanceof SpeechError) return cause;
  return new SpeechError('speech_unavailable', `the speech server: ${messageOf(cause)}`, {
    cause,
    retryable: true,
    publicMessage: 'the speech server cannot be reached',
  });
}
