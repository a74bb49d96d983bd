import { z } from 'zod';
import { fieldsOf, overlaid } from '../../../src/speech/override.ts';
import type { SttOptions, SttWord } from '../../../src/speech/ports.ts';
import type { GoogleConfig } from './config.ts';

/** What holds for one stream. */
export interface StreamSettings {
  config: GoogleConfig;
  options: SttOptions;
  /** Hints, newer than those of `options`. */
  phrases: readonly string[];
  /** v2: "projects/.../recognizers/..." */
  recognizer: string;
}

export interface Recognised {
  isFinal: boolean;
  text: string;
  confidence: number | undefined;
  alternatives: { text: string; confidence: number | undefined }[];
  /** Milliseconds from the beginning of the stream. */
  words: SttWord[];
  /** Up to where the result reaches, from the beginning of the stream. */
  endMs: number;
  raw: unknown;
}

/** The messages of one version of the API. */
export interface SttWire {
  /** The first message of a stream (google.cloud.speech.v1 and v2, StreamingRecognizeRequest). */
  first(settings: StreamSettings): object;
  audio(bytes: Uint8Array): object;
}

/** "Quotas and limits": phrases of one request, characters of all of them and of one. */
const MAX_PHRASES = 5_000;
const MAX_PHRASES_CHARS = 100_000;
const MAX_PHRASE_CHARS = 100;

/** u-law where the line is at 8 kHz: what a G.711 call carries goes on as it came, a byte per sample and nothing resampled. */
export function usesMulaw(config: GoogleConfig, { sampleRate }: Pick<SttOptions, 'sampleRate'>): boolean {
  return sampleRate === 8000 && config.stt.encoding === 'mulaw';
}

export function modelFor({ stt }: GoogleConfig, language: string): string {
  return stt.models[language] ?? stt.model;
}

export const wireV1: SttWire = {
  first({ config, options, phrases }) {
    const { stt } = config;
    const { googleInteractionType: interactionType, sttOverrideConfig } = options.parameters ?? {};
    const wanted = {
      model: modelFor(config, options.language),
      useEnhanced: stt.enhanced,
      enableAutomaticPunctuation: punctuates(stt, options),
      enableWordTimeOffsets: stt.words,
      enableWordConfidence: stt.words,
      maxAlternatives: stt.maxAlternatives,
      ...adaptationV1(hintsOf(stt.phraseSets, phrases, options)),
      ...(interactionType && { metadata: { interactionType } }),
      ...overlaid({}, fieldsOf(options.vendorOptions), AUDIO_V1),
      languageCode: options.language,
      encoding: usesMulaw(config, options) ? 'MULAW' : 'LINEAR16',
      sampleRateHertz: options.sampleRate,
      audioChannelCount: 1,
    };
    return { streamingConfig: { interimResults: true, config: overlaid(wanted, sttOverrideConfig, AUDIO_V1) } };
  },
  audio: (audioContent) => ({ audioContent }),
};

export const wireV2: SttWire = {
  first({ config, options, phrases, recognizer }) {
    const { stt } = config;
    const wanted = {
      model: modelFor(config, options.language),
      features: {
        enableAutomaticPunctuation: punctuates(stt, options),
        enableWordTimeOffsets: stt.words,
        enableWordConfidence: stt.words,
        maxAlternatives: stt.maxAlternatives,
      },
      ...adaptationV2(hintsOf(stt.phraseSets, phrases, options)),
      ...overlaid({}, fieldsOf(options.vendorOptions), AUDIO_V2),
      languageCodes: [options.language],
      explicitDecodingConfig: {
        encoding: usesMulaw(config, options) ? 'MULAW' : 'LINEAR16',
        sampleRateHertz: options.sampleRate,
        audioChannelCount: 1,
      },
    };
    return {
      recognizer,
      streamingConfig: {
        streamingFeatures: { interimResults: true },
        config: overlaid(wanted, options.parameters?.sttOverrideConfig, AUDIO_V2),
      },
    };
  },
  audio: (audio) => ({ audio }),
};

/** What says which audio comes: nobody overrides it. */
const AUDIO_V1 = ['encoding', 'sampleRateHertz', 'audioChannelCount', 'enableSeparateRecognitionPerChannel'];
const AUDIO_V2 = ['explicitDecodingConfig', 'autoDecodingConfig', 'features.multiChannelMode'];

