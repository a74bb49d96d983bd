import type { DecodedWord } from './stt-decoder.ts';

export interface Verdict {
  accepted: boolean;
  /** 0..1; 0.5 is the threshold of acceptance. */
  confidence: number;
  /** How much worse than the best sound of every frame, in nepers per second of speech. Lower is better. */
  cost: number;
}

/** Calibrated on synthetic voices over G.711: what the grammar holds lies below, other speech above. */
const THRESHOLD = 0.52;
/** Cost difference over which the odds of a right answer change by e. */
const SLOPE = 0.06;
/** Below this length a single bad frame would decide alone. */
const MIN_WORD_MS = 150;

/**
 * Judges a recognised utterance by its acoustic score. The decoder reports each word's likelihood relative to the best
 * sound of every frame; per second of speech this hardly depends on the length of the utterance. Both the mean over
 * the utterance and its worst word count: a wrong sentence often contains a few right words.
 */
export function judge(words: readonly DecodedWord[]): Verdict {
  let total = 0;
  let ms = 0;
  let worst = 0;
  for (const word of words) {
    total -= word.logLikelihood;
    ms += word.durationMs;
    worst = Math.max(worst, (-word.logLikelihood * 1000) / Math.max(MIN_WORD_MS, word.durationMs));
  }
  if (ms === 0) return { accepted: false, confidence: 0, cost: Number.POSITIVE_INFINITY };
  const cost = (0.6 * total * 1000) / ms + 0.4 * worst;
  const confidence = 1 / (1 + Math.exp((cost - THRESHOLD) / SLOPE));
  return { accepted: cost <= THRESHOLD, confidence: Math.round(confidence * 1000) / 1000, cost };
}
