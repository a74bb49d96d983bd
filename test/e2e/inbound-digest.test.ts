import { afterAll, beforeAll, expect } from 'vitest';
import { FakeBot, hangup, say } from './support/fake-bot.ts';
import { freeHubPorts } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { runSipp } from './support/sipp.ts';
import { incoming, offer, ok, request, response, scenario } from './support/sipp-scenario.ts';

let bot: FakeBot;
let hub: HubProcess;

beforeAll(async () => {
  bot = await FakeBot.start({
    onActivity: ({ name }) => (name === 'start' ? [say('700 Hz 200 ms'), hangup('bye')] : []),
  });
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: bot.url,
    ports: await freeHubPorts(),
    extra: {
      sipConnections: [
        {
          id: 'loopback',
          allowFrom: ['127.0.0.1/32'],
          auth: { username: 'pbx', password: 'hush', realm: 'hub' },
        },
      ],
    },
  });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
});

const challenged = (password: string) => [
  request('INVITE', { body: offer(), cseq: 1 }),
  response(100, { optional: true }),
  '<recv response="401" auth="true"></recv>',
  request('ACK', { cseq: 1 }).replace(
    'sip:[service]@[remote_ip]:[remote_port]>',
    'sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]',
  ),
  request('INVITE', {
    body: offer(),
    cseq: 2,
    headers: [`[authentication username=pbx password=${password}]`],
  }),
];

peerTest('sipp', 'a call with the right credentials is taken', async () => {
  const steps = [
    ...challenged('hush'),
    response(100, { optional: true }),
    response(180, { optional: true }),
    response(200, { rrs: true, timeoutMs: 10_000 }),
    request('ACK', { inDialog: true, cseq: 2 }),
    incoming('BYE', { timeoutMs: 10_000 }),
    ok(),
  ];
  const result = await runSipp({ scenario: scenario('digest', steps), hubPort: hub.ports.sip });
  expect(result.successful, result.errors + result.messages).toBe(1);
  expect(result.messages).toMatch(/WWW-Authenticate: [^\r\n]*=MD5[^\r\n]*\r?\nWWW-Authenticate: [^\r\n]*=SHA-256/);
});

peerTest('sipp', 'a call with wrong ones is not', async () => {
  const steps = [...challenged('wrong'), response(100, { optional: true }), response(403), request('ACK', { cseq: 2 })];
  const result = await runSipp({ scenario: scenario('wrong digest', steps), hubPort: hub.ports.sip });
  expect(result.successful, result.errors + result.messages).toBe(1);
});
