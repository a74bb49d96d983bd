import { spokenWords } from './backchannels.ts';

/** Fewer words than this are what a caller repeats of a prompt: "say billing or support" - "billing". */
const MIN_WORDS = 3;
/** Share of the heard words that the prompt holds in the same order. */
const MIN_OVERLAP = 0.8;
/** Words of either side that are looked at. */
const MAX_WORDS = 200;

/**
 * Whether what was heard is the prompt itself, come back over the caller's line: at least three words, four fifths of them
 * in the order in which the prompt has them.
 */
export function isEcho(heard: string, prompt: string): boolean {
  const words = spokenWords(heard).slice(0, MAX_WORDS);
  if (words.length < MIN_WORDS) return false;
  return commonInOrder(words, spokenWords(prompt).slice(0, MAX_WORDS)) >= MIN_OVERLAP * words.length;
}

/** Length of the longest common subsequence. */
function commonInOrder(a: readonly string[], b: readonly string[]): number {
  let previous = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const row = [0];
    for (let i = 0; i < b.length; i++) {
      const best = Math.max(previous[i + 1] ?? 0, row[i] ?? 0);
      row.push(word === b[i] ? (previous[i] ?? 0) + 1 : best);
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
