import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { createAccess } from './access.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { ClientDirectory, maxStoredClients } from './client-directory.ts';
import { parseAuthorization } from './credentials.ts';
import { clientGroups, grants, groupNames } from './groups.ts';
import { deriveNotificationSecret, HubKeys } from './hub-keys.ts';
import { hashSecret, matchesSecret, newSecret, secretHashPattern } from './secret.ts';
import { MemoryClientStore, MemoryKeyStore } from './testing.ts';
import { AccessTokens } from './tokens.ts';

function declared(id: string, notificationSecret?: string) {
  const groups = ['monitor'] as const;
  return {
    id,
    secretHash: hashSecret('s'),
    groups,
    notificationSecret,
    source: 'configuration',
    createdAt: undefined,
  } as const;
}

describe('groups', () => {
  test('grant what they name; the administrator may everything', () => {
    expect(groupNames).toEqual(Object.keys(clientGroups));
    for (const held of groupNames) {
      for (const needed of groupNames) {
        expect(grants([held], needed)).toBe(held === needed || held === 'administrator');
      }
    }
    expect(grants([], 'monitor')).toBe(false);
  });
});

describe('secrets', () => {
  test('have 256 bit, and are known again by their hash', () => {
    const secret = newSecret();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(hashSecret(secret)).toMatch(secretHashPattern);
    expect(matchesSecret(secret, hashSecret(secret))).toBe(true);
    expect(matchesSecret(secret, hashSecret(secret).toUpperCase().replace('SHA256', 'sha256'))).toBe(true);
    expect(matchesSecret(`${secret}x`, hashSecret(secret))).toBe(false);
    expect(matchesSecret(secret, undefined)).toBe(false);
  });

  test('nobody has the secret that an unknown client is compared with', () => {
    fc.assert(fc.property(fc.string(), (secret) => !matchesSecret(secret, undefined)));
  });

  test('a hash that is none matches nothing', () => {
    expect(matchesSecret('', 'sha256:')).toBe(false);
    expect(matchesSecret('x', 'sha256:zz')).toBe(false);
  });
});

describe('the Authorization header', () => {
  test('is read as RFC 7617 and RFC 6750 say', () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(parseAuthorization(undefined)).toBeUndefined();
    expect(parseAuthorization(basic('id:a:b'))).toEqual({ scheme: 'basic', id: 'id', secret: 'a:b' });
    expect(parseAuthorization(basic('id:grüße').replace('Basic', 'BASIC'))).toMatchObject({ secret: 'grüße' });
    expect(parseAuthorization('bearer abc.def')).toEqual({ scheme: 'bearer', token: 'abc.def' });
    for (const wrong of ['Basic', 'x', 'Basic :', basic(':x'), basic('x'), 'Digest a', 'Bearer a b']) {
      expect(parseAuthorization(wrong), wrong).toEqual({ scheme: 'unknown' });
    }
  });

  test('whatever it holds, it is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Basic ${text}`),
        ),
        (text) => {
          parseAuthorization(text);
        },
      ),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[^:]{1,20}$/), fc.string({ maxLength: 40 }), (id, secret) => {
        const field = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
        expect(parseAuthorization(field)).toEqual({ scheme: 'basic', id, secret });
      }),
    );
  });
});

