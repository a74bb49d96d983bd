import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { localAuthorization, readLocalAccess, writeLocalAccess } from './local-access.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'patchbay-access-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('the key is for its owner alone, also where a file with other rights was left', async () => {
  const dataDir = await folder();
  const file = join(dataDir, 'api-access.json');
  await writeFile(file, 'old');
  await chmod(file, 0o644);
  const written = await writeLocalAccess(dataDir, { host: '0.0.0.0', port: 8080 }, 'the-token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readLocalAccess(dataDir)).toEqual({ url: 'http://127.0.0.1:8080', token: 'the-token' });
  await written.remove();
  expect(await readdir(dataDir)).toEqual([]);
  await written.remove();
});

test('a hub takes only its own key away', async () => {
  const dataDir = join(await folder(), 'new');
  const first = await writeLocalAccess(dataDir, { host: '127.0.0.1', port: 1 }, 'first');
  await writeLocalAccess(dataDir, { host: '::1', port: 2 }, 'second');
  await first.remove();
  expect(await readLocalAccess(dataDir)).toEqual({ url: 'http://[::1]:2', token: 'second' });
});

test('the key goes to its hub and to no other', async () => {
  const dataDir = await folder();
  expect(await localAuthorization('http://127.0.0.1:8080', dataDir)).toBeUndefined();
  await writeLocalAccess(dataDir, { host: '127.0.0.1', port: 8080 }, 'the-token');
  for (const own of ['http://127.0.0.1:8080', 'http://localhost:8080/', 'http://127.0.0.1:8080/x']) {
    expect(await localAuthorization(own, dataDir)).toBe('Bearer the-token');
  }
  for (const other of ['http://127.0.0.1:8081', 'http://evil.example:8080', 'https://127.0.0.1:8080', 'x']) {
    expect(await localAuthorization(other, dataDir)).toBeUndefined();
  }
});

test.each(['', '{', 'null', '{"url":1,"token":"x"}', '{"url":"x","token":"x"}'])(
  'what is no key is none: %j',
  async (text) => {
    const dataDir = await folder();
    await writeFile(join(dataDir, 'api-access.json'), text);
    expect(await readLocalAccess(dataDir)).toBeUndefined();
  },
);
