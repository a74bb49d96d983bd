import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { rateWindowMs } from '../dialout/limits.ts';
import { FakeDialler, someDialout } from '../dialout/testing.ts';
import { ensureDatabase, preparedDatabasePath } from './data-directory.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { openServerDatabase } from './server-database.ts';
import { quickWasm, temporaryDirectory } from './store-fixture.ts';
import { startTestHub, storedStatuses, type TestHub, type TestHubOptions } from './testing-dialouts.ts';
import { postgresMissing, startTestServer } from './testing-postgres.ts';

quickWasm();
const log = pino({ level: 'silent' });

interface Backend {
  database: Database;
  remove(): Promise<void>;
}

const backends: { name: string; missing: string | undefined; make(): Promise<Backend> }[] = [
  {
    name: 'PGlite',
    missing: undefined,
    async make() {
      const { path, remove } = await temporaryDirectory();
      const data = join(path, 'pgdata');
      await ensureDatabase(data, await preparedDatabasePath());
      return { database: await openEmbeddedDatabase(data, () => {}), remove };
    },
  },
  {
    name: 'PostgreSQL',
    missing: postgresMissing,
    async make() {
      const server = await startTestServer();
      return {
        database: await openServerDatabase({ url: await server.freshDatabase(), log }),
        remove: () => server.remove(),
      };
    },
  },
];

