import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { MemoryDialoutStore } from './memory-store.ts';
import { type RunningDialoutService, startDialoutService } from './service.ts';
import { FakeDialler, someDialout } from './testing.ts';

interface Rig {
  clock: VirtualClock;
  store: MemoryDialoutStore;
  dialler: FakeDialler;
  service: RunningDialoutService;
}

async function start(
  options: {
    limits?: Partial<{ callsPerSecond: number; concurrentCalls: number; maxQueueMs: number }>;
    concurrentDialouts?: number;
    room?: (live: number) => number;
    callMs?: () => number;
  } = {},
): Promise<Rig> {
  const clock = new VirtualClock();
  const store = new MemoryDialoutStore(clock);
  const dialler: FakeDialler = new FakeDialler({
    now: () => clock.now(),
    onDial: (call) => {
      if (options.callMs !== undefined) clock.after(options.callMs(), () => call.end());
    },
  });
  const limits = { callsPerSecond: 1, concurrentCalls: 3, maxQueueMs: 3_600_000, ...options.limits };
  const service = await startDialoutService({
    store,
    dialler,
    node: 'here',
    limitsOf: () => limits,
    bots: ['a', 'b'],
    hub: { concurrentDialouts: options.concurrentDialouts, queuedDialouts: 1_000 },
    room: () => options.room?.(dialler.live.length) ?? 1_000,
    clock,
    log: pino({ level: 'silent' }),
  });
  return { clock, store, dialler, service };
}

