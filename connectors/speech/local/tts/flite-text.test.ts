import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fliteText } from './flite-text.ts';

describe('fliteText', () => {
  it.each([
    [
      'plain sentences stay',
      "It's 10:30, isn't it? That is $5.20 or 50%.",
      "It's 10:30, isn't it? That is $5.20 or 50%.",
    ],
    ['typographic quotes', 'She said “don’t”.', "She said don't."],
    ['dashes', 'Well — yes, 3–5 days', 'Well, yes, 3 to 5 days'],
    ['e-mail addresses', 'Write to john.doe@example.com.', 'Write to john dot doe at example dot com.'],
    ['URLs', 'See https://www.example.com/a-b?x=1.', 'See example dot com slash a dash b.'],
    ['bare domains', 'See example.com, please', 'See example dot com, please'],
    ['currencies', '€5.30, £1 and 20 €', '5 euros 30, 1 pound and 20 euros'],
    ['thousands', '€1,200, please', '1,200 euros, please'],
    ['degrees', '20°C', '20 degrees Celsius'],
    ['negative numbers', 'It is -4 or −5', 'It is minus 4 or minus 5'],
    ['hash before a number', 'Room #7', 'Room number 7'],
    ['ampersand and plus', 'A & B + C', 'A and B plus C'],
    ['diacritics', 'naïve café, Straße, Ærø', 'naive cafe, Strasse, AEro'],
    ['slashes', 'and/or', 'and or'],
    ['another script', 'Привет, мир', ''],
    ['only punctuation', '... !', ''],
  ])('%s', (_, text, expected) => {
    expect(fliteText(text)).toBe(expected);
  });

  it('gives printable ASCII without surrounding white space for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fliteText(text)).toMatch(/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/);
      }),
    );
  });
});
