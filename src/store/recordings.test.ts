import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordingEntry, RecordingStore } from '../recording/ports.ts';
import { MemoryRecordingStore } from '../recording/testing.ts';
import { openStore, type Store } from './open.ts';
import { SqlRecordingStore } from './recordings.ts';
import { quickWasm, someRecord, temporaryDirectory } from './store-fixture.ts';
import { postgresMissing, startTestServer, type TestServer } from './testing-postgres.ts';

quickWasm();
const log = pino({ level: 'silent' });

function entryOf(n: number, changes: Partial<RecordingEntry> = {}): RecordingEntry {
  return {
    ...{ id: `r${n}`, callId: 'call', sessionId: 'session', name: `name ${n}`, file: `${n}.wav`, state: 'completed' },
    ...{ startedBy: 'bot', startedAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(), offsetMs: 1_200.5 },
    ...{ endedAt: '2026-01-02T00:00:00.000Z', durationMs: 60_000, bytes: 5_000_000_000 },
    ...{
      pauses: [
        { fromMs: 1, toMs: 2 },
        { fromMs: 3, toMs: undefined },
      ],
      note: undefined,
    },
    ...changes,
  };
}

interface Subject {
  recordings: RecordingStore;
  /** A call without a record, and one with. */
  rememberCall(id: string): Promise<void>;
  /** As another hub that is gone. */
  saveAsGone(entry: RecordingEntry): Promise<void>;
  close(): Promise<void>;
}

async function onDatabase(open: () => Promise<{ store: Store; remove(): Promise<void> }>): Promise<Subject> {
  const { store, remove } = await open();
  return {
    recordings: store.recordings,
    rememberCall: (id) => store.callRecords.save(someRecord(id)),
    saveAsGone: (entry) => new SqlRecordingStore(store.database, randomUUID()).save(entry),
    close: async () => {
      await store.close();
      await remove();
    },
  };
}

const subjects: [string, () => Promise<Subject>][] = [
  [
    'memory',
    async () => {
      const recordings = new MemoryRecordingStore();
      recordings.forgottenCalls.add('forgotten');
      return {
        recordings,
        rememberCall: async () => {},
        saveAsGone: (entry) => recordings.save(entry),
        close: async () => {},
      };
    },
  ],
  [
    'PGlite',
    () =>
      onDatabase(async () => {
        const { path, remove } = await temporaryDirectory();
        return { store: await openStore({ dataDir: path, log }), remove };
      }),
  ],
];

if (postgresMissing === undefined) {
  let server: TestServer | undefined;
  subjects.push([
    'a PostgreSQL server',
    () =>
      onDatabase(async () => {
        server ??= await startTestServer();
        const url = await server.freshDatabase();
        const running = server;
        return { store: await openStore({ url, dataDir: '', log }), remove: async () => running.remove() };
      }),
  ]);
}

describe.each(subjects)('entries of recordings in %s', (kind, make) => {
  let subject: Subject;
  let recordings: RecordingStore;
  beforeAll(async () => {
    subject = await make();
    recordings = subject.recordings;
    await subject.rememberCall('call');
  }, 60_000);
  afterAll(() => subject?.close());

  test('come back as they were saved, and saved again', async () => {
    const entry = entryOf(1);
    await recordings.save(entry);
    expect(await recordings.get('r1')).toEqual(entry);
    const changed = entryOf(1, { state: 'failed', note: 'the disk is full', endedAt: undefined, pauses: [] });
    await recordings.save(changed);
    expect(await recordings.get('r1')).toEqual(changed);
    expect(await recordings.get('nobody')).toBeUndefined();
  });

  test('are listed newest first, in pages, of one call or of all', async () => {
    for (const n of [1, 2, 3, 4]) await recordings.save(entryOf(n, n === 3 ? { callId: 'other' } : {}));
    const ids = async (query: Parameters<RecordingStore['list']>[0]) =>
      (await recordings.list(query)).map(({ id }) => id);
    expect(await ids({ limit: 10 })).toEqual(['r4', 'r3', 'r2', 'r1']);
    expect(await ids({ limit: 2, callId: 'call' })).toEqual(['r4', 'r2']);
    const { startedAt, id } = entryOf(3);
    expect(await ids({ limit: 10, before: { startedAt, id } })).toEqual(['r2', 'r1']);
  });

  test('tell what files there are and how much that is', async () => {
    expect([...(await recordings.known(['1.wav', 'x.wav', '4.wav']))].sort()).toEqual(['1.wav', '4.wav']);
    expect(await recordings.known([])).toEqual(new Set());
    expect(await recordings.totalBytes()).toBe(20_000_000_000);
  });

  test('expire by age, and with the record of their call; never while they are under way', async () => {
    await recordings.save(entryOf(3));
    await recordings.save(entryOf(5, { callId: 'forgotten' }));
    await recordings.save(entryOf(0, { state: 'recording' }));
    const expired = await recordings.expired(entryOf(2).startedAt, 10);
    expect(expired.map(({ id }) => id).sort()).toEqual(['r1', 'r5']);
    expect(await recordings.expired(entryOf(2).startedAt, 1)).toHaveLength(1);
    for (const { id } of expired) await recordings.delete(id);
    await recordings.delete('nobody');
    expect(await recordings.expired(entryOf(2).startedAt, 10)).toEqual([]);
  });

  test('under way at a hub that is gone are found', async () => {
    await recordings.delete('r0');
    await subject.saveAsGone(entryOf(7, { state: 'paused' }));
    await subject.saveAsGone(entryOf(8));
    expect((await recordings.orphans()).map(({ id }) => id)).toEqual(['r7']);
    if (kind === 'memory') return;
    await recordings.save(entryOf(9, { state: 'recording' }));
    expect((await recordings.orphans()).map(({ id }) => id)).toEqual(['r7']);
  });
});

test('call records name their recordings', async () => {
  const { path, remove } = await temporaryDirectory();
  const store = await openStore({ dataDir: path, log });
  await store.callRecords.save(someRecord('with', 1));
  await store.callRecords.save(someRecord('without', 2));
  await store.recordings.save(entryOf(2, { callId: 'with', name: 'a\0b' }));
  await store.recordings.save(entryOf(1, { callId: 'with' }));
  expect((await store.callRecords.get('with'))?.recordings).toEqual(['r1', 'r2']);
  expect(await store.callRecords.get('without')).not.toHaveProperty('recordings');
  const listed = await store.callRecords.list({ limit: 10 });
  expect(listed.map(({ id, recordings }) => [id, recordings])).toEqual([
    ['without', undefined],
    ['with', ['r1', 'r2']],
  ]);
  await store.close();
  await remove();
}, 60_000);
