import { DE } from './phrase-books/de.ts';
import { EN } from './phrase-books/en.ts';
import { ES } from './phrase-books/es.ts';
import { FR } from './phrase-books/fr.ts';
import { IT } from './phrase-books/it.ts';
import { NL } from './phrase-books/nl.ts';
import { PT } from './phrase-books/pt.ts';

/** What a phrase says about who speaks. */
export type PhraseKind =
  /** A voicemail greeting. */
  | 'voicemail'
  /** A network's announcement: no such number, switched off. */
  | 'unreachable'
  /** A menu that wants keys pressed, or a queue. */
  | 'menu'
  /** A service that asks the caller who he is and tells the callee, who may still take the call. */
  | 'screening'
  /** A person who wants an answer. */
  | 'human'
  /** Somebody who introduces himself as people do who answer for a company. */
  | 'agent'
  /** How recorded greetings begin; people say it too, but seldom. */
  | 'reached'
  /** A company's greeting, by a person or a menu. */
  | 'company';

export const PHRASE_KINDS: readonly PhraseKind[] = [
  'voicemail',
  'unreachable',
  'menu',
  'screening',
  'human',
  'agent',
  'reached',
  'company',
];

/**
 * Phrases by kind, one per line, in lower case without accents. `a/b`: either word; `word*`: any ending; `...`: up to
 * three words of any kind.
 */
export type PhraseBook = Readonly<Record<PhraseKind, string>>;

const BOOKS: Readonly<Record<string, PhraseBook>> = { en: EN, de: DE, fr: FR, es: ES, it: IT, pt: PT, nl: NL };
const GAP = '...';
const LONGEST_GAP = 3;

interface Phrase {
  kind: PhraseKind;
  text: string;
  /** Alternatives for each word; `GAP` for a gap. */
  words: readonly (readonly string[])[];
}

const PHRASES = new Map<string, readonly Phrase[]>(
  Object.entries(BOOKS).map(([language, book]) => [
    language,
    (Object.keys(book) as PhraseKind[]).flatMap((kind) => phrasesOf(kind, book[kind])),
  ]),
);
const ALL = [...PHRASES.values()].flat();
const BY_LANGUAGE = new Map<string, readonly Phrase[]>();

/** Languages whose greetings are known. */
export const PHRASE_LANGUAGES: readonly string[] = [...PHRASES.keys()];

function phrasesOf(kind: PhraseKind, lines: string): Phrase[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((text) => ({ kind, text, words: text.split(/\s+/u).map((word) => word.split('/')) }));
}

/** Words in lower case, without accents and punctuation: "J’ai 2 mots." gives j'ai, 2, mots. */
export function wordsOf(text: string): string[] {
  const plain = text.toLowerCase().replace(/[’`´]/gu, "'").replace(/ß/gu, 'ss').normalize('NFD').replace(/\p{M}/gu, '');
  return plain.match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** The phrases of these words: of each kind the first in the book. Greetings in English are known everywhere. */
export function findPhrases(words: readonly string[], language: string | undefined): Map<PhraseKind, string> {
  const found = new Map<PhraseKind, string>();
  for (const { kind, text, words: wanted } of phrasesFor(language)) {
    if (!found.has(kind) && contains(words, wanted)) found.set(kind, text);
  }
  return found;
}

/** A word that a recogniser may have heard. */
export interface GuessedWord {
  text: string;
  durationMs: number;
  /** 0..1 */
  confidence: number;
}

/** A word that was dictated, as it was written. */
export interface DictatedWord {
  text: string;
  /** 0..1 */
  confidence: number;
}

/** Anything may sound like a shorter phrase ("beep", "bip"), or like one of little words ("pour le", "a vous"). */
const SHORTEST_GUESS_MS = 360;
const LEAST_LETTERS = { inAWord: 5, inAll: 8 } as const;

/**
 * Like `findPhrases`, for words that may be wrong: of each kind the phrase that is surest, with the mean confidence of its
 * words by their length. Words in a gap count for nothing.
 */
export function findGuessedPhrases(
  words: readonly GuessedWord[],
  language: string | undefined,
): Map<PhraseKind, { text: string; confidence: number }> {
  const heard = words.map(({ text, ...word }) => ({ ...word, text: wordsOf(text)[0] ?? '' }));
  const found = new Map<PhraseKind, { text: string; confidence: number }>();
  for (const { kind, text, words: wanted } of phrasesFor(language)) {
    for (let start = 0; start < heard.length; start++) {
      const confidence = surest(heard, start, wanted, 0, []);
      if (confidence > (found.get(kind)?.confidence ?? 0)) found.set(kind, { text, confidence });
    }
  }
  return found;
}

/** Greatest confidence of the phrase from this word on; 0: it is not there, or too little. */
function surest(
  words: readonly GuessedWord[],
  at: number,
  phrase: Phrase['words'],
  from: number,
  matched: readonly GuessedWord[],
): number {
  const wanted = phrase[from];
  if (wanted === undefined) return confidenceOf(matched);
  if (wanted[0] === GAP) {
    let best = 0;
    for (let gap = 0; gap <= LONGEST_GAP; gap++) {
      best = Math.max(best, surest(words, at + gap, phrase, from + 1, matched));
    }
    return best;
  }
  const word = words[at];
  if (word === undefined || !wanted.some((each) => fits(word.text, each))) return 0;
  return surest(words, at + 1, phrase, from + 1, [...matched, word]);
}

function confidenceOf(words: readonly GuessedWord[]): number {
  let durationMs = 0;
  let letters = 0;
  let longest = 0;
  let weighted = 0;
  for (const word of words) {
    durationMs += word.durationMs;
    letters += word.text.length;
    longest = Math.max(longest, word.text.length);
    weighted += word.durationMs * word.confidence;
  }
  const enough = longest >= LEAST_LETTERS.inAWord || letters >= LEAST_LETTERS.inAll;
  return enough && durationMs >= SHORTEST_GUESS_MS ? weighted / durationMs : 0;
}

function phrasesFor(language: string | undefined): readonly Phrase[] {
  const primary = language?.toLowerCase().split(/[-_]/u)[0] ?? '';
  const known = BY_LANGUAGE.get(primary);
  if (known !== undefined) return known;
  const own = PHRASES.get(primary);
  const list = own === undefined ? ALL : primary === 'en' ? own : [...own, ...(PHRASES.get('en') ?? [])];
  if (own !== undefined) BY_LANGUAGE.set(primary, list);
  return list;
}

function contains(words: readonly string[], phrase: readonly (readonly string[])[]): boolean {
  for (let start = 0; start < words.length; start++) if (matches(words, start, phrase, 0)) return true;
  return false;
}

function matches(words: readonly string[], at: number, phrase: readonly (readonly string[])[], from: number): boolean {
  const wanted = phrase[from];
  if (wanted === undefined) return true;
  if (wanted[0] === GAP) {
    for (let gap = 0; gap <= LONGEST_GAP; gap++) if (matches(words, at + gap, phrase, from + 1)) return true;
    return false;
  }
  const word = words[at];
  return word !== undefined && wanted.some((each) => fits(word, each)) && matches(words, at + 1, phrase, from + 1);
}

function fits(word: string, wanted: string): boolean {
  return wanted.endsWith('*') ? word.startsWith(wanted.slice(0, -1)) : word === wanted;
}
