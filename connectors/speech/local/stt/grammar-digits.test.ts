import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withNumerals } from './grammar-digits.ts';
import { numeralWords } from './grammar-words.ts';

describe('English', () => {
  test.each([
    ['one two three four', '1234'],
    ['my number is five five one oh please', 'my number is 5510 please'],
    ['double four triple seven', '44777'],
    ['twenty three', '23'],
    ['two hundred and five', '205'],
    ['a thousand and one', '1001'],
    ['nine thousand nine hundred ninety nine', '9999'],
    ['yes and no', 'yes and no'],
    ['oh i see', 'oh i see'],
    ['double trouble', 'double trouble'],
    ['a hundred', '100'],
    ['twenty twenty six', '20 26'],
    ['five and', '5 and'],
    ['', ''],
  ])('%s -> %s', (words, numerals) => expect(withNumerals(words, 'en')).toBe(numerals));
});

describe('French', () => {
  test.each([
    ['un deux trois', '123'],
    ['quatre vingt dix sept', '97'],
    ['soixante et onze', '71'],
    ['mille neuf cent quatre vingt quatre', '1984'],
    ['cent un', '101'],
    ['merci beaucoup', 'merci beaucoup'],
    ['vingt et un', '21'],
  ])('%s -> %s', (words, numerals) => expect(withNumerals(words, 'fr')).toBe(numerals));
});

test.each(['en', 'fr'] as const)('every number from 0 to 9999 survives being said and read back (%s)', (language) => {
  for (let n = 0; n < 10_000; n++) expect(withNumerals(numeralWords(String(n), language), language)).toBe(String(n));
});

test('any words go through without an error', () => {
  const word = fc.constantFrom(
    'one',
    'oh',
    'a',
    'and',
    'hundred',
    'thousand',
    'twenty',
    'double',
    'et',
    'cent',
    'mille',
    'vingt',
    'quatre',
    'dix',
    'x',
  );
  fc.assert(
    fc.property(fc.array(word), fc.constantFrom('en' as const, 'fr' as const), (words, language) => {
      const text = withNumerals(words.join(' '), language);
      expect(text.split(' ').filter((part) => part === 'x')).toHaveLength(words.filter((w) => w === 'x').length);
    }),
  );
});
