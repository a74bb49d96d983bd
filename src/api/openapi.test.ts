import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { DialoutError } from '../dialout/errors.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { type ApiDocument, Contract } from './contract-test-support.ts';
import { openApiDocument } from './openapi.ts';
import { addRoute, keepRouteTable } from './route.ts';
import { basic, callsOf, fakeDialouts, record, secretOf, setUp, type TestApi, testAccess, uuid } from './testing.ts';

const full = record(1, {
  state: 'ended',
  answerTime: '2026-01-01T00:01:01.000Z',
  endTime: '2026-01-01T00:01:09.000Z',
  conversationId: uuid(1),
  durationMs: 8_000,
  end: { category: 'caller-hangup', by: 'caller', text: 'The caller hung up' },
  transcript: [{ atMs: 0, speaker: 'bot', kind: 'speech', text: 'Hello', playedMs: 300, interrupted: true }],
  turns: [{ atMs: 0, total: 300 }],
});

function api(changes: Parameters<typeof setUp>[0] = {}): TestApi {
  return setUp({
    calls: callsOf([full, record(2, { state: 'answered' })], [record(3, { state: 'setup' })]),
    bots: {
      ids: () => ['demo'],
      nameOf: () => 'Demo',
      check: async () => ({ ok: true, steps: [{ step: 'get', ok: true, warning: true, message: 'x', ms: 1 }] }),
    },
    ...changes,
  });
}

async function documentOf({ get }: TestApi): Promise<ApiDocument> {
  return (await get('/openapi.json', { authorization: '' })).body as ApiDocument;
}

const dialout = { bot: 'demo', target: 'tel:+4930123456' };
const path = { call: '/api/v1/calls/{id}', client: '/api/v1/clients/{id}', dialout: '/api/v1/actions/dialout' };

describe('the OpenAPI document', () => {
  test('is one: OpenAPI 3.1, every route of ours in it once, with its group', async () => {
    const feed = { read: () => Promise.reject(new Error('not asked')), close: () => {} };
    const served = api({ events: { feed } });
    const document = await documentOf(served);
    expect(document.paths).toHaveProperty(['/api/v1/events', 'get']);
    const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
    const documented = Object.entries(document.paths).flatMap(([url, item]) =>
      Object.entries(item).map(([method, { security }]) => `${method} ${url} ${JSON.stringify(security)}`),
    );
    const routes = served.app.routeTable.filter(({ operation }) => operation !== 'hidden');
    expect(documented.sort()).toEqual(
      routes
        .map(({ method, url, access }) => {
          const security = access === 'public' ? [] : [{ basic: [access] }, { bearer: [access] }];
          return `${method.toLowerCase()} ${url.replace(':id', '{id}')} ${JSON.stringify(security)}`;
        })
        .sort(),
    );
    for (const { operation, url } of served.app.routeTable) {
      if (operation === 'hidden') expect(url).toMatch(/^\/docs(\/|$)/);
    }
  });

  test('names where the hub is reached', async () => {
    const { get } = setUp({ http: { publicUrl: 'https://hub.example/x/', trustedProxies: [] } });
    expect((await get('/openapi.json')).body).toMatchObject({ servers: [{ url: 'https://hub.example/x' }] });
  });

  test('two routes of one name are a mistake, found at once', () => {
    const app = Fastify();
    const table = keepRouteTable(app);
    const route = { method: 'GET', access: 'public', id: 'x', tag: 'x', summary: 'x', responses: {} } as const;
    addRoute(app, { ...route, url: '/a', handle: () => 1 });
    addRoute(app, { ...route, url: '/b', handle: () => 1 });
    expect(() => openApiDocument(table, { version: '1' })).toThrow(/operation id 'x'/);
  });

  test('its examples of requests are taken: what the schema allows, the route allows', async () => {
    const document = await documentOf(api());
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    ajv.addSchema({ ...document, $id: 'api' });
    const validate = ajv.getSchema('api#/components/schemas/DialoutRequest');
    const bodies = [
      dialout,
      {
        ...dialout,
        sipHeaders: { 'X-A': 'b' },
        metadata: { a: [1] },
        notifyStatuses: ['ringing'],
        answerTimeoutSec: 5,
      },
      { ...dialout, sipHeaders: [{ name: 'x-a', value: 'b' }], callerDisplayName: 'Ada', caller: '+1' },
      { ...dialout, sipHeaders: { From: 'b' } },
      { ...dialout, machineDetection: 'x' },
      { bot: 'demo' },
      { ...dialout, answerTimeoutSec: 0 },
    ];
    for (const payload of bodies) {
      const { status } = await api().send({ method: 'POST', url: path.dialout, payload });
      expect([payload, validate?.(payload)]).toEqual([payload, status === 200]);
    }
  });
});

