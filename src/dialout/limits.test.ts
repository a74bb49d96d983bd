import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowance, type ClaimFacts, mayQueue, rateWindowMs } from './limits.ts';

const limits = { callsPerSecond: 2, concurrentCalls: 3 };
const none = { concurrentDialouts: undefined };
const facts: ClaimFacts = {
  queued: 5,
  liveOfBot: 0,
  liveOfAll: 0,
  liveHere: 0,
  nodes: 1,
  startedAgoMs: [],
  room: 100,
  yielded: false,
};

describe('what may be begun', () => {
  test.each<[string, Partial<ClaimFacts>, ReturnType<typeof allowance>]>([
    ['everything', { queued: 2 }, { take: 2, blockedBy: undefined, againMs: undefined }],
    ['as many as a second takes', {}, { take: 2, blockedBy: 'rate', againMs: rateWindowMs }],
    ['the rest of a second', { startedAgoMs: [400] }, { take: 1, blockedBy: 'rate', againMs: rateWindowMs - 400 }],
    ['nothing', { startedAgoMs: [100, 400] }, { take: 0, blockedBy: 'rate', againMs: rateWindowMs - 400 }],
    ['the last place', { liveOfBot: 2 }, { take: 1, blockedBy: 'bot', againMs: undefined }],
    ['no place, more than there may be', { liveOfBot: 9 }, { take: 0, blockedBy: 'bot', againMs: undefined }],
    ['what this node has room for', { room: 1 }, { take: 1, blockedBy: 'node', againMs: undefined }],
    ['the share of one node', { nodes: 2, queued: 2 }, { take: 1, blockedBy: 'share', againMs: 60 }],
    [
      'nothing beyond the share',
      { nodes: 2, queued: 1, liveHere: 1, liveOfAll: 1 },
      { take: 0, blockedBy: 'share', againMs: 60 },
    ],
    [
      'what the others have left',
      { nodes: 2, queued: 2, yielded: true },
      { take: 2, blockedBy: undefined, againMs: undefined },
    ],
  ])('%s', (_, changes, expected) => {
    expect(allowance({ ...facts, ...changes }, limits, none)).toEqual(expected);
  });

  test('over all bots', () => {
    expect(allowance({ ...facts, liveOfAll: 7 }, limits, { concurrentDialouts: 8 })).toEqual({
      take: 1,
      blockedBy: 'hub',
      againMs: undefined,
    });
  });

  const someFacts = fc.record({
    queued: fc.nat(20),
    liveOfBot: fc.nat(10),
    liveOfAll: fc.nat(20),
    liveHere: fc.nat(10),
    nodes: fc.integer({ min: 1, max: 4 }),
    startedAgoMs: fc
      .array(fc.double({ min: 0, max: rateWindowMs, noNaN: true, maxExcluded: true }), { maxLength: 12 })
      .map((times) => times.sort((a, b) => a - b)),
    room: fc.nat(10),
    yielded: fc.boolean(),
  });

  test('never beyond any limit; what is not taken is said why, and when time helps', () => {
    const someLimits = fc.record({
      callsPerSecond: fc.integer({ min: 1, max: 10 }),
      concurrentCalls: fc.integer({ min: 1, max: 10 }),
      concurrentDialouts: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(someFacts, someLimits, (given, bounds) => {
        const { take, blockedBy, againMs } = allowance(given, bounds, bounds);
        expect(take).toBeGreaterThanOrEqual(0);
        expect(take).toBeLessThanOrEqual(Math.min(given.queued, given.room));
        if (take > 0) {
          expect(given.startedAgoMs.length + take).toBeLessThanOrEqual(bounds.callsPerSecond);
          expect(given.liveOfBot + take).toBeLessThanOrEqual(bounds.concurrentCalls);
          expect(given.liveOfAll + take).toBeLessThanOrEqual(bounds.concurrentDialouts ?? Number.POSITIVE_INFINITY);
        }
        expect(blockedBy === undefined).toBe(take === given.queued);
        expect(againMs !== undefined).toBe(blockedBy === 'rate' || blockedBy === 'share');
        if (blockedBy !== 'rate' || againMs === undefined) return;
        // By then there is room again, if nothing else stands in the way.
        const then = [...Array.from({ length: take }, () => 0), ...given.startedAgoMs].map((ago) => ago + againMs);
        expect(then.filter((ago) => ago < rateWindowMs).length).toBeLessThan(bounds.callsPerSecond);
      }),
    );
  });

  test('with several nodes: what one leaves to the others is not more than they may take', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(6), { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 1, max: 10 }),
        (live, queued) => {
          const liveOfAll = live.reduce((sum, count) => sum + count, 0);
          const wide = { callsPerSecond: 1_000, concurrentCalls: 1_000 };
          const takes = live.map(
            (liveHere) => allowance({ ...facts, queued, liveHere, liveOfAll, nodes: live.length }, wide, none).take,
          );
          expect(takes.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(queued);
        },
      ),
    );
  });
});

describe('what may be queued', () => {
  const hub = { queuedDialouts: 100 };
  test('as many as could be begun in time', () => {
    const bot = { callsPerSecond: 2, maxQueueMs: 3 * rateWindowMs };
    expect(mayQueue({ queuedOfBot: 7, queuedOfAll: 7 }, bot, hub)).toEqual({ kind: 'accepted' });
    expect(mayQueue({ queuedOfBot: 8, queuedOfAll: 8 }, bot, hub)).toEqual({
      kind: 'rate_limited',
      retryAfterMs: rateWindowMs,
    });
    expect(mayQueue({ queuedOfBot: 11, queuedOfAll: 11 }, bot, hub)).toMatchObject({ retryAfterMs: 2 * rateWindowMs });
  });

  test('and as many as may wait over all bots', () => {
    const bot = { callsPerSecond: 100, maxQueueMs: 60_000 };
    expect(mayQueue({ queuedOfBot: 0, queuedOfAll: 99 }, bot, hub)).toEqual({ kind: 'accepted' });
    expect(mayQueue({ queuedOfBot: 0, queuedOfAll: 100 }, bot, hub)).toMatchObject({ kind: 'queue_full' });
  });
});
