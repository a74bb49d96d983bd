import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotClock } from './slot-clock.ts';

describe('SlotClock', () => {
  it('serves each slot every 20 ms on an absolute grid', () => {
    const clock = new SlotClock(1000);
    const served: [number, number][] = [];
    for (let i = 0; i < 6; i++) {
      served.push([clock.slot, clock.dueMs]);
      clock.advance();
    }
    expect(served).toEqual([
      [0, 1000],
      [1, 1005],
      [2, 1010],
      [3, 1015],
      [0, 1020],
      [1, 1025],
    ]);
  });

  it('catches up with 160 ms and leaves out what is further behind, in whole rounds', () => {
    const clock = new SlotClock(0);
    expect(clock.skipLost(160)).toBe(0);
    expect(clock.skipLost(500)).toBe(18);
    expect(clock.dueMs).toBe(360);
    expect(clock.slot).toBe(0);
  });

  it('neither drifts nor bursts, however late it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 100 }), (delays) => {
        const clock = new SlotClock(0);
        let nowMs = 0;
        let frames = 0;
        for (const delay of delays) {
          nowMs += delay;
          const skipped = clock.skipLost(nowMs);
          let burst = 0;
          while (clock.dueMs <= nowMs) {
            if (clock.slot === 0) burst++;
            clock.advance();
          }
          expect(burst).toBeLessThanOrEqual(9);
          frames += burst + skipped;
          expect(frames).toBe(Math.floor(nowMs / 20) + 1);
        }
      }),
    );
  });
});
