import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '../calls/record.ts';
import { PatchbayError } from '../errors.ts';
import { parseCursor, printCursor } from './list-calls.ts';
import { isLoopback } from './loopback.ts';
import { callsOf, record, setUp, uuid } from './testing.ts';

describe('health', () => {
  test('/healthz tells that the process runs, and which version', async () => {
    expect(await setUp().get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok', version: '1.2.3' } });
  });

  test('/readyz is 200 when every check passes', async () => {
    const { get } = setUp({ readiness: { draining: () => false, checks: [{ name: 'sip', run: async () => {} }] } });
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, reasons: [], checks: [{ name: 'sip', ok: true }] },
    });
  });

  test('/readyz is 503 with every reason, and shows nothing from inside', async () => {
    const { get } = setUp({
      readiness: {
        draining: () => true,
        checks: [
          { name: 'records', run: () => Promise.reject(new Error('password hush')) },
          {
            name: 'sip',
            run: () => Promise.reject(new PatchbayError('x', 'at 10.0.0.1', { publicMessage: 'no agent' })),
          },
        ],
      },
    });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: {
        ready: false,
        reasons: ['the hub is stopping and takes no new calls', 'records: failed', 'sip: no agent'],
      },
    });
  });

  test('/metrics is what Prometheus reads', async () => {
    const { status, headers, text } = await setUp().get('/metrics');
    expect([status, headers['content-type'], text]).toEqual([200, 'text/plain; version=0.0.4', 'patchbay_x 1\n']);
  });
});

describe('GET /api/v1/calls', () => {
  const stored = [1, 2, 3, 4].map((n) => record(n));

  test('shows live and recorded calls together, newest first, live ones as they are now', async () => {
    const live = [record(4, { state: 'answered' }), record(9, { state: 'setup' })];
    const { get } = setUp({ calls: callsOf(stored, live) });
    const { body } = await get('/api/v1/calls');
    expect(body).toMatchObject({
      calls: [
        { id: uuid(9), state: 'setup' },
        { id: uuid(4), state: 'answered' },
        { id: uuid(3), state: 'ended' },
        { id: uuid(2) },
        { id: uuid(1) },
      ],
      next: null,
    });
  });

  test('whatever is live and whatever is stored: the pages together are all calls once, in order', async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(numbers, numbers, fc.integer({ min: 1, max: 5 }), async (live, old, limit) => {
        const { get, app } = setUp({
          calls: callsOf(
            old.map((n) => record(n)),
            live.map((n) => record(n, { state: 'answered' })),
          ),
        });
        const seen: string[] = [];
        for (let before = ''; ; ) {
          const { body } = await get(`/api/v1/calls?limit=${limit}${before}`);
          const { calls, next } = body as { calls: CallRecord[]; next: string | null };
          expect(calls.length).toBeLessThanOrEqual(limit);
          seen.push(...calls.map((call) => call.id));
          if (next === null) break;
          before = `&before=${encodeURIComponent(next)}`;
        }
        expect(seen).toEqual([...new Set([...live, ...old])].sort((a, b) => b - a).map(uuid));
        await app.close();
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['limit=0', 'limit', 'expected at least 1'],
    ['limit=1001', 'limit', 'expected at most 1000'],
    ['limit=many', 'limit', 'expected a whole number'],
    ['limit=1e3', 'limit', 'expected a whole number'],
    ['before=yesterday', 'before', 'earlier page'],
    ['before=2026-01-01T00:00:00.000Z,%00', 'before', 'earlier page'],
    ['after=1', 'after', "no parameter 'after'"],
  ])('?%s is 400 and names the parameter', async (query, field, message) => {
    expect(await setUp().get(`/api/v1/calls?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request', field, message: expect.stringContaining(message) } },
    });
  });

  test('one call, live or recorded, or a clear no', async () => {
    const { get } = setUp({ calls: callsOf(stored, [record(2, { state: 'answered' })]) });
    expect(await get(`/api/v1/calls/${uuid(1)}`)).toMatchObject({ status: 200, body: { id: uuid(1), transcript: [] } });
    expect(await get(`/api/v1/calls/${uuid(2)}`)).toMatchObject({ body: { state: 'answered' } });
    expect(await get(`/api/v1/calls/${uuid(8)}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', field: 'id' } },
    });
    expect(await get('/api/v1/calls/x')).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request', field: 'id' } },
    });
  });

  test('cursors survive their text form', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-01-01') }),
        fc.uuid(),
        (date, id) => {
          const cursor = { setupTime: date.toISOString(), id };
          expect(parseCursor(printCursor(cursor))).toEqual(cursor);
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseCursor(text)));
  });
});

