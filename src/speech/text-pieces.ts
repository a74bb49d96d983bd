const SENTENCE_ENDS = ['. ', '! ', '? ', '。', '！', '？', '\n'];

/**
 * A text in pieces that a vendor takes, cut after a sentence, else between words, else between characters. Joined they are the text.
 * @param sizeOf of a text, in what `max` counts; UTF-16 code units unless told
 */
export function textPieces(text: string, max: number, sizeOf = (part: string) => part.length): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (sizeOf(rest) > max) {
    let end = Math.min(rest.length, max);
    while (end > 1 && sizeOf(rest.slice(0, end)) > max) end = Math.floor(end * 0.9);
    const cut = cutOf(rest, end);
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

/** Where the first piece of a text ends, at `max` at the latest. */
function cutOf(text: string, max: number): number {
  const head = text.slice(0, max);
  const sentence = Math.max(...SENTENCE_ENDS.map((mark) => head.lastIndexOf(mark)));
  if (sentence > 0) return sentence + 1;
  const space = head.lastIndexOf(' ');
  if (space > 0) return space;
  // A surrogate pair is one character.
  const inPair = /[\ud800-\udbff]$/.test(head) && /^[\udc00-\udfff]/.test(text.slice(max));
  if (!inPair) return max;
  return max > 1 ? max - 1 : 2;
}
