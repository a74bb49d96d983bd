import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitSentences } from './sentences.ts';

const english = { maxChars: 180, firstMaxChars: 90, language: 'en-US' };
const texts = (text: string, language = 'en-US') =>
  splitSentences(text, { ...english, language }).map((sentence) => sentence.text);

describe('ends of sentences', () => {
  const cases: [name: string, text: string, expected: string[]][] = [
    ['full stop, question, exclamation', 'Yes. Are you sure? Go! Bye', ['Yes.', 'Are you sure?', 'Go!', 'Bye']],
    ['titles', 'Ask Mr. Smith or Dr. Jones. They know.', ['Ask Mr. Smith or Dr. Jones.', 'They know.']],
    ['initials', 'J. R. Smith called. Bye.', ['J. R. Smith called.', 'Bye.']],
    ['the pronoun I', 'So do I. You too.', ['So do I.', 'You too.']],
    ['decimals', 'It is 3.14 or 2.5. Right?', ['It is 3.14 or 2.5.', 'Right?']],
    [
      'times of day',
      'At 5 p.m. we close. At 6 p.m. The door shuts.',
      ['At 5 p.m. we close.', 'At 6 p.m.', 'The door shuts.'],
    ],
    ['e.g. and i.e.', 'Fruit, e.g. apples, i.e. food. Ok.', ['Fruit, e.g. apples, i.e. food.', 'Ok.']],
    ['numbers after No.', 'Take bus No. 5 now. No. That is wrong.', ['Take bus No. 5 now.', 'No.', 'That is wrong.']],
    ['countries', 'U.S. citizens wait here. Others there.', ['U.S. citizens wait here.', 'Others there.']],
    ['URLs', 'See www.example.com/a.html for more. Bye.', ['See www.example.com/a.html for more.', 'Bye.']],
    ['an ellipsis inside', 'Well... maybe so. Ok.', ['Well... maybe so.', 'Ok.']],
    ['an ellipsis at the end', 'Well… Maybe so.', ['Well…', 'Maybe so.']],
    ['quotes', '"Stop!" he said. "Go." She went.', ['"Stop!" he said.', '"Go."', 'She went.']],
    ['no capitals at all', 'hi there. how are you?', ['hi there.', 'how are you?']],
    ['full width marks without spaces', '你好。世界！再见', ['你好。', '世界！', '再见']],
    ['numbered lists', 'Say:\n1. Apples\n2. Pears', ['Say:', '1. Apples', '2. Pears']],
    ['marks without words', '... Hello ... !', ['... Hello ... !']],
    ['nothing', ' \n ', []],
  ];
  it.each(cases)('%s', (_, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it('keeps ordinals with a dot together where the language writes them', () => {
    expect(texts('Wir kommen am 3. Mai, d.h. bald. Gut.', 'de-DE')).toEqual([
      'Wir kommen am 3. Mai, d.h. bald.',
      'Gut.',
    ]);
    expect(texts('Press 3. May I help?')).toEqual(['Press 3.', 'May I help?']);
  });

  it('tells paragraphs, sentences and clauses apart', () => {
    expect(splitSentences('One.\n\nTwo. Three, four', english)).toEqual([
      { text: 'One.', end: 'paragraph' },
      { text: 'Two.', end: 'sentence' },
      { text: 'Three, four', end: 'sentence' },
    ]);
  });
});

describe('long sentences', () => {
  it('cuts a long first sentence at a clause, so that it is heard early', () => {
    const text = `Thank you for calling the clinic, ${'where we always take good care of everybody '.repeat(2)}today.`;
    expect(splitSentences(text, english)[0]).toEqual({ text: 'Thank you for calling the clinic,', end: 'clause' });
  });

  it('prefers clauses to words and words to letters', () => {
    const options = { maxChars: 20, firstMaxChars: 20, language: 'en' };
    const cut = (text: string) => splitSentences(text, options).map((sentence) => sentence.text);
    expect(cut('one two three, four five six')).toEqual(['one two three,', 'four five six']);
    expect(cut('one two three four five six')).toEqual(['one two three four', 'five six']);
    expect(cut('abcdefghijklmnopqrstuvwxyz')).toEqual(['abcdefghijklmnopqrst', 'uvwxyz']);
  });
});

describe('properties', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'Mr.',
      'e.g.',
      '3.14',
      'a.b@c.de',
      '...',
      '…',
      '?!',
      '。',
      '"',
      ')',
      '\n',
      '\n\n',
      '- ',
      '1. ',
      ', ',
      '; ',
    ),
    fc.constantFrom('Hello', 'world', 'I', 'No.', 'https://x.yz/a?b=c.', '😀', '你好', 'ß', ' ', '  ', '\t'),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ minLength: 30, maxLength: 80 }),
  );
  const text = fc
    .array(fc.tuple(piece, fc.constantFrom('', ' ')), { maxLength: 40 })
    .map((parts) => parts.flat().join(''));
  const options = fc.record({
    maxChars: fc.integer({ min: 8, max: 200 }),
    firstMaxChars: fc.integer({ min: 4, max: 100 }),
    language: fc.constantFrom('en-US', 'de-DE', 'zh-CN', ''),
  });

  it('loses and adds nothing but white space, and no piece is empty, untrimmed or too long', () => {
    fc.assert(
      fc.property(text, options, (input, limits) => {
        const pieces = splitSentences(input, limits).map((sentence) => sentence.text);
        expect(pieces.join('').replace(/\s/gu, '')).toBe(input.replace(/\s/gu, ''));
        for (const each of pieces) {
          expect(each).not.toBe('');
          expect(each).toBe(each.trim());
          expect(each.length).toBeLessThanOrEqual(limits.maxChars);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never cuts a surrogate pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite', maxLength: 300 }), options, (input, limits) => {
        for (const { text: each } of splitSentences(input.toWellFormed(), limits))
          expect(each.isWellFormed()).toBe(true);
      }),
    );
  });
});
