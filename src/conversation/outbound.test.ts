import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { botEvent, botMessage, Rig } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

function dialling(parameters: BotParameterLayer = {}, held = false): Talk {
  return new Talk(parameters, { stt: true, tts: true }, { held });
}

describe('a call that the hub places', () => {
  test('is dialled at once; the bot is fetched at the answer, and the callee is heard meanwhile', () => {
    const t = dialling();
    expect(types(t.take())).toEqual(['answer']);
    expect(t.phase).toBe('connecting');
    t.on({ type: 'answered' });
    expect(types(t.take())).toEqual(['openBot', 'startRecognition', 'startTimer']);
    t.say('Hello?');
    expect(sent(t.take())).toEqual([]);
    t.on({ type: 'botOpened' });
    expect(sent(t.take())).toEqual(['start undefined', 'message Hello?']);
    t.bot(botMessage('Hi there'));
    expect(spoken(t.take())).toEqual(['Hi there']);
    expect(t.phase).toBe('speaking');
  });

  test('the callee has the first word: recognition is on after start, whether or not the bot greets', () => {
    const t = dialling().on({ type: 'answered' }, { type: 'botOpened' });
    expect(t.phase).toBe('listening');
    expect(t.state.recognition?.status).toBe('on');
    t.take();
    t.say('Hello?');
    expect(sent(t.take())).toEqual(['message Hello?']);
  });

  test('a greeting waits until the callee has finished', () => {
    const t = dialling().on({ type: 'answered' }, { type: 'botOpened' }, { type: 'speechStarted' });
    t.bot(botMessage('Hi there'));
    expect(types(t.take())).not.toContain('playPrompt');
    t.on({ type: 'speechEnded' }).final('Hello?');
    expect(types(t.take())).toContain('playPrompt');
  });

  test('the recogniser is opened by a voice, or on connect', () => {
    const start = (parameters: BotParameterLayer) =>
      dialling(parameters)
        .on({ type: 'answered' })
        .take()
        .find((effect) => effect.type === 'startRecognition');
    expect(start({})).toMatchObject({ options: { openOnSpeech: true } });
    expect(start({ startRecognitionOnConnect: true })).toMatchObject({ options: { openOnSpeech: false } });
    const words = new Talk({}, { stt: true, tts: true }, { held: true, listens: true }).on({ type: 'answered' });
    expect(words.take().find(({ type }) => type === 'startRecognition')).toMatchObject({
      options: { openOnSpeech: false },
    });
  });

  test('a bot that wants to hear of it does so before the call is dialled', () => {
    const t = dialling({ sendEventsToBot: ['dialoutInitiated'] });
    expect(types(t.take()).filter((type) => type !== 'startTimer')).toEqual(['openBot']);
    t.on({ type: 'botOpened' });
    const effects = t.take();
    expect(sent(effects)).toEqual(['dialoutInitiated {}']);
    expect(types(effects).indexOf('answer')).toBeGreaterThan(types(effects).indexOf('sendToBot'));
    // Nothing is said before the answer.
    t.bot(botMessage('too early'));
    expect(types(t.take())).not.toContain('playPrompt');
    t.on({ type: 'answered' });
    const answered = t.take();
    expect(sent(answered)).toEqual(['start undefined']);
    expect(types(answered)).toContain('playPrompt');
  });

  test('a bot that is slow to open holds the call up for connectTimeoutMS, one that cannot be reached prevents it', () => {
    const slow = dialling({ sendEventsToBot: ['dialoutInitiated'] }).fire('connect');
    expect(types(slow.take())).toContain('answer');
    slow.on({ type: 'answered' }, { type: 'botOpened' });
    expect(sent(slow.take())).toEqual(['start undefined']);
    const dead = dialling({ sendEventsToBot: ['dialoutInitiated'] });
    dead.on({ type: 'botOpenFailed', code: 'bot_unreachable', message: 'no' });
    expect(types(dead.take())).not.toContain('answer');
    expect(dead.state.ended?.category).toBe('bot-failure');
  });

  test('a bot that is lost or hangs up while it rings ends the call', () => {
    const lost = dialling({ sendEventsToBot: ['dialoutInitiated'] }).on({ type: 'botOpened' });
    lost.take();
    lost.on({ type: 'botLost', code: 'x', message: 'y' });
    expect(types(lost.take())).toContain('hangup');
    const bye = dialling({ sendEventsToBot: ['dialoutInitiated'] })
      .on({ type: 'botOpened' })
      .bot(botEvent('hangup'));
    expect(bye.state.ended?.category).toBe('bot-hangup');
  });

  test('ringing for long is for the dialler to judge: no timer of the conversation runs', () => {
    expect(dialling().state.timers).toEqual({});
  });
});

