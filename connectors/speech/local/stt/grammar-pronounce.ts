import { ENGLISH_LETTER_NAMES, ENGLISH_LETTER_RULES } from './grammar-letters-en.ts';
import { FRENCH_LETTER_NAMES, FRENCH_LETTER_RULES } from './grammar-letters-fr.ts';
import type { GrammarLanguage } from './grammar-sets.ts';

interface LetterRule {
  left: RegExp | undefined;
  letters: RegExp;
  phones: string;
}

interface LetterSet {
  rules: readonly LetterRule[];
  names: Readonly<Record<string, string>>;
  vowel: RegExp;
}

function letterSet(
  rules: readonly (readonly [string, string, string, string])[],
  names: Readonly<Record<string, string>>,
  vowel: RegExp,
): LetterSet {
  return {
    rules: rules.map(([left, letters, right, phones]) => ({
      left: left === '' ? undefined : new RegExp(`(?:${left})$`, 'u'),
      letters: new RegExp(`(${letters})${right === '' ? '' : `(?=${right})`}`, 'uy'),
      phones,
    })),
    names,
    vowel,
  };
}

const LETTERS: Readonly<Record<GrammarLanguage, LetterSet>> = {
  en: letterSet(ENGLISH_LETTER_RULES, ENGLISH_LETTER_NAMES, /[aeiouy]/),
  fr: letterSet(FRENCH_LETTER_RULES, FRENCH_LETTER_NAMES, /[aàâäeéèêëiîïoôöuùûüyÿ]/),
};

const ELISIONS: Readonly<Record<string, string>> = {
  l: 'll',
  d: 'dd',
  j: 'jj',
  m: 'mm',
  t: 'tt',
  s: 'ss',
  n: 'nn',
  c: 'ss',
  qu: 'kk',
  jusqu: 'jj uu ss kk',
  lorsqu: 'll oo rr ss kk',
};

/** Interjections as people say them rather than as they are written. */
const INTERJECTIONS: Readonly<Record<string, string>> = { uhuh: 'AH AH' };

/**
 * Phones, space separated, of a word that the dictionary lacks: French elisions and English possessives are put
 * together from the dictionary's parts; an acronym or a word without a vowel is spelled; anything else goes by
 * letter-to-sound rules. Never empty for a word of at least one letter.
 */
export function pronounce(
  word: string,
  language: GrammarLanguage,
  spelled: boolean,
  lookup: (word: string) => string | undefined,
): string {
  const set = LETTERS[language];
  if (spelled) return spell(word, set);
  if (language === 'en' && Object.hasOwn(INTERJECTIONS, word)) return INTERJECTIONS[word] ?? '';
  const parts = word.split("'");
  if (parts.length === 2) {
    const [head = '', tail = ''] = parts;
    if (language === 'fr' && Object.hasOwn(ELISIONS, head) && tail !== '') {
      return `${ELISIONS[head]} ${lookup(tail) ?? bySound(tail, set)}`;
    }
    if (language === 'en' && tail === 's') {
      const stem = lookup(head) ?? bySound(head, set);
      return `${stem} ${/(S|Z|SH|CH|JH|ZH)$/.test(stem) ? 'IH Z' : /(P|T|K|F|TH)$/.test(stem) ? 'S' : 'Z'}`;
    }
  }
  return bySound(word.replaceAll("'", ''), set);
}

function bySound(word: string, set: LetterSet): string {
  if (!set.vowel.test(word)) return spell(word, set);
  const phones: string[] = [];
  let at = 0;
  while (at < word.length) {
    const rule = set.rules.find((candidate) => fits(candidate, word, at));
    if (rule === undefined) {
      at += 1;
      continue;
    }
    if (rule.phones !== '') phones.push(rule.phones);
    rule.letters.lastIndex = at;
    at += Math.max(1, rule.letters.exec(word)?.[1]?.length ?? 1);
  }
  return phones.length === 0 ? spell(word, set) : phones.join(' ');
}

function fits(rule: LetterRule, word: string, at: number): boolean {
  rule.letters.lastIndex = at;
  return rule.letters.test(word) && (rule.left === undefined || leftFits(rule.left, word, at));
}

function leftFits(left: RegExp, word: string, at: number): boolean {
  return left.test(word.slice(0, at));
}

function spell(word: string, set: LetterSet): string {
  const phones = [...word].map((letter) => set.names[letter]).filter((name) => name !== undefined);
  return phones.join(' ');
}
