import { DE } from './lexicons/de.ts';
import { EN } from './lexicons/en.ts';
import { ES } from './lexicons/es.ts';
import { FR } from './lexicons/fr.ts';
import { IT } from './lexicons/it.ts';
import { NL } from './lexicons/nl.ts';
import { PT } from './lexicons/pt.ts';

/** Whom words speak for. */
export type Side =
  /** A voicemail, a network's announcement, a closed office, a menu. */
  | 'machine'
  /** A person who has answered, for himself or for a company. */
  | 'person'
  /** A service that asks the caller who he is and tells the callee. */
  | 'screening';

/**
 * Words and sequences of words by what they weigh, parted by commas, in lower case without accents. A weight is a
 * natural logarithm of odds, rounded: 1 is heard about three times as often on that side as on the others, 4 hardly ever elsewhere.
 */
export type Lexicon = Readonly<Record<Side, Readonly<Record<1 | 2 | 3 | 4, string>>>>;

export interface HeardWord {
  /** In lower case, without accents. */
  word: string;
  /** 0..1 */
  confidence: number;
}

export type Scores = Readonly<Record<Side, number>>;

/** In the place of a word that may be any. */
const UNHEARD: HeardWord = { word: '', confidence: 0 };

export const NO_SCORES: Scores = { machine: 0, person: 0, screening: 0 };

interface Entry {
  side: Side;
  weight: number;
  words: readonly string[];
}

/** A word of so many letters may have one wrong: "massage" for "message". */
const LEAST_LETTERS = 5;
/** What a word with a wrong letter counts for. */
const MISHEARD = 0.7;
/** A word that is less sure than this speaks for no machine: a person who is taken for one costs more than the reverse. */
const LEAST_CONFIDENCE = 0.3;
/** A word that is surer than this counts in full. */
const FULL_CONFIDENCE = 0.6;

/** More words are not said before a decision. */
const MOST_WORDS = 60;

const SIDES: readonly Side[] = ['machine', 'person', 'screening'];
export const LEXICONS: Readonly<Record<string, readonly Entry[]>> = Object.fromEntries(
  Object.entries({ en: EN, de: DE, fr: FR, es: ES, it: IT, pt: PT, nl: NL }).map(([language, lexicon]) => [
    language,
    entriesOf(lexicon),
  ]),
);

function entriesOf(lexicon: Lexicon): Entry[] {
  return SIDES.flatMap((side) =>
    ([1, 2, 3, 4] as const).flatMap((weight) =>
      lexicon[side][weight]
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
        .map((entry) => ({ side, weight, words: entry.split(/\s+/u) })),
    ),
  );
}

/** What the words weigh, each entry once, by how sure its words are. Languages without a lexicon weigh nothing; an unknown one is taken for English. */
export function scoresOf(heard: readonly HeardWord[], language: string | undefined): Scores {
  const entries = LEXICONS[language?.toLowerCase().split(/[-_]/u)[0] ?? 'en'];
  if (entries === undefined || heard.length === 0) return NO_SCORES;
  const first = heard.slice(0, MOST_WORDS).map((word) => (word.confidence >= 0 ? word : UNHEARD));
  const sure = first.map((word) => (word.confidence >= LEAST_CONFIDENCE ? word : UNHEARD));
  const scores = { machine: 0, person: 0, screening: 0 };
  for (const { side, weight, words } of entries) {
    scores[side] += weight * surest(side === 'machine' ? sure : first, words);
  }
  return scores;
}

/** 0..1: the surest place of the entry. */
function surest(heard: readonly HeardWord[], words: readonly string[]): number {
  let best = 0;
  for (let at = 0; at + words.length <= heard.length; at++) {
    let sure = 0;
    for (let i = 0; i < words.length; i++) {
      const fit = fitOf(heard[at + i], words[i] as string);
      if (fit === 0) {
        sure = 0;
        break;
      }
      sure += fit;
    }
    best = Math.max(best, sure / words.length);
  }
  return best;
}

function fitOf(heard: HeardWord | undefined, wanted: string): number {
  if (heard === undefined) return 0;
  const sure = Math.min(1, heard.confidence / FULL_CONFIDENCE);
  if (heard.word === wanted) return sure;
  return isNearly(heard.word, wanted) ? sure * MISHEARD : 0;
}

/** One letter is another, is missing, or is one too many. */
function isNearly(heard: string, wanted: string): boolean {
  if (wanted.length < LEAST_LETTERS || Math.abs(heard.length - wanted.length) > 1) return false;
  let start = 0;
  while (start < wanted.length && heard[start] === wanted[start]) start++;
  let end = 0;
  const shorter = Math.min(heard.length, wanted.length) - start;
  while (end < shorter && heard.at(-1 - end) === wanted.at(-1 - end)) end++;
  return Math.max(heard.length, wanted.length) - start - end <= 1;
}
