/** A piece of text that is synthesised in one go, and what follows it. */
export interface Sentence {
  text: string;
  /** What the piece ends with, which decides the pause after it. */
  end: 'clause' | 'sentence' | 'paragraph';
}

export interface SplitOptions {
  /** No piece is longer; UTF-16 code units. */
  maxChars: number;
  /** The first piece may be cut at a clause after this many, so that its audio comes early. */
  firstMaxChars: number;
  /** BCP 47; languages that write ordinals with a dot ("am 3. Mai") are not cut there. */
  language: string;
}

/** Never the end of a sentence: a name or a number follows. */
const BEFORE_NAME = new Set(
  (
    'mr mrs ms mx dr prof rev hon gen col maj capt cmdr lt sgt cpl pvt gov sen rep pres supt fr st mt ft messrs mme mlle ' +
    'hr frl sra srta dña d.h z.b u.a i.d.r m.e'
  ).split(' '),
);
/** The end of a sentence only when the next word begins with a capital letter. */
const ABBREVIATIONS = new Set(
  (
    'e.g i.e etc vs cf al approx appt dept dep est ext inc ltd co corp bros ave blvd rd sq hwy apt jr sr esq ph.d m.d b.a m.a ' +
    'a.m p.m u.s u.k u.n d.c jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun ' +
    'min max sec hrs hr mins lbs oz ca bzw usw evtl ggf inkl tel str p pp env av bd'
  ).split(' '),
);
/** The end of a sentence unless a digit follows: "No. 5", "ext. 12". */
const BEFORE_NUMBER = new Set('no nos nr fig art vol ch sec ext para pg tel n'.split(' '));
const ORDINAL_DOT_LANGUAGES = new Set('bs cs da de et fi hr hu is lb lv nb nn no pl sk sl sr tr'.split(' '));

const TERMINATOR = /[.!?…。！？｡؟۔।॥]/u;
const FULL_WIDTH_TERMINATOR = /[。！？｡]/u;
const CLOSER = /["'”’)\]»›」』）]/u;
const WHITE = /\s/u;
const SPEAKABLE = /[\p{L}\p{N}]/u;
const CLAUSE_MARK = /[,;:、，；：–—]/u;

/**
 * Cuts plain text into pieces for synthesis: at the ends of sentences, long sentences at clauses, endless ones at words.
 * Pieces are trimmed and never empty; joined they give the text back, white space aside.
 * A piece without any letter or digit is kept with its neighbour.
 */
export function splitSentences(text: string, options: SplitOptions): Sentence[] {
  const pieces: Sentence[] = [];
  for (const sentence of findSentences(text, options)) {
    const isFirst = pieces.length === 0;
    for (const piece of cutLong(sentence.text, options, isFirst)) pieces.push({ text: piece, end: 'clause' });
    const last = pieces.at(-1);
    if (last !== undefined) last.end = sentence.end;
  }
  return pieces;
}

function findSentences(text: string, options: SplitOptions): Sentence[] {
  const ordinalDots = ORDINAL_DOT_LANGUAGES.has(options.language.toLowerCase().split('-')[0] ?? '');
  const sentences: Sentence[] = [];
  let start = 0;
  let speakable = false;
  const cut = (end: number, kind: 'sentence' | 'paragraph') => {
    const piece = text.slice(start, end).trim();
    const previous = sentences.at(-1);
    if (piece !== '' && (speakable || previous === undefined)) sentences.push({ text: piece, end: kind });
    else if (previous !== undefined) {
      if (piece !== '') previous.text += ` ${piece}`;
      if (kind === 'paragraph') previous.end = kind;
    }
    start = end;
    speakable = false;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '\n') {
      const line = lineBreakKind(text, i);
      if (line !== undefined) cut(i + 1, line);
    } else if (TERMINATOR.test(char)) {
      let end = i + 1;
      while (end < text.length && TERMINATOR.test(text[end] ?? '')) end++;
      const marks = text.slice(i, end);
      while (end < text.length && CLOSER.test(text[end] ?? '')) end++;
      if (speakable && isSentenceEnd(text, i, marks, end, ordinalDots)) cut(end, 'sentence');
      i = end - 1;
    } else if (!speakable && SPEAKABLE.test(codePointAt(text, i))) {
      speakable = true;
    }
  }
  cut(text.length, 'sentence');
  const first = sentences[0];
  const second = sentences[1];
  if (first !== undefined && second !== undefined && !SPEAKABLE.test(first.text)) {
    second.text = `${first.text} ${second.text}`;
    sentences.shift();
  }
  return sentences;
}

