import { afterEach, expect, test } from 'vitest';
import { type BotAnswer, FakeBot, type FakeBotScript, type SeenActivity, say } from './support/fake-bot.ts';
import { HubProcess, type StartHubOptions, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp } from './support/sipp.ts';
import { establish, hangUp, incoming, offer, ok, pause, request, response, scenario } from './support/sipp-scenario.ts';
import { silence, tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startBot(script: FakeBotScript): Promise<FakeBot> {
  const bot = await FakeBot.start(script);
  cleanUps.push(() => bot.close().catch(() => {}));
  return bot;
}

async function startHub(options: Partial<StartHubOptions> & { botUrl: string }): Promise<HubProcess> {
  const hub = await HubProcess.start({ program: TEST_LAUNCHER, ...options });
  cleanUps.push(() => hub.stop());
  return hub;
}

async function openRtp(host = '127.0.0.1'): Promise<RtpPeer> {
  const rtp = await RtpPeer.open({ host });
  cleanUps.push(() => rtp.close());
  return rtp;
}

const greets = (then: (activity: SeenActivity) => BotAnswer) => (activity: SeenActivity) =>
  activity.name === 'start' ? [say('700 Hz 300 ms')] : then(activity);

/** Of the bot parameters: what the caller hears when the bot fails. */
const APOLOGY = '900 Hz 400 ms';

peerTest('sipp', 'bot unreachable at call start: 503, and the record holds the cause', async () => {
  const nobody = `http://127.0.0.1:${await freePort()}/bot`;
  const hub = await startHub({ botUrl: nobody });
  const result = await runSipp({
    scenario: scenario('no bot', [
      request('INVITE', { body: offer() }),
      response(100, { optional: true }),
      response(180, { optional: true }),
      response(503, { timeoutMs: 20_000 }),
      request('ACK', { cseq: 1, branch: '[branch-4]', inDialog: true }),
    ]),
    hubPort: hub.ports.sip,
  });
  expect(result.errors).toBe('');
  expect(result).toMatchObject({ exitCode: 0, successful: 1 });
  const record = await hub.endedCall();
  expect(record).toMatchObject({ durationMs: 0, end: { category: 'bot-failure', sipStatus: 503 } });
  expect(record.end?.text).toMatch(/ECONNREFUSED|refused|reach/i);
});

const failures: readonly [string, (bot: FakeBot) => BotAnswer][] = [
  [
    'dies',
    (bot) => {
      bot.close().catch(() => {});
      return 'no answer';
    },
  ],
  ['answers 500', () => ({ status: 500, body: '{"error":"broken"}' })],
  ['answers with broken JSON', () => ({ status: 200, body: '{"activities": [' })],
  ['answers with another protocol', () => ({ status: 200, body: '{"activities": {"type": 7}}' })],
  ['has lost the conversation', () => ({ status: 404, body: '{}' })],
];
for (const [what, answer] of failures) {
  peerTest('sipp', `a bot that ${what} in the call: the caller hears the apology, then BYE with a reason`, async () => {
    const bot = await startBot({ onActivity: greets(() => answer(bot)) });
    const hub = await startHub({ botUrl: bot.url, parameters: { botFailureSpeech: APOLOGY } });
    const rtp = await openRtp();
    const ended = runSipp({
      scenario: scenario('bot fails', [
        ...establish(),
        incoming('BYE', { timeoutMs: 25_000, contains: ['Reason:.*503'] }),
        ok(),
      ]),
      hubPort: hub.ports.sip,
      mediaPort: rtp.port,
    });
    await rtp.startWhenHeard();
    await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 240 || undefined);
    await rtp.say(tone(500, 400));
    const result = await ended;
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(360);
    const record = await hub.endedCall();
    expect(record.end).toMatchObject({ category: 'bot-failure', text: expect.stringMatching(/bot/i) });
    expect((await fetch(`${hub.api}/healthz`)).status).toBe(200);
  });
}

peerTest('sipp', "a stranger's RTP is dropped and counted; the caller's goes on", async () => {
  const bot = await startBot({ onActivity: greets(() => [say('800 Hz 300 ms')]) });
  const hub = await startHub({ botUrl: bot.url });
  const [caller, stranger] = [await openRtp(), await openRtp()];
  const ended = runSipp({
    scenario: scenario('stranger', [...establish(), pause(4000), ...hangUp()]),
    hubPort: hub.ports.sip,
    mediaPort: caller.port,
  });
  const { host, port } = await caller.startWhenHeard();
  await waitFor('the greeting', 5000, () => toneMs(caller.audio(), 700) >= 240 || undefined);
  await caller.say(silence(200));
  stranger.start(host, port);
  await stranger.say(tone(600, 600));
  stranger.pause();
  await caller.say(tone(500, 400));
  await bot.heard('the caller’s tone', ({ text }) => text === '500 Hz');
  expect(await ended).toMatchObject({ exitCode: 0, successful: 1 });
  expect(bot.latest?.activities.map(({ text }) => text)).not.toContain('600 Hz');
  expect(stranger.heard).toEqual([]);
  await hub.endedCall();
  expect(await hub.metric('patchbay_rtp_packets_total', 'kind="stranger"')).toBeGreaterThanOrEqual(25);
});

peerTest('sipp', 'a call without RTP ends after media.timeoutMs with a clear reason', async () => {
  const bot = await startBot({ onActivity: greets(() => []) });
  const hub = await startHub({ botUrl: bot.url, mediaTimeoutMs: 1500 });
  const result = await runSipp({
    scenario: scenario('no RTP', [
      ...establish(),
      incoming('BYE', { timeoutMs: 10_000, contains: ['Reason:.*408'] }),
      ok(),
    ]),
    hubPort: hub.ports.sip,
  });
  expect(result.errors).toBe('');
  expect(result).toMatchObject({ exitCode: 0, successful: 1 });
  expect(await hub.endedCall()).toMatchObject({
    end: { category: 'media-timeout', by: 'hub', text: expect.stringMatching(/RTP/) },
  });
  expect((await bot.ended()).disconnect?.reasonCode).toBe('error');
});

test('the hub survives what no peer would send', async () => {
  const bot = await startBot({ onActivity: greets(() => []) });
  const hub = await startHub({ botUrl: bot.url });
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  const rubbish = [
    '',
    '\r\n\r\n',
    'INVITE',
    'INVITE sip:demo@x SIP/2.0\r\n\r\n',
    'SIP/2.0 200 OK\r\nCSeq: x\r\n\r\n',
    'x'.repeat(9000),
  ];
  for (const text of rubbish) await new Promise((resolve) => socket.send(text, hub.ports.sip, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  expect((await fetch(`${hub.api}/readyz`)).status).toBe(200);
});
