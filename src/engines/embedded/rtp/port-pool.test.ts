import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortPool } from './port-pool.ts';

describe('PortPool', () => {
  it('hands out even ports whose neighbour is in the range too', () => {
    const pool = new PortPool({ from: 4001, to: 4006 }, 0);
    expect([pool.take(0), pool.take(0), pool.take(0)]).toEqual([4002, 4004, undefined]);
    expect(pool).toMatchObject({ inUse: 2, idle: 0 });
  });

  it('lets a returned port rest and prefers the one that rested longest', () => {
    const pool = new PortPool({ from: 4000, to: 4003 }, 100);
    pool.take(0);
    pool.release(4000, 10);
    expect(pool.rested(20)).toBe(1);
    expect(pool.take(20)).toBe(4002);
    expect(pool.rested(20)).toBe(0);
    expect(pool.take(20)).toBeUndefined();
    expect(pool.rested(110)).toBe(1);
    expect(pool.take(110)).toBe(4000);
  });

  it('never gives a port to two calls, nor too early', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 3000 }), (steps) => {
        const pool = new PortPool({ from: 10_000, to: 10_019 }, 100);
        const taken: number[] = [];
        const rests = new Map<number, number>();
        let nowMs = 0;
        for (const [take, passed] of steps) {
          nowMs += passed;
          const resting = [...rests].filter(([port, until]) => !taken.includes(port) && until > nowMs).length;
          expect(pool.rested(nowMs)).toBe(pool.idle - resting);
          if (take) {
            const port = pool.take(nowMs);
            if (port === undefined) continue;
            expect(taken).not.toContain(port);
            expect(rests.get(port) ?? 0).toBeLessThanOrEqual(nowMs);
            taken.push(port);
          } else {
            const port = taken.shift();
            if (port === undefined) continue;
            pool.release(port, nowMs);
            rests.set(port, nowMs + 100);
          }
          expect(pool.inUse).toBe(taken.length);
          expect(pool.inUse + pool.idle).toBe(10);
        }
      }),
    );
  });
});
