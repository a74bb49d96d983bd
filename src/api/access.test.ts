import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { createAccess } from '../access/access.ts';
import { type ClientGroup, groupNames } from '../access/groups.ts';
import { hashSecret } from '../access/secret.ts';
import { MemoryClientStore, MemoryKeyStore } from '../access/testing.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { addRoute, keepRouteTable, type RegisteredRoute } from './route.ts';
import { basic, secretOf, setUp, type TestApi, testAccess, uuid } from './testing.ts';

/** An address that its route takes, as far as that can be known. */
function addressOf({ url }: RegisteredRoute): string {
  return url.replace(/:id|\*/g, uuid(1));
}

async function routesOf({ app }: TestApi): Promise<readonly RegisteredRoute[]> {
  await app.ready();
  return app.routeTable;
}

async function bearerOf(api: TestApi, id: string): Promise<string> {
  const { body } = await api.send({
    method: 'POST',
    url: '/oauth/token',
    headers: { authorization: '' },
    payload: { grant_type: 'client_credentials', client_id: id, client_secret: secretOf(id) },
  });
  return `Bearer ${(body as { access_token: string }).access_token}`;
}

const refused = [401, 403];

const events = { feed: { read: () => Promise.reject(new Error('not asked')), close: () => {} } };

describe('all routes', () => {
  test('are those that Fastify knows, and only these are public', async () => {
    const api = setUp({ events });
    const routes = await routesOf(api);
    const printed = api.app
      .printRoutes({ commonPrefix: false })
      .match(/\((?:GET|POST|DELETE|PUT|PATCH|OPTIONS)[^)]*\)/g);
    const methods = (printed ?? []).flatMap((list) => list.slice(1, -1).split(', ')).filter((name) => name !== 'HEAD');
    expect(routes).toHaveLength(methods.length);
    expect(routes.map(({ url }) => url)).toEqual(expect.arrayContaining(['/api/v1/events', '/api/v1/actions/dialout']));
    const open = routes.filter(({ access }) => access === 'public').map(({ method, url }) => `${method} ${url}`);
    expect(open.sort()).toEqual([
      'GET /docs',
      'GET /docs/favicon-32x32.png',
      'GET /docs/start.js',
      'GET /docs/swagger-ui-bundle.js',
      'GET /docs/swagger-ui.css',
      'GET /healthz',
      'GET /openapi.json',
      'GET /readyz',
      'POST /oauth/token',
    ]);
  });

  test('let nobody in who proves nothing', async () => {
    const api = setUp({ events });
    for (const route of await routesOf(api)) {
      if (route.access === 'public') continue;
      for (const method of route.method === 'GET' ? (['GET', 'HEAD'] as const) : [route.method as 'POST']) {
        const answer = await api.send({ method, url: addressOf(route), headers: { authorization: '' } });
        // A stream has no HEAD.
        if (method === 'HEAD' && route.url === '/api/v1/events') {
          expect(answer.status).toBe(404);
          continue;
        }
        expect({ route: route.url, status: answer.status }).toEqual({ route: route.url, status: 401 });
        expect(answer.headers['www-authenticate']).toEqual([
          expect.stringMatching(/^Basic realm="[^"]+", charset="UTF-8"$/),
          expect.stringMatching(/^Bearer realm=/),
        ]);
      }
    }
  });

  test.each(groupNames)('ask for their group: a client of %s alone', async (group: ClientGroup) => {
    const api = setUp({ events });
    const bearer = await bearerOf(api, group);
    for (const route of await routesOf(api)) {
      if (route.access === 'public') continue;
      for (const authorization of [basic(group), bearer]) {
        const answer = await api.send({
          method: route.method as 'GET',
          url: addressOf(route),
          headers: { authorization },
        });
        const may = route.access === group || group === 'administrator';
        const seen = { route: route.url, refused: refused.includes(answer.status) };
        expect(seen).toEqual({ route: route.url, refused: !may });
        if (may) continue;
        expect(answer).toMatchObject({ status: 403, body: { error: { code: 'missing_group' } } });
        expect(answer.text).toContain(`'${route.access}'`);
      }
    }
  });

  test('take no token that is over, that nobody signed, or whose client is gone or changed', async () => {
    const clock = new VirtualClock();
    const api = setUp({ events }, testAccess({ clock }));
    const { directory } = api.access;
    await directory.create('gone', ['administrator']);
    await directory.create('changed', ['administrator']);
    const tokenOf = async (id: string) => {
      const client = await directory.find(id);
      if (!client) throw new Error(`no client ${id}`);
      return `Bearer ${(await api.access.tokens.issue(client)).token}`;
    };
    const [gone, changed, expired, forged] = [
      await tokenOf('gone'),
      await tokenOf('changed'),
      await tokenOf('administrator'),
      (await tokenOf('administrator')).replace(/.{8}$/, 'AAAAAAAA'),
    ];
    const routes = (await routesOf(api)).filter(({ access }) => access !== 'public');
    expect((await api.get('/api/v1/clients', { authorization: gone })).status).toBe(200);
    expect((await api.get('/api/v1/clients', { authorization: changed })).status).toBe(200);
    await directory.remove('gone');
    await directory.renewSecret('changed');
    clock.advance(3_600_000 - 1_001);
    expect((await api.get('/api/v1/clients', { authorization: expired })).status).toBe(200);
    clock.advance(2_000);
    for (const authorization of [gone, changed, expired]) {
      for (const route of routes) {
        const answer = await api.send({
          method: route.method as 'GET',
          url: addressOf(route),
          headers: { authorization },
        });
        expect({ route: route.url, status: answer.status }).toEqual({ route: route.url, status: 401 });
        expect(answer.headers['www-authenticate']).toContainEqual(expect.stringContaining('error="invalid_token"'));
      }
    }
    for (const route of routes) {
      const answer = await api.send({
        method: route.method as 'GET',
        url: addressOf(route),
        headers: { authorization: forged },
      });
      expect([401, 429]).toContain(answer.status);
    }
  });

  test('a token dies when the groups of its client change', async () => {
    const keys = new MemoryKeyStore();
    const of = (groups: readonly ClientGroup[]) =>
      createAccess({
        declared: [
          {
            id: 'x',
            secretHash: hashSecret('hush'),
            groups,
            notificationSecret: undefined,
            source: 'configuration',
            createdAt: undefined,
          },
        ],
        clients: new MemoryClientStore(),
        keys,
        tokenLifetimeMs: 60_000,
        clock: new VirtualClock(),
        log: { info: () => {}, warn: () => {} },
      });
    const before = of(['administrator', 'monitor']);
    const client = await before.directory.find('x');
    if (!client) throw new Error('no client');
    const authorization = `Bearer ${(await before.tokens.issue(client)).token}`;
    expect((await setUp({}, of(['monitor', 'administrator'])).get('/api/v1/clients', { authorization })).status).toBe(
      200,
    );
    expect((await setUp({}, of(['administrator'])).get('/api/v1/clients', { authorization })).status).toBe(401);
  });

  test('a route that does not say who may use it, or what it is, is refused', () => {
    const app = Fastify();
    keepRouteTable(app);
    expect(() => app.get('/x', () => 'x')).toThrow(/GET \/x does not say who may use it/);
    expect(() => app.get('/x', { config: { access: 'monitor' } }, () => 'x')).toThrow(/does not describe itself/);
    addRoute(app, {
      method: 'GET',
      url: '/x',
      access: 'monitor',
      id: 'x',
      tag: 'x',
      summary: 'x',
      responses: {},
      handle: () => 'x',
    });
  });
});