describe('machine detection', () => {
  test('tells the bot who has answered', () => {
    const t = dialling().on({ type: 'answered' }, { type: 'botOpened' });
    t.take();
    t.on({ type: 'machineDetected', machine: 'answering-machine' }, { type: 'machineDetected', machine: 'human' });
    expect(sent(t.take())).toEqual(['machineDetection {"type":"answering-machine"}']);
  });

  test('a bot that is held hears nothing until it is released; then first the start', () => {
    const t = dialling({}, true).on({ type: 'answered' }, { type: 'botOpened' });
    t.say('Hello?');
    t.on({ type: 'machineDetected', machine: 'human' });
    expect(sent(t.take())).toEqual([]);
    expect(t.phase).toBe('connecting');
    t.on({ type: 'released' });
    expect(sent(t.take())).toEqual(['start undefined', 'machineDetection {"type":"human"}', 'message Hello?']);
  });

  test("a machine's greeting is for nobody", () => {
    const t = dialling({}, true).on({ type: 'answered' }, { type: 'botOpened' });
    t.say('You have reached').on({ type: 'machineDetected', machine: 'answering-machine' }).say('leave a message');
    t.on({ type: 'speechStarted' }, { type: 'released' });
    const effects = t.take();
    expect(sent(effects)).toEqual(['start undefined', 'machineDetection {"type":"answering-machine"}']);
    expect(types(effects).slice(-6)).toContain('stopRecognition');
    expect(t.phase).toBe('listening');
    expect(t.state.recognition?.status).toBe('on');
  });

  test('the answer is no silence while the bot is held', () => {
    const t = dialling({ userNoInputTimeoutMS: 3000 }, true).on({ type: 'answered' }, { type: 'botOpened' });
    expect(Object.keys(t.state.timers)).toEqual([]);
  });
});

describe('with everything around it', () => {
  test('the start event says what the dialer wanted; the tap hears the callee and what he says', async () => {
    const heard = { frames: 0, texts: [] as string[] };
    const rig = await new Rig({
      bot: (activities) => (activities[0]?.text === 'Hello.' ? [botMessage('Hi, this is the bot')] : []),
      outbound: {
        held: false,
        onAudio: () => {
          heard.frames += 1;
        },
        onText: (text, final) => heard.texts.push(`${final} ${text}`),
      },
    }).start();
    await rig.run(200);
    const start = rig.bot.requests.flat()[0];
    expect(start).toMatchObject({
      name: 'start',
      parameters: { outboundTarget: 'tel:+15551230001', dialoutMetadata: { order: 7 }, callee: '+15551230001' },
    });
    expect(rig.stt?.sessions).toHaveLength(0);
    rig.stt?.finals.push('Hello.');
    rig.speak(600);
    await rig.run(3000);
    expect(rig.stt?.sessions).toHaveLength(1);
    expect(heard.texts.at(-1)).toBe('true Hello.');
    expect(heard.frames).toBeGreaterThan(100);
    expect(rig.said()).toContain('bot: Hi, this is the bot');
    rig.handle.end({ category: 'callee-hangup', by: 'callee', text: 'x' });
    const { frames } = heard;
    await rig.run(500);
    expect(heard.frames).toBe(frames);
  });
});
