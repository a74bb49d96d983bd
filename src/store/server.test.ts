import { once } from 'node:events';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from './database.ts';
import { openJobs } from './jobs.ts';
import { openServerDatabase } from './server-database.ts';
import { serverAddress } from './server-errors.ts';
import { postgresMissing, startTestServer, type TestServer } from './testing-postgres.ts';

const log = pino({ level: 'silent' });

test('an address is told without its credentials', () => {
  expect(serverAddress('postgres://hub:hu%40sh@db.example:6432/patch%20bay?sslmode=require')).toEqual({
    server: 'db.example:6432',
    database: 'patch bay',
    user: 'hub',
  });
  expect(serverAddress('postgresql://hub@localhost')).toEqual({
    server: 'localhost:5432',
    database: 'hub',
    user: 'hub',
  });
  expect(serverAddress('postgres://hub@localhost/calls?host=/run/postgresql')).toMatchObject({
    server: '/run/postgresql',
  });
});

describe.skipIf(postgresMissing)(`a PostgreSQL server (${postgresMissing ?? 'installed'})`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  afterAll(() => server?.remove());

  async function open(url: string, options: { patienceMs?: number } = {}): Promise<Database> {
    const database = await openServerDatabase({ url, log, patienceMs: 0, ...options });
    onTestFinished(() => database.close());
    return database;
  }

  test('hubs that start together bring the database up to date once', async () => {
    const url = await server.freshDatabase();
    const databases = await Promise.all([open(url), open(url), open(url)]);
    const all = await Promise.all(databases.map((database) => openJobs({ database, log })));
    for (const jobs of all) onTestFinished(() => jobs.close());
    for (const { db } of databases) {
      expect(await db.selectFrom('call_records').select('id').execute()).toEqual([]);
    }
  });

  test('says what to do when it cannot be used, and tells no password', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const { port } = unused.address() as { port: number };
    await new Promise((resolve) => unused.close(resolve));
    const cases: [string, RegExp][] = [
      [`postgres://hub:hush@127.0.0.1:${port}/x`, /cannot be reached \(.*ECONNREFUSED.*check that it runs/],
      [server.url({ user: 'hub', password: 'hush' }), /refuses the user 'hub'.*check user and password/],
      [server.url({ user: 'postgres', password: 'hush', database: 'nowhere' }), /no database 'nowhere': create it/],
    ];
    for (const [url, message] of cases) {
      const error: unknown = await openServerDatabase({ url, log, patienceMs: 0 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'store_failed', message: expect.stringMatching(message) });
      expect(String(error)).not.toContain('hush');
    }
  });

  test('refuses a database that is not in UTF-8', async () => {
    const admin = await open(await server.freshDatabase());
    await sql`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`.execute(admin.db);
    await expect(
      openServerDatabase({ url: server.url({ database: 'latin' }), log, patienceMs: 0 }),
    ).rejects.toMatchObject({ code: 'store_incompatible', message: expect.stringContaining('LATIN1') });
  });

  test('is waited for while it starts', async () => {
    const url = await server.freshDatabase();
    await server.stop();
    const opening = open(url, { patienceMs: 20_000 });
    opening.catch(() => {});
    await server.start();
    expect((await opening).kind).toBe('postgres');
  });

  test('may go away and come back: queries fail as retryable, then work; notifications go on', async () => {
    const lines: string[] = [];
    const url = await server.freshDatabase();
    const into = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const database = await openServerDatabase({ url, log: pino(into) });
    onTestFinished(() => database.close());
    const heard: string[] = [];
    const again = Promise.withResolvers<void>();
    await database.listen('patchbay_test', {
      onNotification: (payload) => heard.push(payload),
      onReconnect: () => again.resolve(),
    });
    const ask = () => database.db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    expect(await ask()).toEqual([{ one: 1 }]);
    // One that is under way when the server goes fails like those that follow.
    const inFlight = sql`SELECT pg_sleep(30)`.execute(database.db).catch((error: unknown) => error);
    await ask();
    await server.stop();
    expect(await inFlight).toMatchObject({ code: 'store_failed', retryable: true });
    await expect(ask()).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    await server.start();
    expect(await ask()).toEqual([{ one: 1 }]);
    await again.promise;
    await database.exec(`NOTIFY patchbay_test, 'back'`);
    await expect.poll(() => heard).toEqual(['back']);
    expect(lines.join('')).toContain('notifications of the database are interrupted');
    expect(lines.join('')).not.toContain('test-password');
  });

  test('errors of SQL keep their state and are not retryable', async () => {
    const { db } = await open(await server.freshDatabase());
    await expect(sql`SELECT nonsense`.execute(db)).rejects.toMatchObject({ sqlState: '42703', retryable: false });
    await expect(
      db.transaction().execute(async (transaction) => {
        await sql`SELECT nonsense`.execute(transaction);
      }),
    ).rejects.toMatchObject({ sqlState: '42703' });
    expect((await sql`SELECT 1 AS a`.execute(db)).rows).toEqual([{ a: 1 }]);
  });

  test('a worker is woken by a job of another process', async () => {
    const url = await server.freshDatabase();
    const [mine, other] = [await open(url), await open(url)];
    const [worker, sender] = [await openJobs({ database: mine, log }), await openJobs({ database: other, log })];
    onTestFinished(() => worker.close());
    onTestFinished(() => sender.close());
    await worker.queue('across');
    await sender.queue('across');
    const got = Promise.withResolvers<unknown>();
    await worker.work('across', { pollingIntervalSeconds: 600, notifyPollingIntervalSeconds: 600 }, async ([job]) =>
      got.resolve(job?.data),
    );
    await sender.boss.send('across', { n: 1 });
    expect(await got.promise).toEqual({ n: 1 });
  });
});
