import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { writeLocalAccess } from '../access/local-access.ts';
import { hashSecret, matchesSecret } from '../access/secret.ts';
import { setUp } from '../api/testing.ts';
import { makeDataDirectory } from '../store/data-directory.ts';
import { lockDirectory } from '../store/lock.ts';
import { quickWasm } from '../store/store-fixture.ts';
import { openClientAdmin } from './client-admin.ts';

quickWasm();
const log = pino({ level: 'silent' });

async function configuration() {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-clients-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const declared = { id: 'declared', secretHash: hashSecret('x'), groups: ['monitor' as const] };
  return {
    apiClients: [declared],
    auth: { tokenLifetimeMs: 60_000 },
    dataDir: join(folder, 'data'),
    database: {},
    file: 'hub.yaml',
  };
}

test('the hub that runs is asked, and knows the change at once', async () => {
  const config = await configuration();
  const { app, access } = setUp();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await writeLocalAccess(config.dataDir, { host: '127.0.0.1', port }, access.localToken);
  const admin = await openClientAdmin(config, log);
  const made = await admin.create('dialer', ['callControl']);
  expect(matchesSecret(made.secret, (await access.directory.find('dialer'))?.secretHash)).toBe(true);
  expect(made.notificationSecret).toBe(await access.notificationSecretOf('dialer'));
  expect((await admin.list()).map(({ id }) => id)).toContain('dialer');
  expect((await admin.renewSecret('dialer')).secret).not.toBe(made.secret);
  await expect(admin.create('dialer', ['monitor'])).rejects.toMatchObject({ code: 'client_exists' });
  await expect(admin.remove('monitor')).rejects.toMatchObject({ code: 'client_declared' });
  await admin.remove('dialer');
  await expect(admin.remove('dialer')).rejects.toMatchObject({ code: 'client_unknown' });
  await admin.close();
});

test('without a hub the database is changed, also where a killed one left its key', async () => {
  const config = await configuration();
  await writeLocalAccess(config.dataDir, { host: '127.0.0.1', port: 9 }, 'of a hub that was killed');
  const first = await openClientAdmin(config, log);
  const { secret, notificationSecret } = await first.create('dialer', ['callControl', 'monitor']);
  await first.close();
  const second = await openClientAdmin(config, log);
  expect(await second.list()).toMatchObject([
    { id: 'declared', source: 'configuration' },
    { id: 'dialer', groups: ['callControl', 'monitor'], source: 'database' },
  ]);
  const renewed = await second.renewSecret('dialer');
  expect(renewed).toMatchObject({ id: 'dialer', notificationSecret });
  expect(renewed.secret).not.toBe(secret);
  await expect(second.remove('declared')).rejects.toMatchObject({ code: 'client_declared' });
  await second.remove('dialer');
  expect(await second.list()).toHaveLength(1);
  await second.close();
}, 60_000);

test('a hub that holds the database and cannot be asked: the message says what to do', async () => {
  const config = await configuration();
  await makeDataDirectory(config.dataDir);
  const lock = lockDirectory(config.dataDir);
  await expect(openClientAdmin(config, log)).rejects.toMatchObject({
    code: 'hub_running',
    message: expect.stringMatching(/\/api\/v1\/clients.*--print/),
  });
  lock.release();
});
