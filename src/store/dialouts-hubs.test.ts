import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FakeDialler, someDialout } from '../dialout/testing.ts';
import type { Database } from './database.ts';
import { openServerDatabase } from './server-database.ts';
import { startTestHub, storedStatuses, type TestHub, type TestHubOptions } from './testing-dialouts.ts';
import { postgresMissing, startTestServer, type TestServer } from './testing-postgres.ts';

const log = pino({ level: 'silent' });

describe.skipIf(postgresMissing)(`several hubs on one PostgreSQL (${postgresMissing ?? 'installed'})`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  afterAll(() => server?.remove());

  async function start(url: string, options: TestHubOptions = {}): Promise<TestHub & { database: Database }> {
    const database = await openServerDatabase({ url, log });
    const hub = await startTestHub(database, options);
    onTestFinished(async () => {
      await hub.close();
      await database.close();
    });
    return { ...hub, database };
  }

  test('limits hold over all of them, work is shared, and every dialout is dialled once', async () => {
    const url = await server.freshDatabase();
    const starts: { atMs: number; id: string }[] = [];
    let most = 0;
    const dialler = (): FakeDialler =>
      new FakeDialler({
        onDial: (call) => {
          starts.push({ atMs: call.atMs, id: call.request.id });
          most = Math.max(
            most,
            hubs.reduce((sum, hub) => sum + hub.dialler.live.length, 0),
          );
          setTimeout(() => call.end(), 40 + Math.random() * 80);
        },
      });
    const limits = { callsPerSecond: 40, concurrentCalls: 5 };
    const hubs: TestHub[] = [];
    for (let n = 0; n < 3; n += 1) hubs.push(await start(url, { limits, dialler: dialler() }));
    await Promise.all(hubs.map((hub) => hub.node.beat()));
    const requests = Array.from({ length: 90 }, () => someDialout());
    await Promise.all(requests.map((request, n) => hubs[n % 2]?.service.submit(request, {})));
    await expect.poll(() => starts.length, { timeout: 15_000 }).toBe(90);
    expect(new Set(starts.map(({ id }) => id)).size).toBe(90);
    expect(most).toBeLessThanOrEqual(5);
    const times = starts.map(({ atMs }) => atMs).sort((a, b) => a - b);
    for (const [n, atMs] of times.entries()) {
      const inSecond = times.slice(n).filter((other) => other < atMs + 1_000).length;
      expect(inSecond).toBeLessThanOrEqual(40);
    }
    // The third was asked by nobody.
    for (const hub of hubs) expect(hub.dialler.calls.length).toBeGreaterThan(10);
  });

  test('the same key at two of them at once is one dialout', async () => {
    const url = await server.freshDatabase();
    const hubs = [await start(url), await start(url)];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        hubs[n % 2]?.service.submit(someDialout(), { idempotencyKey: `k${n % 5}`, fingerprint: 'f' }),
      ),
    );
    const keys = Map.groupBy(answers, (_, n) => n % 5);
    for (const [, same] of keys) {
      expect(new Set(same.map((answer) => answer?.conversationId)).size).toBe(1);
      expect(same.filter((answer) => answer?.repeated === false)).toHaveLength(1);
    }
    const dialled = () => hubs.flatMap((hub) => hub.dialler.calls).length;
    await expect.poll(dialled).toBe(5);
  });

  test('one cancels what another dials', async () => {
    const url = await server.freshDatabase();
    const [dials, asks] = [await start(url), await start(url, { room: () => 0 })];
    const request = someDialout();
    await asks.service.submit(request, {});
    await expect.poll(() => dials.dialler.calls.length).toBe(1);
    expect(await asks.service.cancel(request.id, 'ada')).toBe('cancelled');
    await expect.poll(() => dials.dialler.calls[0]?.cancelled?.text).toContain('ada');
    await expect.poll(async () => (await asks.service.get(request.id))?.state).toBe('ended');
  });

  test('one that is cut off from the database for a while goes on; nobody takes it for dead while nobody can tell', async () => {
    const url = await server.freshDatabase();
    const hub = await start(url, { beatMs: 100, deadAfterMs: 1_000 });
    const other = await start(url, { beatMs: 100, deadAfterMs: 1_000, room: () => 0 });
    const request = someDialout();
    await hub.service.submit(request, {});
    await expect.poll(() => hub.dialler.calls.length).toBe(1);
    await server.stop();
    hub.dialler.calls[0]?.observer.answered({ answeredMs: 1 });
    await expect(hub.service.submit(someDialout(), {})).rejects.toMatchObject({ retryable: true });
    await server.start();
    await expect
      .poll(async () => (await hub.service.get(request.id).catch(() => undefined))?.state, { timeout: 10_000 })
      .toBe('answered');
    await Promise.all([hub.node.beat(), other.node.beat()]);
    expect(other.node.live()).toContain(hub.node.id);
    hub.dialler.calls[0]?.end();
    await expect.poll(async () => (await hub.service.get(request.id))?.state, { timeout: 10_000 }).toBe('ended');
    expect((await storedStatuses(hub.database)).get(request.id)).toEqual(['initiated', 'answered', 'completed']);
    const next = someDialout();
    await hub.service.submit(next, {});
    await expect.poll(() => hub.dialler.calls.length, { timeout: 10_000 }).toBe(2);
  });

  test('one that stood still is taken for dead by another, which ends its calls; it hangs them up when it is back', async () => {
    const url = await server.freshDatabase();
    // It beats too seldom for the other, as if it had been stopped.
    const frozen = await start(url, { beatMs: 60_000, deadAfterMs: 120_000 });
    const other = await start(url, { beatMs: 50, deadAfterMs: 300, room: () => 0 });
    const request = someDialout();
    await frozen.service.submit(request, {});
    await expect.poll(() => frozen.dialler.calls.length).toBe(1);
    await expect.poll(async () => (await other.service.get(request.id))?.state, { timeout: 10_000 }).toBe('ended');
    expect(frozen.dialler.live).toHaveLength(1);
    await frozen.node.beat();
    await expect.poll(() => frozen.dialler.live.length).toBe(0);
    expect((await storedStatuses(other.database)).get(request.id)).toEqual(['initiated', 'failed']);
  });
});
