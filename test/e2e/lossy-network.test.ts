import { afterEach, expect } from 'vitest';
import { FakeBot, say } from './support/fake-bot.ts';
import { freeHubPorts } from './support/hub-config.ts';
import { HubProcess, type StartHubOptions, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { runSipp } from './support/sipp.ts';
import { establish, hangUp, pause, scenario } from './support/sipp-scenario.ts';
import { waitFor } from './support/wait-for.ts';

const CALLS = 30;

let bot: FakeBot;
let hub: HubProcess;

async function start(env: StartHubOptions['env'] & object): Promise<void> {
  bot = await FakeBot.start({ onActivity: ({ name }) => (name === 'start' ? [say('700 Hz 200 ms')] : []) });
  // the media time-out ends a call whose BYE was lost for good
  // and a port rests a while between two calls
  const ports = await freeHubPorts(3 * CALLS);
  hub = await HubProcess.start({ program: TEST_LAUNCHER, ports, botUrl: bot.url, mediaTimeoutMs: 4000, env });
}
afterEach(async () => {
  await hub?.stop();
  await bot?.close();
});

const noCallsLeft = () =>
  waitFor('all calls to end', 20_000, async () => (await hub.metric('patchbay_calls_active')) === 0 || undefined);

const copiesOfInvites = (messages: string) => messages.match(/^INVITE sip:/gm)?.length ?? 0;

peerTest(
  'sipp',
  `${CALLS} calls while 10 % of the datagrams are lost each way: all succeed, none is left over`,
  async () => {
    await start({ PATCHBAY_TEST_SIP_LOSS: '0.1' });
    const result = await runSipp({
      scenario: scenario('loss', [...establish(), pause(300), ...hangUp()]),
      hubPort: hub.ports.sip,
      calls: CALLS,
      callsPerSecond: 10,
      concurrent: 15,
      timeoutMs: 50_000,
    });
    expect(result).toMatchObject({ successful: CALLS, failed: 0 });
    // the loss was real: sipp had to repeat itself
    expect(copiesOfInvites(result.messages)).toBeGreaterThan(CALLS);
    await noCallsLeft();
    const records = await hub.calls();
    expect(records.filter(({ state }) => state !== 'ended')).toEqual([]);
    expect(records.length).toBe(CALLS);
  },
  90_000,
);

peerTest('sipp', 'an INVITE that arrives three times is one call', async () => {
  await start({ PATCHBAY_TEST_SIP_LATE_ANSWERS: '3' });
  const result = await runSipp({
    scenario: scenario('retransmitted INVITE', [...establish(), pause(300), ...hangUp()]),
    hubPort: hub.ports.sip,
  });
  expect(result.errors).toBe('');
  expect(result).toMatchObject({ exitCode: 0, successful: 1 });
  expect(copiesOfInvites(result.messages)).toBe(3);
  await noCallsLeft();
  expect(bot.conversations).toHaveLength(1);
  expect(await hub.calls()).toHaveLength(1);
});
