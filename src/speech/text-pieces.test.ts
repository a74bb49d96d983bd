import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textPieces } from './text-pieces.ts';

it('cuts after a sentence, else after a word, else between characters', () => {
  expect(textPieces('One two. Three four', 12)).toEqual(['One two.', ' Three four']);
  expect(textPieces('One two three', 8)).toEqual(['One two', ' three']);
  expect(textPieces('aaa😀b', 4)).toEqual(['aaa', '😀b']);
  expect(textPieces('', 4)).toEqual([]);
  expect(textPieces('ééé', 4, Buffer.byteLength)).toEqual(['éé', 'é']);
});

it('loses nothing, keeps to the limit and cuts no pair', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '.', ' ', '。', 'é', '😀', '\n'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 20 }), fc.boolean(), (whole, max, inBytes) => {
      const sizeOf = inBytes ? Buffer.byteLength : (part: string) => part.length;
      const pieces = textPieces(whole, max, sizeOf);
      expect(pieces.join('')).toBe(whole);
      for (const piece of pieces) {
        expect(piece.isWellFormed()).toBe(true);
        expect(piece).not.toBe('');
        expect(sizeOf(piece)).toBeLessThanOrEqual(max);
      }
    }),
  );
});
