import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { writeWav } from '../media/wav.ts';
import { createGuardedFetcher } from '../net/guarded-fetcher.ts';
import { botEvent, botMessage, Rig } from './testing.ts';
import { createUrlAudio, type UrlAudio } from './url-audio.ts';

const both = { directStt: true, directTts: true };

describe('a bot that hears and speaks itself', () => {
  test('a whole conversation', async () => {
    const rig = new Rig({
      audio: both,
      stt: undefined,
      parameters: { bargeIn: false },
      bot: ([first]) => (first?.name === 'start' ? [] : []),
    });
    await rig.start();
    rig.bot.play('greeting', 300, { altText: 'Hello.' });
    await rig.run(20);
    expect(rig.answeredAt).toBe(0);
    expect(rig.bot.userAudio).toEqual([]);
    await rig.run(480);
    expect(rig.bot.userAudio[0]).toBe('start');
    rig.bot.handlers?.onSpeech?.({ type: 'started' });
    rig.bot.handlers?.onSpeech?.({ type: 'hypothesis', text: 'good' });
    await rig.run(500);
    rig.bot.handlers?.onSpeech?.({ type: 'stopped' });
    rig.bot.handlers?.onSpeech?.({ type: 'recognition', text: 'goodbye', confidence: 0.8 });
    // Its turn, and the caller may not interrupt: its ears are closed.
    expect(rig.bot.userAudio.at(-1)).toBe('stop');
    await rig.run(200);
    rig.bot.play('farewell', 400, { altText: 'Bye.' });
    rig.bot.handlers?.onActivities([botEvent('hangup', { hangupSipHeaders: [{ name: 'X-A', value: 'b' }] })]);
    await rig.run(2000);
    expect(rig.endedWith?.category).toBe('bot-hangup');
    expect(rig.hangupHeaders).toEqual([{ 'X-A': 'b' }]);
    expect(rig.said()).toEqual(['bot: Hello.', 'caller: goodbye', 'bot: Bye.']);
    expect(rig.heard().map(({ ms }) => ms)).toEqual([300, 400]);
    // Nothing of what it understood came back to it.
    expect(rig.bot.heard()).toEqual(['start']);
    expect(rig.stt).toBeUndefined();
    const frames = rig.bot.userAudio.filter((item) => typeof item === 'number');
    expect(frames).toHaveLength(1);
    expect(Math.abs((frames[0] ?? 0) * 20 - 680)).toBeLessThanOrEqual(40);
    expect(rig.turns).toHaveLength(2);
    expect(rig.turns[1]).toMatchObject({ botReplyAt: expect.any(Number), firstRtpAt: expect.any(Number) });
    expect((rig.turns[1]?.botReplyAt ?? 0) - (rig.turns[1]?.botRequestAt ?? 0)).toBe(200);
  });

  test.each([true, false])(
    'without a greeting hears the caller from the answer on (connectOnPrompt %s)',
    async (connectOnPrompt) => {
      const rig = await new Rig({ audio: both, stt: undefined, parameters: { connectOnPrompt } }).start();
      await rig.run(600);
      expect(rig.answeredAt).toBe(connectOnPrompt ? 500 : 0);
      expect(rig.bot.userAudio[0]).toBe('start');
      rig.bot.play('late greeting', 300);
      await rig.run(20);
      expect(rig.bot.userAudio.at(-1)).toBe('stop');
      await rig.run(500);
      expect(rig.bot.userAudio.filter((item) => typeof item === 'string')).toEqual(['start', 'stop', 'start']);
    },
  );

  test('with bargeIn its ears stay open, and the caller stops it', async () => {
    const rig = await new Rig({ audio: both, stt: undefined, parameters: { bargeIn: true } }).start();
    rig.bot.play('long', 10_000, { altText: 'A long story' });
    await rig.run(1000);
    expect(rig.bot.userAudio[0]).toBe('start');
    rig.bot.handlers?.onSpeech?.({ type: 'started' });
    await rig.run(300);
    expect(rig.media.playout.paused).toBe(true);
    rig.bot.handlers?.onSpeech?.({ type: 'hypothesis', text: 'stop' });
    await rig.run(20);
    expect([rig.media.playout.paused, rig.media.playout.queuedMs]).toEqual([false, 0]);
    expect(rig.said()).toEqual(['bot: A long story [1000 ms]']);
    expect(rig.bot.userAudio).toEqual(['start', expect.any(Number)]);
  });

  test('learns how much of its audio was heard', async () => {
    const parameters = { bargeIn: true, bargeInMinWordCount: 0, sendEventsToBot: ['playFinished'] } as const;
    const rig = await new Rig({ audio: both, stt: undefined, parameters }).start();
    rig.bot.play('long', 10_000, { altText: 'A long story' });
    await rig.run(1000);
    rig.bot.handlers?.onSpeech?.({ type: 'started' });
    await rig.run(20);
    expect(rig.bot.requests.at(-1)?.[0]).toMatchObject({
      name: 'playFinished',
      value: { id: 'long' },
      parameters: { interruptedPrompt: { id: 'long', text: 'A long story', playedMs: 1000 } },
    });
  });

  test('a noise that it takes for speech costs a pause', async () => {
    const rig = await new Rig({ audio: both, stt: undefined, parameters: { bargeIn: true } }).start();
    rig.bot.play('long', 2000);
    await rig.run(500);
    rig.bot.handlers?.onSpeech?.({ type: 'started' });
    rig.bot.handlers?.onSpeech?.({ type: 'stopped' });
    await rig.run(5000);
    expect(rig.said()).toEqual(['bot: [audio]']);
    expect(rig.heard().reduce((sum, { ms }) => sum + ms, 0)).toBe(2000);
  });

  test('marks are told when they are heard', async () => {
    const rig = await new Rig({ audio: both, stt: undefined }).start();
    const { handlers } = rig.bot;
    handlers?.onPlay?.({ type: 'start', streamId: 's', altText: undefined, activityParams: {} });
    handlers?.onPlay?.({ type: 'audio', streamId: 's', samples: new Int16Array(8000).fill(1) });
    handlers?.onPlay?.({ type: 'mark', streamId: 's', markId: 'end of sentence' });
    handlers?.onPlay?.({ type: 'stop', streamId: 's' });
    await rig.run(900);
    expect(rig.bot.marks).toEqual([]);
    await rig.run(300);
    expect(rig.bot.marks).toEqual(['end of sentence']);
  });

  test('the end of the call in the middle of a stream leaves nothing behind', async () => {
    const rig = await new Rig({ audio: both, stt: undefined }).start();
    rig.bot.play('a', 5000);
    rig.bot.play('b', 5000);
    await rig.run(1000);
    rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE' });
    rig.bot.play('c', 5000);
    rig.bot.handlers?.onSpeech?.({ type: 'started' });
    await rig.media.close();
    await rig.run(100);
    expect([rig.endedWith?.category, rig.clock.pending]).toEqual(['caller-hangup', 0]);
    expect(rig.said()).toHaveLength(1);
  });
});

