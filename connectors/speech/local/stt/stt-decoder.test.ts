import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileGrammar } from './grammar.ts';
import { pronounce } from './grammar-pronounce.ts';
import { GRAMMAR_SETS, type GrammarLanguage } from './grammar-sets.ts';
import { GrammarDecoder, standsOut } from './stt-decoder.ts';
import { pinkNoise } from './stt-test-clips.ts';

const hint = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.constantFrom('<', '{city}', "o'", 'ça', 'œuf', '12', 'xkcd', 'qzv', '|', ';', '*', '"'), {
      maxLength: 12,
    })
    .map((parts) => parts.join(' ')),
);

describe.each(['en', 'fr'] as const)('the engine (%s)', (language: GrammarLanguage) => {
  let decoder: GrammarDecoder;
  beforeAll(async () => {
    decoder = await GrammarDecoder.load(language);
  });
  afterAll(() => decoder.close());

  test('accepts every built-in set', async () => {
    const phrases = Object.keys(GRAMMAR_SETS[language].placeholders).map((name) => `{${name}}`);
    await decoder.setGrammar(compileGrammar([], language));
    await decoder.setGrammar(compileGrammar(phrases, language));
  });

  test('accepts as many hints as the limits allow', async () => {
    const phrases = Array.from({ length: 500 }, (_, i) => `choice ${i}`);
    await decoder.setGrammar(compileGrammar(phrases, language));
  });

  test('accepts any hints, unknown words included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hint, { maxLength: 8 }), async (hints) => {
        await decoder.setGrammar(compileGrammar(hints, language));
      }),
      { numRuns: 25 },
    );
  });

  test('hears nothing in silence and steady noise, however short', async () => {
    await decoder.setGrammar(compileGrammar([], language));
    for (const rms of [0, 8, 600]) {
      for (const length of [0, 1, 100, 8000]) {
        expect(decoder.decode(Int16Array.from(pinkNoise(length, rms)), false)).toEqual({ text: '', words: [] });
      }
    }
  });

  test('survives audio of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.int16Array({ minLength: 0, maxLength: 3000 }), fc.boolean(), async (samples, partial) => {
        expect(typeof decoder.decode(samples, partial).text).toBe('string');
      }),
      { numRuns: 15 },
    );
  });
});

test('speech stands out, steady noise does not', () => {
  const noise = Int16Array.from(pinkNoise(8000, 400));
  expect(standsOut(noise)).toBe(false);
  const speech = noise.map((sample, i) => sample + (i > 2000 && i < 5000 ? 3000 * Math.sin(i / 3) : 0));
  expect(standsOut(speech)).toBe(true);
});

describe('words that the dictionary lacks', () => {
  const known: Record<string, string> = { john: 'JH AA N', boss: 'B AO S', heure: 'oe rr', kate: 'K EY T' };
  const lookup = (word: string): string | undefined => known[word];

  test.each([
    ['en', "john's", false, 'JH AA N Z'],
    ['en', "kate's", false, 'K EY T S'],
    ['en', "boss's", false, 'B AO S IH Z'],
    ['en', 'api', true, 'EY P IY AY'],
    ['en', 'xkcd', false, 'EH K S K EY S IY D IY'],
    ['en', 'shiptrax', false, 'SH IH P T R AE K S'],
    ['en', 'phonify', false, 'F AA N IH F IY'],
    ['fr', "l'heure", false, 'll oe rr'],
    ['fr', 'château', false, 'ch aa tt au'],
    ['fr', 'bonjour', false, 'bb on jj ou rr'],
    ['fr', 'question', false, 'kk ai ss tt yy on'],
    ['fr', 'sncf', false, 'ai ss ai nn ss ei ai ff'],
  ] as const)('%s %s', (language, word, spelled, phones) => {
    expect(pronounce(word, language, spelled, lookup)).toBe(phones);
  });

  test('always get a pronunciation', () => {
    const letters = fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz'"), minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(
        letters.filter((word) => /[a-z]/.test(word)),
        fc.constantFrom('en' as const, 'fr' as const),
        fc.boolean(),
        (word, language, spelled) => {
          expect(pronounce(word, language, spelled, lookup)).toMatch(/^[A-Za-z]+( [A-Za-z]+)*$/);
        },
      ),
    );
  });
});
