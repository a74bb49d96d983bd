import type { GrammarLanguage } from './grammar-sets.ts';
import type { DecodedWord } from './stt-decoder.ts';

export interface Verdict {
  accepted: boolean;
  /**
   * 0..1: how likely the utterance is one of the grammar's and was heard right, by a logistic model fitted to synthetic
   * voices over G.711 (clean and 20 dB noise). Real callers differ: compare confidences, do not read them as odds.
   */
  confidence: number;
  /** How much worse than the best sound of every frame, in nepers per second of speech. Lower is better. */
  cost: number;
}

/**
 * The logistic model's weights. Short utterances score worse by chance, hence the term in 1/seconds. At confidence 0.5
 * it refused 5.8 % of what was in the grammar and heard right, and let through 6.3 % of other sentences (English);
 * with hints and sentences that it was not fitted to, 1.4 % and 1.9 %.
 */
const MODEL = { meanCost: -22.9, worstCost: -1.8, perSecond: 1.73 } as const;
/** For French there were only robotic voices to fit to: more lenient, and less certain. */
const OFFSET: Readonly<Record<GrammarLanguage, number>> = { en: 9, fr: 12.5 };
export const ACCEPTANCE = 0.5;
/** A word shorter than this is judged as if it were this long: a single bad frame would decide alone. */
const MIN_WORD_MS = 150;
const MIN_SPEECH_MS = 200;

/**
 * Judges a recognised utterance by its acoustic score. The decoder reports each word's likelihood relative to the best
 * sound of every frame; per second of speech this hardly depends on the length of the utterance. Both the mean over
 * the utterance and its worst word count: a wrong sentence often contains a few right words.
 */
export function judge(words: readonly DecodedWord[], language: GrammarLanguage): Verdict {
  let total = 0;
  let ms = 0;
  let worst = 0;
  for (const word of words) {
    total -= word.logLikelihood;
    ms += word.durationMs;
    worst = Math.max(worst, (-word.logLikelihood * 1000) / Math.max(MIN_WORD_MS, word.durationMs));
  }
  if (ms === 0) return { accepted: false, confidence: 0, cost: Number.POSITIVE_INFINITY };
  const cost = (total * 1000) / ms;
  const perSecond = 1000 / Math.max(MIN_SPEECH_MS, ms);
  const logit = OFFSET[language] + MODEL.meanCost * cost + MODEL.worstCost * worst + MODEL.perSecond * perSecond;
  const confidence = 1 / (1 + Math.exp(-logit));
  return { accepted: confidence >= ACCEPTANCE, confidence: Math.round(confidence * 1000) / 1000, cost };
}
