import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPrompt, voicedMs } from './whole-prompt.ts';

const RATE = 8000;

/** Syllables of unequal length, level and pitch that never sound alike twice, as in speech. */
function prompt(): Int16Array {
  const samples = new Int16Array(3 * RATE);
  let [at, seed, phase] = [400, 7, 0];
  for (let syllable = 0; at < samples.length - 2400; syllable++) {
    const length = 1000 + ((syllable * 397) % 800);
    const level = 3000 + ((syllable * 1733) % 5000);
    for (let i = 0; i < length; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      phase += (100 + ((syllable * 61) % 90) + (40 * i) / length) / RATE;
      const voice = Math.sin(2 * Math.PI * phase) + 0.5 * Math.sin(2 * Math.PI * phase * (3 + (syllable % 4)));
      samples[at + i] = Math.round(level * (0.6 * voice + 0.3 * (seed / 2 ** 31 - 1)));
    }
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

/** `samples` with something else put in at `atMs`. */
function inserted(samples: Int16Array, atMs: number, piece: Int16Array): Int16Array {
  const longer = new Int16Array(samples.length + piece.length);
  longer.set(samples.subarray(0, atMs * 8));
  longer.set(piece, atMs * 8);
  longer.set(samples.subarray(atMs * 8), atMs * 8 + piece.length);
  return longer;
}

/** What a receiver does while packets are late: the last 20 ms again, fading out. */
function repetition(samples: Int16Array, atMs: number, ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, index) =>
    Math.round((samples[atMs * 8 - 160 + (index % 160)] ?? 0) * Math.max(0, 1 - index / 480)),
  );
}

test('late packets that tear a prompt apart leave it whole', () => {
  const late = (samples: Int16Array) => {
    let torn = samples;
    for (const [atMs, ms] of [
      [310, 40],
      [430, 60],
      [470, 40],
      [1210, 120],
      [1900, 60],
    ] as const) {
      torn = inserted(torn, atMs, repetition(torn, atMs, ms));
    }
    return torn;
  };
  expect(findPrompt(prompt(), heard(late), RATE)?.missing).toEqual([]);
});

test('wherever late packets tear it', () => {
  const tears = fc.array(
    fc.record({ afterMs: fc.integer({ min: 160, max: 600 }), ms: fc.constantFrom(20, 40, 60, 80) }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(tears, (list) => {
      let torn = prompt();
      let atMs = 100;
      for (const { afterMs, ms } of list) {
        atMs += afterMs;
        if (atMs > 2600) break;
        torn = inserted(torn, atMs, repetition(torn, atMs, ms));
        atMs += ms;
      }
      expect(
        findPrompt(
          prompt(),
          heard(() => torn),
          RATE,
        )?.missing,
      ).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['a pause', (samples: Int16Array, atMs: number) => inserted(samples, atMs, new Int16Array(320 * 8))],
  ['another sound', (samples: Int16Array, atMs: number) => inserted(samples, atMs, new Int16Array(320 * 8).fill(2000))],
  [
    'a leap',
    (samples: Int16Array, atMs: number) =>
      Int16Array.from([...samples.subarray(0, atMs * 8), ...samples.subarray((atMs + 200) * 8)]),
  ],
] as const)('%s within a prompt is noticed, wherever it is', (_, change) => {
  for (let atMs = 300; atMs < 2300; atMs += 170) {
    const found = findPrompt(
      prompt(),
      heard((samples) => change(samples, atMs)),
      RATE,
    );
    expect(found?.missing, `at ${atMs} ms`).toHaveLength(1);
    expect(Math.abs((found?.missing[0] ?? 0) - atMs), `at ${atMs} ms`).toBeLessThan(350);
  }
});

test('a short prompt is found among others that are as loud', () => {
  const [other, short] = [prompt(), prompt().slice(RATE, 1.6 * RATE)];
  const all = new Int16Array(12 * RATE);
  all.set(other.slice().reverse(), 1000);
  all.set(short, 7.5 * RATE);
  all.set(other.slice(2 * RATE).reverse(), 9 * RATE);
  expect(findPrompt(short, all, RATE)).toEqual({ atMs: expect.closeTo(7500, -2), missing: [] });
});

test('a pause that is allowed is none too many, a longer one is', () => {
  const paused = (ms: number) => heard((samples) => inserted(samples, 830, new Int16Array(ms * 8)));
  expect(findPrompt(prompt(), paused(800), RATE, 800)?.missing).toEqual([]);
  expect(findPrompt(prompt(), paused(1400), RATE, 800)?.missing).not.toEqual([]);
  const cut = heard((samples) => inserted(samples.fill(0, 830 * 8, 1100 * 8), 830, new Int16Array(400 * 8)));
  expect(findPrompt(prompt(), cut, RATE, 800)?.missing).not.toEqual([]);
});

test('another prompt of the same voice is not the one that is looked for', () => {
  const backwards = heard((samples) => samples.slice().reverse());
  expect(findPrompt(prompt(), backwards, RATE)?.missing ?? [0]).not.toEqual([]);
});

test.each([
  ['its end', 2300, 2900],
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
