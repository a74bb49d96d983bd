import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldsOf, overlaid } from './override.ts';

const base = { model: 'a', audio: { rate: 8000, gain: 1 }, list: [1] };

test('objects are merged, everything else is replaced', () => {
  expect(overlaid(base, { model: 'b', audio: { gain: 2 }, list: [2], more: { x: null } }, [])).toEqual({
    ...{ model: 'b', audio: { rate: 8000, gain: 2 }, list: [2], more: { x: null } },
  });
  expect(overlaid(base, undefined, [])).toEqual(base);
});

test('what is kept stays, however it is written', () => {
  const kept = ['model', 'audio.rate', 'secret'];
  for (const audio of [{ rate: 1, gain: 3 }, null, 'none', [], 7]) {
    const result = overlaid(base, { model: 'b', audio, secret: 'x' }, kept) as typeof base;
    expect(result.model).toBe('a');
    expect(result.audio.rate).toBe(8000);
    expect(result).not.toHaveProperty('secret');
  }
});

test('names of any kind are fields, and nothing else changes', () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  overlaid(base, hostile, ['model']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (over) => {
      expect(overlaid(base, over, ['model', 'audio.rate'])).toMatchObject({ model: 'a', audio: { rate: 8000 } });
      expect(base).toEqual({ model: 'a', audio: { rate: 8000, gain: 1 }, list: [1] });
    }),
    { numRuns: 100 },
  );
});

test.each([[null], [undefined], ['text'], [7], [[1, 2]]])('%j has no fields', (value) => {
  expect(fieldsOf(value)).toEqual({});
});
