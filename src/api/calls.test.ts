import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '../calls/record.ts';
import { parseFilter } from './call-filter.ts';
import { basic, callsOf, fakeDialouts, record, setUp, uuid } from './testing.ts';

async function ids(query: string, records: CallRecord[], live: CallRecord[] = []): Promise<string[]> {
  const { body, status } = await setUp({ calls: callsOf(records, live) }).get(`/api/v1/calls?${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { calls: { id: string }[] }).calls.map(({ id }) => id);
}

const some = [1, 2, 3, 4, 5].map((n) => record(n, { conversationId: `c${n % 2}` }));

describe('GET /api/v1/calls', () => {
  test("has Live Hub's fields beside our own, and no transcript", async () => {
    const call = record(1, {
      answerTime: '2026-01-01T00:01:02.000Z',
      endTime: '2026-01-01T00:01:03.500Z',
      durationMs: 1500,
      conversationId: 'c',
      end: { category: 'bot-hangup', by: 'bot', text: 'The bot hung up' },
      transcript: [{ atMs: 1, speaker: 'bot', kind: 'speech', text: 'hush' }],
    });
    const { body, text } = await setUp({ calls: callsOf([call]) }).get('/api/v1/calls');
    expect(text).not.toContain('hush');
    expect(body).toMatchObject({
      calls: [
        {
          callId: call.id,
          id: call.id,
          callingEntity: {
            id: 'phones',
            type: 'SipConnection',
            displayName: 'ada',
            phoneNumber: 'ada',
            isTeams: false,
          },
          calledEntity: { id: 'demo', type: 'Bot', phoneNumber: 'demo', isClickToCall: false },
          ingressCallingNumber: 'ada',
          egressCalledNumber: 'demo',
          setupTime: call.setupTime,
          connectTime: call.answerTime,
          endTime: call.endTime,
          successful: true,
          durationSeconds: 1.5,
          terminationDescription: 'The bot hung up',
          recorded: false,
          botConversationId: 'c',
          globalSessionId: call.id,
          features: ['bot'],
          state: 'ended',
        },
      ],
      next: null,
    });
  });

  test('a call that goes on to a SIP connection, and its other half', async () => {
    const own = record(1, { destination: { sipConnection: 'pbx' }, bridgedWith: 'other' });
    const leg = record(2, {
      direction: 'outbound',
      sipConnection: 'pbx',
      destination: { sipConnection: 'pbx' },
      sessionId: own.id,
    });
    expect((await setUp({ calls: callsOf([own, leg]) }).get('/api/v1/calls')).body).toMatchObject({
      calls: [
        { callingEntity: { type: 'None' }, calledEntity: { id: 'pbx' }, globalSessionId: own.id },
        {
          callingEntity: { id: 'phones' },
          calledEntity: { id: 'pbx', type: 'SipConnection' },
          ...{ globalSessionId: own.id, bridgedWith: 'other', features: [] },
        },
      ],
    });
  });

  test('outbound: the bot calls, the other side is called; a machine has its own words', async () => {
    const call = record(1, {
      direction: 'outbound',
      calling: { user: '+1555', host: 'h', displayName: undefined },
      called: { user: '+4930', host: 'h' },
      sipConnection: 'carrier',
      end: { category: 'machine-detected', by: 'hub', text: 'x' },
    });
    expect((await setUp({ calls: callsOf([call]) }).get('/api/v1/calls')).body).toMatchObject({
      calls: [
        {
          callingEntity: { id: 'demo', type: 'Bot', phoneNumber: '+1555' },
          calledEntity: { id: 'carrier', type: 'SipConnection', phoneNumber: '+4930' },
          terminationDescription: 'Machine Detected',
          successful: false,
        },
      ],
    });
  });

  test('sorted by time, either way, and page by page', async () => {
    expect(await ids('sort=-setupTime&limit=2', some)).toEqual([uuid(5), uuid(4)]);
    expect(await ids('sort=setupTime&limit=2', some)).toEqual([uuid(1), uuid(2)]);
    expect(await ids('sort=setupTime&limit=2&page=2', some)).toEqual([uuid(3), uuid(4)]);
    expect(await ids('limit=2&page=1', some)).toEqual(await ids('limit=2&page=0', some));
    expect(await ids('limit=2&page=3', some)).toEqual([uuid(1)]);
    expect(await ids('limit=1000&page=2', some)).toEqual([]);
  });

  test('filtered, live calls too', async () => {
    const day = '2026-01-01';
    expect(await ids(`filter=(setupTime>=${day},setupTime<${day}T00:03)`, some)).toEqual([uuid(2), uuid(1)]);
    expect(await ids('filter=(botConversationId=c0)', some)).toEqual([uuid(4), uuid(2)]);
    expect(await ids(`filter=(callId=${uuid(3)})`, some)).toEqual([uuid(3)]);
    expect(await ids(`filter=${encodeURIComponent('(setupTime>2026-01-02)')}`, some)).toEqual([]);
    const live = [
      record(2, { state: 'answered', conversationId: 'c0' }),
      record(9, { conversationId: 'c0' }),
      record(8),
    ];
    expect(await ids('filter=botConversationId=c0', some, live)).toEqual([uuid(9), uuid(4), uuid(2)]);
  });

  test.each([
    ['filter=(x=1)', 'filter'],
    ['filter=(setupTime>=soon)', 'filter'],
    ['filter=(setupTime~2024-04-01)', 'filter'],
    ['filter=(setupTime>=2024-13-01)', 'filter'],
    ['filter=(botConversationId>c)', 'filter'],
    ['filter=(botConversationId=a,botConversationId=b)', 'filter'],
    [`filter=(${'setupTime>2024-04-01,'.repeat(9)})`, 'filter'],
    ['sort=duration', 'sort'],
    ['page=-1', 'page'],
    ['page=1000&limit=1000', 'page'],
    [`page=2&before=${encodeURIComponent(`2026-01-01T00:00:00.000Z,${uuid(1)}`)}`, 'page'],
    ['limit=0', 'limit'],
  ])('?%s is 400 and names the parameter', async (query, field) => {
    expect(await setUp().get(`/api/v1/calls?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request', field } },
    });
  });

  test('any filter is understood or refused', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseFilter(text)));
    expect(parseFilter('( setupTime >= "2024-04-01T10:00:00+02:00" )')).toEqual({
      filter: { setupTime: [{ operator: '>=', time: '2024-04-01T08:00:00.000Z' }] },
    });
    expect(parseFilter('')).toEqual({ filter: {} });
  });
});

