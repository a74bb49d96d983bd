import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { type Jobs, openJobs } from './jobs.ts';
import { quickWasm, temporaryDirectory } from './store-fixture.ts';

quickWasm();
const log = pino({ level: 'silent' });

describe('jobs', () => {
  let directory: { path: string; remove(): Promise<void> };
  let database: Database;
  let jobs: Jobs;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    database = await openEmbeddedDatabase(directory.path, () => {});
    jobs = await openJobs({ database, log });
  }, 60_000);
  afterAll(async () => {
    await jobs.close();
    await database.close();
    await directory.remove();
  });

  /** The payloads in the order in which a worker gets them. */
  async function collect(queue: string) {
    const seen: unknown[] = [];
    let heard = Promise.withResolvers<void>();
    // Polling alone would take far longer than the test.
    await jobs.work(queue, { pollingIntervalSeconds: 600, notifyPollingIntervalSeconds: 600 }, async ([job]) => {
      seen.push(job?.data);
      heard.resolve();
    });
    return {
      seen,
      async until(count: number) {
        while (seen.length < count) {
          await heard.promise;
          heard = Promise.withResolvers<void>();
        }
        return seen;
      },
    };
  }

  test('wake a worker that waits', async () => {
    await jobs.queue('woken');
    const worker = await collect('woken');
    for (const n of [1, 2, 3]) {
      await jobs.boss.send('woken', { n });
      await worker.until(n);
    }
    expect(worker.seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test('belong to the transaction that they are sent in', async () => {
    await jobs.queue('within');
    const send = (n: number, fails: boolean) =>
      database.db.transaction().execute(async (transaction) => {
        await jobs.boss.send('within', { n }, { db: jobs.within(transaction) });
        if (fails) throw new Error('no');
      });
    await expect(send(1, true)).rejects.toThrow('no');
    await send(2, false);
    const found = await jobs.boss.fetch('within', { batchSize: 10 });
    expect(found.map((job) => job.data)).toEqual([{ n: 2 }]);
  });

  test('of a queue that is made again are kept', async () => {
    await jobs.queue('kept', { retryLimit: 1 });
    await jobs.boss.send('kept', { n: 1 });
    await jobs.queue('kept', { retryLimit: 7 });
    expect(await jobs.boss.getQueue('kept')).toMatchObject({ retryLimit: 7, notify: true });
    expect(await jobs.boss.fetch('kept')).toHaveLength(1);
  });

  test('that fail are tried again, as the queue says', async () => {
    await jobs.queue('failing', { retryLimit: 1, retryDelay: 0 });
    const attempts: string[] = [];
    const twice = Promise.withResolvers<void>();
    await jobs.work('failing', { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }, async ([job]) => {
      attempts.push(job?.id ?? '');
      if (attempts.length === 2) twice.resolve();
      else throw new Error('once more');
    });
    await jobs.boss.send('failing', {});
    await twice.promise;
    expect(new Set(attempts).size).toBe(1);
  });

  test('a failed script leaves the connection fit for use', async () => {
    await expect(database.exec('BEGIN; SELECT 1; SELECT nonsense; COMMIT;')).rejects.toMatchObject({
      sqlState: '42703',
    });
    expect(await database.exec('SELECT 1 AS a; SELECT 2 AS b')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test('several who listen to a channel all hear it, until they stop', async () => {
    const heard: string[] = [];
    const listen = (name: string) =>
      database.listen('some_channel', {
        onNotification: (payload) => heard.push(`${name} ${payload}`),
        onReconnect: () => {},
      });
    const [stop] = [await listen('a'), await listen('b')];
    onTestFinished(stop);
    await database.exec(`NOTIFY some_channel, 'x'`);
    await database.exec('SELECT 1');
    await stop();
    await database.exec(`NOTIFY some_channel, 'y'`);
    await database.exec('SELECT 1');
    expect(heard).toEqual(['a x', 'b x', 'b y']);
  });
});