test('never more calls at a time or in a second than allowed, each dialled once, none forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ gapMs: fc.nat(400), bot: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      fc.integer({ min: 1, max: 3_000 }),
      async (arrivals, callsPerSecond, concurrentCalls, concurrentDialouts, callMs) => {
        let most = 0;
        const rig = await start({
          limits: { callsPerSecond, concurrentCalls },
          ...(concurrentDialouts === undefined ? {} : { concurrentDialouts }),
          callMs: () => callMs,
          room: (live) => {
            most = Math.max(most, live);
            return 1_000;
          },
        });
        const { clock, dialler, service } = rig;
        for (const { gapMs, bot } of arrivals) {
          await service.submit(someDialout({ bot, maxQueueMs: 3_600_000 }), {});
          await clock.run(gapMs);
          for (const name of ['a', 'b']) {
            const live = dialler.live.filter(({ request }) => request.bot === name).length;
            expect(live).toBeLessThanOrEqual(concurrentCalls);
          }
        }
        await clock.run(arrivals.length * (callMs + 1_100));
        expect(dialler.calls).toHaveLength(arrivals.length);
        expect(new Set(dialler.calls.map(({ request }) => request.id)).size).toBe(arrivals.length);
        expect(most).toBeLessThanOrEqual(concurrentDialouts ?? 2 * concurrentCalls);
        for (const name of ['a', 'b']) {
          const times = dialler.calls.filter(({ request }) => request.bot === name).map(({ atMs }) => atMs);
          for (const [n, atMs] of times.entries()) {
            const next = times[n + callsPerSecond];
            if (next !== undefined) expect(next - atMs).toBeGreaterThanOrEqual(1_000);
          }
        }
        await Promise.all([service.close(), clock.run(6_000)]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a bot at its limit holds up no other, and costs nothing while it waits', async () => {
  const { clock, store, dialler, service } = await start();
  for (let n = 0; n < 20; n += 1) await service.submit(someDialout({ bot: 'a' }), {});
  await clock.run(10);
  const claims = store.claims;
  for (let n = 0; n < 20; n += 1) await service.submit(someDialout({ bot: 'a' }), {});
  await clock.run(10);
  expect(store.claims).toBe(claims);
  await service.submit(someDialout({ bot: 'b' }), {});
  await clock.run(0);
  expect(dialler.calls.map(({ request }) => request.bot)).toEqual(['a', 'b']);
});

test('what is free is taken at once', async () => {
  const { clock, dialler, service } = await start({ limits: { callsPerSecond: 50, concurrentCalls: 1 } });
  for (let n = 0; n < 5; n += 1) await service.submit(someDialout({ bot: 'a' }), {});
  for (let n = 1; n <= 5; n += 1) {
    await clock.run(0);
    expect(dialler.calls).toHaveLength(n);
    dialler.calls.at(-1)?.end();
  }
  expect(clock.now()).toBe(0);
});

test('what could not be written is written later, in its order; the end is not lost', async () => {
  const { clock, store, dialler, service } = await start();
  const request = someDialout({ bot: 'a' });
  await service.submit(request, {});
  await clock.run(0);
  store.failures.push(...Array.from({ length: 6 }, () => new Error('away')));
  dialler.calls[0]?.observer.ringing({ ringingMs: 5, earlyMedia: true });
  dialler.calls[0]?.observer.answered({ answeredMs: 50 });
  dialler.calls[0]?.end();
  await clock.run(60_000);
  expect(store.events.map(({ status }) => status)).toEqual(['initiated', 'ringing', 'answered', 'completed']);
  expect(store.events[1]).toMatchObject({ ringingMs: 5, earlyMediaMs: 5 });
  expect(store.events.at(-1)).toMatchObject({ ringingMs: 5, answeredMs: 50, reasonCode: 'client-disconnected' });
  expect(service.live).toBe(0);
});

test('a database that fails is asked again, ever less often, and work goes on', async () => {
  const { clock, store, dialler, service } = await start();
  store.failures.push(undefined, ...Array.from({ length: 8 }, () => new Error('away')));
  await service.submit(someDialout({ bot: 'a' }), {});
  await clock.run(3_000);
  const claims = store.claims;
  expect(claims).toBeLessThan(8);
  expect(dialler.calls).toHaveLength(0);
  await clock.run(60_000);
  expect(dialler.calls).toHaveLength(1);
});

test('what only the final event tells of the call: the verdict on machines', async () => {
  const { clock, store, dialler, service } = await start();
  await service.submit(someDialout({ bot: 'a' }), {});
  await clock.run(0);
  const [call] = dialler.calls;
  const verdict = { type: 'fax' as const, decidedAfterMs: 800, evidence: { toneHz: 2_100 } };
  call?.observer.machine(verdict);
  call?.end({ reasonCode: 'machine-detected' });
  call?.observer.ringing({ ringingMs: 1, earlyMedia: false });
  call?.observer.ended({
    status: 'failed',
    reasonCode: 'error',
    reason: '',
    end: { category: 'api', by: 'hub', text: '' },
  });
  await clock.run(0);
  expect(store.events.map(({ status }) => status)).toEqual(['initiated', 'completed']);
  expect(store.events.at(-1)).toMatchObject({ machine: verdict, reasonCode: 'machine-detected' });
});

test('a hub that is being stopped begins nothing more, and waits until the ends of its calls are written', async () => {
  const { clock, store, dialler, service } = await start({ limits: { callsPerSecond: 10, concurrentCalls: 1 } });
  for (let n = 0; n < 2; n += 1) await service.submit(someDialout({ bot: 'a' }), {});
  await clock.run(0);
  service.drain();
  await expect(service.submit(someDialout({ bot: 'a' }), {})).rejects.toMatchObject({ code: 'draining' });
  store.failures.push(new Error('away'));
  dialler.calls[0]?.end();
  let closed = false;
  const closing = service.close().then(() => {
    closed = true;
  });
  await clock.run(0);
  expect(closed).toBe(false);
  await clock.run(1_000);
  await closing;
  expect(dialler.calls).toHaveLength(1);
  expect(store.events.map(({ status }) => status)).toEqual(['initiated', 'completed']);
  onTestFinished(() => {
    expect(clock.pending).toBe(0);
  });
});
