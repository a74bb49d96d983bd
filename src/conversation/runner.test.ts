import { describe, expect, test } from 'vitest';
import { BotError } from '../bots/port.ts';
import { SpeechError } from '../speech/ports.ts';
import { botEvent, botMessage, Rig } from './testing.ts';

describe('a whole conversation', () => {
  test('greets, hears, replies and hangs up after the last word', async () => {
    const rig = new Rig({
      bot: ([first]) => {
        if (first?.name === 'start') return [botMessage('Hello.')];
        if (first?.text === 'bye') return [botMessage('Goodbye!'), botEvent('hangup', { hangupReason: 'done' })];
        return [];
      },
    });
    rig.stt?.finals.push('bye');
    await rig.start();
    expect(rig.answeredAt).toBe(0);
    await rig.run(500);
    rig.speak(400);
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start', 'bye']);
    expect(rig.hangups).toEqual([]);
    await rig.run(1000);
    expect(rig.hangups).toEqual([{ category: 'bot-hangup', by: 'bot', text: 'done' }]);
    expect(rig.endedWith?.text).toBe('done');
    expect(rig.bot.ends).toEqual([{ reasonCode: 'bot-disconnected', reason: 'done' }]);
    expect(rig.said()).toEqual(['bot: Hello.', 'caller: bye', 'bot: Goodbye!']);
    // 'Hello.' and 'Goodbye!' whole: 300 and 400 ms.
    expect(rig.heard().map(({ ms }) => ms)).toEqual([300, 400]);
  });

  test('tells the bot who calls', async () => {
    const rig = new Rig({
      parameters: {
        language: 'en-GB',
        sipHeadersToBot: { customer: 'X-Customer', second: 'P-Asserted-Identity.1', none: 'X-None' },
      },
      headers: { 'x-customer': ['42'], 'p-asserted-identity': ['a', 'b'] },
    });
    await rig.start();
    expect(rig.bot.requests[0]).toEqual([
      {
        id: 'id-1',
        timestamp: '2026-01-01T00:00:00.000Z',
        type: 'event',
        name: 'start',
        language: 'en-GB',
        parameters: {
          locale: 'en-GB',
          vaigConversationId: 'conversation-1',
          caller: '+15550001',
          callerHost: 'carrier.example',
          callerDisplayName: 'Ann',
          callee: '+15551230001',
          calleeHost: 'hub.example',
          customer: '42',
          second: 'b',
        },
      },
    ]);
  });

  test('plays prompts in order without a gap, the next one made while one plays', async () => {
    const rig = new Rig({ bot: () => [botMessage('one'), botMessage('two'), botMessage('three')] });
    await rig.start();
    await rig.run(1000);
    expect(rig.tts.requests.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(rig.heard()).toEqual([{ from: expect.any(Number), ms: 150 + 150 + 250 + 10 + 10 - 20 }]);
  });

  test('writes a long prompt at the pace of the call', async () => {
    const rig = new Rig({ bot: () => [botMessage('x'.repeat(400))] });
    await rig.start();
    await rig.run(3000);
    expect(rig.media.playout.queuedMs).toBeLessThanOrEqual(2000);
    expect(rig.media.playout.queuedMs).toBeGreaterThan(1000);
    await rig.run(20_000);
    expect(rig.heard().map(({ ms }) => ms)).toEqual([20_000]);
  });

  test('keeps the ledger of a turn', async () => {
    const rig = new Rig({
      bot: ([first]) => (first?.type === 'message' ? [botMessage('Fine.')] : []),
      parameters: { connectOnPrompt: false, resumeRecognitionTimeoutMS: 100 },
    });
    rig.stt?.finals.push('how are you');
    rig.tts.delayMs = 50;
    await rig.start();
    await rig.run(200);
    rig.speak(400);
    await rig.run(2000);
    expect(rig.turns).toHaveLength(1);
    const turn = rig.turns[0];
    expect(turn?.endOfSpeechAt).toBe((turn?.lastVoicedAt ?? 0) + 400);
    expect(turn?.finalTextAt).toBe(turn?.endOfSpeechAt);
    expect(turn?.botReplyAt).toBe(turn?.botRequestAt);
    expect(turn?.ttsFirstByteAt).toBe((turn?.botReplyAt ?? 0) + 50);
    expect((turn?.firstRtpAt ?? 0) - (turn?.ttsFirstByteAt ?? 0)).toBeLessThanOrEqual(40);
  });
});

describe('the answer', () => {
  test('waits for the audio of the first prompt', async () => {
    const rig = new Rig({ bot: () => [botMessage('Hello.')] });
    rig.tts.delayMs = 700;
    await rig.start();
    await rig.run(690);
    expect(rig.answeredAt).toBeUndefined();
    await rig.run(20);
    expect(rig.answeredAt).toBe(700);
    await rig.run(1000);
    expect(rig.said()).toEqual(['bot: Hello.']);
  });

  test('comes without a prompt when the bot has nothing to say', async () => {
    const rig = await new Rig().start();
    await rig.run(600);
    expect(rig.answeredAt).toBe(500);
  });

  test('comes at connectTimeoutMS at the latest', async () => {
    const rig = new Rig({ parameters: { connectTimeoutMS: 2000 } });
    rig.bot.opening = () => new Promise(() => {});
    await rig.start();
    await rig.run(2100);
    expect(rig.answeredAt).toBe(2000);
  });

  test('comes at once without connectOnPrompt', async () => {
    const rig = new Rig({ parameters: { connectOnPrompt: false } });
    rig.bot.opening = () => new Promise(() => {});
    await rig.start();
    expect(rig.answeredAt).toBe(0);
  });

  test('is a refusal when the bot hangs up without a word', async () => {
    const rig = await new Rig({ bot: () => [botEvent('hangup')] }).start();
    await rig.run(0);
    expect(rig.answeredAt).toBeUndefined();
    expect(rig.hangups).toEqual([
      { category: 'bot-hangup', by: 'bot', text: 'The bot ended the call', sipStatus: 603 },
    ]);
  });
});

describe('failures', () => {
  test('a bot that cannot be reached refuses the call with 503', async () => {
    const rig = new Rig();
    rig.bot.opening = () =>
      Promise.reject(new BotError('bot_unreachable', 'connect ECONNREFUSED', { publicMessage: 'no connection' }));
    await rig.start();
    expect(rig.hangups).toEqual([
      { category: 'bot-failure', by: 'hub', text: 'bot_unreachable: no connection', sipStatus: 503 },
    ]);
    expect(rig.bot.ends).toEqual([]);
  });

  test('a bot that fails in the call: apology, then BYE', async () => {
    const rig = new Rig({
      parameters: { sendDTMF: true, botFailureSpeech: 'Sorry.' },
      bot: ([first]) => {
        if (first?.name === 'start') return [botMessage('Hi.')];
        throw new BotError('bot_failed', 'HTTP 500');
      },
    });
    await rig.start();
    await rig.run(300);
    rig.media.caller.press('1');
    await rig.run(1000);
    expect(rig.said()).toEqual(['bot: Hi.', 'caller: 1', 'hub: Sorry.']);
    expect(rig.hangups).toEqual([{ category: 'bot-failure', by: 'hub', text: 'bot_failed: HTTP 500' }]);
  });

  test('speech that cannot be synthesised ends the call, also when the apology cannot be spoken', async () => {
    const rig = new Rig({ bot: () => [botMessage('Hi.')], parameters: { connectOnPrompt: false } });
    rig.tts.failing = () => new SpeechError('speech_unavailable', 'no voice');
    await rig.start();
    await rig.run(1000);
    expect(rig.hangups).toEqual([{ category: 'speech-failure', by: 'hub', text: 'speech_unavailable: no voice' }]);
    expect(rig.said()).toEqual([]);
  });

  test('a synthesiser that hangs is given up', async () => {
    const rig = new Rig({
      bot: () => [botMessage('Hi.')],
      parameters: { connectOnPrompt: false, botFailureSpeech: '' },
    });
    rig.tts.delayMs = 60_000;
    await rig.start();
    await rig.run(10_500);
    expect(rig.hangups.map(({ text }) => text)).toEqual(['speech_timeout: no audio for 10000 ms']);
  });

  test('a recogniser that fails is opened again', async () => {
    const rig = new Rig({ bot: ([first]) => (first?.name === 'start' ? [botMessage('Hi.')] : []) });
    await rig.start();
    await rig.run(300);
    rig.stt?.last.emit('error', new SpeechError('speech_failed', 'gone', { retryable: true }));
    await rig.run(300);
    expect(rig.stt?.sessions).toHaveLength(2);
    rig.stt?.last.finals.push('yes');
    rig.speak(400);
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start', 'yes']);
  });

  test('a recogniser that cannot be used ends the call with the apology', async () => {
    const rig = new Rig({ bot: () => [botMessage('Hi.')], parameters: { botFailureSpeech: 'Sorry.' } });
    if (rig.stt !== undefined)
      rig.stt.opening = () => Promise.reject(new SpeechError('speech_rejected', 'no such language'));
    await rig.start();
    await rig.run(1500);
    expect(rig.said()).toEqual(['bot: Hi.', 'hub: Sorry.']);
    expect(rig.hangups.map(({ category }) => category)).toEqual(['speech-failure']);
  });
});

describe('barge-in', () => {
  const long = 'x'.repeat(60);
  const bot = ([first]: readonly { name?: string }[]) => (first?.name === 'start' ? [botMessage(long)] : []);

  test('speech pauses the prompt, words drop it, and the bot learns what was heard', async () => {
    const rig = await new Rig({ parameters: { bargeIn: true }, bot }).start();
    rig.stt?.last.finals.push('stop it');
    await rig.run(500);
    rig.speak(400);
    await rig.run(200);
    expect(rig.media.playout.paused).toBe(true);
    rig.stt?.last.emit('interim', { text: 'stop' });
    expect(rig.media.playout.queuedMs).toBe(0);
    await rig.run(2000);
    const [, message] = rig.bot.requests.flat();
    expect(message?.text).toBe('stop it');
    const interrupted = message?.parameters?.interruptedPrompt;
    expect(interrupted).toMatchObject({ id: `m:${long}`, text: long });
    const heardMs = rig.heard().reduce((sum, { ms }) => sum + ms, 0);
    expect(heardMs).toBeGreaterThan(400);
    expect(heardMs).toBeLessThan(700);
    expect(interrupted).toMatchObject({ playedMs: heardMs });
    expect(rig.said()).toEqual([`bot: ${long} [${heardMs} ms]`, 'caller: stop it']);
  });

  test('noise pauses the prompt, and it goes on where it stopped', async () => {
    const rig = await new Rig({ parameters: { bargeIn: true }, bot }).start();
    await rig.run(500);
    rig.speak(140);
    await rig.run(200);
    expect(rig.media.playout.paused).toBe(true);
    await rig.run(5000);
    expect(rig.heard()).toHaveLength(2);
    expect(rig.heard().reduce((sum, { ms }) => sum + ms, 0)).toBe(3000);
    expect(rig.said()).toEqual([`bot: ${long}`]);
  });

  test('without barge-in what is said during a prompt does not exist', async () => {
    const rig = await new Rig({ bot }).start();
    await rig.run(500);
    rig.speak(1000);
    await rig.run(2400);
    expect(rig.stt?.sessions).toHaveLength(0);
    await rig.run(5000);
    expect(rig.heard().map(({ ms }) => ms)).toEqual([3000]);
    expect(rig.stt?.sessions).toHaveLength(1);
    expect(rig.bot.heard()).toEqual(['start']);
  });

  test('a key stops the prompt', async () => {
    const rig = await new Rig({ parameters: { sendDTMF: true }, bot }).start();
    await rig.run(500);
    rig.media.caller.press('5');
    await rig.run(100);
    expect(rig.media.playout.queuedMs).toBe(0);
    expect(rig.bot.heard()).toEqual(['start', 'DTMF:"5"']);
  });
});

describe('silence', () => {
  test('re-prompts, tells the bot, and ends the call after the retries', async () => {
    const rig = new Rig({
      bot: () => [],
      parameters: {
        connectOnPrompt: false,
        resumeRecognitionTimeoutMS: 100,
        userNoInputTimeoutMS: 1000,
        userNoInputRetries: 1,
        userNoInputSpeech: 'Hello?',
        sendEventsToBot: ['noUserInput'],
      },
    });
    await rig.start();
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start']);
    await rig.run(3000);
    expect(rig.bot.heard()).toEqual(['start', 'noUserInput:1', 'noUserInput:2']);
    expect(rig.said()).toEqual(['hub: Hello?']);
    expect(rig.hangups).toEqual([{ category: 'no-user-input', by: 'hub', text: 'The caller said nothing' }]);
  });

  test('speech that fits nothing is answered, and recognition goes on', async () => {
    const rig = new Rig({
      bot: () => [],
      parameters: { connectOnPrompt: false, resumeRecognitionTimeoutMS: 100, notUnderstoodSpeech: 'What?' },
    });
    rig.stt?.finals.push('', 'yes');
    await rig.start();
    await rig.run(200);
    rig.speak(400);
    await rig.run(1500);
    expect(rig.said()).toEqual(['hub: What?']);
    rig.speak(400);
    await rig.run(1500);
    expect(rig.bot.heard()).toEqual(['start', 'yes']);
  });
});

describe('a recogniser that endpoints by itself', () => {
  test('is open only while the caller is listened to', async () => {
    const { FakeStt } = await import('./testing-speech.ts');
    const stt = new FakeStt('vendor');
    const rig = await new Rig({ stt, bot: () => [botMessage('Hi.')] }).start();
    expect(stt.sessions).toHaveLength(0);
    await rig.run(400);
    const first = stt.last;
    first.emit('interim', { text: 'good' });
    first.final('good morning');
    await rig.run(20);
    expect(first.closed).toBe(true);
    await rig.run(500);
    expect(stt.sessions).toHaveLength(2);
    expect(rig.bot.heard()).toEqual(['start', 'good morning']);
  });
});

describe('the end', () => {
  const talkative = () => [botMessage('x'.repeat(100))];
  const leftovers = (rig: Rig) => ({
    timers: rig.clock.pending,
    dtmf: rig.media.listenerCount('dtmf'),
    sessions: rig.stt?.sessions.filter((session) => !session.closed).length,
    queuedMs: rig.media.playout.queuedMs,
  });

  test.each([0, 20, 130, 700, 5100, 9000])('by the caller after %i ms leaves nothing behind', async (ms) => {
    const rig = await new Rig({ bot: talkative, parameters: { bargeIn: true, sendDTMF: true } }).start();
    rig.speak(300);
    await rig.run(ms);
    rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE' });
    rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE again' });
    rig.handle.end({ category: 'shutdown', by: 'hub', text: 'late' });
    await rig.media.close();
    await rig.run(0);
    expect(rig.endedWith?.text).toBe('BYE');
    expect(rig.hangups).toEqual([]);
    expect(rig.bot.ends).toEqual([{ reasonCode: 'client-disconnected', reason: 'BYE' }]);
    expect(leftovers(rig)).toEqual({ timers: 0, dtmf: 0, sessions: 0, queuedMs: 0 });
    expect(rig.detector.closed).toBe(true);
    const requests = rig.bot.requests.length;
    await rig.run(60_000);
    expect(rig.bot.requests).toHaveLength(requests);
  });

  test('by the operator says nothing more and hangs up once', async () => {
    const rig = await new Rig({ bot: talkative }).start();
    await rig.run(1000);
    rig.handle.end({ category: 'api', by: 'operator', text: 'ended by an operator' });
    rig.abort.abort();
    await rig.run(0);
    expect(rig.hangups.map(({ category }) => category)).toEqual(['api']);
    expect(rig.media.playout.queuedMs).toBe(0);
    expect(rig.endedWith?.category).toBe('api');
  });

  test('by the abort signal, also when it is aborted before', async () => {
    const rig = new Rig({ bot: talkative });
    rig.abort.abort();
    await rig.start();
    await rig.run(5000);
    expect(rig.endedWith?.category).toBe('shutdown');
  });

  test('while the bot session opens: the bot is told when it opens after all', async () => {
    const rig = new Rig();
    const opening = Promise.withResolvers<void>();
    rig.bot.opening = () => opening.promise;
    await rig.start();
    rig.handle.callerHungUp({ category: 'caller-cancelled', by: 'caller', text: 'CANCEL' });
    opening.resolve();
    await rig.run(0);
    expect(rig.bot.ends).toEqual([{ reasonCode: 'client-disconnected', reason: 'CANCEL' }]);
    expect(rig.endedWith?.category).toBe('caller-cancelled');
  });
});
