import type { Resampler } from '../../../src/media/resample.ts';
import { type DecoderReading, DecoderSession } from '../../../src/speech/decoder-session.ts';
import type { Keyed } from '../../../src/speech/decoder-workers.ts';
import { MODEL, type MoonshineProcesses, SAMPLES_PER_MS } from './processes.ts';
import type { Heard } from './transcriber.ts';

/** Below this confidence nothing that was said fits: noise, or another language. Speech over telephones has 0.6 to 0.95. */
export const LEAST_CONFIDENCE = 0.35;

const LIMITS = {
  utteranceMs: 75_000,
  firstInterimMs: 700,
  interimMs: 600,
  interimGrowth: 0.4,
  longestInterimMs: 20_000,
} as const;

/** `raw` of a final of this connector. */
export interface MoonshineRaw {
  engine: 'moonshine';
  /** Also when it was refused. */
  heard: string;
  words: Heard['words'];
  /** Longer than the recogniser takes: its end is missing. */
  truncated: boolean;
  decodeMs: number;
  queuedMs: number;
  /** Code of the failure, where the utterance was rejected because of one. */
  failure: string | undefined;
}

const reading: DecoderReading<Keyed, Heard> = {
  interim: ({ text, confidence }) => (confidence < LEAST_CONFIDENCE ? '' : text),
  final({ decoded, decodeMs, queuedMs }, _, truncated) {
    const { text: heard, words, confidence } = decoded;
    const accepted = heard !== '' && confidence >= LEAST_CONFIDENCE;
    const text = accepted ? heard : '';
    const raw: MoonshineRaw = {
      engine: 'moonshine',
      heard,
      words,
      truncated,
      decodeMs: Math.round(decodeMs),
      queuedMs: Math.round(queuedMs),
      failure: undefined,
    };
    const alternatives = accepted ? [{ text, confidence }] : [];
    return { text, confidence, alternatives, rejected: !accepted, raw };
  },
  failure: (code, truncated): MoonshineRaw => ({
    engine: 'moonshine',
    heard: '',
    words: [],
    truncated,
    decodeMs: 0,
    queuedMs: 0,
    failure: code,
  }),
};

export type MoonshineSession = DecoderSession<Keyed, Heard>;

/** One call's stream; the model takes no hints. @param resampler from the call's rate to 16 kHz; closed with the session */
export function moonshineSession(
  pool: MoonshineProcesses,
  resampler: Resampler,
  signal: AbortSignal,
): MoonshineSession {
  const engine = { name: 'the recogniser moonshine', samplesPerMs: SAMPLES_PER_MS, grammar: MODEL };
  return new DecoderSession({ ...engine, pool, reading, limits: LIMITS, resampler }, signal);
}
