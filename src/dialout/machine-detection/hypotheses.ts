import { findPhrases, type PhraseKind, wordsOf } from './phrases.ts';

/** Words that are kept: a greeting has fewer, and a bot's recogniser may tell any number. */
const MAX_WORDS = 200;
const MAX_CHARACTERS = 4000;
const SLOWEST_WORD_MS = 1000;

/** What the recogniser has understood so far. */
export class Hypotheses {
  /** The first phrase of each kind that was found. */
  readonly found = new Map<PhraseKind, string>();
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
    return this.count > 0 && speechMs / this.count <= SLOWEST_WORD_MS;
  }

  take(text: string, final: boolean): void {
    this.#current = wordsOf(text.slice(0, MAX_CHARACTERS)).slice(0, MAX_WORDS);
    const all = [...this.#before, ...this.#current].slice(-MAX_WORDS);
    for (const [kind, phrase] of findPhrases(all, this.#language)) {
      if (!this.found.has(kind)) this.found.set(kind, phrase);
    }
    if (!final) return;
    this.#before = all;
    this.#current = [];
  }

  figures(): Record<string, string | number | boolean> {
    const figures: Record<string, string | number | boolean> = {};
    if (this.count > 0) figures.words = this.count;
    for (const [kind, phrase] of this.found) figures[`${kind}Phrase`] = phrase;
    if (this.found.has('screening')) figures.callScreening = true;
    return figures;
  }
}
