import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { freeHubPorts } from './support/hub-config.ts';
import { HubProcess } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { runSipp } from './support/sipp.ts';
import { got, reply, type SippCallee, startCallee } from './support/sipp-callee.ts';
import { request, response, scenario } from './support/sipp-scenario.ts';
import { waitFor } from './support/wait-for.ts';

interface Gateway {
  uri: string;
  state: string;
  since?: string;
  askedAt?: string;
  lastStatus?: number;
  roundTripMs?: number;
}

let hub: HubProcess;
let udp: number;
let tcp: number;

beforeAll(async () => {
  udp = await freePort();
  tcp = await freePort();
  hub = await HubProcess.start({
    botUrl: 'http://127.0.0.1:9/',
    ports: await freeHubPorts(),
    extra: {
      sipConnections: [
        {
          id: 'loopback',
          allowFrom: ['127.0.0.1/32'],
          gateways: [`sip:127.0.0.1:${udp};transport=udp`, `sip:127.0.0.1:${tcp};transport=tcp`],
          auth: { username: 'hub', password: 'hush', challengeCallers: false },
          keepAlive: { intervalMs: 1_000, timeoutMs: 500 },
        },
      ],
    },
  });
});
afterAll(() => hub?.stop());

async function gateways(): Promise<Gateway[]> {
  const { sipConnections } = await hub.get<{ sipConnections: { gateways: Gateway[] }[] }>('/api/v1/sip-connections');
  return sipConnections[0]?.gateways ?? [];
}

async function states(...expected: string[]): Promise<Gateway[]> {
  return await waitFor(`gateways to be ${expected.join(', ')}`, 15_000, async () => {
    const found = await gateways();
    return found.every(({ state }, index) => state === expected[index]) ? found : undefined;
  });
}

async function callee(...[steps, options]: Parameters<typeof startCallee>): Promise<SippCallee> {
  const started = await startCallee(steps, options);
  onTestFinished(() => started.stop());
  return started;
}

peerTest(
  'sipp',
  'gateways are asked over UDP and TCP, with credentials; the API, the metrics and the log know',
  async () => {
    const answers = [got('OPTIONS'), reply(200, 'OK', { tag: false })];
    const asks = (nonce: string, stale = '') =>
      reply(401, 'Unauthorized', {
        headers: [`WWW-Authenticate: Digest realm="sipp", nonce="${nonce}", qop="auth"${stale}`],
        tag: false,
      });
    // a Call-ID is one call for sipp: the first is challenged, the second has its nonce refused as too old
    const first = await callee([got('OPTIONS'), asks('one'), ...answers], { port: udp, calls: 1 });
    const second = await callee(answers, { port: tcp, transport: 'tcp', calls: 1_000 });
    const messages = (await first.done).messages;
    expect(messages).toMatch(/^Authorization: Digest username="hub", realm="sipp", nonce="one".*nc=00000001/m);
    const renewed = await callee([got('OPTIONS'), asks('two', ', stale=true'), ...answers], { port: udp, calls: 1 });
    expect((await renewed.done).messages).toMatch(/nonce="one"[\s\S]*nonce="two".*nc=00000001/);

    const third = await callee(answers, { port: udp, calls: 1_000 });
    for (const gateway of await states('up', 'up')) {
      expect(gateway).toMatchObject({ lastStatus: 200, roundTripMs: expect.any(Number), since: expect.any(String) });
    }
    third.stop();
    second.stop();
    const [down] = await states('down', 'down');
    expect(down?.lastStatus === undefined || down?.lastStatus === 408).toBe(true);
    const text = await (await hub.fetch('/metrics')).text();
    expect(text).toContain(
      `patchbay_sip_gateway_up{sip_connection="loopback",gateway="127.0.0.1:${udp};transport=udp"} 0`,
    );
    expect(text).toMatch(/^patchbay_sip_gateway_round_trip_seconds\{.*\} 0\.\d+$/m);
    await waitFor('the log lines', 5_000, async () => (hub.output.match(/gateway is down/g)?.length ?? 0) >= 2);
    expect(hub.output).toContain('gateway is up');
    expect(hub.output).not.toContain('hush');
  },
);

peerTest('sipp', 'OPTIONS of others are answered; strangers learn nothing', async () => {
  const ask = (status: number, contains: readonly string[] = []) =>
    scenario('options', [request('OPTIONS'), response(status, { contains })]);
  const [known, tcpKnown, stranger] = await Promise.all([
    runSipp({ scenario: ask(200, ['Allow: .*INVITE', 'Accept: application/sdp']), hubPort: hub.ports.sip }),
    runSipp({ scenario: ask(200), hubPort: hub.ports.sip, transport: 'tcp' }),
    runSipp({ scenario: ask(403), hubPort: hub.ports.sip, host: '127.0.0.9' }),
  ]);
  for (const result of [known, tcpKnown, stranger]) expect(result.successful, result.errors + result.messages).toBe(1);
  expect(stranger.messages).not.toContain('Allow:');
});
