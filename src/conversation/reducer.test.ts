import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { ConversationEvent } from './events.ts';
import { botEvent, botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

describe('ending', () => {
  test('the hang-up waits for the prompts before it; what comes after it is ignored', () => {
    const t = new Talk({ bargeIn: true, sendDTMF: true }).in('listening');
    t.bot(botMessage('one'), botMessage('two'), botEvent('hangup', { hangupReason: 'bye' }), botMessage('three'));
    expect(spoken(t.take())).toEqual(['one', 'two']);
    t.say('wait').on({ type: 'dtmf', digit: '1' }).bot(botEvent('abortPrompts'));
    expect(types(t.take())).not.toContain('stopPrompts');
    t.finish().finish();
    expect(types(t.take())).not.toContain('hangup');
    t.fire('hangup');
    expect(t.take().slice(-3)).toEqual([
      { type: 'hangup', reason: { category: 'bot-hangup', by: 'bot', text: 'bye' } },
      { type: 'endBot', reason: { category: 'bot-hangup', by: 'bot', text: 'bye' } },
      { type: 'ended', reason: { category: 'bot-hangup', by: 'bot', text: 'bye' } },
    ]);
  });

  test('a bot that fails while its goodbye plays changes nothing', () => {
    const t = new Talk().in('listening').bot(botMessage('bye'), botEvent('hangup'));
    t.on({ type: 'botLost', code: 'bot_failed', message: 'gone' }).finish().fire('hangup');
    expect(t.state.ended?.category).toBe('bot-hangup');
  });
});

describe('failures', () => {
  test('the current prompt is finished, those that wait are dropped, then the apology', () => {
    const t = new Talk({ botFailureSpeech: 'Sorry.' }).in('listening').bot(botMessage('one'), botMessage('two'));
    t.take();
    t.on({ type: 'botLost', code: 'bot_failed', message: 'gone' });
    const effects = t.take();
    expect(effects.filter((effect) => effect.type === 'stopPrompts')).toEqual([
      { type: 'stopPrompts', promptIds: [3], outcome: 'aborted' },
    ]);
    expect(spoken(effects)).toEqual(['Sorry.']);
    t.finish().finish().fire('hangup');
    expect(t.state.ended).toEqual({ category: 'bot-failure', by: 'hub', text: 'bot_failed: gone' });
  });

  test('an apology that cannot be spoken does not keep the call', () => {
    const t = new Talk({ botFailureSpeech: 'Sorry.' }).in('listening').on({ type: 'botLost', code: 'x', message: 'y' });
    const id = t.state.current?.type === 'prompt' ? t.state.current.prompt.id : 0;
    t.on({ type: 'promptFailed', promptId: id, code: 'speech_failed', message: 'z' }).fire('hangup');
    expect(t.state.ended?.category).toBe('bot-failure');
  });

  test('a message for a bot without text to speech fails', () => {
    const t = new Talk({}, { stt: true, tts: false }).on({ type: 'botOpened' }).bot(botMessage('Hello'));
    expect(t.state.ended).toMatchObject({ category: 'speech-failure', sipStatus: 503 });
  });

  test('a recogniser that fails four times in a row is given up; one that runs for a while has recovered', () => {
    const failed: ConversationEvent = { type: 'sttFailed', code: 'speech_failed', message: 'm', retryable: true };
    const t = new Talk().in('listening');
    for (let i = 0; i < 3; i += 1) t.on(failed).fire('sttRetry');
    t.fire('sttStable');
    for (let i = 0; i < 3; i += 1) t.on(failed).fire('sttRetry');
    expect(t.phase).toBe('listening');
    t.on(failed);
    expect(t.state.hangup?.category).toBe('speech-failure');
  });
});

describe('silence of the caller', () => {
  test('without limit only the watchdog acts: recognition is started anew', () => {
    const t = new Talk().in('listening');
    expect(Object.keys(t.state.timers)).toEqual(['watchdog']);
    t.fire('watchdog');
    expect(types(t.take())).toEqual(['log', 'stopRecognition', 'startRecognition', 'startTimer']);
  });

  test('retries are forgiven, then the call ends; speech counts anew', () => {
    const t = new Talk({ userNoInputTimeoutMS: 1000, userNoInputRetries: 1, userNoInputSpeech: 'Hello?' }).in(
      'listening',
    );
    t.fire('userNoInput').finish();
    expect(spoken(t.take())).toEqual(['Hello?']);
    t.say('yes').bot(botMessage('Good')).finish();
    t.fire('userNoInput').finish().fire('userNoInput');
    expect(t.state.hangup?.category).toBe('no-user-input');
  });

  test('a bot that is told and sets no retries decides by itself', () => {
    const t = new Talk({ userNoInputTimeoutMS: 1000, userNoInputSendEvent: true }).in('listening');
    t.fire('userNoInput').fire('userNoInput').fire('userNoInput');
    expect(sent(t.take())).toEqual(['noUserInput 1', 'noUserInput 2', 'noUserInput 3']);
    expect(t.phase).toBe('listening');
  });

  test('the timer stops while the caller speaks and starts anew after noise', () => {
    const t = new Talk({ userNoInputTimeoutMS: 1000 }).in('listening');
    const first = t.state.timers.userNoInput;
    t.on({ type: 'speechStarted' });
    expect(t.state.timers.userNoInput).toBeUndefined();
    t.on({ type: 'speechDiscarded' });
    expect(t.state.timers.userNoInput).toBeGreaterThan(first ?? 0);
  });

  test('the give-up time runs on through re-prompts', () => {
    const t = new Talk({
      userNoInputTimeoutMS: 1000,
      userNoInputRetries: 9,
      userNoInputSpeech: 'Hello?',
      userNoInputGiveUpTimeoutMS: 5000,
    }).in('listening');
    const first = t.state.timers.userGiveUp;
    t.fire('userNoInput').finish();
    expect(t.state.timers.userGiveUp).toBe(first);
    t.fire('userGiveUp');
    expect(t.state.hangup?.category).toBe('no-user-input');
  });

  test('speech that fits nothing is no silence', () => {
    const t = new Talk({ userNoInputTimeoutMS: 1000, notUnderstoodSpeech: 'What?' }).in('listening');
    for (let i = 0; i < 5; i += 1) t.final('').finish();
    expect(spoken(t.take())).toEqual(Array(5).fill('What?'));
    expect(t.phase).toBe('listening');
  });

  test('the bot may take care of speech that fits nothing', () => {
    const t = new Talk({ notUnderstoodSendToBot: true }).in('listening').final('');
    expect(sent(t.take())).toEqual(['notUnderstood 1']);
    expect(t.phase).toBe('thinking');
  });
});

describe('delay of the bot', () => {
  test('the caller is told to wait, as often as set; the time to listen again counts from the end of that', () => {
    const t = new Talk({ botNoInputTimeoutMS: 1000, botNoInputSpeech: 'One moment.', botNoInputRetries: 1 }).in(
      'thinking',
    );
    const resume = t.state.timers.resume;
    t.fire('botNoInput').finish().fire('botNoInput').finish();
    expect(spoken(t.take())).toEqual(['One moment.', 'One moment.']);
    expect(t.state.timers.botNoInput).toBeUndefined();
    expect(t.state.timers.resume).toBeGreaterThan(resume ?? 0);
  });

  test('recognition resumes, and the caller is told', () => {
    const t = new Talk({ resumeRecognitionSpeech: 'Go on.' }).in('thinking').fire('resume').finish();
    expect(spoken(t.take())).toEqual(['Go on.']);
    expect(t.phase).toBe('listening');
    expect(t.state.recognition?.status).toBe('on');
  });

  test('too long a delay is a failure', () => {
    const t = new Talk({ botNoInputGiveUpTimeoutMS: 1000 }).in('thinking').fire('botGiveUp');
    expect(t.state.hangup).toMatchObject({ category: 'bot-failure', text: 'The bot did not answer in time' });
  });

  test.each([
    ['as a parameter', [botMessage('one', { expectAnotherBotMessage: true })]],
    ['as an event', [botMessage('one'), botEvent('expectAnotherBotMessage')]],
  ])('a bot that announces another message keeps the turn: %s', (_, activities) => {
    const t = new Talk({ userNoInputTimeoutMS: 1000 })
      .in('thinking')
      .bot(...activities)
      .finish();
    expect(t.phase).toBe('thinking');
    t.bot(botMessage('two')).finish();
    expect(t.phase).toBe('listening');
  });
});

describe('keys', () => {
  const collect: BotParameterLayer = { sendDTMF: true, dtmfCollect: true, dtmfCollectMaxDigits: 3 };
  const press = (t: Talk, digits: string) => {
    for (const digit of digits) t.on({ type: 'dtmf', digit: digit as '1' });
    return sent(t.take());
  };

  test('are collected until the submit key, the count or a pause', () => {
    const t = new Talk(collect).in('listening');
    expect(press(t, '12#')).toEqual(['DTMF "12"']);
    expect(press(t, '123')).toEqual(['DTMF "123"']);
    expect(press(t, '4')).toEqual([]);
    expect(sent(t.fire('digits').take())).toEqual(['DTMF "4"']);
  });

  test('the submit key alone is sent as it is', () => {
    expect(press(new Talk(collect).in('listening'), '#')).toEqual(['DTMF "#"']);
  });

  test('each key starts the pause anew', () => {
    const t = new Talk(collect).in('listening');
    press(t, '1');
    const first = t.state.timers.digits;
    press(t, '2');
    expect(t.state.timers.digits).toBeGreaterThan(first ?? 0);
  });

  test('that trickle in are sent when the time of the collection is over: later keys do not start it anew', () => {
    const t = new Talk({ ...collect, dtmfCollectMaxDigits: 0, dtmfCollectTimeoutMS: 8000 }).in('listening');
    expect(t.state.timers.collection).toBeUndefined();
    press(t, '1');
    const { collection } = t.state.timers;
    press(t, '23');
    expect(collection).toBeDefined();
    expect(t.state.timers.collection).toBe(collection);
    expect(sent(t.fire('collection').take())).toEqual(['DTMF "123"']);
    expect([t.state.timers.collection, t.state.timers.digits]).toEqual([undefined, undefined]);
  });

  test('the first of a collection has a time of its own', () => {
    const waits = (parameters: BotParameterLayer) => {
      const effects = new Talk({ userNoInputTimeoutMS: 5000, ...parameters }).on({ type: 'botOpened' });
      effects.bot(botMessage('Your number?')).on({ type: 'promptReady', promptId: 1 }).finish();
      const timers = effects.take().flatMap((effect) => (effect.type === 'startTimer' ? [effect] : []));
      return timers.filter(({ id }) => id === 'userNoInput').map(({ ms }) => ms);
    };
    expect(waits({ ...collect, dtmfCollectFirstDigitTimeoutMS: 12_000 })).toEqual([12_000]);
    expect(waits({ ...collect, dtmfCollectFirstDigitTimeoutMS: 12_000, userNoInputTimeoutMS: 0 })).toEqual([12_000]);
    expect(waits(collect)).toEqual([5000]);
    expect(waits({ dtmfCollectFirstDigitTimeoutMS: 12_000 })).toEqual([5000]);
  });

  test('go to the bot as text when it wants that', () => {
    expect(press(new Talk({ sendDTMF: true, sendDTMFAsText: true }).in('listening'), '5')).toEqual(['message 5']);
  });
});

describe('continuous recognition', () => {
  test('joins what is said until a pause', () => {
    const t = new Talk({ continuousASR: true }).in('listening').say('one two').say('three');
    expect(sent(t.take())).toEqual([]);
    t.fire('joined');
    const request = t.take().find((effect) => effect.type === 'sendToBot');
    expect(request?.activities[0]).toMatchObject({
      text: 'one two three',
      parameters: { confidence: 0.8, recognitions: [{ text: 'one two' }, { text: 'three' }] },
    });
  });

  test('a key submits at once', () => {
    const t = new Talk({ continuousASR: true }).in('listening').say('one two').on({ type: 'dtmf', digit: '#' });
    expect(sent(t.take())).toEqual(['message one two']);
  });
});
