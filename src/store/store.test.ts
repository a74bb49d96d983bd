import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { CallQuery } from '../calls/call-query.ts';
import type { CallRecord } from '../calls/record.ts';
import { SqlCallRecordStore } from './call-records.ts';
import { ensureDatabase } from './data-directory.ts';
import { DatabaseThread, spawnDatabaseWorker } from './database-thread.ts';
import { lockDirectory } from './lock.ts';
import { openStore, type Store } from './open.ts';
import { QUICK_WASM, quickWasm, someRecord, temporaryDirectory } from './store-fixture.ts';

quickWasm();
const log = pino({ level: 'silent' });
let prepared: { path: string; remove(): Promise<void> };
let template: string;

beforeAll(async () => {
  prepared = await temporaryDirectory();
  template = join(prepared.path, 'template');
  // What a killed start left: it is cleared away.
  await mkdir(join(`${template}.new`, 'base'), { recursive: true });
  expect(await ensureDatabase(template, join(prepared.path, 'none'))).toBe('created');
}, 60_000);
afterAll(() => prepared.remove());

const open = (dataDir: string) => openStore({ dataDir, log, preparedDatabase: template });

async function freshDirectory(): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  onTestFinished(remove);
  return path;
}

describe('call records', () => {
  let directory: { path: string; remove(): Promise<void> };
  let store: Store;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    store = await open(directory.path);
  });
  afterEach(() => {
    if (!(store.callRecords instanceof SqlCallRecordStore)) throw new Error('another store');
    return store.callRecords.prune({ olderThan: '2999-01-01T00:00:00Z', keepCalls: 0 });
  });
  afterAll(async () => {
    await store.close();
    await directory.remove();
  });

  const full: CallRecord = someRecord('full', 1, {
    dial: {
      attempts: [{ gateway: 'sip:a', sipCallId: 'x', atMs: 0, outcome: 'answered', sipStatus: 200 }],
      alternativeRoute: false,
      ringingMs: 20,
      earlyMediaMs: 30,
      answeredMs: 40,
      machine: { type: 'human', decidedAfterMs: 900, evidence: { words: 1 } },
    },
    answerTime: '2026-01-01T00:01:01.250Z',
    endTime: '2026-01-01T00:02:00.000Z',
    durationMs: 58_750.5,
    conversationId: 'c',
    sessionId: 'first',
    bridgedWith: 'other',
    transfers: [{ method: 'refer', target: 'tel:+1', atMs: 5, outcome: 'failed', sipStatus: 486 }],
    end: { category: 'rejected', by: 'hub', text: 'no', sipStatus: 488 },
    transcript: [
      { atMs: 10, speaker: 'bot', kind: 'speech', text: 'Hello', playedMs: 400, interrupted: true },
      { atMs: 900, speaker: 'caller', kind: 'dtmf', text: '12#', confidence: 0.5 },
    ],
  });

  test('come back as they were written', async () => {
    const bare = someRecord('bare', 2, {
      calling: { user: '', host: '', displayName: undefined },
      sipConnection: undefined,
      routingRule: undefined,
      destination: { reject: 404 },
    });
    await Promise.all([store.callRecords.save(full), store.callRecords.save(bare)]);
    expect(await store.callRecords.get('full')).toEqual(full);
    expect(await store.callRecords.get('bare')).toEqual(bare);
    expect(await store.callRecords.get('nobody')).toBeUndefined();
  });

  test('are replaced by id, as they were when save was called', async () => {
    const record = someRecord('a', 0, { state: 'setup' });
    const first = store.callRecords.save(record);
    record.state = 'answered';
    record.transcript.push({ atMs: 0, speaker: 'hub', kind: 'event', text: 'x' });
    await first;
    expect(await store.callRecords.get('a')).toMatchObject({ state: 'setup', transcript: [] });
    await store.callRecords.save(record);
    expect(await store.callRecords.get('a')).toMatchObject({ state: 'answered', transcript: [{ text: 'x' }] });
  });

  test('are listed newest first, page by page', async () => {
    const ids = ['c', 'a', 'b', 'e', 'd'];
    await Promise.all(ids.map((id) => store.callRecords.save(someRecord(id, id === 'e' || id === 'd' ? 9 : 1))));
    const seen: string[] = [];
    for (let before: { setupTime: string; id: string } | undefined; ; ) {
      const page = await store.callRecords.list({ limit: 2, ...(before === undefined ? {} : { after: before }) });
      seen.push(...page.map((record) => record.id));
      before = page.at(-1);
      if (before === undefined) break;
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test('are filtered and sorted in the database, by its indexes', async () => {
    const conversationId = (n: number) => ({ conversationId: `c${n % 2}` });
    await Promise.all([1, 2, 3, 4].map((n) => store.callRecords.save(someRecord(`f${n}`, n, conversationId(n)))));
    const ids = async (query: Omit<CallQuery, 'limit'>) =>
      (await store.callRecords.list({ limit: 10, ...query })).map(({ id }) => id);
    const time = (minute: number) => someRecord('x', minute).setupTime;
    expect(await ids({ first: 'oldest' })).toEqual(['f1', 'f2', 'f3', 'f4']);
    expect(await ids({ first: 'oldest', offset: 1, after: { setupTime: time(1), id: 'f1' } })).toEqual(['f3', 'f4']);
    expect(await ids({ filter: { conversationId: 'c0' } })).toEqual(['f4', 'f2']);
    expect(await ids({ filter: { id: 'f3', conversationId: 'c1' } })).toEqual(['f3']);
    expect(await ids({ filter: { id: 'f3', conversationId: 'c0' } })).toEqual([]);
    for (const [operator, expected] of [
      ['>=', ['f4', 'f3', 'f2']],
      ['>', ['f4', 'f3']],
      ['<=', ['f2', 'f1']],
      ['<', ['f1']],
      ['=', ['f2']],
    ] as const) {
      expect(await ids({ filter: { setupTime: [{ operator, time: time(2) }] } })).toEqual(expected);
    }
    const between = [
      { operator: '>=', time: time(2) },
      { operator: '<', time: time(4) },
    ] as const;
    expect(await ids({ filter: { setupTime: between } })).toEqual(['f3', 'f2']);
    expect(await store.callRecords.list({ limit: 1 })).not.toContainEqual(
      expect.objectContaining({ transcript: expect.anything() }),
    );
  });

  test('that an earlier process left unfinished are ended', async () => {
    await Promise.all([
      store.callRecords.save(someRecord('setup', 1, { state: 'setup' })),
      store.callRecords.save(someRecord('answered', 1, { state: 'answered' })),
      store.callRecords.save(full),
    ]);
    const end = { category: 'shutdown', by: 'hub', text: 'gone' } as const;
    expect(await store.callRecords.closeOrphans(end, '2026-02-01T00:00:00.000Z')).toBe(0); // this hub has them still
    await store.database.db.updateTable('call_records').set({ node: 'another hub' }).execute();
    expect(await store.callRecords.closeOrphans(end, '2026-02-01T00:00:00.000Z')).toBe(2);
    expect(await store.callRecords.get('answered')).toMatchObject({
      state: 'ended',
      end,
      endTime: '2026-02-01T00:00:00.000Z',
    });
    expect(await store.callRecords.get('full')).toEqual(full);
    expect(await store.callRecords.closeOrphans(end, '2026-02-01T00:00:00.000Z')).toBe(0);
  });

  test('are deleted when they are too old or too many, but never while the call goes on', async () => {
    if (!(store.callRecords instanceof SqlCallRecordStore)) throw new Error('another store');
    for (let minute = 0; minute < 6; minute += 1) {
      await store.callRecords.save(someRecord(`r${minute}`, minute, { state: minute === 0 ? 'answered' : 'ended' }));
    }
    const olderThan = someRecord('x', 2).setupTime;
    expect(await store.callRecords.prune({ olderThan, keepCalls: 3 })).toBe(2);
    const left = await store.callRecords.list({ limit: 10 });
    expect(left.map((record) => record.id)).toEqual(['r5', 'r4', 'r3', 'r0']);
    await store.callRecords.save(someRecord('r0', 0));
  });

  test('any text survives or is mended: nothing that callers or bots send costs the record', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('a\0b'), fc.constant('\uD800x'));
    await fc.assert(
      fc.asyncProperty(text, text, async (displayName, said) => {
        const mended = (value: string) => value.toWellFormed().replaceAll('\0', '\uFFFD');
        await store.callRecords.save(
          someRecord('odd', 0, {
            sipCallId: displayName,
            calling: { user: said, host: '', displayName },
            transcript: [{ atMs: 0, speaker: 'bot', kind: 'speech', text: said }],
          }),
        );
        expect(await store.callRecords.get('odd')).toMatchObject({
          sipCallId: mended(displayName),
          calling: { user: mended(said), displayName: mended(displayName) },
          transcript: [{ text: mended(said) }],
        });
      }),
      { numRuns: 60 },
    );
  });

  test('a record that the database refuses does not take others with it', async () => {
    const results = await Promise.allSettled([
      store.callRecords.save(someRecord('good')),
      store.callRecords.save(someRecord('bad', 0, { setupTime: 'yesterday-ish' })),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(await store.callRecords.get('good')).toBeDefined();
  });

  test('many at once', async () => {
    const count = 500;
    await Promise.all(Array.from({ length: count }, (_, n) => store.callRecords.save(someRecord(`m${n}`, n))));
    expect(await store.callRecords.list({ limit: 1000 })).toHaveLength(count);
    await store.ping();
  });
});

describe('the data directory', () => {
  test('belongs to its owner alone, and is the same after a restart', async () => {
    const dataDir = join(await freshDirectory(), 'deep', 'data');
    const first = await open(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await first.callRecords.save(someRecord('a', 0, { state: 'answered' }));
    await first.close();
    await first.close();
    await expect(first.callRecords.save(someRecord('b'))).rejects.toMatchObject({ code: 'store_closed' });
    const second = await open(dataDir);
    expect(await second.callRecords.get('a')).toMatchObject({ state: 'ended', end: { category: 'shutdown' } });
    await second.close();
  });

  test('is copied from the prepared one, if there is none yet', async () => {
    expect(await readdir(prepared.path)).toEqual(['template']);
    const target = join(await freshDirectory(), 'pgdata');
    expect(await ensureDatabase(target, template)).toBe('copied');
    expect(await ensureDatabase(target, template)).toBe('found');
  });

  test('that cannot be made is a clear error', async () => {
    const directory = await freshDirectory();
    await writeFile(join(directory, 'file'), '');
    await expect(open(join(directory, 'file', 'data'))).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining(join(directory, 'file', 'data')),
    });
  });

  test('with a broken database is a clear error, and stays free for the next', async () => {
    const dataDir = await freshDirectory();
    await mkdir(join(dataDir, 'pgdata'));
    await writeFile(join(dataDir, 'pgdata', 'PG_VERSION'), '9\n');
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining('pgdata'),
    });
    lockDirectory(dataDir).release();
  });
});

