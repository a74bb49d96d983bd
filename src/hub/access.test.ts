import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readLocalAccess } from '../access/local-access.ts';
import { hashSecret } from '../access/secret.ts';
import { MemoryClientStore, MemoryKeyStore } from '../access/testing.ts';
import type { CallRecord } from '../calls/record.ts';
import type { LiveCall } from '../calls/registry.ts';
import { systemClock } from '../clock.ts';
import { someRecord } from '../store/store-fixture.ts';
import { offerLocalAccess, openAccess } from './access.ts';
import { endCall } from './end-call.ts';

function recorder() {
  const lines: { level: number; msg: string; client?: string }[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

const declared = { id: 'a', secretHash: hashSecret('x'), groups: ['monitor' as const] };
const loopback = { host: '127.0.0.1', port: 0, trustedProxies: [] };
const auth = { tokenLifetimeMs: 60_000 };

async function open(config: Partial<Parameters<typeof openAccess>[0]>, clients = new MemoryClientStore()) {
  const { log, lines } = recorder();
  const store = { apiClients: clients, hubKeys: new MemoryKeyStore() };
  const access = await openAccess(
    { apiClients: [], auth, http: loopback, ...config },
    { store, clock: systemClock, log },
  );
  return { access, log, lines, texts: lines.map(({ level, msg }) => `${level} ${msg}`) };
}

describe('at the start', () => {
  test('a hub without clients says that its API is closed, and how to open it', async () => {
    expect((await open({})).texts).toEqual([expect.stringMatching(/^30 the API is closed.*client create ID --groups/)]);
    expect((await open({ apiClients: [declared] })).texts).toEqual([]);
  });

  test.each([
    [{ host: '0.0.0.0' }, true],
    [{ host: '192.0.2.1' }, true],
    [{ host: '0.0.0.0', publicUrl: 'https://hub.example' }, false],
    [{ host: '127.0.0.1', publicUrl: 'http://hub.example' }, true],
    [{ host: '127.0.0.1', publicUrl: 'http://localhost:8080' }, false],
    [{ host: '::1' }, false],
  ])('credentials in the clear are warned of: %j', async (http, warned) => {
    const { texts } = await open({ apiClients: [declared], http: { ...loopback, ...http } });
    expect(texts).toEqual(warned ? [expect.stringMatching(/^40 .*in the clear/)] : []);
  });

  test('a client that the configuration hides is told of', async () => {
    const clients = new MemoryClientStore();
    clients.clients.set('a', { id: 'a', secretHash: '', groups: ['monitor'], createdAt: '' });
    const { lines } = await open({ apiClients: [declared] }, clients);
    expect(lines).toMatchObject([{ level: 40, client: 'a' }]);
  });

  test('the key for the own user is left in the data directory, and a hub that cannot leave it runs on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-access-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { access, log, lines } = await open({ apiClients: [declared] });
    const left = await offerLocalAccess({ dataDir: folder, http: loopback }, 8080, { access, log });
    expect(await readLocalAccess(folder)).toEqual({ url: 'http://127.0.0.1:8080', token: access.localToken });
    await left.remove();
    expect(await readLocalAccess(folder)).toBeUndefined();
    const file = join(folder, 'file');
    await writeFile(file, '');
    const none = await offerLocalAccess({ dataDir: file, http: loopback }, 8080, { access, log });
    await none.remove();
    expect(lines).toMatchObject([{ level: 40 }]);
  });
});

describe('ending a call', () => {
  function live(record: CallRecord, ended: unknown[]): LiveCall {
    return {
      id: record.id,
      record,
      terminate: (reason) => void ended.push(reason),
      reportMedia: () => {},
      released: new Promise(() => {}),
    };
  }
  const registryOf = (...calls: LiveCall[]) => ({ get: (id: string) => calls.find((call) => call.id === id) });
  const recordsOf = (...records: CallRecord[]) => ({
    get: async (id: string) => records.find((each) => each.id === id),
  });
  const none = { cancel: async () => 'unknown' as const };

  test('a call of this node is hung up, and the record says by whom', async () => {
    const ended: unknown[] = [];
    const registry = registryOf(live(someRecord('a', 0, { state: 'answered' }), ended));
    expect(await endCall({ registry, records: recordsOf(), dialouts: none })('a', 'ops')).toBe('ending');
    expect(ended).toEqual([{ category: 'api', by: 'operator', text: "API client 'ops' ended the call" }]);
  });

  test('a dialout is ended where dialouts are', async () => {
    const asked: string[] = [];
    const of = (answer: 'cancelled' | 'ended') => ({
      cancel: async (id: string, by: string) => {
        asked.push(`${id} ${by}`);
        return answer;
      },
    });
    const deps = { registry: registryOf(), records: recordsOf() };
    expect(await endCall({ ...deps, dialouts: of('cancelled') })('a', 'ops')).toBe('ending');
    expect(await endCall({ ...deps, dialouts: of('ended') })('a', 'ops')).toBe('ended');
    expect(asked).toEqual(['a ops', 'a ops']);
  });

  test('what is over is over, what another node has cannot be ended here, what nobody knows is unknown', async () => {
    const ended: unknown[] = [];
    const deps = {
      registry: registryOf(live(someRecord('closing'), ended)),
      records: recordsOf(someRecord('over'), someRecord('elsewhere', 0, { state: 'answered' })),
    };
    for (const [id, outcome] of [
      ['closing', 'ended'],
      ['over', 'ended'],
      ['elsewhere', 'elsewhere'],
      ['nothing', 'unknown'],
    ]) {
      expect([id, await endCall(deps)(id ?? '', 'ops')]).toEqual([id, outcome]);
    }
    expect(ended).toEqual([]);
  });
});
