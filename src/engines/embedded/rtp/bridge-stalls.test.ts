import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BridgeRun, type HeardParty, runBridge, type Stall } from './bridge-test-support.ts';

/** The machine may hold up the phones, the media thread, or both, for this long, and no frame is lost. */
const LOSSLESS_MS = 150;
const STALL_AT_MS = 2000;
/** From the end of a stall on until the added delay is what it was: the jitter buffer keeps its guard up for 2.6 s. */
const RECOVERY_MS = 3500;

const hold = (atMs: number, ms: number): Stall[] => [{ atMs, ms }];

/** All that the other party sent was heard, once and in order, but for what is on its way at the end. */
function expectWhole(party: HeardParty, seconds: number): void {
  const { missing, outOfOrder, late, cutMs, skippedFrames } = party;
  expect({ missing, outOfOrder, late, cutMs, skippedFrames }).toEqual({
    ...{ missing: 0, outOfOrder: 0, late: 0, cutMs: 0, skippedFrames: 0 },
  });
  expect(party.heard).toBeGreaterThanOrEqual((seconds - 1) * 50 - 3);
}

const worstDelayMs = ({ delaysMs }: HeardParty, fromMs: number, toMs = delaysMs.length) =>
  Math.max(...delaysMs.subarray(fromMs, toMs));

describe('a bridge when', () => {
  it('nothing stalls adds 40 ms at most, whenever the phones send', () => {
    for (let phaseMs = 0; phaseMs < 20; phaseMs++) {
      for (const party of runBridge({ seconds: 3, phasesMs: [phaseMs, (phaseMs + 7) % 20] })) {
        expectWhole(party, 3);
        expect(worstDelayMs(party, 1000)).toBeLessThanOrEqual(40);
      }
    }
  });

  const held: Record<string, (atMs: number, ms: number) => Partial<BridgeRun>> = {
    'the phones are held up': (atMs, ms) => ({ phoneStalls: hold(atMs, ms) }),
    'the media thread is held up': (atMs, ms) => ({ hubStalls: hold(atMs, ms) }),
    'both are, and the phones wake first': (atMs, ms) => ({ phoneStalls: hold(atMs, ms), hubStalls: hold(atMs, ms) }),
    'both are, and the media thread wakes first': (atMs, ms) => ({
      ...{ phoneStalls: hold(atMs, ms), hubStalls: hold(atMs, ms), hubFirst: true },
    }),
  };
  for (const [who, stalls] of Object.entries(held)) {
    it.each([20, 45, 72, 100, LOSSLESS_MS])(`${who} for %i ms loses nothing, and the delay is soon as before`, (ms) => {
      for (const offsetMs of [0, 6, 13]) {
        const atMs = STALL_AT_MS + offsetMs;
        for (const party of runBridge({ seconds: 8, ...stalls(atMs, ms) })) {
          expectWhole(party, 8);
          expect(party.worstMs).toBeLessThanOrEqual(40 + ms);
          expect(worstDelayMs(party, atMs + ms + RECOVERY_MS)).toBeLessThanOrEqual(40);
        }
      }
    });
  }

  it('the media thread is late does not take punctual packets for late ones: the delay is as before at once', () => {
    for (const party of runBridge({ seconds: 5, hubStalls: hold(STALL_AT_MS, 100) })) {
      expect(worstDelayMs(party, STALL_AT_MS + 140)).toBeLessThanOrEqual(40);
      expect(worstDelayMs(party, STALL_AT_MS + 140)).toBe(worstDelayMs(party, 1000, STALL_AT_MS));
    }
  });

  it.each([300, 800])(
    'the media thread is held up for %i ms leaves packets out, and still plays all that came',
    (ms) => {
      for (const party of runBridge({ seconds: 8, hubStalls: hold(STALL_AT_MS, ms) })) {
        expect(party.skippedFrames).toBeGreaterThan(0);
        expect([party.missing, party.outOfOrder]).toEqual([0, 0]);
        expect(worstDelayMs(party, STALL_AT_MS + ms + RECOVERY_MS)).toBeLessThanOrEqual(40);
      }
    },
  );

  it('anybody is held up again and again loses nothing', () => {
    const stalls = fc
      .array(fc.record({ restMs: fc.integer({ min: 1, max: 900 }), ms: fc.integer({ min: 20, max: LOSSLESS_MS }) }), {
        maxLength: 6,
      })
      .map((list) => {
        let atMs = 1500;
        return list.map(({ restMs, ms }): Stall => {
          const stall = { atMs: atMs + restMs, ms };
          atMs = stall.atMs + ms;
          return stall;
        });
      });
    const phase = fc.integer({ min: 0, max: 19 });
    fc.assert(
      fc.property(
        stalls,
        stalls,
        fc.tuple(phase, phase),
        fc.boolean(),
        (phoneStalls, hubStalls, phasesMs, hubFirst) => {
          const run = { seconds: 12, phoneStalls, hubStalls, phasesMs, hubFirst };
          for (const party of runBridge(run)) {
            expectWhole(party, run.seconds);
            expect(worstDelayMs(party, 11_500)).toBeLessThanOrEqual(40);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
