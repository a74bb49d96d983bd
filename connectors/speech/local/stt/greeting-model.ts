import type { GrammarLanguage } from './grammar-sets.ts';
import { ENGLISH_GREETINGS } from './greeting-sentences-en.ts';
import { FRENCH_GREETINGS } from './greeting-sentences-fr.ts';

/** Sentences by who says them, one per line; `_`: a name, or anything else. */
export interface GreetingSentences {
  readonly machine: string;
  readonly network: string;
  readonly menu: string;
  readonly screening: string;
  readonly person: string;
}

/** Names the model of greetings in one language, in place of a compiled grammar. Plain data: it travels to the worker threads. */
export interface GreetingModel {
  readonly key: string;
  readonly language: GrammarLanguage;
  readonly greetings: true;
}

/** From one state to another with a word, or with none; `probability` is not 0. */
export interface Arc {
  from: number;
  to: number;
  probability: number;
  word: string | undefined;
}

/** A finite-state grammar. The last state is the end. */
export interface WordNetwork {
  states: number;
  start: number;
  end: number;
  arcs: readonly Arc[];
  /** Every word, once. */
  words: readonly string[];
}

const SENTENCES: Readonly<Record<GrammarLanguage, GreetingSentences>> = {
  en: ENGLISH_GREETINGS,
  fr: FRENCH_GREETINGS,
};

const ANYTHING = '_';
/** No way is closed for good: less than this is never given to the words that the sentences do not have next. */
const LEAST = 1e-3;

export function greetingModel(language: GrammarLanguage): GreetingModel {
  return { key: `greetings/${language}`, language, greetings: true };
}

/** The network of the greetings of a language. */
export function greetingNetwork(language: GrammarLanguage): WordNetwork {
  return bigramNetwork(Object.values(SENTENCES[language]).flatMap((text: string) => text.split('\n')));
}

/**
 * A bigram model of sentences as a network: one state per word, whose arcs lead to the words that follow it in the sentences,
 * to the beginning of the next sentence, and to a state from which every word can be reached by how often it occurs (backing
 * off as Witten and Bell do, 1991). `_` leads there as well. Arcs without a word never follow each other, but for those that
 * lead to the end: the engine follows one only.
 */
export function bigramNetwork(sentences: readonly string[]): WordNetwork {
  const START = 0;
  const BACKOFF = 1;
  const counts = new Map<string, number>();
  const follow = new Map<string, Map<string, number>>([[ANYTHING, new Map()]]);
  const begin = new Map<string, number>();
  for (const sentence of sentences) {
    let nexts = begin;
    for (const word of sentence.match(/[\p{L}']+|_/gu) ?? []) {
      increase(nexts, word);
      if (word !== ANYTHING) increase(counts, word);
      nexts = follow.get(word) ?? new Map();
      follow.set(word, nexts);
    }
    if (nexts !== begin) increase(nexts, '');
  }
  const words = [...counts.keys()];
  const stateOf = new Map(words.map((word, i) => [word, i + 2]));
  const end = words.length + 2;
  const arcs: Arc[] = [];
  const add = (from: number, to: number, probability: number, word?: string) =>
    arcs.push({ from, to, probability, word });
  const connect = (from: number, nexts: ReadonlyMap<string, number>) => {
    const total = sum(nexts);
    const known = total === 0 ? 0 : total / (total + nexts.size);
    let rest = Math.max(LEAST, 1 - known);
    for (const [word, count] of nexts) {
      const probability = (known * count) / total;
      const to = stateOf.get(word);
      if (word === '') add(from, START, probability);
      else if (to === undefined) rest += probability;
      else add(from, to, probability, word);
    }
    add(from, BACKOFF, Math.min(1, rest));
    add(from, end, 1);
  };
  connect(START, begin);
  for (const [word, state] of stateOf) connect(state, follow.get(word) ?? new Map());
  const total = sum(counts);
  for (const [word, count] of counts) add(BACKOFF, stateOf.get(word) ?? end, count / total, word);
  return { states: end + 1, start: START, end, arcs, words };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
