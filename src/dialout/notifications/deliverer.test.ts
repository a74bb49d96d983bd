import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../media/virtual-clock.ts';
import type { AttemptOutcome } from './backoff.ts';
import { Deliverer, type Post } from './deliverer.ts';
import type { ClaimedNotification } from './ports.ts';
import { MemoryQueue, runFor } from './testing.ts';

const ok: AttemptOutcome = { kind: 'answered', status: 200 };
const hung: AttemptOutcome = { kind: 'unanswered', reason: 'timeout', message: 'no answer in time' };
const dayMs = 86_400_000;

function setUp(target: (notification: ClaimedNotification) => { afterMs: number; outcome: AttemptOutcome }) {
  const clock = new VirtualClock();
  const queue = new MemoryQueue(clock);
  const requests: { url: string; conversationId: string; eventId: number; atMs: number }[] = [];
  const underWay = new Map<string, number>();
  const most = new Map<string, number>();
  const errors: unknown[] = [];
  const counts = { delivered: 0, refused: 0, failed: 0, gaveUp: 0 };
  const post: Post = (notification, signal) => {
    const { url, origin, conversationId, eventId } = notification;
    requests.push({ url, conversationId, eventId, atMs: clock.now() });
    for (const key of [origin, conversationId, 'all']) {
      const now = (underWay.get(key) ?? 0) + 1;
      underWay.set(key, now);
      most.set(key, Math.max(most.get(key) ?? 0, now));
    }
    const { afterMs, outcome } = target(notification);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => () => {
        for (const key of [origin, conversationId, 'all']) underWay.set(key, (underWay.get(key) ?? 0) - 1);
        settle();
      };
      const cancel = clock.after(
        afterMs,
        end(() => resolve(outcome)),
      );
      signal.addEventListener('abort', () => {
        cancel();
        end(() => reject(signal.reason))();
      });
    });
  };
  const deliverer = new Deliverer(
    {
      queue,
      post,
      clock,
      random: () => 0.5,
      observer: {
        attempted: (result) => {
          counts[result] += 1;
        },
        gaveUp: () => {
          counts.gaveUp += 1;
        },
      },
      onError: (error) => errors.push(error),
    },
    { limits: { overall: 128, perOrigin: 8 }, maxAgeMs: dayMs },
  );
  return {
    clock,
    queue,
    deliverer,
    requests,
    most,
    errors,
    counts,
    run: (ms: number, step?: number) => runFor(clock, ms, step),
  };
}

