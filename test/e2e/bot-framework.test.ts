import { ActivityHandler, ActivityTypes, EventFactory, InputHints, MessageFactory } from 'botbuilder';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { FakeDirectLine } from '../../connectors/bots/bot-framework/fake-server.ts';
import { BotBuilderBot } from '../contract/bots/botbuilder.ts';
import { severalBots } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { startSipp } from './support/sipp.ts';
import { establish, incoming, ok, scenario } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

/** A bot on botbuilder whose language is tones. */
function toneBot(): ActivityHandler {
  const handler = new ActivityHandler();
  handler.onEvent(async (context, next) => {
    if (context.activity.name === 'channel') await context.sendActivity('700 Hz 300 ms');
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
  const bots = (['websocket', 'polling'] as const).map((transport) => ({
    id: transport,
    connector: 'bot-framework',
    url: direct.origin,
    secret: direct.secret,
    transport,
    speech: { stt: 'speech', tts: 'speech' },
    parameters: { language: 'en-US', sendDTMF: true },
  }));
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: '', extra: severalBots(bots) });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
  await direct?.close();
});

describe.concurrent('a bot on botbuilder holds a call', () => {
  for (const transport of ['websocket', 'polling'] as const) {
    peerTest('sipp', `greeting, a long answer, goodbye: ${transport}`, async () => {
      await using rtp = await RtpPeer.open();
      const phone = startSipp({
        scenario: scenario('call', [
          ...establish(),
          incoming('BYE', { timeoutMs: 30_000, contains: ['all said'] }),
          ok(),
        ]),
        hubPort: hub.ports.sip,
        service: transport,
        mediaPort: rtp.port,
      });
      await rtp.startWhenHeard();
      const heard = (hertz: number) =>
        waitFor(`${hertz} Hz`, 8_000, () => toneMs(rtp.audio(), hertz) >= 240 || undefined);
      await heard(700);
      await rtp.say(tone(500, 400));
      await heard(800);
      await heard(600);
      await rtp.say(tone(900, 400));
      const result = await phone.done;
      expect(result.errors).toBe('');
      expect(result).toMatchObject({ exitCode: 0, successful: 1 });
      expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(240);
      const record = await hub.endedCall(
        ({ destination }) => destination !== undefined && 'bot' in destination && destination.bot === transport,
      );
      expect(record.end).toMatchObject({ category: 'bot-hangup', by: 'bot', text: 'all said' });
      expect(bot.errors).toEqual([]);
    });
  }
});
