import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigramNetwork, greetingNetwork, type WordNetwork } from './greeting-model.ts';

/** Whether the words lead from the start to the end, without more than one arc without a word between two. */
function accepts({ arcs, start, end }: WordNetwork, words: readonly string[]): boolean {
  let states = new Set([start]);
  const withNull = (from: ReadonlySet<number>) =>
    new Set([...from, ...arcs.filter((arc) => arc.word === undefined && from.has(arc.from)).map(({ to }) => to)]);
  for (const word of words) {
    const reached = withNull(states);
    states = new Set(arcs.filter((arc) => arc.word === word && reached.has(arc.from)).map(({ to }) => to));
  }
  return withNull(states).has(end);
}

describe('a network of sentences', () => {
  test('takes its words in any order, and none that it does not have', () => {
    const network = bigramNetwork(['leave a message', 'hello _ speaking']);
    expect(network.words).toEqual(['leave', 'a', 'message', 'hello', 'speaking']);
    expect(accepts(network, ['leave', 'a', 'message'])).toBe(true);
    expect(accepts(network, ['message', 'hello', 'hello', 'a'])).toBe(true);
    expect(accepts(network, ['leave', 'it'])).toBe(false);
  });

  test('what follows in the sentences is likelier than what does not', () => {
    const { arcs, words } = bigramNetwork(['leave a message', 'leave a name', 'a b c']);
    const state = (word: string) => words.indexOf(word) + 2;
    const direct = arcs.find(({ from, word }) => from === state('leave') && word === 'a');
    const around = arcs.find(({ from, word }) => from === 1 && word === 'a');
    expect(direct?.probability).toBeGreaterThan(0.6);
    expect(around?.probability).toBeLessThan(0.4);
  });

  test('whatever the sentences: any of their words lead to the end, and no probability is 0 or more than 1', () => {
    const sentence = fc.array(fc.constantFrom('a', 'b', 'c', "d'e", 'é', '_'), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 6 }), (sentences) => {
        const network = bigramNetwork(sentences.map((words) => words.join(' ')));
        const words = sentences.flat().filter((word) => word !== '_');
        expect(accepts(network, words)).toBe(true);
        for (const { from, to, probability } of network.arcs) {
          expect(probability).toBeGreaterThan(0);
          expect(probability).toBeLessThanOrEqual(1);
          expect(Math.max(from, to)).toBeLessThan(network.states);
        }
      }),
    );
  });

  test.each(['en', 'fr'] as const)('the greetings (%s) are words only', (language) => {
    const { words, arcs } = greetingNetwork(language);
    expect(words.length).toBeGreaterThan(200);
    expect(arcs.length).toBeLessThan(5000);
    for (const word of words) expect(word).toMatch(/^[\p{Ll}']+$/u);
  });
});
