import { expect, test } from 'vitest';
import { inRange, matchesText, matchesValue } from './match.ts';

test.each([
  ['Opening hours', 'opening  HOURS ', true],
  ['opening', 'opening hours', false],
  [{ equals: 'a' }, 'A', true],
  [{ contains: 'hours' }, 'Opening Hours please', true],
  [{ contains: 'days' }, 'opening hours', false],
  [{ matches: '^open' }, 'Opening hours', true],
  [{ matches: 'open$' }, 'Opening hours', false],
])('text %j on "%s": %s', (match, text, expected) => {
  expect(matchesText(match, text)).toBe(expected);
});

test.each([
  [1, '1', true],
  ['1', 1, true],
  ['1', 2, false],
  [true, 'true', true],
  [null, null, true],
  ['x', undefined, false],
  ['[object Object]', {}, false],
  [{ a: 1 }, { a: 1, b: 2 }, true],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: { b: 'x' } }, { a: { b: 'X', c: 1 } }, true],
  [[1, 2], [1, 2], true],
  [[1], [1, 2], false],
  [[{}], [{ a: 1 }], true],
  [{ contains: 'b' }, 'abc', true],
  [{ contains: 'b' }, ['b'], false],
  [{ min: 5 }, 5, true],
  [{ min: 5, max: 6 }, 7, false],
  [{ min: 5 }, '7', false],
  [{ a: { absent: true } }, { b: 1 }, true],
  [{ a: { absent: true } }, { a: undefined }, true],
  [{ a: { absent: true } }, { a: null }, false],
])('value %j on %j: %s', (wanted, found, expected) => {
  expect(matchesValue(wanted, found)).toBe(expected);
});

test('bounds of a range belong to it', () => {
  expect([9, 10, 20, 21].map((value) => inRange({ min: 10, max: 20 }, value))).toEqual([false, true, true, false]);
  expect(inRange({ min: 0 }, Number.NaN)).toBe(false);
});
