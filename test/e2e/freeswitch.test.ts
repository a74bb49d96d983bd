import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openSipUserAgent } from '../../src/caller/sip-user-agent.ts';
import type { CallerUserAgent } from '../../src/caller/user-agent.ts';
import { startSipAgent } from '../../src/engines/embedded/sip/agent.ts';
import type { FreeSwitchDouble } from '../../src/engines/freeswitch/testing/freeswitch-double.ts';
import { FakeBot, hangup, type SeenActivity, say } from './support/fake-bot.ts';
import { DrachtioStandIn, freeSwitchSections, startFreeSwitch } from './support/freeswitch-setting.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

/** A whole hub on `engine: freeswitch`, with doubles of the servers. */

function toneBot({ name, text }: SeenActivity): readonly object[] {
  if (name === 'start') return [say('700 Hz 600 ms')];
  if (name === 'DTMF') return [say('900 Hz 300 ms')];
  return text === '500 Hz' ? [say('800 Hz 500 ms'), hangup('heard you')] : [];
}

let drachtio: DrachtioStandIn;
let servers: FreeSwitchDouble[];
let bot: FakeBot;
let hub: HubProcess;
let caller: CallerUserAgent;

beforeAll(async () => {
  drachtio = await DrachtioStandIn.start();
  servers = [await startFreeSwitch(), await startFreeSwitch()];
  bot = await FakeBot.start({ onActivity: toneBot });
  const extra = freeSwitchSections(drachtio, servers);
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: bot.url, extra });
  const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'] });
  caller = await openSipUserAgent({
    host: '127.0.0.1',
    port: agent.applicationPort,
    secret: agent.applicationSecret,
    close: () => agent.close(),
  });
});
afterAll(async () => {
  await caller?.close();
  await hub?.stop();
  await bot?.close();
  await Promise.all((servers ?? []).map((server) => server.close()));
  await drachtio?.close();
});

async function call() {
  const phone = await RtpPeer.open();
  const user = randomUUID().slice(0, 8);
  const localSdp = [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${phone.port} RTP/AVP 0 101`, 'a=rtpmap:101 telephone-event/8000', ''],
  ].join('\r\n');
  const dialog = await caller.invite({
    to: `sip:demo@127.0.0.1:${drachtio.agent.port}`,
    from: `sip:${user}@127.0.0.1`,
    localSdp,
    signal: AbortSignal.timeout(20_000),
    onSent: () => {},
    onProvisional: () => {},
  });
  phone.start('127.0.0.1', Number(/m=audio (\d+)/.exec(dialog.remoteSdp)?.[1]));
  onTestFinished(async () => {
    await dialog.hangUp();
    await phone.close();
  });
  const server = servers.find(({ channels }) =>
    [...channels.values()].some(({ leg }) => dialog.remoteSdp.includes(String(leg.port))),
  );
  return { phone, dialog, user, server, record: () => hub.endedCall(({ calling }) => calling.user === user) };
}

const channels = () => servers.reduce((sum, server) => sum + server.channels.size, 0);

test('a call: tones both ways, keys, the last word before the bot hangs up', async () => {
  const { phone, dialog, user, record } = await call();
  await waitFor('the greeting', 10_000, () => toneMs(phone.audio(), 700) >= 500 || undefined);
  await phone.press('5');
  await waitFor('the key at the bot', 10_000, () => bot.of(user)?.activities.find(({ name }) => name === 'DTMF'));
  await waitFor('the answer to the key', 10_000, () => toneMs(phone.audio(), 900) >= 200 || undefined);
  await phone.say(tone(500, 600));
  expect(await dialog.ended).toMatchObject({ by: 'hub' });
  expect(toneMs(phone.audio(), 800)).toBeGreaterThanOrEqual(460);
  expect(await record()).toMatchObject({ end: { category: 'bot-hangup' } });
  await waitFor('the channels to end', 5_000, () => channels() === 0 || undefined);
});

test('drachtio-server lost: its calls end in the records and their media are freed; it comes back', async () => {
  const lost = await call();
  expect(channels()).toBe(1);
  drachtio.cut();
  expect(await lost.record()).toMatchObject({ end: { category: 'signalling-failure', by: 'hub' } });
  await waitFor('the channels to end', 5_000, () => channels() === 0 || undefined);
  await hub.ready();
  const next = await call();
  await waitFor('the greeting', 10_000, () => toneMs(next.phone.audio(), 700) >= 400 || undefined);
});

test('a FreeSWITCH lost: BYE to its callers, new calls on the other one; it comes back', async () => {
  const lost = await call();
  const index = servers.indexOf(lost.server as FreeSwitchDouble);
  const port = lost.server?.port ?? 0;
  await lost.server?.kill();
  expect(await lost.dialog.ended).toMatchObject({ by: 'hub' });
  expect(await lost.record()).toMatchObject({ end: { category: 'media-failure', by: 'hub' } });
  const next = await call();
  await waitFor('the greeting', 10_000, () => toneMs(next.phone.audio(), 700) >= 400 || undefined);
  servers[index] = await startFreeSwitch(port);
  await next.dialog.hangUp();
  await waitFor('both to be used', 15_000, async () => {
    const again = await call();
    await again.dialog.hangUp();
    return again.server === servers[index] || undefined;
  });
});
