import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { SqlApiClientStore, SqlHubKeyStore } from './api-clients.ts';
import type { Database } from './database.ts';
import { openHubDatabase } from './open-database.ts';
import { quickWasm, temporaryDirectory } from './store-fixture.ts';
import { postgresMissing, startTestServer, type TestServer } from './testing-postgres.ts';

quickWasm();
const options = { log: pino({ level: 'silent' }), clock: systemClock };
const createdAt = '2026-01-02T03:04:05.678Z';

const makes = [
  {
    name: 'PGlite',
    missing: undefined,
    async open() {
      const { path, remove } = await temporaryDirectory();
      const { database } = await openHubDatabase({ ...options, dataDir: path });
      return { database, close: () => database.close().finally(remove) };
    },
  },
  {
    name: 'PostgreSQL',
    missing: postgresMissing,
    async open() {
      const server: TestServer = await startTestServer();
      const { database } = await openHubDatabase({ ...options, url: await server.freshDatabase(), dataDir: 'unused' });
      return { database, close: () => database.close().finally(() => server.remove()) };
    },
  },
];

for (const make of makes) {
  describe.skipIf(make.missing !== undefined)(`on ${make.name}`, () => {
    let opened: { database: Database; close(): Promise<void> };
    let clients: SqlApiClientStore;
    let keys: SqlHubKeyStore;
    beforeAll(async () => {
      opened = await make.open();
      clients = new SqlApiClientStore(opened.database.db);
      keys = new SqlHubKeyStore(opened.database.db);
    }, 60_000);
    afterAll(() => opened.close());

    test('clients are kept, changed and removed', async () => {
      const dialer = { id: 'dialer', secretHash: 'sha256:00', groups: ['callControl', 'monitor'] as const, createdAt };
      expect(await clients.insert(dialer, 10)).toBe('inserted');
      expect(await clients.insert({ ...dialer, secretHash: 'sha256:11' }, 10)).toBe('taken');
      expect(await clients.insert({ ...dialer, id: 'other' }, 1)).toBe('full');
      expect(await clients.insert({ ...dialer, id: 'Alpha', groups: ['administrator'] }, 2)).toBe('inserted');
      expect(await clients.list()).toEqual([{ ...dialer, id: 'Alpha', groups: ['administrator'] }, dialer]);
      expect(await clients.setSecretHash('dialer', 'sha256:22')).toBe(true);
      expect(await clients.setSecretHash('nobody', 'sha256:22')).toBe(false);
      expect((await clients.list())[1]).toEqual({ ...dialer, secretHash: 'sha256:22' });
      expect(await clients.remove('dialer')).toBe(true);
      expect(await clients.remove('dialer')).toBe(false);
      expect((await clients.list()).map(({ id }) => id)).toEqual(['Alpha']);
    });

    test('of two that make a client or a key at once, one wins', async () => {
      const racing = { id: 'race', groups: ['monitor'] as const, createdAt };
      const outcomes = await Promise.all(
        ['sha256:01', 'sha256:02', 'sha256:03'].map((secretHash) => clients.insert({ ...racing, secretHash }, 10)),
      );
      expect(outcomes.sort()).toEqual(['inserted', 'taken', 'taken']);
      const key = { kid: 'tokens-1', purpose: 'tokens', createdAt } as const;
      await Promise.all(['a', 'b', 'c'].map((secret) => keys.insertIfAbsent({ ...key, secret })));
      const [kept, ...rest] = await keys.list('tokens');
      expect(rest).toEqual([]);
      expect(kept).toEqual({ ...key, secret: expect.stringMatching(/^[abc]$/) });
      expect(await keys.list('notifications')).toEqual([]);
    });

    test('the newest key comes first', async () => {
      const key = { purpose: 'notifications', secret: 'x' } as const;
      await keys.insertIfAbsent({ ...key, kid: 'new', createdAt: '2026-02-01T00:00:00.000Z' });
      await keys.insertIfAbsent({ ...key, kid: 'old', createdAt: '2026-01-01T00:00:00.000Z' });
      expect((await keys.list('notifications')).map(({ kid }) => kid)).toEqual(['new', 'old']);
    });
  });
}
