import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BotAnswer, FakeBot, type SeenActivity, say } from './support/fake-bot.ts';
import { botConfig, severalBots } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp, startSipp } from './support/sipp.ts';
import {
  establish,
  hangUp,
  incoming,
  offer,
  ok,
  request,
  response,
  scenario,
  untilReleased,
} from './support/sipp-scenario.ts';
import { silence, tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

const greets = (then: (activity: SeenActivity) => BotAnswer) => (activity: SeenActivity) =>
  activity.name === 'start' ? [say('700 Hz 300 ms')] : then(activity);

/** Of the bot parameters: what the caller hears when the bot fails. */
const APOLOGY = '900 Hz 400 ms';

/** What a bot does with the first thing that the caller says, by the id of the bot. */
const FAILURES: Readonly<Record<string, { what: string; answer(bot: FakeBot): BotAnswer }>> = {
  dies: {
    what: 'dies',
    answer: (bot) => {
      bot.close().catch(() => {});
      return 'no answer';
    },
  },
  'http-500': { what: 'answers 500', answer: () => ({ status: 500, body: '{"error":"broken"}' }) },
  'broken-json': { what: 'answers with broken JSON', answer: () => ({ status: 200, body: '{"activities": [' }) },
  'other-protocol': {
    what: 'answers with another protocol',
    answer: () => ({ status: 200, body: '{"activities": {"type": 7}}' }),
  },
  'http-404': { what: 'has lost the conversation', answer: () => ({ status: 404, body: '{}' }) },
};

/** One hub for all: a failure of one call must not touch the others. */
let hub: HubProcess;
const bots = new Map<string, FakeBot>();

beforeAll(async () => {
  for (const [id, { answer }] of Object.entries(FAILURES)) {
    const bot: FakeBot = await FakeBot.start({ onActivity: greets(() => answer(bot)) });
    bots.set(id, bot);
  }
  bots.set('good', await FakeBot.start({ onActivity: greets(() => [say('800 Hz 300 ms')]) }));
  bots.set('lonely', await FakeBot.start({ onActivity: greets(() => []) }));
  const nobody = botConfig('nobody', `http://127.0.0.1:${await freePort()}/bot`);
  const listening = [...bots].map(([id, bot]) => botConfig(id, bot.url, { botFailureSpeech: APOLOGY }));
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: '',
    mediaTimeoutMs: 3000,
    extra: severalBots([nobody, ...listening]),
  });
});
afterAll(async () => {
  await hub?.stop();
  await Promise.all([...bots.values()].map((bot) => bot.close().catch(() => {})));
});

const endedCallOf = (bot: string) =>
  hub.endedCall(({ destination }) => destination !== undefined && 'bot' in destination && destination.bot === bot);

describe.concurrent('at the same time', () => {
  peerTest('sipp', 'bot unreachable at call start: 503, and the record holds the cause', async () => {
    const result = await runSipp({
      scenario: scenario('no bot', [
        request('INVITE', { body: offer() }),
        response(100, { optional: true }),
        response(180, { optional: true }),
        response(503, { timeoutMs: 20_000 }),
        request('ACK', { cseq: 1, branch: '[branch-4]', inDialog: true }),
      ]),
      hubPort: hub.ports.sip,
      service: 'nobody',
    });
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    const record = await endedCallOf('nobody');
    expect(record).toMatchObject({ durationMs: 0, end: { category: 'bot-failure', sipStatus: 503 } });
    expect(record.end?.text).toMatch(/ECONNREFUSED|refused|reach/i);
  });

  for (const [id, { what }] of Object.entries(FAILURES)) {
    peerTest(
      'sipp',
      `a bot that ${what} in the call: the caller hears the apology, then BYE with a reason`,
      async () => {
        await using rtp = await RtpPeer.open();
        const ended = runSipp({
          scenario: scenario('bot fails', [
            ...establish(),
            incoming('BYE', { timeoutMs: 25_000, contains: ['Reason:.*503'] }),
            ok(),
          ]),
          hubPort: hub.ports.sip,
          service: id,
          mediaPort: rtp.port,
        });
        await rtp.startWhenHeard();
        await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 240 || undefined);
        await rtp.say(tone(500, 400));
        const result = await ended;
        expect(result.errors).toBe('');
        expect(result).toMatchObject({ exitCode: 0, successful: 1 });
        expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(360);
        const record = await endedCallOf(id);
        expect(record.end).toMatchObject({ category: 'bot-failure', text: expect.stringMatching(/bot/i) });
        expect((await fetch(`${hub.api}/healthz`)).status).toBe(200);
      },
    );
  }

  peerTest('sipp', "a stranger's RTP is dropped and counted; the caller's goes on", async () => {
    const bot = bots.get('good') as FakeBot;
    await using caller = await RtpPeer.open();
    await using stranger = await RtpPeer.open();
    const phone = startSipp({
      scenario: scenario('stranger', [...establish(), untilReleased(), ...hangUp()]),
      hubPort: hub.ports.sip,
      service: 'good',
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
    await phone.release();
    expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1 });
    expect(bot.latest?.activities.map(({ text }) => text)).not.toContain('600 Hz');
    expect(stranger.heard).toEqual([]);
    await endedCallOf('good');
    expect(await hub.metric('patchbay_rtp_packets_total', 'kind="stranger"')).toBeGreaterThanOrEqual(25);
  });

  peerTest('sipp', 'a call without RTP ends after media.timeoutMs with a clear reason', async () => {
    const result = await runSipp({
      scenario: scenario('no RTP', [
        ...establish(),
        incoming('BYE', { timeoutMs: 15_000, contains: ['Reason:.*408'] }),
        ok(),
      ]),
      hubPort: hub.ports.sip,
      service: 'lonely',
    });
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await endedCallOf('lonely')).toMatchObject({
      end: { category: 'media-timeout', by: 'hub', text: expect.stringMatching(/RTP/) },
    });
    expect((await bots.get('lonely')?.ended())?.disconnect?.reasonCode).toBe('error');
  });

  test('the hub survives what no peer would send', async () => {
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
});