describe('delivery', () => {
  test('of one dialout in order, one at a time, each when the one before it is over', async () => {
    const { queue, deliverer, requests, most, run, counts } = setUp(() => ({ afterMs: 20, outcome: ok }));
    const events = [queue.add('a', 'http://d/1'), queue.add('a', 'http://d/1'), queue.add('a', 'http://d/1')];
    deliverer.wake();
    await run(200);
    expect(requests.map(({ eventId }) => eventId)).toEqual(events);
    expect(most.get('a')).toBe(1);
    expect(queue.states()).toMatchObject({ delivered: 3, pending: 0, claimed: 0 });
    expect(counts).toEqual({ delivered: 3, refused: 0, failed: 0, gaveUp: 0 });
  });

  test('a failed one is tried again after 1 s, 2 s, 4 s, and what follows it waits', async () => {
    let tries = 0;
    const { queue, deliverer, requests, run } = setUp(({ eventId }) => {
      tries += eventId === 1 ? 1 : 0;
      return { afterMs: 0, outcome: eventId === 1 && tries < 4 ? { kind: 'answered', status: 500 } : ok };
    });
    queue.add('a', 'http://d/');
    queue.add('a', 'http://d/');
    deliverer.wake();
    await run(9_000);
    expect(requests.map(({ eventId }) => eventId)).toEqual([1, 1, 1, 1, 2]);
    const pauses = requests.slice(1, 4).map(({ atMs }, index) => atMs - (requests[index]?.atMs ?? 0));
    for (const [index, pause] of pauses.entries()) {
      const nominal = 1_000 * 2 ** index;
      expect(pause).toBeGreaterThanOrEqual(nominal);
      expect(pause).toBeLessThan(nominal + 1_100); // the look for what became due without a word
    }
    expect(queue.settled.map(({ attempt }) => attempt)).toMatchObject([
      { attempt: 1, status: 500 },
      { attempt: 2, status: 500 },
      { attempt: 3, status: 500 },
      { attempt: 4, status: 200 },
      { attempt: 1, status: 200 },
    ]);
  });

  test('one target hangs with 10,000 pending, and another is told at once', async () => {
    const { queue, deliverer, requests, most, run, clock } = setUp(({ url }) =>
      url.includes('stuck') ? { afterMs: 10_000, outcome: hung } : { afterMs: 5, outcome: ok },
    );
    for (let n = 0; n < 10_000; n += 1) queue.add(`stuck-${n}`, 'http://stuck/');
    deliverer.wake();
    for (const waitMs of [50, 5_000, 10_000, 20_000, 60_000]) {
      await run(waitMs, 25);
      const addedAt = clock.now();
      const id = queue.add(`quick-${waitMs}`, 'http://quick/');
      deliverer.wake();
      await run(100);
      const request = requests.find(({ eventId }) => eventId === id);
      expect((request?.atMs ?? Number.POSITIVE_INFINITY) - addedAt).toBeLessThanOrEqual(50);
    }
    expect(most.get('http://stuck')).toBe(8);
    // Since it fails it is only probed: a handful in a minute and a half.
    expect(requests.filter(({ url, atMs }) => url.includes('stuck') && atMs > 20_000).length).toBeLessThan(8);
    expect(queue.states()).toMatchObject({ delivered: 5 });
  });

  test('hundreds of targets hang, and those that answered are told at once', async () => {
    const { queue, deliverer, requests, most, run, clock } = setUp(({ url }) =>
      url.includes('stuck') ? { afterMs: 10_000, outcome: hung } : { afterMs: 5, outcome: ok },
    );
    queue.add('first', 'http://good/');
    deliverer.wake();
    await run(50);
    for (let n = 0; n < 4_000; n += 1) queue.add(`stuck-${n}`, `http://stuck-${n % 400}/`);
    deliverer.wake();
    for (let round = 0; round < 40; round += 1) {
      await run(1_000, 25);
      const addedAt = clock.now();
      const id = queue.add(`good-${round}`, 'http://good/');
      deliverer.wake();
      await run(100);
      const request = requests.find(({ eventId }) => eventId === id);
      expect((request?.atMs ?? Number.POSITIVE_INFINITY) - addedAt).toBeLessThanOrEqual(50);
    }
    expect(most.get('all')).toBeLessThanOrEqual(128);
  });

  test('a target that is well again gets its backlog quickly', async () => {
    let well = false;
    const { queue, deliverer, run, requests } = setUp(() =>
      well ? { afterMs: 2, outcome: ok } : { afterMs: 10, outcome: hung },
    );
    for (let n = 0; n < 500; n += 1) queue.add(`c${n}`, 'http://d/');
    deliverer.wake();
    await run(30_000, 20);
    expect(requests.length).toBeLessThan(40);
    well = true;
    await run(75_000, 20);
    expect(queue.states()).toMatchObject({ delivered: 500 });
  });

  test('whatever fails, and in whatever order: each dialout is told of all its events, in their order', async () => {
    const outcome = fc.constantFrom<AttemptOutcome>(ok, ok, ok, { kind: 'answered', status: 500 }, hung, {
      kind: 'answered',
      status: 404,
    });
    const plan = fc.record({
      dialouts: fc.array(fc.record({ target: fc.nat(3), events: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      outcomes: fc.infiniteStream(outcome),
      delays: fc.infiniteStream(fc.nat(300)),
      failures: fc.nat(4),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ dialouts, outcomes, delays, failures }) => {
        const told = new Map<string, number[]>();
        let rounds = 0;
        const { queue, deliverer, most, run } = setUp(({ conversationId, eventId }) => {
          rounds += 1;
          const result = rounds > 100 ? ok : outcomes.next().value;
          if (result === ok) told.set(conversationId, [...(told.get(conversationId) ?? []), eventId]);
          return { afterMs: delays.next().value, outcome: result };
        });
        const expected = new Map<string, number[]>();
        for (let n = 0; n < 5; n += 1) {
          for (const [index, { target, events }] of dialouts.entries()) {
            if (n >= events) continue;
            const name = `c${index}`;
            expected.set(name, [...(expected.get(name) ?? []), queue.add(name, `http://t${target}/`)]);
          }
        }
        for (let n = 0; n < failures; n += 1) queue.failures.push(new Error('the database is away'));
        deliverer.wake();
        for (let waited = 0; waited < 100 && queue.states().pending + queue.states().claimed > 0; waited += 1) {
          await run(60_000, 500);
        }
        expect(told).toEqual(expected);
        for (const [index] of dialouts.entries()) expect(most.get(`c${index}`)).toBe(1);
      }),
      { numRuns: 25 },
    );
  });

  test('what is too old is given up, and the rest of its dialout goes on', async () => {
    const { queue, deliverer, run, counts } = setUp(({ eventId }) => ({
      afterMs: 1,
      outcome: eventId === 1 ? hung : ok,
    }));
    queue.add('a', 'http://d/');
    queue.add('a', 'http://d/');
    deliverer.wake();
    await run(dayMs + 1_000_000, 60_000);
    expect(queue.states()).toMatchObject({ 'given-up': 1, delivered: 1 });
    expect(counts).toMatchObject({ gaveUp: 1, delivered: 1 });
  });

  test('a database that is away for a while costs nothing: what was sent is stored when it is back', async () => {
    const { queue, deliverer, run, requests, errors } = setUp(() => ({ afterMs: 1, outcome: ok }));
    queue.add('a', 'http://d/');
    deliverer.wake();
    await run(8);
    queue.failures.push(...Array.from({ length: 4 }, () => new Error('away')));
    await run(10_000);
    expect(requests).toHaveLength(1);
    expect(errors.length).toBeGreaterThan(0);
    expect(queue.states()).toMatchObject({ delivered: 1 });
  });

  test('closing lets requests end, breaks off those that do not, and gives the rest back', async () => {
    const { queue, deliverer, run, clock, requests } = setUp(({ url }) => ({
      afterMs: url.includes('slow') ? 60_000 : 500,
      outcome: ok,
    }));
    for (let n = 0; n < 20; n += 1) queue.add(`s${n}`, 'http://slow/');
    queue.add('q', 'http://quick/');
    deliverer.wake();
    await run(50);
    const closing = deliverer.close(2_000);
    await run(3_000);
    await closing;
    expect(queue.states()).toEqual({ pending: 20, claimed: 0, delivered: 1, 'given-up': 0 });
    const count = requests.length;
    deliverer.wake();
    await run(5_000);
    expect(requests).toHaveLength(count);
    expect(clock.pending).toBe(0);
  });
});
