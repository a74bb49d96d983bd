import type { GrammarLanguage } from './grammar-sets.ts';

/** One word as the grammar knows it: lower-case letters and apostrophes only. */
export interface HintWord {
  text: string;
  /** Said letter by letter when the dictionary does not know it ("API"). */
  spelled: boolean;
}

const SYMBOLS: Readonly<Record<GrammarLanguage, Readonly<Record<string, string>>>> = {
  en: { '&': 'and', '%': 'percent', '@': 'at', '+': 'plus', '#': 'hash', '€': 'euros', $: 'dollars', '£': 'pounds' },
  fr: { '&': 'et', '%': 'pour cent', '@': 'arobase', '+': 'plus', '#': 'dièse', '€': 'euros', $: 'dollars' },
};

const ONES: Readonly<Record<GrammarLanguage, readonly string[]>> = {
  en: [
    ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
    ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
  ],
  fr: [
    ...[
      'zéro',
      'un',
      'deux',
      'trois',
      'quatre',
      'cinq',
      'six',
      'sept',
      'huit',
      'neuf',
      'dix',
      'onze',
      'douze',
      'treize',
    ],
    ...['quatorze', 'quinze', 'seize', 'dix sept', 'dix huit', 'dix neuf'],
  ],
};

const TENS_EN = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const TENS_FR = [
  '',
  '',
  'vingt',
  'trente',
  'quarante',
  'cinquante',
  'soixante',
  'soixante',
  'quatre vingt',
  'quatre vingt',
];

/**
 * A hint as the words that a caller would say. Untrusted text goes in; only letters of the language and inner
 * apostrophes come out, so no word can carry grammar syntax. Numerals become number words.
 */
export function hintWords(text: string, language: GrammarLanguage): HintWord[] {
  const words: HintWord[] = [];
  for (const raw of text
    .normalize('NFC')
    .replace(/[’ʼ‘`]/g, "'")
    .split(/[^\p{L}\p{N}\p{M}'&%@+#€$£]+/u)) {
    for (const part of raw.match(/\p{N}+|[\p{L}\p{M}']+|[&%@+#€$£]/gu) ?? []) {
      const symbol = Object.hasOwn(SYMBOLS[language], part) ? SYMBOLS[language][part] : undefined;
      if (symbol !== undefined) words.push(...plain(symbol));
      else if (/^\p{N}+$/u.test(part)) words.push(...plain(numeralWords(part, language)));
      else {
        const word = foldLetters(part, language);
        if (word !== '') words.push({ text: word, spelled: isAcronym(part) });
      }
    }
  }
  return words;
}

/** "12" -> "twelve"; longer than four digits or with a leading zero: digit by digit. */
export function numeralWords(numeral: string, language: GrammarLanguage): string {
  const digits = [...numeral].filter((c) => c >= '0' && c <= '9').join('');
  if (digits.length === 0) return '';
  if (digits.length > 4 || (digits.length > 1 && digits.startsWith('0'))) {
    return [...digits].map((digit) => ONES[language][Number(digit)]).join(' ');
  }
  return language === 'en' ? englishNumber(Number(digits)) : frenchNumber(Number(digits));
}

function englishNumber(n: number): string {
  if (n < 20) return ONES.en[n] ?? '';
  if (n < 100) return join(TENS_EN[Math.trunc(n / 10)] ?? '', n % 10, englishNumber);
  if (n < 1000) return join(`${englishNumber(Math.trunc(n / 100))} hundred`, n % 100, englishNumber);
  return join(`${englishNumber(Math.trunc(n / 1000))} thousand`, n % 1000, englishNumber);
}

function frenchNumber(n: number): string {
  if (n < 20) return ONES.fr[n] ?? '';
  if (n < 100) {
    const tens = Math.trunc(n / 10);
    const rest = tens === 7 || tens === 9 ? 10 + (n % 10) : n % 10;
    const and = (rest === 1 && tens < 8) || (rest === 11 && tens === 7) ? ' et' : '';
    return join(`${TENS_FR[tens] ?? ''}${and}`, rest, frenchNumber);
  }
  const [size, name] = n < 1000 ? [100, 'cent'] : [1000, 'mille'];
  const count = Math.trunc(n / size);
  return join(count === 1 ? name : `${frenchNumber(count)} ${name}`, n % size, frenchNumber);
}

function join(head: string, rest: number, spell: (n: number) => string): string {
  return rest === 0 ? head : `${head} ${spell(rest)}`;
}

function plain(words: string): HintWord[] {
  return words
    .split(' ')
    .filter((text) => text !== '')
    .map((text) => ({ text, spelled: false }));
}

const FRENCH_LETTERS = 'àâäçéèêëîïôöùûüÿ';

function foldLetters(word: string, language: GrammarLanguage): string {
  const lower = word.toLowerCase().replaceAll('œ', 'oe').replaceAll('æ', 'ae').replaceAll('ß', 'ss');
  let folded = '';
  for (const c of lower.normalize('NFC')) {
    if ((c >= 'a' && c <= 'z') || c === "'" || (language === 'fr' && FRENCH_LETTERS.includes(c))) folded += c;
    else folded += [...c.normalize('NFD')].filter((base) => base >= 'a' && base <= 'z').join('');
  }
  return folded.replace(/^'+|'+$/g, '').replace(/'{2,}/g, "'");
}

function isAcronym(part: string): boolean {
  return part.length >= 2 && part.length <= 6 && part === part.toUpperCase() && part !== part.toLowerCase();
}