describe.each(backends)('dialouts on $name', ({ missing, make }) => {
  describe.skipIf(missing)(missing ?? 'contract', () => {
    let backend: Backend;
    let database: Database;
    beforeAll(async () => {
      backend = await make();
      database = backend.database;
    }, 60_000);
    afterAll(async () => {
      await backend?.database.close();
      await backend?.remove();
    });
    beforeEach(async () => {
      await database.exec(
        'delete from dialouts; delete from dialout_events; delete from dialout_lanes; delete from nodes',
      );
      await database.exec(`do $$ begin
        if to_regclass('pgboss.job') is not null then execute 'delete from pgboss.job'; end if; end $$`);
    });

    async function start(options: TestHubOptions = {}): Promise<TestHub> {
      const hub = await startTestHub(database, options);
      onTestFinished(() => hub.close());
      return hub;
    }

    test('are dialled, reported in order, and kept', async () => {
      const hub = await start();
      const request = someDialout({ metadata: { greeting: 'a\0b' }, notifyStatuses: ['ringing'] });
      expect(await hub.service.submit(request, {})).toEqual({ conversationId: request.id, repeated: false });
      await expect.poll(() => hub.dialler.calls.length).toBe(1);
      const [call] = hub.dialler.calls;
      expect(call?.request).toEqual({ ...request, metadata: { greeting: 'a\uFFFDb' } });
      expect(await hub.service.get(request.id)).toMatchObject({ state: 'dialling', bot: 'demo', client: 'dialer' });
      call?.observer.ringing({ ringingMs: 20, earlyMedia: false });
      call?.observer.answered({ answeredMs: 100 });
      await expect.poll(async () => (await hub.service.get(request.id))?.state).toBe('answered');
      call?.observer.machine({ type: 'human', decidedAfterMs: 900, evidence: { words: 2 } });
      call?.end();
      await expect.poll(async () => (await hub.service.get(request.id))?.state).toBe('ended');
      expect(await hub.service.get(request.id)).toMatchObject({
        answeredAt: expect.any(String),
        endedAt: expect.any(String),
        outcome: { status: 'completed', reasonCode: 'client-disconnected' },
        machine: { type: 'human' },
      });
      expect((await storedStatuses(database)).get(request.id)).toEqual([
        'initiated',
        'ringing',
        'answered',
        'completed',
      ]);
      const { rows } = await sql<{ status: string; url: string | null }>`
        select status, url from dialout_events order by id`.execute(database.db);
      expect(rows.filter(({ url }) => url !== null).map(({ status }) => status)).toEqual([
        'ringing',
        'answered',
        'completed',
      ]);
      expect(await hub.service.get('nobody')).toBeUndefined();
      expect(await hub.service.get(randomUUID())).toBeUndefined();
    });

    test('never more at a time than the bot may have, nor more in a second; another bot is not held up', async () => {
      const hub = await start({ limits: { callsPerSecond: 2, concurrentCalls: 3 }, bots: ['a', 'b'] });
      await Promise.all(Array.from({ length: 6 }, () => hub.service.submit(someDialout({ bot: 'a' }), {})));
      await hub.service.submit(someDialout({ bot: 'b' }), {});
      const of = (bot: string) => hub.dialler.calls.filter(({ request }) => request.bot === bot);
      await expect.poll(() => of('a').length).toBe(2);
      await expect.poll(() => of('b').length).toBe(1);
      await expect.poll(() => of('a').length, { timeout: 5_000 }).toBe(3);
      const [first, , third] = of('a');
      expect((third?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
      await new Promise((resolve) => setTimeout(resolve, rateWindowMs + 100));
      expect(of('a')).toHaveLength(3); // the places are taken
      first?.end();
      await expect.poll(() => of('a').length).toBe(4);
    });

    test('of all bots together, no more than the hub may have', async () => {
      const hub = await start({ hub: { concurrentDialouts: 2 }, bots: ['a', 'b', 'c'] });
      for (const bot of ['a', 'b', 'c']) await hub.service.submit(someDialout({ bot }), {});
      await expect.poll(() => hub.dialler.calls.length).toBe(2);
      hub.dialler.calls[0]?.end();
      await expect.poll(() => hub.dialler.calls.length).toBe(3);
      expect(hub.dialler.live).toHaveLength(2);
    });

    test('wait while the node has no room', async () => {
      let room = 0;
      const dialler = new FakeDialler();
      const hub = await start({ dialler, room: () => room - dialler.live.length });
      await hub.service.submit(someDialout(), {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(hub.dialler.calls).toHaveLength(0);
      room = 1;
      await hub.service.submit(someDialout(), {});
      await expect.poll(() => hub.dialler.calls.length).toBe(1);
    });

    test('that wait for too long fail, and are never dialled', async () => {
      const hub = await start({ limits: { concurrentCalls: 1 } });
      await hub.service.submit(someDialout(), {});
      await expect.poll(() => hub.dialler.calls.length).toBe(1);
      const late = someDialout({ maxQueueMs: 150 });
      await hub.service.submit(late, {});
      await expect.poll(async () => (await hub.service.get(late.id))?.state).toBe('ended');
      expect(await hub.service.get(late.id)).toMatchObject({ outcome: { status: 'failed', reasonCode: 'error' } });
      expect((await storedStatuses(database)).get(late.id)).toEqual(['failed']);
      hub.dialler.calls[0]?.end();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(hub.dialler.calls).toHaveLength(1);
    });

    test('that could not be begun in time are refused, with the time to come back', async () => {
      const hub = await start({ limits: { callsPerSecond: 1, concurrentCalls: 1, maxQueueMs: 2_200 } });
      const submit = () => hub.service.submit(someDialout({ maxQueueMs: 2_200 }), {});
      const results = await Promise.allSettled(Array.from({ length: 10 }, submit));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(results.filter((result) => result.status === 'fulfilled').length).toBe(3);
      for (const { reason } of refused) {
        expect(reason).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
        expect(reason.retryAfterMs).toBeGreaterThan(0);
      }
    });

    test('beyond what may wait over all bots are refused', async () => {
      const hub = await start({ hub: { queuedDialouts: 2 }, room: () => 0 });
      await hub.service.submit(someDialout(), {});
      await hub.service.submit(someDialout(), {});
      await expect(hub.service.submit(someDialout(), {})).rejects.toMatchObject({ code: 'queue_full' });
    });

    test('with the same key are one dialout; with another request behind it they are refused', async () => {
      const hub = await start();
      const request = someDialout();
      const again = () =>
        hub.service.submit({ ...someDialout(), notifyUrl: 'x' }, { idempotencyKey: 'k', fingerprint: 'f' });
      const options = { idempotencyKey: 'k', fingerprint: 'f' };
      const [first, second] = await Promise.all([hub.service.submit(request, options), again()]);
      expect(first).toEqual({ conversationId: request.id, repeated: false });
      expect(second).toEqual({ conversationId: request.id, repeated: true });
      expect(await again()).toEqual(second);
      await expect(hub.service.submit(someDialout(), { idempotencyKey: 'k', fingerprint: 'g' })).rejects.toMatchObject({
        code: 'idempotency_conflict',
      });
      // What was accepted stays so when it could not be dialled any more; what is new is refused.
      const refusal = new Error('no routing rule leads out');
      hub.dialler.refusal = refusal;
      expect(await again()).toEqual(second);
      await expect(hub.service.submit(someDialout(), { idempotencyKey: 'k', fingerprint: 'g' })).rejects.toMatchObject({
        code: 'idempotency_conflict',
      });
      for (const key of [{}, { idempotencyKey: 'new', fingerprint: 'f' }]) {
        await expect(hub.service.submit(someDialout(), key)).rejects.toBe(refusal);
      }
      await expect(hub.service.submit(someDialout({ client: 'other' }), options)).rejects.toBe(refusal);
      hub.dialler.refusal = undefined;
      // Another client's key is another key.
      const other = someDialout({ client: 'other' });
      expect(await hub.service.submit(other, options)).toEqual({ conversationId: other.id, repeated: false });
      await expect.poll(() => hub.dialler.calls.length).toBe(2);
      // A day later it is free again.
      await database.exec(`update dialouts set accepted_at = accepted_at - interval '25 hours'`);
      hub.dialler.refusal = refusal;
      await expect(hub.service.submit(someDialout(), options)).rejects.toBe(refusal);
      hub.dialler.refusal = undefined;
      const later = someDialout();
      expect(await hub.service.submit(later, options)).toEqual({ conversationId: later.id, repeated: false });
    });

    test('are cancelled while they wait, and while they are dialled', async () => {
      const hub = await start({ limits: { concurrentCalls: 1 } });
      const [dialled, waiting] = [someDialout(), someDialout()];
      await hub.service.submit(dialled, {});
      await expect.poll(() => hub.dialler.calls.length).toBe(1);
      await hub.service.submit(waiting, {});
      expect(await hub.service.cancel(waiting.id, 'ada')).toBe('cancelled');
      expect(await hub.service.get(waiting.id)).toMatchObject({
        state: 'ended',
        outcome: { status: 'failed', reason: expect.stringContaining('ada') },
      });
      expect(await hub.service.cancel(waiting.id, 'ada')).toBe('ended');
      expect(await hub.service.cancel(dialled.id, 'ada')).toBe('cancelled');
      expect(hub.dialler.calls[0]?.cancelled).toMatchObject({ category: 'api' });
      await expect.poll(async () => (await hub.service.get(dialled.id))?.state).toBe('ended');
      expect(await hub.service.cancel(randomUUID(), 'ada')).toBe('unknown');
      expect(await hub.service.cancel('nonsense', 'ada')).toBe('unknown');
      const statuses = await storedStatuses(database);
      expect(statuses.get(waiting.id)).toEqual(['failed']);
      expect(statuses.get(dialled.id)).toEqual(['initiated', 'failed']);
      expect(hub.dialler.calls).toHaveLength(1);
    });

    test('cancelled at the very moment at which they are begun have one end', async () => {
      const hub = await start();
      const requests = Array.from({ length: 40 }, () => someDialout());
      await Promise.all(
        requests.map(async (request) => {
          await hub.service.submit(request, {});
          expect(await hub.service.cancel(request.id, 'ada')).toBe('cancelled');
        }),
      );
      for (const { id } of requests) {
        await expect.poll(async () => (await hub.service.get(id))?.state, { timeout: 10_000 }).toBe('ended');
      }
      const statuses = await storedStatuses(database);
      for (const { id } of requests) {
        expect(statuses.get(id)?.filter((status) => status === 'failed')).toEqual(['failed']);
      }
    });

    test('that wait are left to the next start; a hub that is being stopped takes none', async () => {
      const hub = await start({ room: () => 0 });
      const request = someDialout();
      await hub.service.submit(request, {});
      hub.service.drain();
      await expect(hub.service.submit(someDialout(), {})).rejects.toMatchObject({ code: 'draining' });
      await hub.close();
      const next = await start();
      await expect.poll(() => next.dialler.calls.map((call) => call.request.id)).toEqual([request.id]);
    });

    test('that were under way when a hub died end once, and are not dialled again', async () => {
      const hub = await start({ limits: { concurrentCalls: 2 } });
      const [dialled, answered, waiting] = [someDialout(), someDialout(), someDialout()];
      for (const request of [dialled, answered]) await hub.service.submit(request, {});
      await expect.poll(() => hub.dialler.calls.length).toBe(2);
      hub.dialler.calls.find(({ request }) => request.id === answered.id)?.observer.answered({ answeredMs: 1 });
      await expect.poll(async () => (await hub.service.get(answered.id))?.state).toBe('answered');
      await hub.service.submit(waiting, {});
      // The hub's row is gone as after its death; what it still reports comes too late.
      await hub.node.leave();
      const next = await start({ limits: { concurrentCalls: 2 } });
      expect(await next.service.get(dialled.id)).toMatchObject({
        state: 'ended',
        outcome: { status: 'failed', reasonCode: 'error' },
      });
      expect(await next.service.get(answered.id)).toMatchObject({
        state: 'ended',
        outcome: { status: 'completed', reasonCode: 'error' },
      });
      hub.service.drain();
      for (const call of hub.dialler.live) call.end();
      await expect.poll(() => next.dialler.calls.map((call) => call.request.id)).toEqual([waiting.id]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const statuses = await storedStatuses(database);
      expect(statuses.get(dialled.id)).toEqual(['initiated', 'failed']);
      expect(statuses.get(answered.id)).toEqual(['initiated', 'answered', 'completed']);
    });

    test('whose dialler breaks fail', async () => {
      const dialler = new FakeDialler({
        onDial: () => {
          throw new Error('broken');
        },
      });
      const hub = await start({ dialler });
      const request = someDialout();
      await hub.service.submit(request, {});
      await expect.poll(async () => (await hub.service.get(request.id))?.outcome?.status).toBe('failed');
      for (const call of dialler.calls) call.over = true;
    });

    test('what the dialler refuses is not stored; neither is a bot that nobody knows', async () => {
      const hub = await start();
      await expect(hub.service.submit(someDialout({ bot: 'nobody' }), {})).rejects.toMatchObject({
        code: 'unknown_bot',
      });
      hub.dialler.refusal = new Error('not there');
      const request = someDialout();
      await expect(hub.service.submit(request, {})).rejects.toThrow('not there');
      expect(await hub.service.get(request.id)).toBeUndefined();
    });

    test('that ended long ago are deleted', async () => {
      const hub = await start();
      const [old, waiting] = [someDialout(), someDialout({ bot: 'b' })];
      await hub.service.submit(old, {});
      await expect.poll(() => hub.dialler.calls.length).toBe(1);
      hub.dialler.calls[0]?.end();
      await expect.poll(async () => (await hub.service.get(old.id))?.state).toBe('ended');
      hub.service.drain();
      expect(await hub.store.prune(new Date(Date.now() + 60_000).toISOString())).toBe(1);
      expect(await hub.service.get(old.id)).toBeUndefined();
      expect(await hub.service.get(waiting.id)).toBeUndefined();
    });
  });
});
