import { z } from 'zod';
import type { SttHonour } from '../../../src/speech/parameters.ts';
import { SpeechError, type SttOptions } from '../../../src/speech/ports.ts';
import type { DeepgramConfig } from './config.ts';
import { listenLanguage } from './languages.ts';
import { queryFields } from './query-fields.ts';

/** "Keyterm Prompting", limits: tokens of all terms together. How many a term has is not told; in English one is about four characters. */
const MAX_TOKENS = 500;
const CHARS_PER_TOKEN = 3;
const MAX_PHRASES = 100;

/** What the call depends on, and where the texts go: no bot sets it. */
const OF_THE_CALL: ReadonlySet<string> = new Set([
  ...['encoding', 'sample_rate', 'channels', 'multichannel', 'interim_results', 'callback', 'callback_method'],
]);

/** Parameters of bots that Deepgram takes: hints have a weight with models before nova-3 only. */
export function honoursOf(model: string): readonly SttHonour[] {
  const all: readonly SttHonour[] = ['sttContextPhrases', 'sttGenericData', 'sttContextId', 'sttOverrideConfig'];
  return takesKeyterms(model) ? all : [...all, 'sttContextBoost'];
}

function takesKeyterms(model: string): boolean {
  return model.startsWith('nova-3');
}

/**
 * The listen socket's address with everything that holds for a session (Deepgram, "Live Audio", query parameters).
 * @throws SpeechError where the model does not have the language
 */
export function listenUrl(config: DeepgramConfig, options: SttOptions): URL {
  const url = new URL('/v1/listen', config.url);
  const { endpointing, endpointingMs, smartFormat, extra } = config.stt;
  const { sttContextId: customModel, sttDisablePunctuation = false, sttOverrideConfig } = options.parameters ?? {};
  const wanted: Record<string, readonly string[]> = {
    ...Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, [value]])),
    ...queryFields(options.vendorOptions, OF_THE_CALL),
    ...(customModel === undefined ? {} : { model: [customModel] }),
    ...queryFields(sttOverrideConfig, OF_THE_CALL),
  };
  const model = wanted.model?.[0] ?? config.stt.model;
  const query = url.searchParams;
  query.set('model', model);
  query.set('language', wanted.language?.[0] ?? languageFor(model, options.language));
  query.set('encoding', 'linear16');
  query.set('sample_rate', String(options.sampleRate));
  query.set('channels', '1');
  query.set('interim_results', 'true');
  query.set('punctuate', String(!sttDisablePunctuation));
  if (smartFormat && !sttDisablePunctuation) query.set('smart_format', 'true');
  // Where the hub decides the end, the vendor's own pause is only to come late.
  query.set('endpointing', String(endpointing === 'vendor' ? endpointingMs : 1_000));
  if (endpointing === 'vendor') query.set('utterance_end_ms', String(Math.max(1_000, endpointingMs)));
  // Each is refused by the models that know the other.
  if (takesKeyterms(model)) for (const term of keyterms(options.contextPhrases)) query.append('keyterm', term);
  else for (const keyword of keywords(options)) query.append('keywords', keyword);
  for (const [key, values] of Object.entries(wanted)) {
    query.delete(key);
    for (const value of values) query.append(key, value);
  }
  return url;
}

function languageFor(model: string, tag: string): string {
  const language = listenLanguage(model, tag);
  if (language !== undefined) return language;
  throw new SpeechError(
    'speech_rejected',
    `Deepgram's ${model} does not have the language ${tag}: choose another stt.model or service, or say in stt.extra.language what Deepgram is to be told`,
    { publicMessage: `Deepgram does not have the language ${tag}` },
  );
}

/** As many as surely fit: with too many the whole session is refused. */
function keyterms(phrases: readonly string[]): string[] {
  let tokens = 0;
  return phrases.slice(0, MAX_PHRASES).filter((phrase) => {
    const more = Math.ceil(phrase.length / CHARS_PER_TOKEN);
    if (tokens + more > MAX_TOKENS) return false;
    tokens += more;
    return true;
  });
}

function keywords({ contextPhrases, contextBoost }: SttOptions): string[] {
  const phrases = contextPhrases.slice(0, MAX_PHRASES);
  return contextBoost > 0 ? phrases.map((phrase) => `${phrase}:${contextBoost}`) : phrases;
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

/** The results without the words that end before `sinceMs` of the session's audio. Where no word does, they are as they were. */
export function wordsSince(results: Results, sinceMs: number): Results {
  const isLater = ({ end }: { end: number }) => end * 1000 > sinceMs;
  const { alternatives } = results.channel;
  if (alternatives.every(({ words }) => words.every(isLater))) return results;
  const later = alternatives.map((alternative) => {
    const words = alternative.words.filter(isLater);
    return { ...alternative, words, transcript: words.map((word) => word.punctuated_word ?? word.word).join(' ') };
  });
  return { ...results, channel: { ...results.channel, alternatives: later } };
}