function punctuates({ punctuation }: GoogleConfig['stt'], { parameters }: SttOptions): boolean {
  return punctuation && parameters?.sttDisablePunctuation !== true;
}

interface Hints {
  /** Phrase sets of the project, by name. */
  phraseSets: readonly string[];
  inline: object | undefined;
}

/**
 * Phrases, and what `sttContextId` names: a phrase set of the project, or a custom class, which stands as a phrase
 * ("Improve transcription results with model adaptation").
 */
function hintsOf(
  phraseSets: readonly string[],
  phrases: readonly string[],
  { contextBoost, parameters }: SttOptions,
): Hints {
  const { sttContextId: context } = parameters ?? {};
  const isClass = context !== undefined && /\/customClasses\/[^/]+$/.test(context);
  return {
    phraseSets: context === undefined || isClass ? phraseSets : [...phraseSets, context],
    inline: phraseSet(phrases, contextBoost, isClass ? [`\${${context}}`] : []),
  };
}

function adaptationV1({ phraseSets, inline }: Hints): object {
  if (inline === undefined && phraseSets.length === 0) return {};
  return {
    adaptation: {
      ...(inline === undefined ? {} : { phraseSets: [inline] }),
      ...(phraseSets.length === 0 ? {} : { phraseSetReferences: phraseSets }),
    },
  };
}

function adaptationV2({ phraseSets, inline }: Hints): object {
  const all = [
    ...phraseSets.map((phraseSet) => ({ phraseSet })),
    ...(inline === undefined ? [] : [{ inlinePhraseSet: inline }]),
  ];
  return all.length === 0 ? {} : { adaptation: { phraseSets: all } };
}

/** As many hints as Google takes. */
function phraseSet(phrases: readonly string[], boost: number, classes: readonly string[]): object | undefined {
  let chars = 0;
  const taken = phrases
    .filter((phrase) => phrase !== '' && phrase.length <= MAX_PHRASE_CHARS)
    .slice(0, MAX_PHRASES)
    .filter((phrase) => {
      chars += phrase.length;
      return chars <= MAX_PHRASES_CHARS;
    });
  const all = [...classes, ...taken];
  if (all.length === 0) return undefined;
  return { phrases: all.map((value) => ({ value })), ...(boost > 0 ? { boost } : {}) };
}

/** google.protobuf.Duration, as the SDK gives it. */
const duration = z
  .looseObject({ seconds: z.unknown(), nanos: z.number().nullish() })
  .nullish()
  .transform((value) => (value ? Number(value.seconds ?? 0) * 1000 + (value.nanos ?? 0) / 1e6 : 0));

const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const word = z.looseObject({
  word: z.string().nullish(),
  confidence: number,
  startTime: duration,
  endTime: duration,
  startOffset: duration,
  endOffset: duration,
});

const alternative = z.looseObject({
  transcript: z.string().nullish(),
  confidence: number,
  words: z.array(word).nullish(),
});

const response = z.looseObject({
  results: z
    .array(
      z.looseObject({
        alternatives: z.array(alternative).nullish(),
        isFinal: z.boolean().nullish(),
        resultEndTime: duration,
        resultEndOffset: duration,
      }),
    )
    .nullish(),
});

/**
 * The results of one response of either version; times have other names in each. An interim response may hold several, which are
 * parts of one text.
 * @returns undefined where the message is none of the protocol
 */
export function readResponse(message: unknown): Recognised[] | undefined {
  const parsed = response.safeParse(message);
  if (!parsed.success) return undefined;
  return (parsed.data.results ?? []).map((result) => {
    const alternatives = (result.alternatives ?? []).map(({ transcript, confidence }) => ({
      text: (transcript ?? '').trim(),
      // 0 is Google's sign for "not set".
      confidence: confidence > 0 ? Math.min(1, confidence) : undefined,
    }));
    const [best] = alternatives;
    return {
      isFinal: result.isFinal === true,
      text: best?.text ?? '',
      confidence: best?.confidence,
      alternatives,
      words: (result.alternatives?.[0]?.words ?? []).map((said) => {
        const startMs = said.startTime || said.startOffset;
        const endMs = said.endTime || said.endOffset;
        return {
          word: said.word ?? '',
          offsetMs: Math.round(startMs),
          durationMs: Math.round(Math.max(0, endMs - startMs)),
          ...(said.confidence > 0 ? { confidence: said.confidence } : {}),
        };
      }),
      endMs: Math.round(result.resultEndTime || result.resultEndOffset),
      raw: message,
    };
  });
}
