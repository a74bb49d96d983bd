import { z } from 'zod';
import type { SttOptions } from '../../../src/speech/ports.ts';
import type { DeepgramConfig } from './config.ts';

/** The listen socket's address with everything that holds for a session (Deepgram, "Live Audio", query parameters). */
export function listenUrl(config: DeepgramConfig, options: SttOptions): URL {
  const url = new URL('/v1/listen', config.url);
  const { model, endpointing, endpointingMs, smartFormat, extra } = config.stt;
  const query = url.searchParams;
  query.set('model', model);
  query.set('language', options.language);
  query.set('encoding', 'linear16');
  query.set('sample_rate', String(options.sampleRate));
  query.set('channels', '1');
  query.set('interim_results', 'true');
  query.set('punctuate', 'true');
  if (smartFormat) query.set('smart_format', 'true');
  // Where the hub decides the end, the vendor's own pause is only to come late.
  query.set('endpointing', String(endpointing === 'vendor' ? endpointingMs : 1_000));
  if (endpointing === 'vendor') query.set('utterance_end_ms', String(Math.max(1_000, endpointingMs)));
  for (const phrase of options.contextPhrases.slice(0, 100)) {
    if (/^nova-[3-9]|^flux/.test(model)) query.append('keyterm', phrase);
    else query.append('keywords', options.contextBoost > 0 ? `${phrase}:${options.contextBoost}` : phrase);
  }
  for (const [key, value] of Object.entries({ ...extra, ...vendorQuery(options.vendorOptions) })) query.set(key, value);
  return url;
}

/** `sttGenericData` of the bot: an object of query parameters. */
function vendorQuery(options: unknown): Record<string, string> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return {};
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([key, value]) => [key, String(value)]),
  );
}

const word = z.looseObject({
  word: z.string(),
  punctuated_word: z.string().optional(),
  start: z.number(),
  end: z.number(),
});

const results = z.looseObject({
  type: z.literal('Results'),
  /** Seconds of audio since the beginning of the session. */
  start: z.number(),
  duration: z.number(),
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  from_finalize: z.boolean().default(false),
  channel: z.looseObject({
    alternatives: z.array(
      z.looseObject({ transcript: z.string(), confidence: z.number().optional(), words: z.array(word).default([]) }),
    ),
  }),
});

export type Results = z.output<typeof results>;

export type ListenMessage =
  | { type: 'results'; results: Results }
  | { type: 'utterance-end' }
  | { type: 'error'; message: string }
  | { type: 'other' };

/** @returns undefined where the text is no message of the protocol */
export function readListenMessage(text: string): ListenMessage | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || !('type' in json)) return undefined;
  switch (json.type) {
    case 'Results': {
      const parsed = results.safeParse(json);
      return parsed.success ? { type: 'results', results: parsed.data } : undefined;
    }
    case 'UtteranceEnd':
      return { type: 'utterance-end' };
    case 'Error': {
      const { description, message } = json as { description?: unknown; message?: unknown };
      return { type: 'error', message: String(description ?? message ?? 'unknown error') };
    }
    default:
      return { type: 'other' };
  }
}
