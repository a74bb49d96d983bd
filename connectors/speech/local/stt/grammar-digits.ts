import type { GrammarLanguage } from './grammar-sets.ts';

interface NumberWords {
  units: ReadonlyMap<string, number>;
  tens: ReadonlyMap<string, number>;
  repeats: ReadonlyMap<string, number>;
  hundred: string;
  thousand: string;
  and: string;
}

const WORDS: Readonly<Record<GrammarLanguage, NumberWords>> = {
  en: {
    units: numbered(
      'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
    ),
    tens: tens('twenty thirty forty fifty sixty seventy eighty ninety'),
    repeats: new Map([
      ['double', 2],
      ['triple', 3],
    ]),
    hundred: 'hundred',
    thousand: 'thousand',
    and: 'and',
  },
  fr: {
    units: numbered('zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize'),
    tens: new Map([...tens('vingt trente quarante cinquante soixante septante'), ['nonante', 90]]),
    repeats: new Map([
      ['double', 2],
      ['triple', 3],
    ]),
    hundred: 'cent',
    thousand: 'mille',
    and: 'et',
  },
};

function numbered(words: string): Map<string, number> {
  return new Map(words.split(' ').map((word, i) => [word, i]));
}

function tens(words: string): Map<string, number> {
  return new Map(words.split(' ').map((word, i) => [word, 20 + 10 * i]));
}

/**
 * Recognised text with its number words as numerals: "my number is five five one oh" -> "my number is 5510",
 * "double four" -> "44", "two hundred and five" -> "205", "quatre vingt dix sept" -> "97". Other words stay.
 * Several single digits in a row are one string of digits.
 */
export function withNumerals(text: string, language: GrammarLanguage): string {
  const words = text.split(' ').filter((word) => word !== '');
  const out: string[] = [];
  let at = 0;
  while (at < words.length) {
    const digits = digitRun(words, at, language);
    const number = numberAt(words, at, language);
    if (digits.length > 0 && digits.used >= (number?.used ?? 0) && (digits.used > 1 || number !== undefined)) {
      out.push(digits.text);
      at += digits.used;
    } else if (number !== undefined) {
      out.push(String(number.value));
      at += number.used;
    } else {
      out.push(words[at] ?? '');
      at += 1;
    }
  }
  return out.join(' ');
}

function digitRun(
  words: readonly string[],
  start: number,
  language: GrammarLanguage,
): { text: string; used: number; length: number } {
  const { units, repeats } = WORDS[language];
  let text = '';
  let at = start;
  while (at < words.length) {
    const repeat = repeats.get(words[at] ?? '');
    const word = words[at + (repeat === undefined ? 0 : 1)] ?? '';
    const value = language === 'en' && word === 'oh' ? 0 : units.get(word);
    if (value === undefined || value > 9) break;
    text += String(value).repeat(repeat ?? 1);
    at += repeat === undefined ? 1 : 2;
  }
  return { text, used: at - start, length: text.length };
}

/** The natural number that begins at `start`, up to 999,999. */
function numberAt(
  words: readonly string[],
  start: number,
  language: GrammarLanguage,
): { value: number; used: number } | undefined {
  const { units, tens: tensOf, hundred, thousand, and } = WORDS[language];
  let at = start;
  let total = 0;
  let group = 0;
  /** What may still be added: below this value. */
  let room = 1000;
  if (words[at] === 'a' && (words[at + 1] === hundred || words[at + 1] === thousand)) {
    group = 1;
    room = 0;
    at += 1;
  }
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    const unit = units.get(word);
    const ten = tensOf.get(word);
    if (word === and && at > start && at + 1 < words.length) {
      const next = words[at + 1] ?? '';
      const value = units.get(next) ?? tensOf.get(next);
      if (value === undefined || value >= room) break;
      continue;
    }
    if (word === hundred && group < 10 && (group > 0 || language === 'fr') && room !== 100) {
      group = Math.max(1, group) * 100;
      room = 100;
    } else if (word === thousand && total === 0 && (group > 0 || (language === 'fr' && at === start))) {
      total = Math.max(1, group) * 1000;
      group = 0;
      room = 1000;
    } else if (language === 'fr' && word === 'vingt' && group % 100 === 4 && words[at - 1] === 'quatre') {
      group += 76;
      room = 20;
    } else if (ten !== undefined && ten < room) {
      group += ten;
      room = language === 'fr' && ten === 60 ? 20 : 10;
    } else if (unit !== undefined && unit < room && (unit > 0 || at === start)) {
      group += unit;
      room = language === 'fr' && unit === 10 ? 10 : 0;
      if (language === 'fr' && room === 10 && !['sept', 'huit', 'neuf'].includes(words[at + 1] ?? '')) room = 0;
    } else break;
  }
  return at === start ? undefined : { value: total + group, used: at - start };
}
