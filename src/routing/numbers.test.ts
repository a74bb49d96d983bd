import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatNumberPattern,
  matchesNumber,
  type NumberPattern,
  normaliseNumber,
  parseNumberPattern,
} from './numbers.ts';

function pattern(text: string): NumberPattern {
  const result = parseNumberPattern(text);
  if (!('pattern' in result)) throw new Error(`${text}: ${result.problem}`);
  return result.pattern;
}

describe('numbers', () => {
  test.each([
    ['+1 (555) 123-0001', '+15551230001'],
    ['555.123', '555123'],
    ['+15551230001;npdi;rn=5', '+15551230001'],
    ['*100#', '*100#'],
    ['demo', 'demo'],
    ['Alice.B-2', 'Alice.B-2'],
    ['alice;x=1', 'alice;x=1'],
    ['--', '--'],
    [' 100 ', '100'],
    ['', ''],
  ])('%j is compared as %j', (text, normal) => {
    expect(normaliseNumber(text)).toBe(normal);
  });

  test('normalising twice is normalising once', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+\d*#().; -]{0,20}$/)), (text) => {
        expect(normaliseNumber(normaliseNumber(text))).toBe(normaliseNumber(text));
      }),
    );
  });

  test.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['+1555*', '+15551230001', true],
    ['+1555*', '+1555', true],
    ['+1555*', '1555123', false],
    ['+1555*', '001555123', false],
    ['+1 (555)*', '+1-555-9', true],
    ['+*', '+49', true],
    ['+*', '0049', false],
    ['demo', 'demo', true],
    ['demo', 'Demo', false],
    ['demo', 'demo2', false],
    ['dem*', 'demo', true],
    ['100', '1-0-0', true],
    ['100', '', false],
  ])('pattern %s and %j: %s', (text, number, expected) => {
    expect(matchesNumber(pattern(text), number)).toBe(expected);
  });

  test.each(['a*b', '**', '*1', '', '  ', 'a\nb'])('%j is no pattern', (text) => {
    expect(parseNumberPattern(text)).toHaveProperty('problem');
  });

  const digits = fc.stringMatching(/^\+?[0-9]{1,15}$/);

  test('every beginning of a number is a pattern that matches it', () => {
    fc.assert(
      fc.property(digits, fc.nat(16), (number, length) => {
        expect(matchesNumber(pattern(`${number.slice(0, length)}*`), number)).toBe(true);
        expect(matchesNumber(pattern(number), number)).toBe(true);
        expect(matchesNumber(pattern(`${number}0*`), number)).toBe(false);
      }),
    );
  });

  test('a pattern printed and read again is the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          digits,
          digits.map((number) => `${number}*`),
          fc.constant('*'),
        ),
        (text) => {
          expect(pattern(formatNumberPattern(pattern(text)))).toEqual(pattern(text));
        },
      ),
    );
  });
});
