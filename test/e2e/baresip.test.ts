import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Baresip } from './support/baresip.ts';
import { FakeBot, hangup, type SeenActivity, say } from './support/fake-bot.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { concat, silence, tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

function toneBot(activity: SeenActivity): readonly object[] {
  if (activity.name === 'start') return [say('700 Hz 500 ms')];
  if (activity.text === '500 Hz') return [say('800 Hz 500 ms'), hangup('heard you')];
  return [];
}

let bot: FakeBot;
let hub: HubProcess;

beforeAll(async () => {
  bot = await FakeBot.start({ onActivity: toneBot });
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: bot.url });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
});

describe.concurrent('phones at the same time', () => {
  for (const codec of ['PCMU', 'PCMA'] as const) {
    for (const transport of ['udp', 'tcp'] as const) {
      peerTest('baresip', `baresip talks ${codec} over ${transport}: tones both ways, the bot hangs up`, async () => {
        const user = `${codec}-${transport}`.toLowerCase();
        const microphone = concat(silence(2500), tone(500, 600), silence(20_000));
        await using phone = await Baresip.start({ microphone, codec, user });
        phone.dial(`sip:demo@127.0.0.1:${hub.ports.sip};transport=${transport}`);
        await phone.established();
        await waitFor('the phone’s tone at the bot', 15_000, () =>
          bot.of(user)?.activities.find(({ text }) => text === '500 Hz'),
        );
        await phone.closed();
        const { samples, rate } = phone.heard();
        expect(toneMs(samples, 700, 0.1, rate)).toBeGreaterThanOrEqual(400);
        expect(toneMs(samples, 800, 0.1, rate)).toBeGreaterThanOrEqual(400);
        const record = await hub.endedCall(({ calling }) => calling.user === user);
        expect(record).toMatchObject({ end: { category: 'bot-hangup' } });
        expect(record.remote.startsWith(`${transport}/`)).toBe(true);
      });
    }
  }

  peerTest('baresip', 'baresip hangs up: the bot is told', async () => {
    await using phone = await Baresip.start({ microphone: silence(20_000), user: 'short' });
    phone.dial(`sip:demo@127.0.0.1:${hub.ports.sip}`);
    await phone.established();
    phone.hangUp();
    await phone.closed();
    const end = await waitFor('the bot to be told', 15_000, () => bot.of('short')?.disconnect);
    expect(end.reasonCode).toBe('client-disconnected');
  });
});
