import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ApiDocument, Contract } from '../../src/api/contract-test-support.ts';
import { Dialer } from './support/dialer.ts';
import { FakeBot, say } from './support/fake-bot.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { calleeBye, got, gotInvite, reply, type SippCallee, startCallee } from './support/sipp-callee.ts';
import { waitFor } from './support/wait-for.ts';

/** A dialer that was written for Live Hub, pointed at a hub; every answer is compared with the hub's own document. */

let bot: FakeBot;
let dialer: Dialer;
let hub: HubProcess;
let contract: Contract;
let gatewayPort: number;
let token: string;
let notificationSecret: string;
const callees: SippCallee[] = [];

interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** `template`: the path as the document has it. */
async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  template: string,
  options: { id?: string; query?: string; body?: object; headers?: object } = {},
): Promise<Reply> {
  const { id = '', query = '', body, headers } = options;
  const response = await fetch(`${hub.api}${template.replace('{id}', id)}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  contract.check(method, template, {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    body: parsed,
  });
  return { status: response.status, headers: response.headers, body: parsed };
}

function dial(changes: object = {}, headers: object = {}): Promise<Reply> {
  const body = { bot: 'Demo', target: 'tel:+15551230001', caller: '+15559990000', notifyUrl: dialer.url, ...changes };
  return ask('POST', '/api/v1/actions/dialout', { body, headers });
}

async function callee(steps: readonly string[]): Promise<SippCallee> {
  const started = await startCallee(steps, { port: gatewayPort });
  callees.push(started);
  return started;
}

const final = (id: string) => waitFor('the final notification', 15_000, () => dialer.finalOf(id));

beforeAll(async () => {
  bot = await FakeBot.start({ onActivity: (activity) => (activity.name === 'start' ? [say('700 Hz 300 ms')] : []) });
  dialer = await Dialer.start();
  gatewayPort = await freePort();
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: bot.url,
    extra: {
      notifications: { allowPrivateNetworks: true },
      sipConnections: [{ id: 'carrier', gateways: [`sip:127.0.0.1:${gatewayPort};transport=udp`] }],
      routingRules: [{ id: 'out', origin: { bot: 'demo' }, destination: { sipConnection: 'carrier' } }],
    },
  });
  contract = new Contract(await hub.get<ApiDocument>('/openapi.json'));
  const made = await hub.fetch('/api/v1/clients', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'dialer', groups: ['callControl', 'callDataManager'] }),
  });
  const secrets = (await made.json()) as { secret: string; notificationSecret: string };
  notificationSecret = secrets.notificationSecret;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'dialer',
    client_secret: secrets.secret,
  });
  const granted = await fetch(`${hub.api}/oauth/token`, { method: 'POST', body: form });
  ({ access_token: token } = (await granted.json()) as { access_token: string });
});
afterEach(() => {
  for (const each of callees.splice(0)) each.stop();
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
  dialer?.close();
});

peerTest('sipp', 'a call is placed, told of, signed for, and found in the records', async () => {
  const phone = await callee([
    gotInvite(),
    reply(180, 'Ringing'),
    reply(200, 'OK', { sdp: true }),
    got('ACK'),
    '<pause milliseconds="1500"/>',
    calleeBye(),
  ]);
  const key = { 'idempotency-key': 'campaign/1' };
  const first = await dial({ metadata: { order: 7 }, notifyStatuses: ['ringing'] }, key);
  expect(first.status).toBe(200);
  const again = await dial({ notifyStatuses: ['ringing'], metadata: { order: 7 } }, key);
  expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
  expect((await dial({ metadata: { order: 8 } }, key)).status).toBe(409);

  const id = String(first.body.conversationId);
  const last = await final(id);
  expect(dialer.statusesOf(id)).toEqual(['ringing', 'answered', 'completed']);
  expect(last).toMatchObject({ status: 'completed', reasonCode: 'client-disconnected' });
  const [, time = '', digest] = /^t=(\d+),v1=(\w+)$/.exec(last.signature) ?? [];
  expect(createHmac('sha256', notificationSecret).update(`${time}.${last.body}`).digest('hex')).toBe(digest);
  expect((await phone.done).exitCode).toBe(0);

  const start = bot.conversations.at(-1)?.activities.find(({ name }) => name === 'start');
  expect(JSON.stringify(start)).toContain('"order":7');
  const found = await waitFor('the record', 5_000, async () => {
    const { body } = await ask('GET', '/api/v1/calls', {
      query: `?filter=(botConversationId=${id})&sort=-setupTime&limit=1000`,
    });
    const [call] = body.calls as Record<string, unknown>[];
    return call?.state === 'ended' ? call : undefined;
  });
  expect(found).toMatchObject({
    callId: id,
    botConversationId: id,
    successful: true,
    direction: 'outbound',
    callingEntity: { type: 'Bot', id: 'demo' },
    calledEntity: { type: 'SipConnection', id: 'carrier', phoneNumber: '+15551230001' },
    egressCalledNumber: '+15551230001',
  });
  const { body } = await ask('GET', '/api/v1/calls/{id}', { id });
  expect(body).toMatchObject({
    transcript: expect.arrayContaining([expect.objectContaining({ speaker: 'bot', text: '700 Hz 300 ms' })]),
    dialout: { client: 'dialer', bot: 'demo', state: 'ended' },
  });
  await waitFor('the attempts', 5_000, async () => {
    const { notifications } = (await ask('GET', '/api/v1/calls/{id}', { id })).body.dialout as {
      notifications: { status: string; delivery: string; attempts: { status: number }[] }[];
    };
    const told = notifications.filter(({ delivery }) => delivery === 'delivered');
    return told.length === 3 && told.every(({ attempts }) => attempts[0]?.status === 200) ? true : undefined;
  });
  expect((await ask('DELETE', '/api/v1/calls/{id}', { id })).status).toBe(204);
});

peerTest('sipp', 'a call that rings is cancelled', async () => {
  const phone = await callee([
    got('INVITE'),
    reply(180, 'Ringing'),
    got('CANCEL'),
    reply(200, 'OK', { tag: false }),
    reply(487, 'Request Terminated', { method: 'INVITE' }),
    got('ACK'),
  ]);
  const { body } = await dial({ notifyStatuses: ['ringing'] });
  const id = String(body.conversationId);
  await waitFor('ringing', 10_000, () => dialer.statusesOf(id).includes('ringing') || undefined);
  const ending = await ask('DELETE', '/api/v1/calls/{id}', { id });
  expect(ending).toMatchObject({ status: 202, body: { id, state: 'ending' } });
  expect(await final(id)).toMatchObject({ status: 'failed' });
  expect((await phone.done).exitCode).toBe(0);
});

test('what cannot be dialled is refused, and leaves nothing behind', async () => {
  expect((await dial({ target: 'tel:0301234' })).body).toMatchObject({
    error: { code: 'bad_target', field: 'target' },
  });
  expect((await dial({ bot: 'nobody' })).status).toBe(404);
  expect((await dial({ notifyUrl: 'ftp://x.example' })).body).toMatchObject({ error: { field: 'notifyUrl' } });
  expect((await ask('GET', '/metrics')).status).toBe(403);
  const id = '3f0d5c9e-0000-4000-8000-000000000000';
  expect((await ask('GET', '/api/v1/calls/{id}', { id })).status).toBe(404);
  expect((await ask('DELETE', '/api/v1/calls/{id}', { id })).status).toBe(404);
});

test('a client that is removed is out at once, with its token', async () => {
  expect((await ask('GET', '/api/v1/calls')).status).toBe(200);
  expect((await hub.fetch('/api/v1/clients/dialer', { method: 'DELETE' })).status).toBe(204);
  const answer = await ask('GET', '/api/v1/calls');
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
});
