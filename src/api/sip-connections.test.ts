import { expect, test } from 'vitest';
import { basic, setUp } from './testing.ts';

const gateway = {
  uri: 'sip:192.0.2.1;transport=tcp',
  state: 'up',
  since: new Date('2026-01-01T00:00:00Z'),
  askedAt: new Date('2026-01-01T00:01:00Z'),
  lastStatus: 200,
  roundTripMs: 12.5,
} as const;
const connection = {
  id: 'carrier',
  name: 'Carrier',
  challengesCallers: true,
  transferMethod: 'refer',
  codecs: ['PCMA'],
  dtmf: 'info',
  nat: { signalling: 'source', media: 'sdp' },
  keepAlive: { intervalMs: 30_000, timeoutMs: 4_000 },
  gateways: [gateway, { ...gateway, uri: 'sip:me:secret@192.0.2.2', state: 'unknown', since: undefined }],
} as const;

test('SIP connections are listed with the state of their gateways, without passwords', async () => {
  const { get } = setUp({ sipConnections: { list: () => [connection] } });
  const answer = await get('/api/v1/sip-connections', { authorization: basic('monitor') });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    sipConnections: [
      {
        id: 'carrier',
        challengesCallers: true,
        transferMethod: 'refer',
        keepAlive: { intervalMs: 30_000 },
        gateways: [
          { uri: gateway.uri, state: 'up', since: '2026-01-01T00:00:00.000Z', lastStatus: 200, roundTripMs: 12.5 },
          { uri: 'sip:me@192.0.2.2', state: 'unknown' },
        ],
      },
    ],
  });
  expect(answer.text).not.toContain('secret');
});

test('they are for monitors', async () => {
  const { get } = setUp();
  expect((await get('/api/v1/sip-connections', { authorization: basic('callControl') })).status).toBe(403);
});
