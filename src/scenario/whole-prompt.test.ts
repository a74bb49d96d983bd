import { expect, test } from 'vitest';
import { findPrompt, voicedMs } from './whole-prompt.ts';

const RATE = 8000;

/** Syllables of unequal length and level. */
function prompt(): Int16Array {
  const samples = new Int16Array(2 * RATE);
  let at = 400;
  for (let syllable = 0; at < samples.length - 2400; syllable++) {
    const length = 1000 + ((syllable * 397) % 800);
    const level = 3000 + ((syllable * 1733) % 5000);
    for (let i = 0; i < length; i++) samples[at + i] = Math.round(level * Math.sin(i / 3));
    at += length + 240 + ((syllable * 211) % 400);
  }
  return samples;
}

/** As heard: after a second of silence, some of it shifted or cut. */
function heard(change: (samples: Int16Array) => Int16Array): Int16Array {
  const changed = change(prompt());
  const whole = new Int16Array(RATE + changed.length + RATE);
  whole.set(changed, RATE);
  return whole;
}

test('a prompt that came whole is found at its place', () => {
  expect(
    findPrompt(
      prompt(),
      heard((samples) => samples),
      RATE,
    ),
  ).toEqual({ atMs: 1000, missing: [] });
});

test('a little quieter and a packet later is still whole', () => {
  const late = (samples: Int16Array) => {
    const shifted = new Int16Array(samples.length + 160);
    shifted.set(samples.subarray(0, RATE));
    shifted.set(samples.subarray(RATE), RATE + 160);
    return shifted.map((sample) => sample * 0.8);
  };
  expect(findPrompt(prompt(), heard(late), RATE)?.missing).toEqual([]);
});

test.each([
  ['its end', 1500, 2000],
  ['its beginning', 0, 400],
  ['a part of its middle', 800, 1000],
])('%s that did not come is missing', (_, fromMs, toMs) => {
  const cut = heard((samples) => samples.fill(0, fromMs * 8, toMs * 8));
  const found = findPrompt(prompt(), cut, RATE);
  expect(found?.missing.length).toBeGreaterThan(0);
  for (const ms of found?.missing ?? []) {
    expect(ms).toBeGreaterThan(fromMs - 120);
    expect(ms).toBeLessThan(toMs);
  }
});

test('silence holds no prompt', () => {
  expect(findPrompt(prompt(), new Int16Array(5 * RATE), RATE)).toBeUndefined();
  expect(findPrompt(prompt(), new Int16Array(0), RATE)).toBeUndefined();
});

test('voiced milliseconds within a window', () => {
  const samples = new Int16Array(RATE).fill(1000, 2000, 4000);
  expect(voicedMs(samples, RATE, 0, 1000)).toBeCloseTo(240, -2);
  expect(voicedMs(samples, RATE, 0, 250)).toBe(0);
  expect(voicedMs(samples, RATE, -100, 9000)).toBeGreaterThanOrEqual(240);
});
