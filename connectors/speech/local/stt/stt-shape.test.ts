import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DecodedWord } from './stt-decoder.ts';
import { type SoundEvidence, soundEvidence } from './stt-evidence.ts';
import { shapeOf } from './stt-shape.ts';

const RATE = 8000;

/** A buzz at 120 Hz through one resonance: like a vowel. */
function vowel(ms: number, level = 6000): Int16Array {
  return Int16Array.from({ length: (ms * RATE) / 1000 }, (_, i) => {
    const sinceGlottis = i % Math.round(RATE / 120);
    return Math.round(level * Math.exp(-sinceGlottis / 18) * Math.cos((2 * Math.PI * 650 * sinceGlottis) / RATE));
  });
}

function silence(ms: number): Int16Array {
  return new Int16Array((ms * RATE) / 1000);
}

/** White noise through a first difference: like "s". */
function hiss(ms: number, level = 2500): Int16Array {
  let state = 1;
  let before = 0;
  return Int16Array.from({ length: (ms * RATE) / 1000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const now = state / 2 ** 31 - 1;
    const sample = (level * (now - before)) / 2;
    before = now;
    return Math.round(sample);
  });
}

function concat(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

describe('what can be heard without words', () => {
  test('two vowels with a breath between are two syllables without a consonant', () => {
    const evidence = soundEvidence(concat(silence(120), vowel(140), vowel(50, 900), vowel(160), silence(120)));
    expect(evidence).toMatchObject({ syllables: 2, hissMs: 0 });
    expect(evidence.audibleMs).toBeGreaterThanOrEqual(330);
  });

  test('one vowel is one syllable; a hiss before it is a consonant, and no syllable', () => {
    expect(soundEvidence(concat(silence(120), vowel(250), silence(120)))).toMatchObject({ syllables: 1, hissMs: 0 });
    const stop = soundEvidence(concat(silence(120), hiss(90), silence(50), vowel(180), silence(120)));
    expect(stop.syllables).toBeLessThanOrEqual(2);
    expect(stop.hissMs).toBeGreaterThanOrEqual(60);
    expect(stop.onsetHissMs).toBe(stop.hissMs);
    const right = soundEvidence(concat(silence(120), vowel(200), silence(50), hiss(40), silence(120)));
    expect(right.hissMs).toBeGreaterThanOrEqual(20);
    expect(right.onsetHissMs).toBe(0);
  });

  test('the idle noise of a line does not hiss, and a click is no syllable', () => {
    const line = concat(silence(120), vowel(250), silence(300)).map((sample, i) => sample + ((i * 7919) % 17) - 8);
    expect(soundEvidence(line).hissMs).toBe(0);
    expect(soundEvidence(concat(vowel(200), silence(80), vowel(20))).syllables).toBe(1);
  });

  test('any samples give finite figures, the same for the same', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 2000 }), (samples) => {
        const evidence = soundEvidence(samples);
        for (const value of Object.values(evidence)) expect(value).toBeGreaterThanOrEqual(0);
        expect(evidence.audibleMs).toBeLessThanOrEqual(samples.length / 8);
        expect(soundEvidence(samples)).toEqual(evidence);
      }),
    );
  });
});

describe('the shape of an utterance', () => {
  const word = (text: string, ...phones: [name: string, durationMs: number][]): DecodedWord => ({
    text,
    startMs: 0,
    durationMs: phones.reduce((sum, [, ms]) => sum + ms, 0),
    logLikelihood: -0.1,
    phones: phones.map(([name, durationMs]) => ({ name, durationMs })),
  });
  const sound = (evidence: Partial<SoundEvidence> = {}): SoundEvidence => ({
    ...{ hissMs: 0, onsetHissMs: 0, audibleMs: 400, syllables: 1 },
    ...evidence,
  });
  const help = word('help', ['HH', 70], ['EH', 60], ['L', 130], ['P', 80]);
  const tonight = word('tonight', ['T', 60], ['AH', 50], ['N', 90], ['AY', 80], ['T', 170]);
  const context = word('of course', ['AH', 60], ['V', 40], ['K', 60], ['AO', 90], ['R', 40], ['S', 60]);
  const agent = word('agent', ['EY', 100], ['JH', 30], ['AH', 30], ['N', 80], ['T', 120]);

  test.each([
    ['a word of one syllable in two', [help], sound({ syllables: 2 }), 'interjection'],
    ['the same in one', [help], sound(), undefined],
    ['the same, with a consonant heard', [help], sound({ syllables: 2, hissMs: 10 }), undefined],
    ['a word behind a filler', [word('um', ['AH', 70], ['M', 60]), help], sound({ syllables: 2 }), 'interjection'],
    ['a filler alone', [word('oh', ['OW', 200])], sound(), undefined],
    ['squeezed phones', [agent], sound({ syllables: 2 }), 'interjection'],
    ['a plosive at the beginning that is not heard', [tonight], sound({ audibleMs: 420 }), 'interjection'],
    ['the same, longer than an interjection', [tonight], sound({ audibleMs: 450 }), undefined],
    ['the same, heard', [tonight], sound({ audibleMs: 420, hissMs: 10 }), undefined],
    ['two voiceless consonants in no time', [context], sound({ syllables: 2, audibleMs: 320 }), 'interjection'],
    ['two voiceless consonants with time for them', [context], sound({ syllables: 2, audibleMs: 420 }), undefined],
    ['nothing', [], sound({ hissMs: 90, onsetHissMs: 90 }), undefined],
  ] as const)('%s', (_, words, evidence, shape) => {
    expect(shapeOf(words, true, evidence, 'en')).toBe(shape);
  });

  test('what was refused is a word when it begins with a voiceless consonant', () => {
    expect(shapeOf([tonight], false, sound({ hissMs: 20, onsetHissMs: 20 }), 'en')).toBe('word');
    expect(shapeOf([tonight], false, sound({ hissMs: 40 }), 'en')).toBeUndefined();
  });

  test('nothing is said of French, whose phones are others', () => {
    expect(shapeOf([help], true, sound({ syllables: 2 }), 'fr')).toBeUndefined();
    expect(shapeOf([help], false, sound({ hissMs: 90, onsetHissMs: 90 }), 'fr')).toBeUndefined();
  });
});
