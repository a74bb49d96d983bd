import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGrammar, GRAMMAR_LIMITS, grammarLanguage } from './grammar.ts';
import { GRAMMAR_SETS, type GrammarLanguage } from './grammar-sets.ts';

/** The rule bodies of a grammar by name; throws when a line is not a rule or a rule is missing. */
function rulesOf(jsgf: string): Map<string, string> {
  const [header, name, ...lines] = jsgf.trimEnd().split('\n');
  expect(header).toBe('#JSGF V1.0;');
  expect(name).toBe('grammar patchbay;');
  const rules = new Map<string, string>();
  for (const line of lines) {
    const match = /^(?:public )?<(\w+)> = ([\p{L}'.|<>()[\]+/\d\w ]+);$/u.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not a rule: ${line}`);
    rules.set(match[1], match[2]);
  }
  for (const body of rules.values()) {
    for (const [, inner] of body.matchAll(/<(\w+)>/g)) {
      if (inner !== 'NULL' && !rules.has(inner ?? '')) throw new Error(`rule <${inner}> is missing`);
    }
  }
  return rules;
}

const hintsOf = (phrases: readonly string[], language: GrammarLanguage = 'en'): string | undefined =>
  rulesOf(compileGrammar(phrases, language).jsgf).get('hints_0');

describe('hints', () => {
  test('become alternatives of lower-case words', () => {
    expect(hintsOf(['Book a flight', 'Order status?', "I'd like to PAY"])).toBe(
      "book a flight | order status | i'd like to pay",
    );
  });

  test.each([
    ['check-in & check-out', 'check in and check out'],
    ['room 12', 'room twelve'],
    ['gate 007', 'gate zero zero seven'],
    ['4711', 'four thousand seven hundred eleven'],
    ['100% café', 'one hundred percent cafe'],
    ['it’s ok', "it's ok"],
  ])('are written as they are said: %s', (hint, said) => {
    expect(hintsOf([hint])).toBe(said);
  });

  test.each([
    ['Réservation n°97', 'réservation n quatre vingt dix sept'],
    ['l’heure d’été', "l'heure d'été"],
    ['ma sœur', 'ma soeur'],
    ['71 et 80', 'soixante et onze et quatre vingt'],
  ])('are written as they are said in French: %s', (hint, said) => {
    expect(hintsOf([hint], 'fr')).toBe(said);
  });

  test('may hold placeholders for sets; unknown ones are words', () => {
    const rules = rulesOf(compileGrammar(['fly to {city} on {Day}', 'the {gizmo}', '{__proto__}'], 'en').jsgf);
    expect(rules.get('hints_0')).toBe('fly to <city> on <relative_day> | the gizmo | proto');
    expect(rules.get('city')).toContain('new york');
    expect(rules.has('name')).toBe(false);
  });

  test('cannot add anything to the grammar but words', () => {
    const grammar = compileGrammar(['yes; public <evil> = a | b; // \n #JSGF "x" <no>* [z]+ /5/ {\\}'], 'en');
    const rules = rulesOf(grammar.jsgf);
    expect(rules.get('hints_0')).toBe('yes public evil a b hash jsgf x no z plus five');
    expect(rules.has('evil')).toBe(false);
  });

  test('that say nothing, are too long or too many are left out and counted', () => {
    expect(
      compileGrammar(['', ' !?… ', '日本', 'word '.repeat(GRAMMAR_LIMITS.wordsPerHint + 1), 'x'.repeat(99)], 'en'),
    ).toMatchObject({
      ignoredHints: 5,
    });
    const many = Array.from({ length: 600 }, (_, i) => `choice ${i}`);
    expect(compileGrammar(many, 'en').ignoredHints).toBe(100);
    const big = Array.from({ length: 100 }, (_, i) => `{city} ${i}`);
    expect(compileGrammar(big, 'en').ignoredHints).toBeGreaterThan(50);
  });

  test('that are the same count once', () => {
    expect(hintsOf(['Yes sir', 'yes, sir!'])).toBe('yes sir');
  });

  test('in capitals are marked as spelled', () => {
    expect(compileGrammar(['my API key', 'XKCD'], 'en').spelled).toEqual(['api', 'xkcd']);
  });
});

test('without hints dates, times and ordinals are understood too', () => {
  expect(rulesOf(compileGrammar([], 'en').jsgf).has('date')).toBe(true);
  expect(rulesOf(compileGrammar(['apples'], 'en').jsgf).has('date')).toBe(false);
  expect(rulesOf(compileGrammar(['on {date}'], 'en').jsgf).has('date')).toBe(true);
});

test('equal grammars have equal keys, others do not', () => {
  const key = (phrases: string[], language: GrammarLanguage = 'en') => compileGrammar(phrases, language).key;
  expect(key(['Apples'])).toBe(key(['apples!']));
  expect(key(['apples'])).not.toBe(key(['pears']));
  expect(key(['IBM'])).not.toBe(key(['ibm']));
});

test.each(['en', 'fr'] as const)(
  'every built-in set of %s is well formed and can be used as a placeholder',
  (language) => {
    const sets = GRAMMAR_SETS[language];
    for (const [name, rule] of Object.entries(sets.placeholders)) {
      expect(sets.rules, name).toHaveProperty(rule);
      const grammar = compileGrammar([`before {${name}} after`], language);
      expect(rulesOf(grammar.jsgf).get('hints_0')).toBe(`before <${rule}> after`);
    }
    expect(GRAMMAR_SETS.fr.placeholders).toEqual(GRAMMAR_SETS.en.placeholders);
  },
);

test.each([
  ['en', 'en'],
  ['en-GB', 'en'],
  ['EN_us', 'en'],
  ['fr-CA', 'fr'],
])('%s is heard by the model of %s', (tag, language) => {
  expect(grammarLanguage(tag)).toBe(language);
});

const hint = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom('<', '>', '{city}', '{', '}', '|', ';', "'", '"', '\\', '/1/', 'ça', '12', 'a', '*', '+', '='),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(' ')),
);

test('any hints give a well-formed grammar whose words are all listed', () => {
  fc.assert(
    fc.property(fc.array(hint, { maxLength: 60 }), fc.constantFrom<GrammarLanguage>('en', 'fr'), (hints, language) => {
      const grammar = compileGrammar(hints, language);
      const rules = rulesOf(grammar.jsgf);
      const listed = new Set(grammar.words);
      for (const body of rules.values()) {
        for (const token of body.replace(/<\w+>|\/[\d.]+\//g, ' ').split(/[\s|()[\]+]+/)) {
          if (token !== '') expect(listed.has(token), token).toBe(true);
        }
      }
      for (const word of grammar.words) expect(word).toMatch(/^[\p{Ll}'.]+$/u);
    }),
  );
});
