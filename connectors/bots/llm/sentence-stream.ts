/** Below so many characters a sentence waits for the next one: "Dr. Smith", "3. May", "Yes." */
const MIN_CHARS = 12;
/** So long a text without an end of a sentence is cut at a clause, longer still at a word. */
const CLAUSE_CHARS = 140;
const WORD_CHARS = 260;

const END = /[.!?…。！？]["'”’)\]]*(?=\s+\S)|[。！？](?=\S)|\n+(?=\s*\S)/gu;
const CLAUSE = /[,;:–—、，](?=\s+\S)/gu;

/**
 * Cuts a text that arrives in pieces into sentences. A sentence is given out only when more text follows it, so that its reader
 * knows whether it is the last one.
 */
export class SentenceStream {
  #text = '';

  /** @returns the sentences that are whole and are followed by something */
  push(piece: string): string[] {
    this.#text += piece;
    const sentences: string[] = [];
    for (let cut = this.#cut(); cut > 0; cut = this.#cut()) {
      const sentence = this.#text.slice(0, cut).trim();
      this.#text = this.#text.slice(cut);
      if (sentence !== '') sentences.push(sentence);
    }
    return sentences;
  }

  /** What is left at the end; '' for nothing. */
  flush(): string {
    const rest = this.#text.trim();
    this.#text = '';
    return rest;
  }

  #cut(): number {
    for (const match of this.#text.matchAll(END)) {
      const end = match.index + match[0].length;
      if (this.#text.slice(0, end).trim().length >= MIN_CHARS) return end;
    }
    if (this.#text.length > CLAUSE_CHARS) {
      const clause = [...this.#text.matchAll(CLAUSE)].findLast(({ index }) => index >= MIN_CHARS);
      if (clause !== undefined) return clause.index + 1;
    }
    if (this.#text.length > WORD_CHARS) {
      const space = this.#text.lastIndexOf(' ', WORD_CHARS);
      return space > 0 ? space : WORD_CHARS;
    }
    return 0;
  }
}
