import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesNumber, normaliseNumber } from './numbers.ts';
import { formatRewrite, parseRewriteStep, type RewriteStep, rewriteNumber, rewriteNumbers } from './rewrite.ts';

function step(from: string, to: string): RewriteStep {
  const read = parseRewriteStep(from, to);
  if ('problem' in read) throw new Error(read.problem);
  return read.step;
}

const german = [step('00*', '+*'), step('0*', '+49*')];

describe('rewriting a number', () => {
  test.each([
    ['0044 20-7946 0000', '+442079460000'],
    ['030 123', '+4930123'],
    ['+4930123', '+4930123'],
    ['reception', 'reception'],
    ['', ''],
  ])('%s becomes %s', (number, expected) => {
    expect(rewriteNumber(german, number)).toBe(expected);
  });

  test('a fixed number, a beginning for all, and a beginning taken away', () => {
    expect(rewriteNumber([step('*', '200')], '+4930123')).toBe('200');
    expect(rewriteNumber([step('*', '9*')], '+4930123')).toBe('9+4930123');
    expect(rewriteNumber([step('+4930*', '*')], '+4930123')).toBe('123');
    expect(rewriteNumber([step('100', '+49 30-100')], '100')).toBe('+4930100');
  });

  test('nothing is left over: the number stays', () => {
    expect(rewriteNumber([step('00*', '*')], '00')).toBe('00');
    expect(rewriteNumber(undefined, '00')).toBe('00');
  });

  test('both numbers of a call, each by its own steps', () => {
    expect(rewriteNumbers({ called: german }, { calling: '030', called: '030' })).toEqual({
      calling: '030',
      called: '+4930',
    });
  });

  test('in words', () => {
    expect(formatRewrite([...german, step('110', '200')])).toBe('00* -> +*, 0* -> +49*, 110 -> 200');
  });

  test.each([
    ['', '1', /a number/],
    ['1*2', '1', /only at the end/],
    ['1', '', /a number/],
    ['1*', '*1', /only at the end/],
    ['1', '2*', /'1' has none/],
    ['1', '2\r\n', /control/],
  ])('%j to %j cannot be read', (from, to, problem) => {
    expect(parseRewriteStep(from, to)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('for every number', () => {
  const digits = fc.stringMatching(/^\+?[0-9]{0,12}$/);
  const prefix = fc.stringMatching(/^\+?[0-9]{0,4}$/);

  test('a beginning that is put in its own place changes nothing but the separators', () => {
    fc.assert(
      fc.property(prefix, digits, (start, number) => {
        const rewritten = rewriteNumber([step(`${start}*`, `${start}*`)], number);
        expect(rewritten).toBe(matchesNumber(step(`${start}*`, '1').from, number) ? normaliseNumber(number) : number);
      }),
    );
  });

  test('what one step puts before it another takes away', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{1,4}$/), fc.stringMatching(/^[0-9]{1,12}$/), (start, number) => {
        const there = rewriteNumber([step('*', `${start}*`)], number);
        expect(there).toBe(start + number);
        expect(rewriteNumber([step(`${start}*`, '*')], there)).toBe(number);
      }),
    );
  });

  test('the first step that matches decides, the rest is not looked at', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(prefix, prefix), { maxLength: 5 }), digits, (shapes, number) => {
        const steps = shapes.map(([from, to]) => step(`${from}*`, `${to}*`));
        const first = steps.find(({ from }) => matchesNumber(from, number));
        expect(rewriteNumber(steps, number)).toBe(first === undefined ? number : rewriteNumber([first], number));
      }),
    );
  });

  test('no text makes it throw, and nothing becomes nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (from, to, number) => {
        const read = parseRewriteStep(from, to);
        if ('problem' in read) return;
        const rewritten = rewriteNumber([read.step], number);
        if (number !== '') expect(rewritten).not.toBe('');
      }),
    );
  });
});
