import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mixInto } from './mix.ts';

it('adds sample by sample and cuts off at full scale', () => {
  const pair = fc.tuple(fc.integer({ min: -32768, max: 32767 }), fc.integer({ min: -32768, max: 32767 }));
  fc.assert(
    fc.property(fc.array(pair), (pairs) => {
      const samples = Int16Array.from(pairs, ([sample]) => sample);
      mixInto(
        samples,
        Int16Array.from(pairs, ([, other]) => other),
      );
      expect([...samples]).toEqual(pairs.map(([a, b]) => Math.max(-32768, Math.min(32767, a + b))));
    }),
  );
});
