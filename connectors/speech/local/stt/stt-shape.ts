import type { GrammarLanguage } from './grammar-sets.ts';
import type { DecodedPhone, DecodedWord } from './stt-decoder.ts';
import type { SoundEvidence } from './stt-evidence.ts';

/** What a short utterance sounds like, whatever words fit it best; undefined where that cannot be told. */
export type UtteranceShape = 'word' | 'interjection';

const VOWEL = /^(?:A[AEHOWY]|E[HRY]|I[HY]|O[WY]|U[HW])$/;
/** They begin with a puff of breath where a word begins with them. */
const ASPIRATED = /^(?:CH|T|K)$/;
const VOICELESS = /^(?:S|Z|SH|ZH|CH|JH|T|K|F|TH)$/;
/** With such a word before it, a short word is "uh-huh" or "aha" more often than what it seems to be. */
const FILLER = /^(?:um|uh|oh|ah|a)$/;
/** A phone that the search has squeezed in: three frames, the least that its model allows. */
const SQUEEZED_MS = 30;
const MANY_SQUEEZED = 0.4;
/** Two syllables with two voiceless consonants are not said in so short a time. */
const SHORT_MS = 360;
/** Interjections are not longer. */
const LONGEST_INTERJECTION_MS = 430;
/** So much hiss is a consonant. What listeners say while they listen hardly ever begins with one. */
const CONSONANT_MS = 20;

/**
 * A grammar recogniser finds words in "uh-huh" and "ah" as well: they have the vowels of words, and plosives fit silence. What it claims
 * is compared with what can be heard without knowing the words: no hiss, and then a filler before a word, a plosive at the
 * beginning, squeezed phones, two syllables for a word of one, or a word that is too long for its time. The other way round, what fits no word of the
 * grammar and begins with a hiss is a word all the same.
 *
 * English only: the phones are those of its model. Fitted to synthetic voices; see test/load/results/interjections.md.
 */
export function shapeOf(
  words: readonly DecodedWord[],
  accepted: boolean,
  evidence: SoundEvidence,
  language: GrammarLanguage,
): UtteranceShape | undefined {
  if (language !== 'en' || words.length === 0) return undefined;
  if (!accepted) return evidence.onsetHissMs >= CONSONANT_MS ? 'word' : undefined;
  const mayBeOne = evidence.hissMs === 0 && evidence.audibleMs <= LONGEST_INTERJECTION_MS;
  return mayBeOne && claimsTooMuch(words, evidence) ? 'interjection' : undefined;
}

function claimsTooMuch(words: readonly DecodedWord[], { syllables, audibleMs }: SoundEvidence): boolean {
  const phones = words.flatMap((word) => word.phones ?? []);
  const count = (matches: (phone: DecodedPhone) => boolean): number => phones.filter(matches).length;
  const vowels = count(({ name }) => VOWEL.test(name));
  const voiceless = count(({ name }) => VOICELESS.test(name));
  return (
    (words.length > 1 && FILLER.test(words[0]?.text ?? '')) ||
    ASPIRATED.test(phones[0]?.name ?? '') ||
    count(({ durationMs }) => durationMs <= SQUEEZED_MS) >= MANY_SQUEEZED * phones.length ||
    (vowels === 1 && syllables === 2) ||
    (vowels >= 2 && voiceless >= 2 && syllables >= 2 && audibleMs <= SHORT_MS)
  );
}
