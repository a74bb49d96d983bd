import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DialoutError } from '../dialout/errors.ts';
import { PatchbayError } from '../errors.ts';
import { UrlGuard } from '../net/url-guard.ts';
import type { DialoutsPort } from './ports.ts';
import { basic, fakeDialouts, setUp, type TestApi } from './testing.ts';

const url = '/api/v1/actions/dialout';
const minimal = { bot: 'demo', target: 'tel:+4930123456' };

function dial(api: TestApi, payload: object, headers: Record<string, string> = {}) {
  return api.send({ method: 'POST', url, payload, headers: { authorization: basic('callControl'), ...headers } });
}

function prepared(changes: Partial<DialoutsPort> = {}) {
  const guard = new UrlGuard({ allowPrivateNetworks: false, allowHosts: [] });
  const dialouts = fakeDialouts({ checkUrl: (text) => void guard.parse(text), ...changes });
  return { dialouts, api: setUp({ dialouts }) };
}

describe('POST /api/v1/actions/dialout', () => {
  test('takes what has to be there, and fills in the rest', async () => {
    const { dialouts, api } = prepared();
    const answer = await dial(api, minimal);
    expect(answer.status).toBe(200);
    const [first] = dialouts.submitted;
    expect(answer.body).toEqual({ conversationId: first?.request.id });
    expect(first).toEqual({
      options: {},
      request: {
        id: expect.any(String),
        client: 'callControl',
        bot: 'demo',
        target: { scheme: 'tel', number: '+4930123456' },
        notifyStatuses: [],
        machineDetection: 'disabled',
        answerTimeoutSec: 60,
        voicemailEndTimeoutSec: 0,
        sipHeaders: [],
        acceptedAt: '2026-01-01T00:00:00.000Z',
        startBefore: '2026-01-01T00:01:00.000Z',
      },
    });
  });

  test('takes everything that Bot API 5.1 has', async () => {
    const { dialouts, api } = prepared();
    const answer = await dial(api, {
      bot: 'Demo',
      target: 'sip:ada@example.com',
      caller: 'tel:+15551230001',
      callerHost: 'hub.example',
      callerDisplayName: 'Ada’s shop',
      notifyUrl: 'https://dialer.example/status?x=1',
      notifyStatuses: ['ringing', 'initiated', 'ringing'],
      machineDetection: 'disconnect',
      answerTimeoutSec: 20,
      voicemailEndTimeoutSec: 20,
      metadata: { order: 7, deep: [{ a: null }] },
      sipHeaders: { 'X-Campaign': 'spring', 'User-to-User': '00FA;encoding=hex' },
    });
    expect(answer.status).toBe(200);
    expect(dialouts.submitted[0]?.request).toMatchObject({
      bot: 'demo',
      target: { scheme: 'sip', user: 'ada', host: 'example.com', uri: 'sip:ada@example.com' },
      caller: '+15551230001',
      callerHost: 'hub.example',
      callerDisplayName: 'Ada’s shop',
      notifyUrl: 'https://dialer.example/status?x=1',
      notifyStatuses: ['ringing', 'initiated'],
      machineDetection: 'disconnect',
      answerTimeoutSec: 20,
      voicemailEndTimeoutSec: 20,
      metadata: { order: 7, deep: [{ a: null }] },
      sipHeaders: [
        { name: 'X-Campaign', value: 'spring' },
        { name: 'User-to-User', value: '00FA;encoding=hex' },
      ],
    });
  });

  test('null is as if it were not there; a bare number is one; header fields may be a list', async () => {
    const { dialouts, api } = prepared();
    const sipHeaders = [{ name: 'P-Charge-Info', value: '<sip:x@y>' }];
    const answer = await dial(api, { bot: 'demo', target: '+4930123456', caller: null, metadata: null, sipHeaders });
    expect(answer.status).toBe(200);
    expect(dialouts.submitted[0]?.request).not.toHaveProperty('caller');
    expect(dialouts.submitted[0]?.request).toMatchObject({ target: { number: '+4930123456' }, sipHeaders });
  });

  const deep = JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`) as object;
  test.each([
    [{ target: minimal.target }, 'bot'],
    [{ bot: 'demo' }, 'target'],
    [{ ...minimal, bot: 5 }, 'bot'],
    [{ ...minimal, caller: 'a b' }, 'caller'],
    [{ ...minimal, caller: 'x>\r\nVia: y' }, 'caller'],
    [{ ...minimal, callerHost: 'a/b' }, 'callerHost'],
    [{ ...minimal, callerDisplayName: 'a\r\nb' }, 'callerDisplayName'],
    [{ ...minimal, notifyUrl: 'ftp://x.example' }, 'notifyUrl'],
    [{ ...minimal, notifyUrl: '/relative' }, 'notifyUrl'],
    [{ ...minimal, notifyUrl: 'http://127.0.0.1:9/' }, 'notifyUrl'],
    [{ ...minimal, notifyUrl: 'http://[::ffff:10.0.0.1]/' }, 'notifyUrl'],
    [{ ...minimal, notifyUrl: 'http://2130706433/' }, 'notifyUrl'],
    [{ ...minimal, notifyUrl: 'https://user:pass@x.example/' }, 'notifyUrl'],
    [{ ...minimal, notifyStatuses: ['answered'] }, 'notifyStatuses.0'],
    [{ ...minimal, machineDetection: 'maybe' }, 'machineDetection'],
    [{ ...minimal, answerTimeoutSec: 0 }, 'answerTimeoutSec'],
    [{ ...minimal, answerTimeoutSec: '20' }, 'answerTimeoutSec'],
    [{ ...minimal, voicemailEndTimeoutSec: 1e9 }, 'voicemailEndTimeoutSec'],
    [{ ...minimal, metadata: [] }, 'metadata'],
    [{ ...minimal, metadata: { a: 'x'.repeat(16 * 1024) } }, 'metadata'],
    [{ ...minimal, metadata: deep }, 'metadata'],
    [{ ...minimal, sipHeaders: [{ name: 'From', value: 'x' }] }, 'sipHeaders'],
    [{ ...minimal, sipHeaders: { Via: 'x' } }, 'sipHeaders'],
    [{ ...minimal, sipHeaders: { 'X-A': 'a\r\nVia: b' } }, 'sipHeaders'],
    [{ ...minimal, sipHeaders: { 'X-A b': 'a' } }, 'sipHeaders'],
    [
      { ...minimal, sipHeaders: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`X-${n}`, 'x'])) },
      'sipHeaders',
    ],
    [
      { ...minimal, sipHeaders: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`X-${n}`, 'x'.repeat(1000)])) },
      'sipHeaders',
    ],
    [{ ...minimal, taget: 'x' }, 'taget'],
  ])('%j is 400 and names the field', async (payload, field) => {
    const { dialouts, api } = prepared();
    const answer = await dial(api, payload);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
    expect((answer.body as { error: { field: string } }).error.field).toMatch(new RegExp(`^${field}(\\.|$)`));
    expect(dialouts.submitted).toEqual([]);
  });

  test.each(['tel:030123456', 'tel:+49', '+1999', 'mailto:x@y.example', 'sip:nobody', 'hello'])(
    'the target %s is refused before anything is dialled',
    async (target) => {
      const { dialouts, api } = prepared();
      expect(await dial(api, { ...minimal, target })).toMatchObject({
        status: 400,
        body: { error: { code: 'bad_target', field: 'target' } },
      });
      expect(dialouts.submitted).toEqual([]);
    },
  );

  test.each([
    [new PatchbayError('destination_not_allowed', 'no'), 400, 'target'],
    [new PatchbayError('bad_target', 'no'), 400, 'target'],
    [new PatchbayError('no_route', 'no'), 409, 'bot'],
    [new PatchbayError('no_gateway', 'no'), 409, 'bot'],
    [new PatchbayError('unknown_bot', 'no'), 404, 'bot'],
  ])('what the dialler refuses: %s', async (error, status, field) => {
    const { api } = prepared({ submit: () => Promise.reject(error) });
    expect(await dial(api, minimal)).toMatchObject({ status, body: { error: { code: error.code, field } } });
  });

  test.each([
    [new DialoutError('rate_limited', 'wait', 2_400), 429, '3'],
    [new DialoutError('queue_full', 'wait', 100), 429, '1'],
    [new DialoutError('draining', 'the hub is stopping'), 503, '1'],
    [new DialoutError('idempotency_conflict', 'no'), 409, undefined],
  ])('what the service refuses: %s', async (error, status, retryAfter) => {
    const { api } = prepared({ submit: () => Promise.reject(error) });
    const answer = await dial(api, minimal);
    expect(answer).toMatchObject({ status, body: { error: { code: error.code } } });
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  test('a bot by its id, by its name where that is clear, and 404 else', async () => {
    const names: Record<string, string> = { a: 'Shop', b: 'Shop', c: 'Desk', desk: 'c' };
    const dialouts = fakeDialouts();
    const bots = {
      ids: () => Object.keys(names),
      nameOf: (id: string) => names[id] ?? '',
      check: () => Promise.reject(),
    };
    const api = setUp({ dialouts, bots });
    for (const bot of ['a', 'c', 'Desk']) expect((await dial(api, { ...minimal, bot })).status).toBe(200);
    expect(dialouts.submitted.map(({ request }) => request.bot)).toEqual(['a', 'c', 'c']);
    expect(await dial(api, { ...minimal, bot: 'Shop' })).toMatchObject({
      status: 400,
      body: { error: { field: 'bot' } },
    });
    expect(await dial(api, { ...minimal, bot: 'x' })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', field: 'bot' } },
    });
  });

  test('Idempotency-Key: the first answer again; another body is 409', async () => {
    const { dialouts, api } = prepared();
    const key = { 'idempotency-key': 'campaign-1/7' };
    const body = { ...minimal, metadata: { a: 1, b: { c: 2, d: 3 } }, caller: '1' };
    const first = await dial(api, body, key);
    const again = await dial(api, { caller: '1', metadata: { b: { d: 3, c: 2 }, a: 1 }, ...minimal }, key);
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' }, body: first.body });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(await dial(api, { ...body, caller: '2' }, key)).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_conflict', field: 'Idempotency-Key' } },
    });
    expect(dialouts.submitted).toHaveLength(1);
    expect(await dial(api, body, { 'idempotency-key': 'x'.repeat(256) })).toMatchObject({ status: 400 });
  });

  test('too much is 413, another type 415', async () => {
    const { api } = prepared();
    expect(await dial(api, { ...minimal, metadata: { a: 'x'.repeat(70_000) } })).toMatchObject({
      status: 413,
      body: { error: { code: 'too_large' } },
    });
    expect(await dial(api, minimal, { 'content-type': 'text/xml' })).toMatchObject({
      status: 415,
      body: { error: { code: 'unsupported_media_type' } },
    });
  });

  test('whatever is sent, it is accepted or refused, and nothing breaks', async () => {
    const { api } = prepared();
    const keys = fc.constantFrom('bot', 'target', 'caller', 'metadata', 'sipHeaders', 'notifyUrl', 'x', '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, fc.jsonValue()), async (payload) => {
        expect([200, 400, 404]).toContain((await dial(api, { ...minimal, ...payload })).status);
      }),
      { numRuns: 150 },
    );
  });
});