describe('GET /api/v1/calls/{id}', () => {
  test('an outbound call comes with its dialout and what became of its notifications', async () => {
    const dialouts = fakeDialouts();
    const api = setUp({ dialouts, calls: callsOf([record(1_000, { direction: 'outbound' })]) });
    await api.send({
      method: 'POST',
      url: '/api/v1/actions/dialout',
      payload: { bot: 'demo', target: 'tel:+4930123456' },
    });
    expect(await api.get(`/api/v1/calls/${uuid(1_000)}`)).toMatchObject({
      status: 200,
      body: {
        direction: 'outbound',
        transcript: [],
        dialout: { state: 'queued', notifications: [{ status: 'initiated', delivery: 'pending' }] },
      },
    });
  });

  test('a dialout that waits has no call yet', async () => {
    const api = setUp({ dialouts: fakeDialouts() });
    const payload = { bot: 'demo', target: 'tel:+4930123456' };
    await api.send({ method: 'POST', url: '/api/v1/actions/dialout', payload });
    expect(await api.get(`/api/v1/calls/${uuid(1_000)}`)).toMatchObject({
      status: 200,
      body: {
        id: uuid(1_000),
        callId: uuid(1_000),
        state: 'queued',
        dialout: { bot: 'demo', client: 'administrator' },
      },
    });
  });
});

describe('DELETE /api/v1/calls/{id}', () => {
  const ended: string[] = [];
  const api = () => setUp({ calls: callsOf([record(1), record(2, { state: 'answered' })], [record(3)], ended) });
  const end = (n: number, group = 'callControl') =>
    api().send({ method: 'DELETE', url: `/api/v1/calls/${uuid(n)}`, headers: { authorization: basic(group) } });

  test('202 while it is being ended, 204 when it is over, 409 where nobody can, 404 where there is none', async () => {
    expect(await end(3)).toMatchObject({ status: 202, body: { id: uuid(3), state: 'ending' } });
    expect(ended).toEqual([`${uuid(3)} by callControl`]);
    expect(await end(1)).toMatchObject({ status: 204, text: '' });
    expect(await end(2)).toMatchObject({ status: 409, body: { error: { code: 'conflict', field: 'id' } } });
    expect(await end(4)).toMatchObject({ status: 404, body: { error: { code: 'not_found', field: 'id' } } });
  });
});