describe('a bot with one of both', () => {
  test('ears: its messages are spoken by the hub', async () => {
    const rig = new Rig({ audio: { directStt: true, directTts: false }, bot: () => [botMessage('Hello.')] });
    await rig.start();
    await rig.run(1000);
    expect(rig.said()).toEqual(['bot: Hello.']);
    expect(rig.bot.userAudio[0]).toBe('start');
    expect(rig.stt?.sessions).toEqual([]);
  });

  test('a voice: the hub recognises, and sends the text', async () => {
    const rig = new Rig({ audio: { directStt: false, directTts: true } });
    rig.stt?.finals.push('good morning');
    await rig.start();
    rig.bot.play('greeting', 200, { altText: 'Hello.' });
    await rig.run(500);
    rig.speak(400);
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start', 'good morning']);
    expect(rig.bot.userAudio).toEqual([]);
  });

  test('a bot that has neither is not listened to when it plays', async () => {
    const rig = await new Rig().start();
    rig.bot.play('s', 1000);
    await rig.run(2000);
    expect(rig.heard()).toEqual([]);
  });
});

describe('playUrl against a real server', () => {
  const call = async (allowHosts: string[]) => {
    const file = writeWav({ sampleRate: 16_000, channels: [new Int16Array(8000).fill(1000)] });
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tune.wav`;
    const fetcher = createGuardedFetcher({ allowPrivateNetworks: false, allowHosts });
    const bot = () => [botEvent('playUrl', { playUrlUrl: url, playUrlAltText: 'A tune' }), botMessage('Nice')];
    const rig = new Rig({ bot });
    rig.urlAudio = createUrlAudio({ fetcher, clock: rig.clock });
    await rig.start();
    // The network keeps its own time.
    await expect
      .poll(
        async () => {
          await rig.run(20);
          return rig.transcript.at(-1)?.text;
        },
        { interval: 2, timeout: 5000 },
      )
      .toBe('Nice');
    await fetcher.close();
    await new Promise((resolve) => server.close(resolve));
    return { said: rig.said(), requests, heardMs: rig.heard().reduce((sum, { ms }) => sum + ms, 0) };
  };

  test('on a host that is allowed', async () => {
    const { said, requests, heardMs } = await call(['127.0.0.1']);
    expect([said, requests]).toEqual([['bot: A tune', 'bot: Nice'], 1]);
    expect(Math.abs(heardMs - 700)).toBeLessThan(1);
  });

  test('on one that is not: no request, and the call goes on', async () => {
    const { said, requests, heardMs } = await call([]);
    expect(said[0]).toContain('the URL leads into a private network');
    expect([requests, heardMs]).toEqual([0, 200]);
  });
});

describe('playUrl, metadata and voice events through the whole conversation', () => {
  const tune: UrlAudio = {
    async *play({ url, sampleRate }) {
      if (url.endsWith('missing')) throw new Error('status 404');
      yield new Int16Array(sampleRate / 2).fill(1000);
    },
  };
  const playUrl = (url: string) => botEvent('playUrl', { playUrlUrl: url, playUrlAltText: 'A tune' });

  test('a tune between two messages', async () => {
    const bot = () => [botMessage('Listen'), playUrl('https://a.example/tune'), botMessage('Nice')];
    const rig = await new Rig({ urlAudio: tune, bot }).start();
    await rig.run(3000);
    expect(rig.said()).toEqual(['bot: Listen', 'bot: A tune', 'bot: Nice']);
    expect(rig.heard().reduce((sum, { ms }) => sum + ms, 0)).toBe(300 + 500 + 200);
  });

  test('a missing tune is left out', async () => {
    const bot = () => [botMessage('Listen'), playUrl('https://a.example/missing'), botMessage('Nice')];
    const rig = await new Rig({ urlAudio: tune, bot }).start();
    await rig.run(3000);
    expect(rig.transcript.map(({ speaker, kind, text }) => `${speaker} ${kind}: ${text}`)).toEqual([
      expect.stringMatching(/^hub event: Audio from a URL was not played: status 404/),
      'bot speech: Listen',
      'bot speech: Nice',
    ]);
    expect(rig.endedWith).toBeUndefined();
  });

  test('metadata goes out as SIP INFO', async () => {
    const rig = await new Rig({ bot: () => [botEvent('sendMetaData', { order: 7 })] }).start();
    await rig.run(0);
    expect(rig.infos).toEqual(['{"order":7}']);
  });

  test('voice and silence are told, also during a prompt', async () => {
    const rig = new Rig({
      parameters: { enableSpeechDetectionEvent: true, sendEventsToBot: ['voiceDetected', 'silenceDetected'] },
      bot: ([first]) => (first?.name === 'start' ? [botMessage('x'.repeat(100))] : []),
      stt: undefined,
    });
    await rig.start();
    await rig.run(500);
    rig.speak(600);
    await rig.run(4000);
    expect(rig.bot.heard()).toEqual(['start', 'voiceDetected', 'silenceDetected']);
  });

  test('conversationEnd is the last thing that a bot hears, and one that does not take it is not waited for', async () => {
    for (const slow of [false, true]) {
      const rig = new Rig({
        parameters: { sendEventsToBot: ['conversationEnd'] },
        bot: ([first]) => (slow && first?.name === 'conversationEnd' ? new Promise(() => {}) : []),
      });
      await rig.start();
      await rig.run(1000);
      rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE' });
      await rig.run(0);
      expect(rig.bot.heard()).toEqual(['start', 'conversationEnd:{"reasonCode":"client-disconnected","reason":"BYE"}']);
      expect(rig.endedWith === undefined).toBe(slow);
      await rig.run(2100);
      expect(rig.endedWith?.text).toBe('BYE');
      expect(rig.bot.ends).toEqual([{ reasonCode: 'client-disconnected', reason: 'BYE' }]);
      expect(rig.bot.contexts[0]?.signal.aborted).toBe(true);
    }
  });
});