describe('the lock', () => {
  test('is held by one, and says by whom', async () => {
    const directory = await freshDirectory();
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(
      expect.objectContaining({ code: 'store_in_use', message: expect.stringContaining(`process ${process.pid}`) }),
    );
    lock.release();
    lock.release();
    lockDirectory(directory).release();
  });

  test('does not believe a process id in a file: only the kernel knows who lives', async () => {
    const directory = await freshDirectory();
    await writeFile(join(directory, 'hub.pid'), `${process.pid} here\n`);
    await writeFile(join(directory, 'hub.lock'), '');
    lockDirectory(directory).release();
  });
});

describe('a killed process', () => {
  async function startWriter(
    dataDir: string,
    name: string,
  ): Promise<{ child: ChildProcess; committed: string[]; some(count: number): Promise<void> }> {
    const child = spawn(
      process.execPath,
      [...QUICK_WASM, fileURLToPath(new URL('./crash-writer.ts', import.meta.url)), dataDir, template, name],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const committed: string[] = [];
    const waiting: { count: number; resolve(): void }[] = [];
    const opened = Promise.withResolvers<void>();
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      if (line === 'open') opened.resolve();
      else committed.push(line);
      for (const { count, resolve } of waiting) if (committed.length >= count) resolve();
    });
    await opened.promise;
    return { child, committed, some: (count) => new Promise((resolve) => waiting.push({ count, resolve })) };
  }

  test('keeps others out while it lives, and loses nothing that was committed when it dies', async () => {
    const dataDir = await freshDirectory();
    const all: string[] = [];
    for (const round of [1, 2]) {
      // The second one also opens what the first one has left.
      const { child, committed, some } = await startWriter(dataDir, `writer-${round}`);
      await some(40 * round);
      await expect(open(dataDir)).rejects.toMatchObject({
        code: 'store_in_use',
        message: expect.stringContaining(`process ${child.pid}`),
      });
      child.kill('SIGKILL');
      await once(child, 'close');
      all.push(...committed);
    }
    const store = await open(dataDir);
    for (const id of all) expect(await store.callRecords.get(id), id).toMatchObject({ state: 'ended' });
    await store.close();
  }, 60_000);
});

