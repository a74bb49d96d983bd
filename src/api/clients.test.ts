import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { basic, secretOf, setUp, type TestApi, testAccess } from './testing.ts';

function post(api: TestApi, payload: object | string, headers: Record<string, string> = {}) {
  return api.send({ method: 'POST', url: '/oauth/token', headers: { authorization: '', ...headers }, payload });
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const good = { grant_type: 'client_credentials', client_id: 'monitor', client_secret: secretOf('monitor') };

describe('POST /oauth/token', () => {
  test.each([
    ['a form', new URLSearchParams(good).toString(), form],
    ['JSON', good, {}],
    ['Basic and a form', 'grant_type=client_credentials', { ...form, authorization: basic('monitor') }],
    ['Basic and the id again', { ...good, client_secret: undefined }, { authorization: basic('monitor') }],
    ['what it does not know', { ...good, scope: 'x', audience: 'y' }, {}],
  ])('takes %s', async (_, payload, headers) => {
    const api = setUp();
    const answer = await post(api, payload, headers);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
      body: { token_type: 'Bearer', expires_in: 3600 },
    });
    const { access_token: token, token: again } = answer.body as Record<string, string>;
    expect(again).toBe(token);
    expect((await api.get('/metrics', { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test.each([
    ['no grant type', { ...good, grant_type: undefined }, {}, 400, 'invalid_request'],
    ['another grant type', { ...good, grant_type: 'password' }, {}, 400, 'unsupported_grant_type'],
    ['a wrong secret', { ...good, client_secret: 'x' }, {}, 401, 'invalid_client'],
    [
      'a wrong secret in the header',
      { grant_type: good.grant_type },
      { authorization: basic('monitor', 'x') },
      401,
      'invalid_client',
    ],
    ['an unknown client', { ...good, client_id: 'x' }, {}, 401, 'invalid_client'],
    ['no credentials', { grant_type: good.grant_type }, {}, 401, 'invalid_client'],
    ['credentials twice', good, { authorization: basic('monitor') }, 400, 'invalid_request'],
    [
      'two ids',
      { grant_type: good.grant_type, client_id: 'x' },
      { authorization: basic('monitor') },
      400,
      'invalid_request',
    ],
    ['a number for a secret', { ...good, client_secret: 5 }, {}, 400, 'invalid_request'],
    ['no body', '', {}, 400, 'invalid_request'],
    ['no JSON', '{', { 'content-type': 'application/json' }, 400, 'invalid_request'],
  ] as const)('refuses %s', async (_, payload, headers, status, error) => {
    const answer = await post(setUp(), payload, headers);
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
    if (status === 401) expect(answer.headers['www-authenticate']).toBeDefined();
  });

  test('wrong secrets are limited here, too, together with those of other routes', async () => {
    const api = setUp({}, testAccess({ clock: new VirtualClock() }));
    for (let n = 0; n < 5; n++) await post(api, { ...good, client_secret: `x${n}` });
    for (let n = 0; n < 5; n++) await api.get('/metrics', { authorization: basic('monitor', `y${n}`) });
    expect(await post(api, good)).toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      body: { error: 'temporarily_unavailable' },
    });
  });

  test('a body of another type is 415, a large one 413', async () => {
    expect((await post(setUp(), 'x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(setUp(), `a=${'x'.repeat(9_000)}`, form)).status).toBe(413);
  });
});

describe('/api/v1/clients', () => {
  const url = '/api/v1/clients';

  test('makes, shows, renews and removes clients', async () => {
    const audit: object[] = [];
    const api = setUp({}, testAccess({ log: { info: (fields) => audit.push(fields), warn: () => {} } }));
    const made = await api.send({ method: 'POST', url, payload: { id: 'dialer', groups: ['callControl', 'monitor'] } });
    expect(made).toMatchObject({
      status: 201,
      body: { id: 'dialer', groups: ['callControl', 'monitor'], notificationSecret: expect.any(String) },
    });
    const { secret } = made.body as { secret: string };
    expect((await api.get('/metrics', { authorization: basic('dialer', secret) })).status).toBe(200);

    const list = await api.get(url);
    expect(list.body).toMatchObject({
      clients: expect.arrayContaining([
        { id: 'dialer', groups: ['callControl', 'monitor'], source: 'database', createdAt: expect.any(String) },
        { id: 'monitor', groups: ['monitor'], source: 'configuration' },
      ]),
    });
    expect(list.text).not.toContain('secret');

    const renewed = await api.send({ method: 'POST', url: `${url}/dialer/secret` });
    expect(renewed).toMatchObject({ status: 200, body: { id: 'dialer', groups: ['callControl', 'monitor'] } });
    const { secret: next } = renewed.body as { secret: string };
    expect((await api.get('/metrics', { authorization: basic('dialer', secret) })).status).toBe(401);
    expect((await api.get('/metrics', { authorization: basic('dialer', next) })).status).toBe(200);

    expect((await api.send({ method: 'DELETE', url: `${url}/dialer` })).status).toBe(204);
    expect((await api.get('/metrics', { authorization: basic('dialer', next) })).status).toBe(401);
    expect(await api.send({ method: 'DELETE', url: `${url}/dialer` })).toMatchObject({
      status: 404,
      body: { error: { code: 'client_unknown', field: 'id' } },
    });
    expect(audit).toEqual(Array(3).fill({ client: 'dialer', by: 'administrator' }));
  });

  test.each([
    [{ groups: ['monitor'] }, 400, 'bad_request', 'id'],
    [{ id: 'a b', groups: ['monitor'] }, 400, 'bad_request', 'id'],
    [{ id: 'x', groups: ['root'] }, 400, 'bad_request', 'groups.0'],
    [{ id: 'x', groups: [] }, 400, 'bad_request', 'groups'],
    [{ id: 'x', groups: ['monitor'], secret: 'mine' }, 400, 'bad_request', 'secret'],
    [{ id: 'monitor', groups: ['monitor'] }, 409, 'client_exists', 'id'],
  ])('%j is refused', async (payload, status, code, field) => {
    expect(await setUp().send({ method: 'POST', url, payload })).toMatchObject({
      status,
      body: { error: { code, field } },
    });
  });

  test('clients of the configuration stay as they are', async () => {
    const api = setUp();
    for (const request of [
      { method: 'DELETE', url: `${url}/monitor` },
      { method: 'POST', url: `${url}/monitor/secret` },
    ] as const) {
      expect(await api.send(request)).toMatchObject({ status: 409, body: { error: { code: 'client_declared' } } });
    }
  });
});
