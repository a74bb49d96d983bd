import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttemptOutcome, backoffMs, isOutage, judge, nextStep, parseRetryAfter } from './backoff.ts';

const answered = (status: number, retryAfterMs?: number): AttemptOutcome => ({
  kind: 'answered',
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const unanswered = (reason: 'timeout' | 'unreachable' | 'forbidden'): AttemptOutcome => ({
  kind: 'unanswered',
  reason,
  message: 'x',
});

describe('what an answer means', () => {
  test.each([
    [200, 'delivered', false],
    [204, 'delivered', false],
    [299, 'delivered', false],
    [301, 'misconfigured', false],
    [400, 'misconfigured', false],
    [404, 'misconfigured', false],
    [408, 'overloaded', true],
    [410, 'gone', false],
    [425, 'overloaded', true],
    [429, 'overloaded', true],
    [500, 'overloaded', true],
    [503, 'overloaded', true],
  ])('%i is %s', (status, judgement, outage) => {
    expect([judge(answered(status)), isOutage(answered(status))]).toEqual([judgement, outage]);
  });

  test('no answer is an outage; a forbidden address is not', () => {
    expect([judge(unanswered('timeout')), isOutage(unanswered('timeout'))]).toEqual(['overloaded', true]);
    expect([judge(unanswered('unreachable')), isOutage(unanswered('unreachable'))]).toEqual(['overloaded', true]);
    expect([judge(unanswered('forbidden')), isOutage(unanswered('forbidden'))]).toEqual(['misconfigured', false]);
  });
});

describe('back-off', () => {
  test('1 s, 2 s, 4 s, ... 15 minutes; from 30 s on where somebody has to set something right', () => {
    const series = (judgement: 'overloaded' | 'misconfigured') =>
      [1, 2, 3, 4, 9, 10, 11, 12, 1000].map((attempt) => backoffMs(attempt, judgement, 0.5) / 1000);
    expect(series('overloaded')).toEqual([1, 2, 4, 8, 256, 512, 900, 900, 900]);
    expect(series('misconfigured')).toEqual([30, 60, 120, 240, 900, 900, 900, 900, 900]);
  });

  test('always within a quarter of its nominal length, longer with each attempt, wherever chance falls', () => {
    const judgement = fc.constantFrom('overloaded' as const, 'misconfigured' as const);
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), judgement, chance, (attempt, kind, random) => {
        const nominal = backoffMs(attempt, kind, 0.5);
        const delay = backoffMs(attempt, kind, random);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(nominal * 0.75));
        expect(delay).toBeLessThanOrEqual(Math.ceil(nominal * 1.25));
        expect(backoffMs(attempt + 1, kind, random)).toBeGreaterThanOrEqual(delay);
        expect(delay).toBeLessThanOrEqual(15 * 60_000 * 1.25);
      }),
    );
  });

  test('a whole day of a dead target costs some hundred attempts at most, and ends', () => {
    const maxAgeMs = 24 * 3_600_000;
    const chance = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(chance, (randoms) => {
        let ageMs = 0;
        for (let attempt = 1; ; attempt += 1) {
          expect(attempt).toBeLessThan(200);
          const random = randoms.next().value;
          const next = nextStep({ outcome: unanswered('timeout'), attempt, ageMs, maxAgeMs }, random);
          if (next.state !== 'pending') {
            expect(next.state).toBe('given-up');
            expect(ageMs).toBeGreaterThan(maxAgeMs - 20 * 60_000);
            return;
          }
          ageMs += 10_000 + next.afterMs;
          expect(ageMs).toBeLessThanOrEqual(maxAgeMs + 10_000);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('Retry-After lengthens a pause up to an hour, and shortens none', () => {
    const pause = (retryAfterMs: number, attempt = 1) =>
      nextStep({ outcome: answered(429, retryAfterMs), attempt, ageMs: 0, maxAgeMs: 86_400_000 }, 0.5);
    expect(pause(0)).toEqual({ state: 'pending', afterMs: 1_000 });
    expect(pause(20_000)).toEqual({ state: 'pending', afterMs: 20_000 });
    expect(pause(20_000, 8)).toEqual({ state: 'pending', afterMs: 128_000 });
    expect(pause(86_000_000)).toEqual({ state: 'pending', afterMs: 3_600_000 });
  });

  test('410 ends it; so does success', () => {
    const facts = { attempt: 1, ageMs: 0, maxAgeMs: 1 };
    expect(nextStep({ outcome: answered(410), ...facts }, 0)).toEqual({ state: 'given-up' });
    expect(nextStep({ outcome: answered(200), ...facts }, 0)).toEqual({ state: 'delivered' });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['99999999999999', undefined],
    ['1 Jan', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (text, ms) => {
    expect(parseRetryAfter(text, now)).toBe(ms);
  });

  test('whatever it says, it is a span or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
