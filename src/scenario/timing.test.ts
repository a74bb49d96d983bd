import { expect, test } from 'vitest';
import type { Observation } from './observation.ts';
import { beyondObservation, timingProblem } from './timing.ts';

const at = (...times: number[]) => times.map((atMs) => ({ atMs, text: 'x' }));

test.each([
  [{}, at(-500), undefined],
  [{}, at(), 'it never came'],
  [{ within_ms: 100 }, at(1050), undefined],
  [{ within_ms: 100 }, at(1100), undefined],
  [{ within_ms: 100 }, at(1101), 'it came after 101 ms, not within 100 ms'],
  [{ within_ms: 100 }, at(900), 'it came 80 ms before it should have, and not again'],
  [{ after_ms: 50 }, at(1040), undefined],
  [{ after_ms: 50 }, at(1020), 'it came 10 ms before it should have, and not again'],
  [{ absent: true as const }, at(900), undefined],
  [{ absent: true as const }, at(1200), 'it should not have been, and came after 200 ms (x)'],
  [{ absent: true as const, for_ms: 100 }, at(1200), undefined],
  [{ count: 2 }, at(1, 2), undefined],
  [{ count: 2 }, at(1), 'it should have been 2 times, and was 1'],
  [{ count: 1, within_ms: 100 }, at(1010, 1200), undefined],
])('%j, moments %j', (window, moments, problem) => {
  expect(timingProblem('it', moments, window, 1000)).toBe(problem);
});

test('an absence that the caller did not wait for is no absence', () => {
  const seen = (endedBy: 'hub' | 'caller') => ({ endMs: 1500, endedBy }) as Observation;
  const window = { absent: true as const, for_ms: 800 };
  expect(beyondObservation(window, 1000, seen('caller'))).toBe('the caller hung up 300 ms too early to tell');
  expect(beyondObservation(window, 600, seen('caller'))).toBeUndefined();
  expect(beyondObservation(window, 1000, seen('hub'))).toBeUndefined();
});