describe('pages of other sites get nowhere, also with credentials that the browser keeps', () => {
  test.each([
    ['sec-fetch-site', 'cross-site'],
    ['sec-fetch-site', 'same-site'],
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['origin', 'http://127.0.0.1:9999'],
  ])('%s: %s', async (name, value) => {
    const api = setUp();
    for (const [method, url] of [
      ['GET', '/api/v1/calls'],
      ['POST', '/api/v1/bots/demo/validate'],
      ['GET', '/metrics'],
      ['POST', '/oauth/token'],
    ] as const) {
      const answer = await api.send({ method, url, headers: { [name]: value } });
      expect([url, answer.status, answer.body]).toMatchObject([url, 403, { error: { code: 'forbidden' } }]);
    }
    expect((await api.get('/healthz', { [name]: value })).status).toBe(200);
  });

  test('our own pages do, also behind a proxy that changes Host', async () => {
    const { get } = setUp();
    expect(
      (await get('/api/v1/calls', { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
    const proxied = setUp({ http: { publicUrl: 'https://hub.example/', trustedProxies: [] } });
    expect((await proxied.get('/api/v1/calls', { origin: 'https://hub.example' })).status).toBe(200);
  });

  test('bodies that a page can send unasked are not read', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await setUp().send({
        method: 'POST',
        url: '/api/v1/clients',
        headers: { 'content-type': type },
        payload: '{"id":"x","groups":["monitor"]}',
      });
      expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } });
    }
  });
});

describe('wrong credentials', () => {
  test('are answered 401, then 429 with Retry-After, and logged without the secret', async () => {
    const lines: string[] = [];
    const access = testAccess({
      log: { info: () => {}, warn: (fields, message) => lines.push(JSON.stringify({ ...fields, message })) },
    });
    const { get } = setUp({}, access);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      const authorization = basic(attempt % 2 ? 'monitor' : 'nobody', `guessed-${attempt}`);
      const answer = await get('/metrics', { authorization });
      statuses.push(answer.status);
      if (answer.status === 429) {
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
        expect(answer.body).toMatchObject({ error: { code: 'too_many_requests' } });
      }
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect(lines).toHaveLength(10);
    expect(lines.join('\n')).not.toContain('guessed');
    expect(lines[1]).toContain('"client":"monitor"');
  });

  test('of one address do not keep the client out at another, as a trusted proxy tells them apart', async () => {
    const proxy = { family: 4, network: 0x7f000000n, prefix: 8 } as const;
    const { get } = setUp({ http: { trustedProxies: [proxy] } });
    const from = (address: string, secret: string) =>
      get('/metrics', { authorization: basic('monitor', secret), 'x-forwarded-for': address });
    for (let attempt = 0; attempt < 11; attempt++) await from('192.0.2.1', 'wrong');
    expect((await from('192.0.2.1', secretOf('monitor'))).status).toBe(429);
    expect((await from('192.0.2.2', secretOf('monitor'))).status).toBe(200);
  });

  test.each([
    ['Digest username="x"'],
    ['Basic'],
    ['Basic !!!'],
    [`Basic ${Buffer.from('nocolon').toString('base64')}`],
    ['Bearer'],
    ['Bearer a b'],
    [`Bearer ${'x'.repeat(5000)}`],
    ['Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbmlzdHJhdG9yIn0.'],
  ])('%s is 401', async (authorization) => {
    expect((await setUp().get('/api/v1/calls', { authorization })).status).toBe(401);
  });
});

test("programs of the hub's own user have a token of their own", async () => {
  const { access, get } = setUp();
  expect((await get('/api/v1/clients', { authorization: `Bearer ${access.localToken}` })).status).toBe(200);
  expect((await get('/api/v1/clients', { authorization: `Bearer ${access.localToken}x` })).status).toBe(401);
  expect((await get('/api/v1/clients', { authorization: basic('@local', '') })).status).toBe(401);
});