describe('wrong attempts', () => {
  const fail = (limiter: AttemptLimiter, times: number, address: string, id?: string) => {
    for (let n = 0; n < times; n++) limiter.failed(address, id);
  };

  test('of an address are limited, and forgiven with time', () => {
    const clock = new VirtualClock();
    const limiter = new AttemptLimiter(clock);
    fail(limiter, 9, '192.0.2.1');
    expect(limiter.waitMs('192.0.2.1', undefined)).toBe(0);
    fail(limiter, 1, '192.0.2.1');
    const wait = limiter.waitMs('192.0.2.1', undefined);
    expect(wait).toBeGreaterThan(0);
    expect(limiter.waitMs('192.0.2.2', undefined)).toBe(0);
    clock.advance(wait);
    expect(limiter.waitMs('192.0.2.1', undefined)).toBe(0);
  });

  test('that many addresses make for one id do not lock its owner out, known or new', () => {
    const limiter = new AttemptLimiter(new VirtualClock());
    limiter.succeeded('192.0.2.1', 'dialer');
    for (let n = 0; n < 100; n++) fail(limiter, 3, `198.51.100.${n}`, 'dialer');
    expect(limiter.waitMs('192.0.2.1', 'dialer')).toBe(0);
    expect(limiter.waitMs('203.0.113.1', 'dialer')).toBe(0);
    // A new address has two attempts and no more, while an id is not under attack it has ten.
    fail(limiter, 2, '203.0.113.1', 'dialer');
    expect(limiter.waitMs('203.0.113.1', 'dialer')).toBeGreaterThan(0);
    fail(limiter, 2, '203.0.113.2', 'other');
    expect(limiter.waitMs('203.0.113.2', 'other')).toBe(0);
  });

  test('of others at the same address do not lock out who proved himself there', () => {
    const limiter = new AttemptLimiter(new VirtualClock());
    limiter.succeeded('127.0.0.1', 'dialer');
    fail(limiter, 50, '127.0.0.1', 'root');
    expect(limiter.waitMs('127.0.0.1', 'root')).toBeGreaterThan(0);
    expect(limiter.waitMs('127.0.0.1', 'dialer')).toBe(0);
    fail(limiter, 10, '127.0.0.1', 'dialer');
    expect(limiter.waitMs('127.0.0.1', 'dialer')).toBeGreaterThan(0);
  });

  test('one subscriber of IPv6 is one source, however many addresses he uses; so is a mapped address', () => {
    const limiter = new AttemptLimiter(new VirtualClock());
    for (let n = 0; n < 10; n++) limiter.failed(`2001:db8:1:2::${n.toString(16)}`, undefined);
    expect(limiter.waitMs('2001:db8:1:2:ffff::1', undefined)).toBeGreaterThan(0);
    expect(limiter.waitMs('2001:db8:1:3::1', undefined)).toBe(0);
    fail(limiter, 10, '::ffff:192.0.2.1');
    expect(limiter.waitMs('192.0.2.1', undefined)).toBeGreaterThan(0);
  });

  test('are never waited for longer than it takes to forgive one', () => {
    const sources = fc.constantFrom('192.0.2.1', '192.0.2.2', 'x');
    const ids = fc.constantFrom('a', 'b', undefined);
    const step = fc.record({ source: sources, id: ids, ms: fc.nat(20_000), good: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const clock = new VirtualClock();
        const limiter = new AttemptLimiter(clock);
        for (const { source, id, ms, good } of steps) {
          if (good && id !== undefined) limiter.succeeded(source, id);
          else limiter.failed(source, id);
          clock.advance(ms);
          const wait = limiter.waitMs(source, id);
          expect(wait).toBeLessThanOrEqual(60_000);
          expect(wait).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe('API clients', () => {
  test('of the configuration count before those of the database, and are read-only', async () => {
    const store = new MemoryClientStore();
    const directory = new ClientDirectory([declared('a')], store, new VirtualClock());
    store.clients.set('a', { id: 'a', secretHash: hashSecret('other'), groups: ['administrator'], createdAt: '' });
    expect(await directory.find('a')).toMatchObject({ source: 'configuration', groups: ['monitor'] });
    expect(await directory.list()).toHaveLength(1);
    await expect(directory.create('a', ['monitor'])).rejects.toMatchObject({ code: 'client_exists' });
    await expect(directory.remove('a')).rejects.toMatchObject({ code: 'client_declared' });
    await expect(directory.renewSecret('a')).rejects.toMatchObject({ code: 'client_declared' });
  });

  test('are made, get a new secret, and go, at once', async () => {
    const directory = new ClientDirectory([], new MemoryClientStore(), new VirtualClock());
    expect(await directory.find('x')).toBeUndefined();
    const { client, secret } = await directory.create('x', ['monitor', 'monitor']);
    expect(client).toMatchObject({ id: 'x', groups: ['monitor'], source: 'database' });
    expect(matchesSecret(secret, (await directory.find('x'))?.secretHash)).toBe(true);
    const next = await directory.renewSecret('x');
    expect(matchesSecret(secret, (await directory.find('x'))?.secretHash)).toBe(false);
    expect(matchesSecret(next, (await directory.find('x'))?.secretHash)).toBe(true);
    await directory.remove('x');
    expect(await directory.find('x')).toBeUndefined();
    await expect(directory.remove('x')).rejects.toMatchObject({ code: 'client_unknown' });
    await expect(directory.renewSecret('x')).rejects.toMatchObject({ code: 'client_unknown' });
  });

  test('need an id and a group, and there is a limit', async () => {
    const store = new MemoryClientStore();
    const directory = new ClientDirectory([], store, new VirtualClock());
    for (const id of ['', '@local', 'a b', 'a'.repeat(65)]) {
      await expect(directory.create(id, ['monitor'])).rejects.toMatchObject({ code: 'bad_client' });
    }
    await expect(directory.create('x', [])).rejects.toMatchObject({ code: 'bad_client' });
    for (let n = 0; n < maxStoredClients; n++) {
      store.clients.set(`c${n}`, { id: `c${n}`, secretHash: '', groups: [], createdAt: '' });
    }
    await expect(directory.create('x', ['monitor'])).rejects.toMatchObject({ code: 'too_many_clients' });
  });

  test('are asked for once a second, whoever asks; what another node changed is seen then', async () => {
    const clock = new VirtualClock();
    const store = new MemoryClientStore();
    const directory = new ClientDirectory([], store, clock);
    await Promise.all([directory.find('a'), directory.find('b'), directory.list()]);
    expect(store.reads).toBe(1);
    store.clients.set('a', { id: 'a', secretHash: '', groups: ['monitor'], createdAt: '' });
    expect(await directory.find('a')).toBeUndefined();
    clock.advance(1_000);
    expect(await directory.find('a')).toBeDefined();
    expect(store.reads).toBe(2);
  });

  test('what was read before a change does not outlive it', async () => {
    const store = new MemoryClientStore();
    const gate = Promise.withResolvers<void>();
    const list = store.list.bind(store);
    const directory = new ClientDirectory([], store, new VirtualClock());
    await directory.create('x', ['monitor']);
    store.list = async () => {
      const rows = await list();
      await gate.promise;
      return rows;
    };
    const early = directory.find('x');
    store.list = list;
    await directory.remove('x');
    gate.resolve();
    await early;
    expect(await directory.find('x')).toBeUndefined();
  });

  test('a database that fails once is asked again', async () => {
    const store = new MemoryClientStore();
    const list = store.list.bind(store);
    const directory = new ClientDirectory([declared('a')], store, new VirtualClock());
    store.list = () => Promise.reject(new Error('down'));
    await expect(directory.find('x')).rejects.toThrow('down');
    expect(await directory.find('a')).toBeDefined();
    store.list = list;
    expect(await directory.find('x')).toBeUndefined();
  });
});

describe('keys and tokens', () => {
  test('two nodes that start at once sign with one key', async () => {
    const store = new MemoryKeyStore();
    const clock = new VirtualClock();
    const [a, b] = [new HubKeys(store, 'tokens', clock), new HubKeys(store, 'tokens', clock)];
    const [first, second] = await Promise.all([a.current(), b.current()]);
    expect(first).toEqual(second);
    expect(Buffer.from(first.secret, 'base64url')).toHaveLength(32);
    expect((await new HubKeys(store, 'notifications', clock).current()).secret).not.toBe(first.secret);
  });

  test('a new key signs from then on; what the old one signed stays good while it is kept', async () => {
    const store = new MemoryKeyStore();
    const clock = new VirtualClock();
    const client = declared('a');
    const tokens = () => new AccessTokens(new HubKeys(store, 'tokens', clock), clock, 60_000);
    const verifier = tokens();
    const old = (await tokens().issue(client)).token;
    expect(await verifier.verify(old)).toMatchObject({ kind: 'valid', clientId: 'a' });
    clock.advance(2_000);
    const createdAt = clock.date().toISOString();
    await store.insertIfAbsent({ kid: 'tokens-2', purpose: 'tokens', secret: newSecret(), createdAt });
    const fresh = (await tokens().issue(client)).token;
    expect(JSON.parse(Buffer.from(fresh.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
      alg: 'HS256',
      kid: 'tokens-2',
    });
    expect(await verifier.verify(fresh)).toMatchObject({ kind: 'valid' });
    expect(await verifier.verify(old)).toMatchObject({ kind: 'valid' });
    store.keys.splice(0, 1);
    expect(await tokens().verify(old)).toEqual({ kind: 'invalid' });
  });

  test('a token is over when it is', async () => {
    const clock = new VirtualClock();
    const tokens = new AccessTokens(new HubKeys(new MemoryKeyStore(), 'tokens', clock), clock, 10_000);
    const { token, expiresInSec } = await tokens.issue(declared('a'));
    expect(expiresInSec).toBe(10);
    clock.advance(9_000);
    expect(await tokens.verify(token)).toMatchObject({ kind: 'valid' });
    clock.advance(1_000);
    expect(await tokens.verify(token)).toEqual({ kind: 'expired' });
  });

  test('no other text is a token', async () => {
    const clock = new VirtualClock();
    const tokens = new AccessTokens(new HubKeys(new MemoryKeyStore(), 'tokens', clock), clock, 10_000);
    const { token } = await tokens.issue(declared('a'));
    const [head = '', body = '', signature = ''] = token.split('.');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `${head}.${text}.${signature}`),
        ),
        async (text) => {
          fc.pre(text !== token);
          expect(await tokens.verify(text)).toEqual({ kind: 'invalid' });
        },
      ),
    );
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await tokens.verify(`${none}.${body}.`)).toEqual({ kind: 'invalid' });
  });

  test('notification secrets: the configured one, or one per client from the key of the hub', async () => {
    const keys = new MemoryKeyStore();
    const clock = new VirtualClock();
    const access = createAccess({
      declared: [declared('a', 'the-configured-one'), declared('b')],
      clients: new MemoryClientStore(),
      keys,
      tokenLifetimeMs: 1_000,
      clock,
      log: { info: () => {}, warn: () => {} },
    });
    expect(await access.notificationSecretOf('a')).toBe('the-configured-one');
    const [b, c] = [await access.notificationSecretOf('b'), await access.notificationSecretOf('c')];
    expect(b).not.toBe(c);
    expect(Buffer.from(b ?? '', 'base64url')).toHaveLength(32);
    const [key] = await keys.list('notifications');
    if (!key) throw new Error('no key');
    expect(b).toBe(deriveNotificationSecret(key, 'b'));
  });
});