describe('what is answered is what is documented', () => {
  test('for every success and every kind of refusal', async () => {
    const served = api();
    const contract = new Contract(await documentOf(served));
    const ask = async (
      method: 'GET' | 'POST' | 'DELETE',
      template: string,
      options: Record<string, unknown> = {},
      from = served,
    ) => {
      const { id = '', query = '', ...request } = options;
      const url = template.replace('{id}', String(id)) + query;
      const answer = await from.send({ method, url, ...request });
      contract.check(method, template, answer);
      return answer;
    };

    await ask('GET', '/healthz');
    await ask('GET', '/readyz');
    const checks = [{ name: 'database', run: () => Promise.reject(new Error('x')) }];
    await ask('GET', '/readyz', {}, api({ readiness: { draining: () => true, checks } }));
    await ask('GET', '/metrics');
    await ask('GET', '/openapi.json');
    await ask('POST', '/oauth/token', {
      headers: { authorization: '' },
      payload: { grant_type: 'client_credentials', client_id: 'monitor', client_secret: secretOf('monitor') },
    });
    await ask('POST', '/oauth/token', { headers: { authorization: '' }, payload: { grant_type: 'x' } });
    await ask('POST', '/oauth/token', {
      headers: { authorization: basic('x') },
      payload: { grant_type: 'client_credentials' },
    });
    await ask('POST', '/oauth/token', { headers: { 'content-type': 'text/plain' }, payload: 'x' });
    await ask('POST', '/oauth/token', { headers: { origin: 'https://evil.example' }, payload: {} });
    await ask('GET', '/api/v1/calls', { query: '?filter=(setupTime>=2024-01-01)&page=1&limit=1000&sort=-setupTime' });
    await ask('GET', '/api/v1/calls', { query: '?limit=1' });
    await ask('GET', '/api/v1/calls', { query: '?limit=x' });
    await ask('GET', path.call, { id: uuid(1) });
    await ask('GET', path.call, { id: uuid(7) });
    await ask('GET', path.call, { id: 'x' });
    for (const n of [1, 2, 3, 4]) await ask('DELETE', path.call, { id: uuid(n) });
    await ask('GET', '/api/v1/routing/explain', { query: '?from=a&to=b&connection=phones' });
    await ask('GET', '/api/v1/routing/explain');
    await ask('GET', '/api/v1/sip-connections');
    await ask('GET', '/api/v1/recordings', { query: '?limit=1' });
    await ask('GET', '/api/v1/recordings', { query: '?limit=0' });
    for (const template of ['/api/v1/recordings/{id}', '/api/v1/recordings/{id}/audio'] as const) {
      for (const id of [uuid(101), uuid(102), uuid(7), 'x']) await ask('GET', template, { id });
    }
    const audio = '/api/v1/recordings/{id}/audio';
    for (const range of ['bytes=0-43', 'bytes=9999-']) await ask('GET', audio, { id: uuid(101), headers: { range } });
    await ask('GET', audio, { id: uuid(101), headers: { 'if-none-match': '*' } });
    for (const n of [102, 101, 101]) await ask('DELETE', '/api/v1/recordings/{id}', { id: uuid(n) });
    const recording = '/api/v1/calls/{id}/recording';
    await ask('POST', recording, { id: uuid(1), payload: { action: 'start' } });
    await ask('POST', recording, { id: uuid(1), payload: { action: 'stop', callRecordingId: 'x' } });
    await ask('POST', recording, { id: uuid(2), payload: { action: 'pause' } });
    await ask('POST', recording, { id: uuid(1), payload: { action: 'dance' } });
    await ask('POST', '/api/v1/bots/{id}/validate', { id: 'demo' });
    await ask('POST', '/api/v1/bots/{id}/validate', { id: 'x' });
    await ask('GET', '/api/v1/clients');
    await ask('POST', '/api/v1/clients', { payload: { id: 'new', groups: ['monitor'] } });
    await ask('GET', '/api/v1/clients');
    await ask('POST', '/api/v1/clients', { payload: { id: 'new', groups: ['monitor'] } });
    await ask('POST', '/api/v1/clients', { payload: {} });
    await ask('POST', '/api/v1/clients/{id}/secret', { id: 'new' });
    await ask('POST', '/api/v1/clients/{id}/secret', { id: 'nobody' });
    await ask('DELETE', path.client, { id: 'new' });
    await ask('DELETE', path.client, { id: 'new' });
    await ask('DELETE', path.client, { id: 'monitor' });

    const key = { headers: { 'idempotency-key': 'k' } };
    const accepted = await ask('POST', path.dialout, { payload: dialout, ...key });
    await ask('POST', path.dialout, { payload: { ...dialout, caller: '1' }, ...key });
    await ask('POST', path.dialout, { payload: { bot: 'demo' } });
    await ask('POST', path.dialout, { payload: { ...dialout, bot: 'x' } });
    await ask('POST', path.dialout, { payload: { ...dialout, metadata: { a: 'x'.repeat(70_000) } } });
    await ask('POST', path.dialout, { payload: 'x', headers: { 'content-type': 'text/plain' } });
    await ask('GET', path.call, { id: (accepted.body as { conversationId: string }).conversationId });
    for (const code of ['rate_limited', 'draining'] as const) {
      const submit = () => Promise.reject(new DialoutError(code, 'wait', 1_000));
      await ask('POST', path.dialout, { payload: dialout }, api({ dialouts: fakeDialouts({ submit }) }));
    }
    const broken = api({ dialouts: fakeDialouts({ submit: () => Promise.reject(new Error('x')) }) });
    await ask('POST', path.dialout, { payload: dialout }, broken);

    const operations = Object.entries((await documentOf(served)).paths).flatMap(([url, item]) =>
      Object.entries(item).map(([method, operation]) => ({ url, method: method.toUpperCase() as 'GET', operation })),
    );
    for (const { url, method, operation } of operations) {
      if (operation.security.length === 0) continue;
      const id = uuid(1);
      await ask(method, url, { id, headers: { authorization: '' } });
      const stranger = JSON.stringify(operation.security).includes('monitor') ? 'callControl' : 'monitor';
      await ask(method, url, { id, headers: { authorization: basic(stranger) } });
      const guesses = setUp({}, testAccess({ clock: new VirtualClock() }));
      for (let n = 0; n < 10; n++) await guesses.get('/metrics', { authorization: basic('monitor', 'x') });
      await ask(method, url, { id, headers: { authorization: basic('monitor') } }, guesses);
    }

    // The stream has no end, and is proved where it lives.
    const successes = operations.flatMap(({ operation }) =>
      Object.keys(operation.responses)
        .filter((status) => status.startsWith('2'))
        .map((status) => `${operation.operationId} ${status}`),
    );
    expect([...successes].filter((place) => !contract.seen.has(place))).toEqual([]);
    const statuses = new Set([...contract.seen].map((place) => Number(place.split(' ')[1])));
    expect([...statuses].sort()).toEqual([
      ...[200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 409, 413, 415, 416, 429, 500, 503],
    ]);
  });

  test('an answer that is not as documented is found', async () => {
    const served = api();
    const contract = new Contract(await documentOf(served));
    const answer = await served.get('/healthz');
    expect(() => contract.check('GET', '/healthz', { ...answer, body: { status: 'ok' } })).toThrow(/deeply equal/);
    expect(() => contract.check('GET', '/healthz', { ...answer, status: 418 })).toThrow(/not documented/);
    expect(() => contract.check('GET', '/nowhere', answer)).toThrow(/not documented/);
  });
});

describe('/docs', () => {
  test('is a page of our own files, under a policy that lets nothing else in', async () => {
    const { get } = setUp();
    const page = await get('/docs', { authorization: '' });
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.text).not.toMatch(/https?:|<script>|style="|\son\w+="/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links).toHaveLength(4);
    for (const link of links) {
      const asset = await get(`/${link}`, { authorization: '' });
      expect([link, asset.status, asset.headers['content-security-policy']]).toEqual([link, 200, policy]);
      expect(asset.text.length).toBeGreaterThan(100);
    }
    expect((await get('/docs/start.js')).text).toContain("url: 'openapi.json'");
    expect((await get('/docs/../package.json')).status).toBe(404);
    expect((await get('/docs/%2e%2e/package.json')).status).toBe(404);
  });
});
