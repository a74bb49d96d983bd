import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GRAMMAR_LIMITS } from './stt/grammar.ts';
import { GRAMMAR_SETS } from './stt/grammar-sets.ts';

const text = readFileSync(new URL('README.md', import.meta.url), 'utf8');

test.each(Object.keys(GRAMMAR_SETS) as (keyof typeof GRAMMAR_SETS)[])(
  'the README names every placeholder of %s, and none that does not exist',
  (language) => {
    const table = text.slice(text.indexOf('| answers |'), text.indexOf('* **Limits**'));
    const named = [...table.matchAll(/`\{(\w+)\}`/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(Object.keys(GRAMMAR_SETS[language].placeholders).toSorted());
  },
);

test('the README tells the limits of phrases', () => {
  expect(text).toContain(`${GRAMMAR_LIMITS.hints} phrases of ${GRAMMAR_LIMITS.wordsPerHint} words`);
});
