import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClaimedNotification } from '../dialout/notifications/ports.ts';
import {
  delivered,
  failed,
  type OutboxDatabase,
  type OutboxNode,
  outboxDatabases,
  someEvent,
} from './notifications-fixture.ts';

const statusOf = ({ body }: { body: string }) => JSON.parse(body).status;

const all = { limit: 100, perOrigin: 100, ignore: [] };
const url = 'http://dialer.example/hook';

describe.each(outboxDatabases)('outbox on $name', ({ missing, make }) => {
  describe.skipIf(missing)(missing ?? 'here', () => {
    let database: OutboxDatabase;
    let node: OutboxNode;
    beforeAll(async () => {
      database = await make();
      node = await database.node();
    }, 60_000);
    afterAll(async () => {
      await node.close();
      await database.remove();
    });
    beforeEach(async () => {
      await sql`truncate dialout_events, call_events, dialout_lanes, notification_attempts`.execute(node.database.db);
      await node.jobs.boss.deleteAllJobs('notifications');
    });

    const claimed = async (options = {}) => await node.outbox.claim({ ...all, ...options });
    const ids = (notifications: readonly ClaimedNotification[]) =>
      notifications.map(({ conversationId, body }) => `${conversationId} ${JSON.parse(body).status}`);

    test('an event is claimed once, in the order of its dialout, with its body as it is sent', async () => {
      await Promise.all([
        node.outbox.publish(someEvent('a', 'ringing', { ringingMs: 5 }), { notifyUrl: url }),
        node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url }),
        node.outbox.publish(someEvent('b', 'failed', { reasonCode: 'busy', reason: 'x' }), { notifyUrl: url }),
      ]);
      await node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: url });
      const first = await claimed();
      expect(ids(first)).toEqual(['a ringing', 'b failed']);
      expect(first[0]).toMatchObject({ client: 'dialer', url, origin: 'http://dialer.example', attempts: 0 });
      expect(JSON.parse(first[0]?.body ?? '')).toEqual({
        conversationId: 'a',
        status: 'ringing',
        timestamp: '2026-01-01T00:00:00.000Z',
        bot: 'demo',
        ringingMs: 5,
      });
      expect(await claimed()).toEqual([]);
      for (const expected of [['a answered'], ['a completed'], []]) {
        for (const notification of first.splice(0)) await node.outbox.settle(delivered(notification));
        first.push(...(await claimed()));
        expect(ids(first)).toEqual(expected);
      }
      expect(await node.events.figures()).toEqual({ pending: 0, oldestPendingMs: 0 });
    });

    test('a failed attempt comes again, later, and holds back what follows it', async () => {
      await node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url });
      await node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: url });
      const [first] = await claimed();
      if (first === undefined) throw new Error('nothing is due');
      await node.outbox.settle(failed(first, 60_000));
      expect(await claimed()).toEqual([]);
      expect((await node.events.figures()).pending).toBe(2);
      await sql`update pgboss.job set start_after = now() where name = 'notifications'`.execute(node.database.db);
      const again = await claimed();
      expect(ids(again)).toEqual(['a answered']);
      expect(again[0]?.attempts).toBe(1);
      for (const notification of again) {
        await node.outbox.settle({
          notification,
          attempt: { attempt: 2, at: '2026-01-01T00:00:02.000Z', ms: 3, status: 410 },
          next: { state: 'given-up' },
        });
      }
      expect(ids(await claimed())).toEqual(['a completed']);
      expect(await node.events.attemptsOf('a')).toEqual([
        {
          eventId: first.eventId,
          status: 'answered',
          timestamp: '2026-01-01T00:00:00.000Z',
          delivery: 'given-up',
          attempts: [
            { attempt: 1, at: '2026-01-01T00:00:01.000Z', error: 'no answer in time', ms: 12 },
            { attempt: 2, at: '2026-01-01T00:00:02.000Z', status: 410, ms: 3 },
          ],
        },
        expect.objectContaining({ status: 'completed', delivery: 'pending', attempts: [] }),
      ]);
    });

    test('events that nobody asked for are stored, and hold nothing back', async () => {
      await node.outbox.publish(someEvent('a', 'initiated'), { notifyUrl: undefined });
      await node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url });
      await node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: undefined });
      const [first] = await claimed();
      expect(ids(first ? [first] : [])).toEqual(['a answered']);
      if (first) await node.outbox.settle(delivered(first));
      expect(await claimed()).toEqual([]);
      expect((await node.events.after(0, 10)).map(statusOf)).toEqual(['initiated', 'answered', 'completed']);
      expect((await node.events.attemptsOf('a')).map(({ delivery }) => delivery)).toEqual([
        'none',
        'delivered',
        'none',
      ]);
    });

    test('a dialout ends once: what comes after its final event is refused, others of the batch are not', async () => {
      const results = await Promise.allSettled([
        node.outbox.publish(someEvent('a', 'failed'), { notifyUrl: url }),
        node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: url }),
        node.outbox.publish(someEvent('b', 'completed'), { notifyUrl: url }),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await expect(node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url })).rejects.toMatchObject({
        code: 'dialout_over',
      });
      expect((await node.events.after(0, 10)).map((event) => [event.conversationId, statusOf(event)])).toEqual([
        ['a', 'failed'],
        ['b', 'completed'],
      ]);
      // The database itself sees to it, whatever the code around it does.
      const insert =
        sql`insert into dialout_events (conversation_id, sequence, status, final, client, body, created_at, delivery)
        values ('a', 9, 'completed', true, 'dialer', '{}', now(), 'none')`.execute(node.database.db);
      await expect(insert).rejects.toThrow(/dialout_events_one_final/);
    });

    test("an event of somebody's transaction is there when that is committed, and else never was", async () => {
      const change = (fails: boolean) =>
        node.database.db.transaction().execute(async (transaction) => {
          await node.outbox.publishIn(transaction, [{ event: someEvent('a', 'failed'), notifyUrl: url }]);
          if (fails) throw new Error('undone');
        });
      await expect(change(true)).rejects.toThrow('undone');
      expect(await claimed()).toEqual([]);
      await change(false);
      expect(ids(await claimed())).toEqual(['a failed']);
      const late = node.database.db.transaction().execute(async (transaction) => {
        await node.outbox.publishIn(transaction, [{ event: someEvent('a', 'completed'), notifyUrl: url }]);
      });
      await expect(late).rejects.toMatchObject({ code: 'dialout_over' });
    });

    test('whoever listens is told, also of what others store', async () => {
      let told = 0;
      let heard = Promise.withResolvers<void>();
      const unlisten = await node.outbox.listen(() => {
        told += 1;
        heard.resolve();
      });
      await node.database.db
        .transaction()
        .execute((transaction) =>
          node.outbox.publishIn(transaction, [{ event: someEvent('a', 'answered'), notifyUrl: undefined }]),
        );
      await heard.promise;
      expect(told).toBe(1);
      heard = Promise.withResolvers<void>();
      await node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: undefined });
      await heard.promise;
      await unlisten();
    });

    test('no more of one origin are claimed than it may have, and none of those to ignore', async () => {
      const hook = (host: string) => ({ notifyUrl: `http://${host}.example/` });
      for (const n of [1, 2, 3, 4, 5]) await node.outbox.publish(someEvent(`s${n}`, 'answered'), hook('stuck'));
      for (const n of [1, 2]) await node.outbox.publish(someEvent(`q${n}`, 'answered'), hook('quick'));
      const first = await claimed({ perOrigin: 2 });
      expect(ids(first)).toHaveLength(4);
      expect(await claimed({ perOrigin: 2 })).toEqual([]);
      for (const notification of first) {
        if (notification.origin.includes('stuck')) await node.outbox.settle(delivered(notification));
      }
      expect(await claimed({ ignore: ['http://stuck.example'] })).toEqual([]);
      expect(ids(await claimed())).toHaveLength(3);
    });

    test('what a dead node held is taken over; its late word changes nothing', async () => {
      await node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url });
      const [held] = await claimed();
      if (held === undefined) throw new Error('nothing is due');
      await sql`insert into nodes (id, name, beats, accepting, started_at)
        values ('node-1', 'test', 1, true, now())`.execute(node.database.db);
      expect(await node.outbox.takeOver()).toBe(0);
      await sql`delete from nodes`.execute(node.database.db);
      expect(await node.outbox.takeOver()).toBe(1);
      const [again] = await claimed();
      expect(again?.eventId).toBe(held.eventId);
      await node.outbox.settle(failed(held, 60_000));
      expect(await node.events.attemptsOf('a')).toMatchObject([{ delivery: 'pending', attempts: [] }]);
      if (again) await node.outbox.settle(delivered(again));
      expect(await node.events.attemptsOf('a')).toMatchObject([{ delivery: 'delivered', attempts: [{ attempt: 1 }] }]);
      expect(await claimed()).toEqual([]);
    });

    test('a job that was lost is made again, and only such a one', async () => {
      for (const id of ['a', 'b', 'c']) {
        await node.outbox.publish(someEvent(id, 'answered'), { notifyUrl: url });
        await node.outbox.publish(someEvent(id, 'completed'), { notifyUrl: url });
      }
      const [held] = await claimed({ limit: 1 });
      expect(ids(held ? [held] : [])).toEqual(['a answered']);
      expect(await node.outbox.repair()).toBe(0);
      await node.jobs.boss.deleteQueuedJobs('notifications');
      expect(await node.outbox.repair()).toBe(2);
      expect(await node.outbox.repair()).toBe(0);
      expect(ids(await claimed())).toEqual(['b answered', 'c answered']);
    });

    test('a claim that is given back is due again, unattempted', async () => {
      await node.outbox.publish(someEvent('a', 'answered'), { notifyUrl: url });
      for (let round = 0; round < 3; round += 1) {
        const [notification] = await claimed();
        expect(notification?.attempts).toBe(0);
        if (notification) {
          await node.outbox.settle({ notification, attempt: undefined, next: { state: 'pending', afterMs: 0 } });
        }
      }
      expect(await node.events.attemptsOf('a')).toMatchObject([{ delivery: 'pending', attempts: [] }]);
    });

    test('events are read by id, filtered, from where the reader was; old ones are deleted', async () => {
      for (const n of [1, 2, 3]) {
        await node.outbox.publish(someEvent(`a${n}`, 'failed', { bot: `bot-${n % 2}` }), { notifyUrl: undefined });
      }
      await node.outbox.publish(someEvent('p', 'answered'), { notifyUrl: url });
      await node.outbox.publish(someEvent('a4', 'completed'), { notifyUrl: undefined });
      const events = await node.events.after(0, 10);
      expect(await node.events.lastId()).toBe(events.at(-1)?.id);
      expect(await node.events.after(events[1]?.id ?? 0, 2)).toEqual(events.slice(2, 4));
      expect(await node.events.after(0, 10, { bot: 'bot-1' })).toEqual([events[0], events[2]]);
      expect(await node.events.after(0, 10, { conversationId: 'p' })).toEqual([events[3]]);
      expect(await node.events.prune('2020-01-01T00:00:00Z')).toBe(0);
      expect(await node.events.prune('2999-01-01T00:00:00Z')).toBe(4);
      expect(await node.events.after(0, 10)).toEqual([events[3]]);
      expect(await node.events.prunedThrough()).toBe(events[4]?.id);
      expect(await node.events.lastId()).toBe(events[4]?.id);
    });

    test('events of calls are streamed between those of dialouts, and go with their age', async () => {
      const failover = (conversationId: string) => ({
        ...{ type: 'speech.failover' as const, conversationId, callId: 'call', bot: 'demo', kind: 'tts' as const },
        ...{ from: 'one', to: 'two', reasonCode: 'speech_timeout', timestamp: '2026-01-01T00:00:00.000Z' },
      });
      await node.outbox.publish(someEvent('a', 'ringing'), { notifyUrl: undefined });
      await Promise.all([node.calls.publish(failover('c')), node.calls.publish(failover('d'))]);
      await node.outbox.publish(someEvent('a', 'completed'), { notifyUrl: undefined });
      await node.calls.publish(failover('e'));
      const events = await node.events.after(0, 10);
      expect(events.map(({ type, conversationId }) => [type, conversationId])).toEqual([
        [undefined, 'a'],
        ['speech.failover', 'c'],
        ['speech.failover', 'd'],
        [undefined, 'a'],
        ['speech.failover', 'e'],
      ]);
      expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => a - b));
      expect(JSON.parse(events[1]?.body ?? '')).toEqual(failover('c'));
      expect(await node.events.after(events[0]?.id ?? 0, 2)).toEqual(events.slice(1, 3));
      expect(await node.events.after(0, 10, { conversationId: 'd' })).toEqual([events[2]]);
      expect(await node.events.after(0, 10, { bot: 'another' })).toEqual([]);
      expect(await node.events.lastId()).toBe(events[4]?.id);
      expect(await node.events.prune('2999-01-01T00:00:00Z')).toBe(5);
      expect(await node.events.after(0, 10)).toEqual([]);
      expect(await node.events.prunedThrough()).toBe(events[4]?.id);
      expect(await node.events.lastId()).toBe(events[4]?.id);
    });

    test('an event that is there already is passed over, in the same batch or later, also when it was the last', async () => {
      const publish = (status: 'ringing' | 'answered' | 'completed') =>
        node.outbox.publish(someEvent('a', status), { notifyUrl: url });
      await Promise.all([publish('ringing'), publish('ringing'), publish('answered')]);
      await publish('ringing');
      await Promise.all([publish('answered'), publish('completed'), publish('completed')]);
      await publish('completed');
      await publish('answered');
      expect((await node.events.after(0, 10)).map(statusOf)).toEqual(['ringing', 'answered', 'completed']);
      for (const expected of [['a ringing'], ['a answered'], ['a completed'], []]) {
        const due = await claimed();
        expect(ids(due)).toEqual(expected);
        for (const notification of due) await node.outbox.settle(delivered(notification));
      }
    });

    test('a reason with characters that a database does not like is kept', async () => {
      const reason = 'SIP ;cause=486 ;text="\u0000 \ud83d \\ \u2028 €"';
      await node.outbox.publish(someEvent('a', 'failed', { reason }), { notifyUrl: url });
      const [notification] = await claimed();
      expect(JSON.parse(notification?.body ?? '').reason).toBe(reason);
    });

    test('ids become visible in their order, whoever writes', async () => {
      const writers = Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0
          ? node.outbox.publish(someEvent(`w${n}`, 'answered'), { notifyUrl: undefined })
          : node.database.db
              .transaction()
              .execute((transaction) =>
                node.outbox.publishIn(transaction, [{ event: someEvent(`w${n}`, 'answered'), notifyUrl: undefined }]),
              ),
      );
      const seen: number[] = [];
      let done = false;
      const written = Promise.all(writers).then(() => {
        done = true;
      });
      for (let last = 0; ; ) {
        const finished = done;
        const events = await node.events.after(last, 100);
        seen.push(...events.map(({ id }) => id));
        last = seen.at(-1) ?? 0;
        if (finished) break;
      }
      await written;
      expect(seen).toEqual((await node.events.after(0, 100)).map(({ id }) => id));
      expect(seen).toHaveLength(40);
    });
  });
});