describe('the database thread', () => {
  function watchedThread(directory: string, now: () => number = () => 0) {
    const workers: Worker[] = [];
    const lost: Error[] = [];
    const spawn = (path: string): Worker => {
      const worker = spawnDatabaseWorker(path);
      workers.push(worker);
      return worker;
    };
    return { thread: new DatabaseThread(directory, (error) => lost.push(error), { spawn, now }), workers, lost };
  }

  test('ends its transaction with it: what comes after does not run outside of one', async () => {
    const directory = join(await freshDirectory(), 'pgdata');
    await ensureDatabase(directory, template);
    const { thread, workers } = watchedThread(directory);
    await expect(
      thread.transaction(async (transaction) => {
        await transaction.query('create table half (x int)');
        await workers[0]?.terminate();
        await transaction.query('create table other_half (x int)');
      }),
    ).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    const tables = await thread.query("select 1 from pg_tables where tablename like '%half'");
    expect(tables.rows).toEqual([]);
    await thread.close();
  });

  test('is not started over and over for a database that cannot be opened', async () => {
    const directory = join(await freshDirectory(), 'pgdata');
    await mkdir(directory);
    await writeFile(join(directory, 'PG_VERSION'), '9\n');
    let now = 0;
    const { thread, workers, lost } = watchedThread(directory, () => now);
    await expect(thread.open()).rejects.toMatchObject({ code: 'store_failed' });
    await expect.poll(() => lost.length).toBe(1);
    await expect(thread.query('select 1')).rejects.toMatchObject({ code: 'store_failed' });
    expect(workers).toHaveLength(1);
    now = 60_000;
    await expect(thread.query('select 1')).rejects.toMatchObject({ code: 'store_failed' });
    expect(workers).toHaveLength(2);
    await thread.close();
  });

  test('is started again after it died; what was under way fails', async () => {
    const directory = join(await freshDirectory(), 'pgdata');
    await ensureDatabase(directory, template);
    const { thread, workers, lost } = watchedThread(directory);
    await thread.open();
    await thread.query(
      "insert into call_records select 'x', '', '', '', '{}', '{}', '', null, null, null, null, now(), null, null, 0, null, '[]'",
    );
    const underWay = expect(thread.query('select pg_sleep(60)')).rejects.toMatchObject({
      code: 'store_failed',
      retryable: true,
    });
    await workers[0]?.terminate();
    await underWay;
    expect(lost).toHaveLength(1);
    expect(await thread.query('select id from call_records')).toMatchObject({ rows: [{ id: 'x' }] });
    await thread.close();
    await thread.close();
    expect(lost).toHaveLength(1);
    await expect(thread.query('select 1')).rejects.toMatchObject({ code: 'store_closed' });
  });
});
