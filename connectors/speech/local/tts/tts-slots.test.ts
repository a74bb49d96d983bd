import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairSlots } from './tts-slots.ts';

const never = new AbortController().signal;
const roomy = { maxWaiting: 1000, maxWaitingPerCall: 1000 };

/** Lets all jobs of a full pool wait, then hands the slot on until nobody waits; returns the order of turns. */
async function order(jobs: { callId: string; urgent: boolean }[]): Promise<string[]> {
  const slots = new FairSlots({ slots: 1, ...roomy });
  const first = await slots.acquire({ callId: 'first', urgent: true }, never);
  const turns: string[] = [];
  const done = jobs.map(async (job) => {
    const release = await slots.acquire(job, never);
    turns.push(`${job.callId}${job.urgent ? '!' : ''}`);
    release?.();
  });
  first?.();
  await Promise.all(done);
  expect(slots.running).toBe(0);
  expect(slots.waiting).toBe(0);
  return turns;
}

describe('FairSlots', () => {
  it('lets calls take turns however many jobs one of them has', async () => {
    const jobs = ['a', 'a', 'a', 'b', 'c'].map((callId) => ({ callId, urgent: true }));
    expect(await order(jobs)).toEqual(['a!', 'b!', 'c!', 'a!', 'a!']);
  });

  it('serves urgent jobs first, but lets no other job starve', async () => {
    const jobs = [
      { callId: 'x', urgent: false },
      ...['a', 'b', 'c', 'd', 'e'].map((callId) => ({ callId, urgent: true })),
    ];
    expect(await order(jobs)).toEqual(['a!', 'b!', 'c!', 'x', 'd!', 'e!']);
  });

  it('refuses what exceeds the bounds, of one call and of all', async () => {
    const slots = new FairSlots({ slots: 1, maxWaiting: 2, maxWaitingPerCall: 1 });
    await slots.acquire({ callId: 'a', urgent: true }, never);
    void slots.acquire({ callId: 'a', urgent: true }, never);
    const refusal = { code: 'speech_unavailable', retryable: true };
    await expect(slots.acquire({ callId: 'a', urgent: false }, never)).rejects.toMatchObject(refusal);
    void slots.acquire({ callId: 'b', urgent: true }, never);
    await expect(slots.acquire({ callId: 'c', urgent: true }, never)).rejects.toMatchObject(refusal);
  });

  it('forgets a waiting job when it is aborted', async () => {
    const slots = new FairSlots({ slots: 1, ...roomy });
    const release = await slots.acquire({ callId: 'a', urgent: true }, never);
    const abort = new AbortController();
    const waiting = slots.acquire({ callId: 'b', urgent: true }, abort.signal);
    const next = slots.acquire({ callId: 'c', urgent: true }, never);
    abort.abort();
    expect(await waiting).toBeUndefined();
    release?.();
    expect(await next).toBeTypeOf('function');
    expect(await slots.acquire({ callId: 'd', urgent: true }, abort.signal)).toBeUndefined();
  });

  it('gives a slot back once, however often it is released', async () => {
    const slots = new FairSlots({ slots: 2, ...roomy });
    const release = await slots.acquire({ callId: 'a', urgent: true }, never);
    await slots.acquire({ callId: 'b', urgent: true }, never);
    release?.();
    release?.();
    expect(slots.running).toBe(1);
  });

  it('never runs more than its slots, loses nobody, and counts right, in any order of events', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('acquire' as const),
        callId: fc.constantFrom('a', 'b', 'c'),
        urgent: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('release' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('abort' as const), which: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 60 }), async (count, steps) => {
        const slots = new FairSlots({ slots: count, ...roomy });
        const held: (() => void)[] = [];
        const aborts: AbortController[] = [];
        const results: Promise<void>[] = [];
        for (const each of steps) {
          if (each.kind === 'acquire') {
            const abort = new AbortController();
            aborts.push(abort);
            results.push(
              slots.acquire(each, abort.signal).then((release) => {
                if (release !== undefined) held.push(release);
              }),
            );
          } else if (each.kind === 'release') held.splice(each.which % (held.length || 1), 1)[0]?.();
          else aborts[each.which % (aborts.length || 1)]?.abort();
          await Promise.resolve();
          await Promise.resolve();
          expect(slots.running).toBeLessThanOrEqual(count);
          expect(slots.running).toBe(held.length);
          if (slots.waiting > 0) expect(slots.running).toBe(count);
        }
        while (slots.waiting > 0 || held.length > 0) {
          held.shift()?.();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(results);
        expect(slots.running).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
