import { type HeardWord, LEXICONS, NO_SCORES, type Scores, scoresOf } from './lexicon.ts';
import type { Listener } from './listener.ts';
import {
  type DictatedWord,
  findGuessedPhrases,
  findPhrases,
  type GuessedWord,
  PHRASE_KINDS,
  type PhraseKind,
  wordsOf,
} from './phrases.ts';
import { type Probabilities, type Timing, timingOf, weigh } from './weighing.ts';

/** Words that are kept: a greeting has fewer, and a bot's recogniser may tell any number. */
const MAX_WORDS = 200;
const MAX_CHARACTERS = 4000;
const SLOWEST_WORD_MS = 1000;
/**
 * A guessed phrase counts from this confidence on: a person who is taken for a machine costs more than the reverse. The
 * lower was fitted on the development clips, which had nobody taken for a machine by it.
 */
const SURE = { person: 0.5, machine: 0.7 } as const;
/**
 * A word of dictation counts, and belongs to a phrase, from this confidence on. Where fewer than `ofAll` count, what was said was not
 * understood. Fitted on the development clips.
 */
const DICTATED = { counts: 0.5, inPhrases: 0.3, ofAll: 0.5 } as const;
const OF_MACHINES: ReadonlySet<PhraseKind> = new Set(['voicemail', 'unreachable', 'menu', 'reached']);

/** What the recogniser has understood so far. */
export class Hypotheses {
  /** The first phrase of each kind that was found. */
  readonly #found = new Map<PhraseKind, string>();
  /** Those of the newest guess. */
  #guessed: ReadonlyMap<PhraseKind, string> = new Map();
  /** Those of the newest dictation. */
  #dictated: ReadonlyMap<PhraseKind, string> = new Map();
  /** How much of the call the newest guess or dictation is about. */
  guessedMs = 0;
  /** Words of the newest dictation, with those that do not count. */
  #dictatedWords = 0;
  /** The words that were recognised so far; those that are only guessed at weigh nothing. */
  #heard: readonly HeardWord[] = [];
  /** How often they have changed. */
  #changes = 0;
  /** What was last weighed. */
  #probabilities: { changes: number; occasion: string; value: Probabilities } | undefined;
  /** What they weigh, once somebody has asked. */
  #scores: Scores | undefined;
  readonly #language: string | undefined;
  #before: string[] = [];
  #current: string[] = [];

  constructor(language: string | undefined) {
    this.#language = language;
  }

  get count(): number {
    return this.#before.length + this.#current.length;
  }

  /** The recogniser keeps up with what is spoken: people say two to four words per second. */
  follow(speechMs: number): boolean {
    const understood = this.count >= this.#dictatedWords * DICTATED.ofAll;
    return this.count > 0 && understood && speechMs / this.count <= SLOWEST_WORD_MS;
  }

  take(text: string, final: boolean): void {
    this.#current = wordsOf(text.slice(0, MAX_CHARACTERS)).slice(0, MAX_WORDS);
    const all = [...this.#before, ...this.#current].slice(-MAX_WORDS);
    for (const [kind, phrase] of findPhrases(all, this.#language)) {
      if (!this.#found.has(kind)) this.#found.set(kind, phrase);
    }
    this.#heard = all.map((word) => ({ word, confidence: 1 }));
    this.#scores = undefined;
    this.#changes += 1;
    if (!final) return;
    this.#before = all;
    this.#current = [];
  }

  /** The newest guess at everything since the answer takes the place of the one before. */
  guess(words: readonly GuessedWord[], heardMs: number): void {
    this.guessedMs = heardMs;
    const guessed = new Map<PhraseKind, string>();
    for (const [kind, { text, confidence }] of findGuessedPhrases(words.slice(-MAX_WORDS), this.#language)) {
      if (confidence >= (OF_MACHINES.has(kind) ? SURE.machine : SURE.person)) guessed.set(kind, text);
    }
    this.#guessed = guessed;
  }

  /** All that was said since the answer, as it is understood now. Words that are not sure enough may be any. */
  dictate(words: readonly DictatedWord[], heardMs: number): void {
    this.guessedMs = heardMs;
    const heard = words
      .slice(0, MAX_WORDS)
      .flatMap(({ text, confidence }) =>
        wordsOf(text.slice(0, MAX_CHARACTERS / MAX_WORDS)).map((word) => ({ word, confidence })),
      )
      .slice(0, MAX_WORDS);
    this.#dictatedWords = heard.length;
    this.#current = heard.filter(({ confidence }) => confidence >= DICTATED.counts).map(({ word }) => word);
    const sure = heard.map(({ word, confidence }) => (confidence >= DICTATED.inPhrases ? word : ''));
    this.#dictated = findPhrases(sure, this.#language);
    this.#heard = heard;
    this.#scores = undefined;
    this.#changes += 1;
  }

  has(kind: PhraseKind): boolean {
    return this.#found.has(kind) || this.#guessed.has(kind) || this.#dictated.has(kind);
  }

  get kinds(): PhraseKind[] {
    return PHRASE_KINDS.filter((kind) => this.has(kind));
  }

  get heard(): readonly HeardWord[] {
    return this.#heard;
  }

  /** There are words, in a language whose words have weights. */
  get haveWeight(): boolean {
    const code = this.#language?.toLowerCase().split(/[-_]/u)[0];
    return this.#heard.length > 0 && code !== undefined && LEXICONS[code] !== undefined;
  }

  /** What words and timing say together. While neither the words nor `occasion` change, they are not weighed again. */
  probabilities(at: Timing['at'], listener: Listener, occasion: string = at): Probabilities {
    const known = this.#probabilities;
    if (known !== undefined && known.changes === this.#changes && known.occasion === occasion) return known.value;
    const moment = { ...timingOf(at, listener), heard: this.#heard, scores: this.scores, kinds: this.kinds };
    const value = weigh(moment, this.#language);
    this.#probabilities = { changes: this.#changes, occasion, value };
    return value;
  }

  /** By the recogniser of greetings. */
  guessed(kind: PhraseKind): boolean {
    return this.#guessed.has(kind);
  }

  get scores(): Scores {
    this.#scores ??= scoresOf(this.#heard, this.#language);
    return this.#scores;
  }

  /** Above 0 the words speak for a machine, below for a person. */
  get leaning(): number {
    return this.scores.machine - this.scores.person;
  }

  figures(): Record<string, string | number | boolean> {
    const figures: Record<string, string | number | boolean> = {};
    if (this.count > 0) figures.words = this.count;
    for (const [kind, phrase] of this.#guessed) figures[`${kind}Phrase`] = phrase;
    if (this.#guessed.size > 0) figures.guessed = true;
    for (const [kind, phrase] of this.#dictated) figures[`${kind}Phrase`] = phrase;
    for (const [kind, phrase] of this.#found) figures[`${kind}Phrase`] = phrase;
    if (this.scores !== NO_SCORES) figures.leaning = Math.round(10 * this.leaning) / 10;
    if (this.has('screening')) figures.callScreening = true;
    return figures;
  }
}
