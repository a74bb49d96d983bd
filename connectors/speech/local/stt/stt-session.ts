import { type DecoderReading, DecoderSession } from '../../../../src/speech/decoder-session.ts';
import type { SttAlternative, SttOptions } from '../../../../src/speech/ports.ts';
import type { CompiledGrammar } from './grammar.ts';
import { withNumerals } from './grammar-digits.ts';
import { Decimator } from './stt-audio.ts';
import type { Decoded } from './stt-decoder.ts';
import { DECODER_SAMPLE_RATE } from './stt-engine.ts';
import type { DecoderPool } from './stt-pool.ts';
import { judge } from './stt-score.ts';
import { shapeOf } from './stt-shape.ts';

/** A pass costs a few percent of the audio's length. */
const LIMITS = {
  utteranceMs: 15_000,
  firstInterimMs: 400,
  interimMs: 300,
  interimGrowth: 0.4,
  longestInterimMs: 15_000,
} as const;

/** `raw` of a final of this connector. */
export interface LocalSttRaw {
  engine: 'soundswallower';
  /** What fitted the grammar best, also when it was refused; '' when nothing did. */
  heard: string;
  /** `heard` with number words as numerals. */
  numerals: string;
  words: readonly { text: string; startMs: number; durationMs: number; logLikelihood: number }[];
  /** Nepers per second, see stt-score.ts; null when nothing fitted. */
  cost: number | null;
  /** Longer than the recogniser takes: its end is missing. */
  truncated: boolean;
  decodeMs: number;
  queuedMs: number;
  /** Code of the failure, where the utterance was rejected because of one. */
  failure: string | undefined;
}

const reading: DecoderReading<CompiledGrammar, Decoded> = {
  interim: ({ text }) => text,
  final({ decoded, decodeMs, queuedMs }, { language }, truncated) {
    const { text: heard, words, evidence } = decoded;
    const { accepted, confidence, cost } = judge(words, language);
    const numerals = withNumerals(heard, language);
    const raw: LocalSttRaw = {
      engine: 'soundswallower',
      heard,
      numerals,
      words: words.map(({ phones: _, ...word }) => word),
      cost: Number.isFinite(cost) ? Math.round(cost * 1000) / 1000 : null,
      truncated,
      decodeMs: Math.round(decodeMs),
      queuedMs: Math.round(queuedMs),
      failure: undefined,
    };
    const alternatives: SttAlternative[] = [];
    if (accepted) {
      alternatives.push({ text: heard, confidence });
      if (numerals !== heard) alternatives.push({ text: numerals, confidence });
    }
    const shape = evidence && shapeOf(words, accepted, evidence, language);
    return {
      ...{ text: accepted ? heard : '', confidence, alternatives, rejected: !accepted, raw },
      ...(shape && { shape }),
      ...(!accepted && heard !== '' && { refused: heard }),
    };
  },
  failure: (code, truncated): LocalSttRaw => ({
    engine: 'soundswallower',
    heard: '',
    numerals: '',
    words: [],
    cost: null,
    truncated,
    decodeMs: 0,
    queuedMs: 0,
    failure: code,
  }),
};

export type LocalSttSession = DecoderSession<CompiledGrammar, Decoded>;

/** One call's stream. @param compile a grammar of hints */
export function localSttSession(
  pool: DecoderPool,
  compile: (contextPhrases: readonly string[]) => CompiledGrammar,
  { sampleRate, contextPhrases }: SttOptions,
  signal: AbortSignal,
): LocalSttSession {
  const engine = { name: 'the local recogniser', samplesPerMs: DECODER_SAMPLE_RATE / 1000 };
  const resampler = new Decimator(sampleRate);
  const grammar = compile(contextPhrases);
  return new DecoderSession<CompiledGrammar, Decoded>(
    { ...engine, pool, reading, limits: LIMITS, resampler, grammar, compile },
    signal,
  );
}
