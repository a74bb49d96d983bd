/*
 * Signs that a recogniser sets between words. Within a word or a number they belong to it ("don't", "3.14", "10:30",
 * "user@host.example"), but for those that are never within one.
 */
const BETWEEN_WORDS = /(?<![\p{L}\p{N}])[.,:;'’‘\-–—/]+|[.,:;'’‘\-–—/]+(?![\p{L}\p{N}])/gu;
const ALWAYS = /[!?¡¿"“”„«»…()[\]{}。、，！？；：．「」『』·؟،؛]+/gu;

/** A recognised text without punctuation (`sttDisablePunctuation`). Letters stay as they are. */
export function withoutPunctuation(text: string): string {
  return text.replace(ALWAYS, ' ').replace(BETWEEN_WORDS, ' ').replace(/\s+/g, ' ').trim();
}
