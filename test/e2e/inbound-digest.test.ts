import { afterAll, beforeAll, expect } from 'vitest';
import { FakeBot, hangup, say } from './support/fake-bot.ts';
import { freeHubPorts } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { runSipp, type SippOptions } from './support/sipp.ts';
import { incoming, offer, ok, pause, request, response, scenario } from './support/sipp-scenario.ts';
import { waitFor } from './support/wait-for.ts';

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
        {
          id: 'hasty',
          allowFrom: ['127.0.0.2/32'],
          auth: { username: 'pbx', password: 'hush', realm: 'hub', nonceLifetimeMs: 1_000 },
        },
      ],
      routingRules: [{ id: 'all', destination: { bot: 'demo' } }],
    },
  });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
});

const invite = (cseq: number, password: string) =>
  request('INVITE', { body: offer(), cseq, headers: [`[authentication username=pbx password=${password}]`] });
const refusal = (cseq: number, contains: readonly string[] = []) => [
  response(100, { optional: true }),
  contains.length === 0
    ? '<recv response="401" auth="true"></recv>'
    : response(401, { contains }).replace('<recv ', '<recv auth="true" '),
  request('ACK', { cseq }).replace(
    'sip:[service]@[remote_ip]:[remote_port]>',
    'sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]',
  ),
];
const talk = (cseq: number) => [
  response(100, { optional: true }),
  response(180, { optional: true }),
  response(200, { rrs: true, timeoutMs: 10_000 }),
  request('ACK', { inDialog: true, cseq }),
  incoming('BYE', { timeoutMs: 10_000 }),
  ok(),
];
const ask = () => [request('INVITE', { body: offer(), cseq: 1 }), ...refusal(1)];

async function run(name: string, steps: readonly string[], options: Partial<SippOptions> = {}): Promise<string> {
  const result = await runSipp({ scenario: scenario(name, steps), hubPort: hub.ports.sip, ...options });
  expect(result.successful, result.errors + result.messages).toBe(1);
  return result.messages;
}

async function outcomes(connection: string): Promise<Record<string, number>> {
  const answer = await hub.fetch('/metrics');
  const lines = (await answer.text()).matchAll(
    /^patchbay_sip_authentications_total\{sip_connection="([^"]*)",outcome="([^"]*)"\} (\d+)$/gm,
  );
  return Object.fromEntries([...lines].filter(([, id]) => id === connection).map(([, , name, n]) => [name, Number(n)]));
}

peerTest('sipp', 'a call with the right credentials is taken; sent again from there they are not', async () => {
  const callId = 'first@sipp';
  const messages = await run('digest', [...ask(), invite(2, 'hush'), ...talk(2)], { callId });
  expect(messages).toMatch(/WWW-Authenticate: [^\r\n]*=MD5[^\r\n]*\r?\nWWW-Authenticate: [^\r\n]*=SHA-256/);
  const [credentials = ''] = /^Authorization: .*$/m.exec(messages) ?? [];
  const replay = request('INVITE', { body: offer(), cseq: 2, headers: [credentials.trim()] });
  await run('replay', [replay, ...refusal(2, ['stale=true'])], { callId });
  expect(await outcomes('loopback')).toMatchObject({ good: 1, replayed: 1 });
});

peerTest('sipp', 'a call with wrong ones is not', async () => {
  const steps = [
    ...ask(),
    invite(2, 'wrong'),
    response(100, { optional: true }),
    response(403),
    request('ACK', { cseq: 2 }),
  ];
  await run('wrong digest', steps);
  const line = await waitFor('the log line', 5_000, async () =>
    hub.output.split('\n').find((text) => text.includes('INVITE with wrong credentials')),
  );
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', connection: 'loopback', user: 'pbx' });
});

peerTest('sipp', 'a call whose credentials come too late is asked again, and taken', async () => {
  const steps = [
    ...ask(),
    pause(1_200),
    invite(2, 'hush'),
    ...refusal(2, ['stale=true']),
    invite(3, 'hush'),
    ...talk(3),
  ];
  await run('stale', steps, { host: '127.0.0.2' });
  expect(await outcomes('hasty')).toEqual({ absent: 1, stale: 1, good: 1 });
});
