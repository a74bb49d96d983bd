import { describe, expect, test } from 'vitest';
import { scoresOf } from './lexicon.ts';
import { findPhrases, PHRASE_LANGUAGES, wordsOf } from './phrases.ts';
import { featuresOf, type Moment, type Timing, weigh } from './weighing.ts';
import { WEIGHTS, weightsOf } from './weights.ts';

const OVER: Timing = { at: 'over', spanMs: 3000, silenceMs: 1400, longestPauseMs: 250, statements: 0 };
const LATE: Timing = { at: 'late', spanMs: 4300, silenceMs: 0, longestPauseMs: 380, statements: 1 };

function momentOf(text: string, language: string, timing: Timing, confidence = 1): Moment {
  const words = wordsOf(text);
  const heard = words.map((word) => ({ word, confidence }));
  const kinds = [...findPhrases(words, language).keys()];
  return { ...timing, heard, scores: scoresOf(heard, language), kinds };
}

test.each([
  ['en', 'we are out in the fields today, please leave your name and number', LATE, 'machine'],
  ['en', "i can't hear you, the line is bad, who is this", OVER, 'person'],
  ['en', 'good evening, corner bakery, may speaking, what would you like', OVER, 'person'],
  ['de', 'ich bin heute nicht im haus, bitte hinterlassen sie eine nachricht', LATE, 'machine'],
  ['de', 'ich bin gerade im auto, rufen sie mich später an', OVER, 'person'],
  ['fr', 'je suis absent, laissez un message après le bip', LATE, 'machine'],
  ['es', 'ahora no puedo atender, deje su mensaje', LATE, 'machine'],
  ['it', 'non siamo in casa, lasciate un messaggio', LATE, 'machine'],
  ['pt', 'não posso atender, deixe a sua mensagem', LATE, 'machine'],
  ['nl', 'wij zijn niet thuis, spreek een bericht in', LATE, 'machine'],
] as const)('%s: "%s"', (language, text, timing, who) => {
  const { machine } = weigh(momentOf(text, language, timing), `${language}-XX`);
  if (who === 'machine') expect(machine).toBeGreaterThan(0.75);
  else expect(machine).toBeLessThan(0.5);
});

describe('probabilities', () => {
  test('are those of three who exclude each other, whatever was heard', () => {
    for (const language of PHRASE_LANGUAGES) {
      for (const text of ['', 'hm', 'press one press one press one', 'hello '.repeat(80)]) {
        for (const confidence of [1, 0.4, 0, Number.NaN]) {
          const { machine, screening } = weigh(momentOf(text, language, LATE, confidence), language);
          expect(machine).toBeGreaterThanOrEqual(0);
          expect(screening).toBeGreaterThanOrEqual(0);
          expect(machine + screening).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }
  });

  test('a silence after the same words makes a person likelier', () => {
    const text = 'thank you for calling miller and sons';
    const on = weigh(momentOf(text, 'en', LATE), 'en').machine;
    expect(weigh(momentOf(text, 'en', OVER), 'en').machine).toBeLessThan(on);
  });
});

test('features are words alone and two by two, by how sure they are, and nothing of those that were hardly heard', () => {
  const sure = featuresOf(momentOf('hello there', 'en', OVER), 'en-GB');
  expect([...sure].filter(([name]) => name.startsWith('en:'))).toEqual([
    ['en:hello', 1],
    ['en:<s> hello', 1],
    ['en:there', 1],
    ['en:hello there', 1],
    ['en:there </s>', 1],
  ]);
  expect(featuresOf(momentOf('hello', 'en', OVER, 0.3), 'en').get('en:hello')).toBeCloseTo(0.5);
  const unheard = featuresOf(momentOf('hello', 'en', OVER, 0.1), 'en');
  expect([...unheard.keys()].filter((name) => name.startsWith('en:'))).toEqual([]);
});

test('tables give each feature its weights, and there are such for every language', () => {
  const weights = weightsOf([['xx:', { machine: { '1.5': 'a, b c,\n d' }, screening: { '-0.5': 'd' } }]]);
  expect([...weights]).toEqual([
    ['xx:a', { machine: 1.5, screening: 0 }],
    ['xx:b c', { machine: 1.5, screening: 0 }],
    ['xx:d', { machine: 1.5, screening: -0.5 }],
  ]);
  for (const language of PHRASE_LANGUAGES) {
    expect([...WEIGHTS.keys()].filter((name) => name.startsWith(`${language}:`)).length).toBeGreaterThan(50);
  }
});