/** A blank line ends a paragraph, a line before a list item ends a sentence; other line breaks are only white space. */
function lineBreakKind(text: string, at: number): 'sentence' | 'paragraph' | undefined {
  const rest = /^[^\S\n]*(\n|[-*•][^\S\n]|\d{1,2}[.)][^\S\n])/u.exec(text.slice(at + 1, at + 41));
  if (rest === null) return undefined;
  return rest[1] === '\n' ? 'paragraph' : 'sentence';
}

function isSentenceEnd(text: string, at: number, marks: string, end: number, ordinalDots: boolean): boolean {
  if (end >= text.length) return true;
  if (FULL_WIDTH_TERMINATOR.test(marks)) return true;
  if (!WHITE.test(text[end] ?? '')) return false;
  let next = end;
  while (next < text.length && WHITE.test(text[next] ?? '')) next++;
  const following = codePointAt(text, next);
  const isLower = /\p{Ll}/u.test(following);
  if (/^[!?؟]/u.test(marks)) return !(isLower && CLOSER.test(text[end - 1] ?? ''));
  if (marks.length > 1 || marks === '…') return !isLower;
  if (marks !== '.') return true;

  let wordStart = at;
  while (wordStart > 0 && at - wordStart < 40 && !/[\s("'“‘[]/u.test(text[wordStart - 1] ?? '')) wordStart--;
  const raw = text.slice(wordStart, at);
  const word = raw.toLowerCase();
  if (BEFORE_NAME.has(word)) return false;
  if (BEFORE_NUMBER.has(word) && /\p{N}/u.test(following)) return false;
  if (ABBREVIATIONS.has(word)) return /\p{Lu}/u.test(following);
  if (/^\p{Lu}$/u.test(raw)) return raw === 'I';
  if (ordinalDots && /^\d{1,4}$/.test(word)) return false;
  if (/^\d{1,2}$/.test(word) && isListItem(text, wordStart)) return false;
  if (isLower) return /^\p{L}{3,}$/u.test(raw) || /\p{N}$/u.test(raw);
  return true;
}

/** "1." at the beginning of a line names an item, it is not a sentence. */
function isListItem(text: string, wordStart: number): boolean {
  let i = wordStart - 1;
  while (i >= 0 && (text[i] === ' ' || text[i] === '\t')) i--;
  return i < 0 || text[i] === '\n';
}

/** Pieces of one sentence, none longer than the limit. */
function cutLong(sentence: string, options: SplitOptions, isFirst: boolean): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  const firstMax = Math.min(options.firstMaxChars, options.maxChars);
  if (isFirst && rest.length > firstMax) {
    const at = clauseCut(rest, firstMax, Math.min(20, firstMax));
    if (at !== undefined && SPEAKABLE.test(rest.slice(at))) {
      pieces.push(rest.slice(0, at).trim());
      rest = rest.slice(at).trim();
    }
  }
  while (rest.length > options.maxChars) {
    const least = Math.ceil(options.maxChars / 3);
    const at =
      clauseCut(rest, options.maxChars, least) ?? wordCut(rest, options.maxChars) ?? hardCut(rest, options.maxChars);
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

/** Where the last clause within `max` ends, undefined when none does after `min`. */
function clauseCut(text: string, max: number, min: number): number | undefined {
  for (let i = max - 1; i >= min; i--) {
    if (CLAUSE_MARK.test(text[i] ?? '') && (WHITE.test(text[i + 1] ?? '') || /[、，；：]/u.test(text[i] ?? '')))
      return i + 1;
  }
  return undefined;
}

function wordCut(text: string, max: number): number | undefined {
  for (let i = max; i > 0; i--) if (WHITE.test(text[i] ?? '')) return i;
  return undefined;
}

/** In the middle of a word, but never inside a surrogate pair. */
function hardCut(text: string, max: number): number {
  const code = text.charCodeAt(max - 1);
  return max > 1 && code >= 0xd800 && code <= 0xdbff ? max - 1 : max;
}

function codePointAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
