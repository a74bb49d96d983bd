import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { QUICK_WASM } from '../../src/store/store-fixture.ts';
import { FakeBot, say } from './support/fake-bot.ts';
import { freeHubPorts, hubConfig } from './support/hub-config.ts';
import { HubProcess, PRODUCTION, PROJECT, type StartHubOptions, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp, startSipp } from './support/sipp.ts';
import {
  establish,
  hangUp,
  incoming,
  offer,
  ok,
  pause,
  request,
  response,
  scenario,
  untilReleased,
} from './support/sipp-scenario.ts';
import { waitFor } from './support/wait-for.ts';

/** Bots that are not asked. */
const NOBODY = 'http://127.0.0.1:9/';

let bot: FakeBot;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-lifecycle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
type Finished = typeof onTestFinished;

/** @param finished of the test; of those that run at the same time, that of its context */
async function spawnHub(options: Partial<StartHubOptions> = {}, finished: Finished = onTestFinished) {
  const hub = await HubProcess.spawn({
    ...{ program: TEST_LAUNCHER, nodeFlags: QUICK_WASM, botUrl: NOBODY },
    ...options,
  });
  finished(() => hub.stop());
  return hub;
}

async function startHub(options: Partial<StartHubOptions> = {}, finished?: Finished): Promise<HubProcess> {
  const hub = await spawnHub({ ...options, botUrl: options.botUrl ?? bot.url }, finished);
  await hub.ready();
  return hub;
}

/** A call that stays until the hub or the scenario ends it; resolves when the hub has sent its 200 OK, and with it RTP. */
async function callUp(hub: HubProcess, last: readonly string[]) {
  const rtp = await RtpPeer.open();
  onTestFinished(() => rtp.close());
  const phone = startSipp({
    scenario: scenario('call', [...establish(), ...last]),
    hubPort: hub.ports.sip,
    mediaPort: rtp.port,
  });
  await rtp.startWhenHeard();
  return phone;
}

const refused503 = [
  request('INVITE', { body: offer() }),
  response(100, { optional: true }),
  response(503),
  request('ACK', { cseq: 1, branch: '[branch-3]', inDialog: true }),
];

describe('a hub with a call', () => {
  beforeEach(async () => {
    bot = await FakeBot.start({ onActivity: ({ name }) => (name === 'start' ? [say('700 Hz 300 ms')] : []) });
  });
  afterEach(() => bot.close());

  peerTest('sipp', 'SIGTERM: new calls get 503, the running one ends by itself, then the hub ends with 0', async () => {
    const hub = await startHub({ drainTimeoutMs: 20_000 });
    const phone = await callUp(hub, [untilReleased(), ...hangUp()]);
    hub.kill('SIGTERM');
    await waitFor('the hub to drain', 5000, () => /stopping/.test(hub.output) || undefined);
    expect((await fetch(`${hub.api}/readyz`)).status).toBe(503);
    const late = await runSipp({ scenario: scenario('late', refused503), hubPort: hub.ports.sip });
    expect(late.errors).toBe('');
    expect(late).toMatchObject({ exitCode: 0, successful: 1 });
    await phone.release();
    expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await hub.exited).toBe(0);
    expect((await bot.ended()).disconnect?.reasonCode).toBe('client-disconnected');
  });

  peerTest('sipp', 'SIGTERM: after drainTimeoutMs the call is hung up with a reason', async () => {
    const hub = await startHub({ drainTimeoutMs: 1000 });
    const { done: ended } = await callUp(hub, [
      incoming('BYE', { timeoutMs: 15_000, contains: ['Reason:.*shutting down'] }),
      ok(),
    ]);
    hub.kill('SIGTERM');
    const result = await ended;
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await hub.exited).toBe(0);
  });

  peerTest('sipp', 'a second signal hangs up at once', async () => {
    const hub = await startHub({ drainTimeoutMs: 60_000 });
    const { done: ended } = await callUp(hub, [incoming('BYE', { timeoutMs: 15_000 }), ok()]);
    hub.kill('SIGTERM');
    await waitFor('the hub to drain', 5000, () => /stopping/.test(hub.output) || undefined);
    const at = performance.now();
    hub.kill('SIGINT');
    const result = await ended;
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await hub.exited).toBe(0);
    expect(performance.now() - at).toBeLessThan(30_000);
  });

  peerTest('sipp', 'records survive kill -9; the call that was up is closed in them by the next hub', async () => {
    const dataDir = join(folder, 'killed');
    const first = await startHub({ dataDir });
    const done = await runSipp({
      scenario: scenario('short', [...establish(), pause(300), ...hangUp()]),
      hubPort: first.ports.sip,
    });
    expect(done).toMatchObject({ successful: 1 });
    await first.endedCall();
    const phone = await callUp(first, [untilReleased()]);
    await waitFor('the record of the call', 3000, async () =>
      (await first.calls()).find(({ state }) => state === 'answered'),
    );
    first.kill('SIGKILL');
    await first.exited;
    const second = await startHub({ dataDir });
    const records = await second.calls();
    expect(records.map(({ state }) => state)).toEqual(['ended', 'ended']);
    expect(records[0]).toMatchObject({ end: { category: 'shutdown' } });
    expect(records[1]).toMatchObject({ end: { category: 'caller-hangup' } });
    await phone.release();
    await phone.done;
  });
});