describe('GET /api/v1/routing/explain', () => {
  test('asks routing', async () => {
    const placed = await setUp().get('/api/v1/routing/explain?from=%2B49&to=%2B1&bot=demo');
    expect(placed.body).toMatchObject({
      decision: { destination: { bot: JSON.stringify({ bot: 'demo', type: 'call', calling: '+49', called: '+1' }) } },
    });
    const { body } = await setUp().get('/api/v1/routing/explain?from=%2B49&to=demo&connection=carrier&type=transfer');
    const asked = { sipConnection: 'carrier', type: 'transfer', calling: '+49', called: 'demo' };
    expect(body).toMatchObject({ decision: { destination: { bot: JSON.stringify(asked) } } });
  });

  test.each([
    ['to=demo&connection=phones', 'from'],
    ['from=a&connection=phones', 'to'],
    ['from=a&to=b', 'connection'],
    ['from=a&to=b&connection=nobody', 'connection'],
    ['from=a&from=b&to=b&connection=phones', 'from'],
    ['from=a&to=b&bot=nobody', 'bot'],
    ['from=a&to=b&bot=demo&connection=phones', 'bot'],
  ])('?%s is 400', async (query, field) => {
    expect(await setUp().get(`/api/v1/routing/explain?${query}`)).toMatchObject({
      status: 400,
      body: { error: { field } },
    });
  });
});

describe('faults', () => {
  test('a failing store is 503 or 500, without what is inside', async () => {
    const fail = (error: Error) =>
      setUp({
        calls: {
          ...callsOf([]),
          records: { get: () => Promise.reject(error), list: () => Promise.reject(error) },
        },
      });
    const known = new PatchbayError('store_failed', 'disk /secret', {
      retryable: true,
      publicMessage: 'The database is not available',
    });
    expect(await fail(known).get('/api/v1/calls')).toMatchObject({
      status: 503,
      body: { error: { code: 'store_failed', message: 'The database is not available' } },
    });
    const unknown = await fail(new Error('/secret')).get('/api/v1/calls');
    expect(unknown).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
    expect(unknown.text).not.toMatch(/secret|at .*\.ts/);
  });

  test('an unknown address is 404, and one that cannot be decoded 400', async () => {
    const { get } = setUp();
    expect(await get('/nothing?x=1')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: 'There is no GET /nothing' } },
    });
    expect(await get('/api/v1/calls/%E0%A4%A')).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    });
  });

  test('every answer has the security headers', async () => {
    const { get } = setUp();
    for (const url of ['/healthz', '/nothing', '/api/v1/calls', '/api/v1/calls?limit=0', '/%E0%A4%A']) {
      expect((await get(url)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cache-control': 'no-store',
      });
    }
  });
});

describe('POST /api/v1/bots/:id/validate', () => {
  test('tells the steps of the check, also when the bot fails it', async () => {
    const steps = [{ step: 'GET', ok: false, message: 'connection refused', ms: 3 }];
    const { send } = setUp({
      bots: { ids: () => ['demo'], nameOf: () => 'Demo', check: async () => ({ ok: false, steps }) },
    });
    const answer = await send({ method: 'POST', url: '/api/v1/bots/demo/validate' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ok: false, steps });
  });

  test('404 names the bots that there are', async () => {
    const answer = await setUp().send({ method: 'POST', url: '/api/v1/bots/nobody/validate' });
    expect(answer).toMatchObject({ status: 404, body: { error: { message: expect.stringContaining('demo') } } });
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['LOCALHOST', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['', false],
])('%j is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
