import { ActivityHandler, ActivityTypes, EventFactory, InputHints, MessageFactory } from 'botbuilder';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { FakeDirectLine } from '../../connectors/bots/bot-framework/fake-server.ts';
import { BotBuilderBot } from '../contract/bots/botbuilder.ts';
import { severalBots } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp, startSipp } from './support/sipp.ts';
import { establish, incoming, offer, ok, request, response, scenario } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

/** A bot on botbuilder whose language is tones. */
function toneBot(): ActivityHandler {
  const handler = new ActivityHandler();
  handler.onEvent(async (context, next) => {
    const { name, value } = context.activity;
    if (name === 'channel') await context.sendActivity('700 Hz 300 ms');
    if (name === 'handoff.status' && value.state === 'failed') await context.sendActivity('600 Hz 300 ms');
    await next();
  });
  handler.onMessage(async (context, next) => {
    if (context.activity.text === '500 Hz') {
      await context.sendActivity({ type: ActivityTypes.Typing });
      await context.sendActivity(MessageFactory.text('800 Hz 300 ms', undefined, InputHints.IgnoringInput));
      await context.sendActivity(MessageFactory.text('**not said**', '600 Hz 300 ms'));
    } else if (context.activity.text === '400 Hz') {
      await context.sendActivity(EventFactory.createHandoffInitiation(context, { targetPhoneNumber: '+15550100' }));
    } else {
      await context.sendActivity('900 Hz 300 ms');
      await context.sendActivity({ type: ActivityTypes.EndOfConversation, text: 'all said' });
    }
    await next();
  });
  return handler;
}

let direct: FakeDirectLine;
let bot: BotBuilderBot;
let hub: HubProcess;

beforeAll(async () => {
  direct = await FakeDirectLine.start();
  bot = await BotBuilderBot.start(toneBot(), direct);
  const botOf = (id: string, settings: object) => ({
    id,
    connector: 'bot-framework',
    url: direct.origin,
    secret: direct.secret,
    speech: { stt: 'speech', tts: 'speech' },
    parameters: { language: 'en-US', sendDTMF: true, botFailureSpeech: '900 Hz 400 ms' },
    ...settings,
  });
  const bots = [
    botOf('websocket', { transport: 'websocket' }),
    botOf('polling', { transport: 'polling' }),
    botOf('cut', {}),
    botOf('hands-over', { parameters: { language: 'en-US', transferNotifications: true } }),
    botOf('forgets', {}),
    botOf('refuses', { secret: 'another' }),
  ];
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: '', extra: severalBots(bots) });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
  await direct?.close();
});

/** Of the call to this bot, as soon as it is there. */
const conversationWith = (callee: string) =>
  waitFor(`a conversation with ${callee}`, 8_000, () =>
    [...direct.conversations.values()].find(({ received }) =>
      received.some(({ channelData }) => (channelData as { callee?: string } | undefined)?.callee === callee),
    ),
  );

const endedCallOf = (id: string) =>
  hub.endedCall(({ destination }) => destination !== undefined && 'bot' in destination && destination.bot === id);

function callOf(service: string, rtp: RtpPeer, reason: string) {
  const bye = incoming('BYE', { timeoutMs: 30_000, contains: [reason] });
  const phone = startSipp({
    scenario: scenario('call', [...establish(), bye, ok()]),
    hubPort: hub.ports.sip,
    service,
    mediaPort: rtp.port,
  });
  return {
    phone,
    heard: (hertz: number) => waitFor(`${hertz} Hz`, 8_000, () => toneMs(rtp.audio(), hertz) >= 240 || undefined),
    async ended() {
      const result = await phone.done;
      expect(result.errors).toBe('');
      expect(result).toMatchObject({ exitCode: 0, successful: 1 });
      return endedCallOf(service);
    },
  };
}

describe.concurrent('a bot on botbuilder holds a call', () => {
  for (const transport of ['websocket', 'polling'] as const) {
    peerTest('sipp', `greeting, a long answer, goodbye: ${transport}`, async () => {
      await using rtp = await RtpPeer.open();
      const { heard, ended } = callOf(transport, rtp, 'all said');
      await rtp.startWhenHeard();
      await heard(700);
      await rtp.say(tone(500, 400));
      await heard(800);
      await heard(600);
      await rtp.say(tone(900, 400));
      const record = await ended();
      expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(240);
      expect(record.end).toMatchObject({ category: 'bot-hangup', by: 'bot', text: 'all said' });
      expect(bot.errors).toEqual([]);
    });
  }

  peerTest('sipp', 'a handoff is a transfer; the bot learns that it failed, and goes on', async () => {
    await using rtp = await RtpPeer.open();
    const { heard, ended } = callOf('hands-over', rtp, 'all said');
    await rtp.startWhenHeard();
    await heard(700);
    await rtp.say(tone(400, 400));
    await heard(600);
    await rtp.say(tone(900, 400));
    const record = await ended();
    expect(record.end).toMatchObject({ category: 'bot-hangup' });
    expect(JSON.stringify(record.transfers)).toContain('tel:+15550100');
  });

  peerTest('sipp', 'a stream that breaks while the bot answers: the caller hears all of it, once', async () => {
    await using rtp = await RtpPeer.open();
    const { heard, ended } = callOf('cut', rtp, 'all said');
    await rtp.startWhenHeard();
    await heard(700);
    const conversation = await conversationWith('cut');
    await rtp.say(tone(500, 400));
    await waitFor(
      'the message',
      8_000,
      () => conversation.received.some(({ type }) => type === 'message') || undefined,
    );
    conversation.cut();
    await heard(800);
    await heard(600);
    await rtp.say(tone(900, 400));
    const record = await ended();
    expect(conversation.streams).toBeGreaterThan(1);
    for (const hertz of [800, 600]) expect(toneMs(rtp.audio(), hertz), `${hertz} Hz`).toBeLessThan(400);
    expect(record.end).toMatchObject({ category: 'bot-hangup' });
  });

  peerTest(
    'sipp',
    'a conversation that Direct Line forgets: the caller hears the apology, the record tells why',
    async () => {
      await using rtp = await RtpPeer.open();
      const { heard, ended } = callOf('forgets', rtp, 'Reason:.*503');
      await rtp.startWhenHeard();
      await heard(700);
      (await conversationWith('forgets')).forgotten = true;
      await rtp.say(tone(500, 400));
      const record = await ended();
      expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(360);
      expect(record.end).toMatchObject({ category: 'bot-failure', text: expect.stringMatching(/no longer knows/) });
    },
  );

  peerTest('sipp', 'a secret that is refused: 503, and neither record nor log shows it', async () => {
    const result = await runSipp({ scenario: refusedCall, hubPort: hub.ports.sip, service: 'refuses' });
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    const record = await endedCallOf('refuses');
    expect(record).toMatchObject({ durationMs: 0, end: { category: 'bot-failure', sipStatus: 503 } });
    expect(`${JSON.stringify(record)}${hub.output}`).not.toMatch(/Bearer|direct-line-secret/);
  });
});

const refusedCall = scenario('refused', [
  request('INVITE', { body: offer() }),
  response(100, { optional: true }),
  response(180, { optional: true }),
  response(503, { timeoutMs: 20_000 }),
  request('ACK', { cseq: 1, branch: '[branch-4]', inDialog: true }),
]);