/** Runs `patchbay` with arguments to its end. */
function patchbay(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [PRODUCTION, ...args], { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe.concurrent('what keeps a hub from starting', () => {
  test('a second hub on the same data directory refuses to start, exit code 1', async ({ onTestFinished }) => {
    const dataDir = join(folder, 'taken');
    await startHub({ dataDir, botUrl: NOBODY }, onTestFinished);
    const second = await spawnHub({ dataDir, program: PRODUCTION }, onTestFinished);
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(dataDir);
  });

  test.for(['sip', 'http'] as const)(
    'a %s port that is taken: exit code 1, and the message names it',
    async (which, { onTestFinished }) => {
      const ports = await freeHubPorts();
      const squatter = createServer();
      await new Promise<void>((resolve) => squatter.listen(ports[which], '127.0.0.1', resolve));
      onTestFinished(() => new Promise<void>((resolve) => squatter.close(() => resolve())));
      const hub = await spawnHub({ ports, program: PRODUCTION }, onTestFinished);
      expect(await hub.exited).toBe(1);
      expect(hub.output).toContain(String(ports[which]));
    },
  );

  test('a wrong configuration: file, line, key and what was expected; exit code 2, nothing started', async ({
    onTestFinished,
  }) => {
    const ports = await freeHubPorts();
    const good = hubConfig({ ports, dataDir: join(folder, 'unused'), botUrl: NOBODY });
    const line = good.split('\n').findIndex((text) => text.includes('"host"')) + 1;
    const configText = good.replace('"host"', '"hots"');
    const hub = await spawnHub({ program: PRODUCTION, configText }, onTestFinished);
    expect(await hub.exited).toBe(2);
    expect(hub.output).toMatch(new RegExp(`hub\\.yaml:${line}\\b`));
    expect(hub.output).toContain('hots');
    await expect(fetch(hub.api)).rejects.toThrow();
  });

  test('a parameter that the connection of its bot cannot honour: exit code 1, and the message names both', async ({
    onTestFinished,
  }) => {
    const good = JSON.parse(
      hubConfig({ ports: await freeHubPorts(), dataDir: join(folder, 'unused'), botUrl: NOBODY }),
    );
    Object.assign(good.bots[0], {
      url: 'ws://127.0.0.1:9/bot',
      directSTT: true,
      parameters: { bargeIn: true, sttContextPhrases: ['yes'] },
    });
    const hub = await spawnHub({ program: PRODUCTION, configText: JSON.stringify(good) }, onTestFinished);
    expect(await hub.exited).toBe(1);
    expect(hub.output).toContain(`bot '${good.bots[0].id}', parameters.sttContextPhrases`);
  });

  test('check-config tells good from bad; route explains', async () => {
    const file = join(folder, 'hub.yaml');
    const ports = await freeHubPorts();
    await writeFile(file, hubConfig({ ports, dataDir: join(folder, 'unused'), botUrl: NOBODY }));
    expect(await patchbay(['check-config', file])).toMatchObject({ code: 0 });
    const known = await patchbay(['route', '--config', file, '--from', 'alice', '--to', 'demo']);
    expect(known).toMatchObject({ code: 0, output: expect.stringMatching(/bot demo.*rule to-demo/) });
    const unknown = await patchbay(['route', '--config', file, '--from', 'alice', '--to', 'nobody']);
    expect(unknown).toMatchObject({ code: 0, output: expect.stringMatching(/no rule matches/) });
    await writeFile(file, 'sip: { port: ');
    expect(await patchbay(['check-config', file])).toMatchObject({ code: 2 });
    expect(await patchbay(['check-config', join(folder, 'nowhere.yaml')])).toMatchObject({ code: 2 });
    expect(await patchbay(['no-such-command'])).toMatchObject({ code: 2 });
  });
});
