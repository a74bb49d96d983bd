import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsedNonces } from './used-nonces.ts';

describe('used nonces', () => {
  it('never take a use twice, however many nonces there are and whatever is forgotten', () => {
    const use = fc.record({
      nonce: fc.integer({ min: 0, max: 12 }),
      count: fc.integer({ min: 0, max: 4 }),
      waitMs: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (uses, max) => {
        const used = new UsedNonces({ max, lifetimeMs: 100 });
        const taken = new Set<string>();
        let now = 1_000;
        for (const { nonce, count, waitMs } of uses) {
          now += waitMs;
          const issuedAt = 1_000 + nonce * 10;
          if (now < issuedAt || now - issuedAt > 100) continue; // refused as stale before it comes here
          const key = `${nonce} ${count}`;
          if (!used.take(String(nonce), { count, issuedAt, now })) continue;
          expect(taken).not.toContain(key);
          taken.add(key);
          expect(used.size).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  it('forget what is too old first', () => {
    const used = new UsedNonces({ max: 2, lifetimeMs: 100 });
    expect(used.take('old', { count: 1, issuedAt: 0, now: 50 })).toBe(true);
    expect(used.take('a', { count: 1, issuedAt: 200, now: 200 })).toBe(true);
    expect(used.take('b', { count: 1, issuedAt: 210, now: 210 })).toBe(true);
    expect(used.size).toBe(2);
    expect(used.take('a', { count: 1, issuedAt: 200, now: 220 })).toBe(false);
    expect(used.take('c', { count: 1, issuedAt: 205, now: 220 })).toBe(true);
    // full: the one of longest standing made room, and nonces of its time are taken for used
    expect(used.take('d', { count: 1, issuedAt: 200, now: 220 })).toBe(false);
    expect(used.take('b', { count: 2, issuedAt: 210, now: 220 })).toBe(true);
  });
});
