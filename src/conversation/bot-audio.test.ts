import { describe, expect, test } from 'vitest';
import { botEvent, botMessage } from './testing.ts';
import { sent, Talk, types } from './testing-talk.ts';

const hears = { stt: true, tts: true, botHears: true };

describe('a bot that hears the caller itself: settings x what it tells x phase', () => {
  const inputs = {
    'hypothesis and text of two words': (talk: Talk) =>
      talk
        .on({ type: 'speechStarted' }, { type: 'interim', text: 'stop it' }, { type: 'speechEnded' })
        .on({ type: 'botHeard', text: 'stop it', confidence: undefined }),
    'text of one word': (talk: Talk) =>
      talk
        .on({ type: 'speechStarted' }, { type: 'speechEnded' })
        .on({ type: 'botHeard', text: 'stop', confidence: undefined }),
    'no text, but the turn': (talk: Talk) =>
      talk.on({ type: 'speechStarted' }, { type: 'speechEnded' }, { type: 'botCommitted' }),
    'voice and nothing more': (talk: Talk) => talk.on({ type: 'speechStarted' }, { type: 'speechEnded' }),
    'a late text': (talk: Talk) => talk.on({ type: 'botHeard', text: 'what I said before', confidence: undefined }),
  } as const;
  const rows = (['speaking', 'thinking', 'listening'] as const).flatMap((phase) =>
    (Object.keys(inputs) as (keyof typeof inputs)[]).flatMap((input) =>
      [false, true].flatMap((bargeIn) => [0, 1, 2].map((words) => ({ phase, input, bargeIn, words }))),
    ),
  );

  test.each(rows)('$phase, $input, bargeIn $bargeIn from $words words', ({ phase, input, bargeIn, words }) => {
    const talk = new Talk({ bargeIn, bargeInMinWordCount: words }, hears);
    talk.on({ type: 'botOpened' }).bot(botMessage('Hello there')).on({ type: 'promptReady', promptId: 1 });
    if (phase !== 'speaking') talk.finish();
    // It has told of speech before: what comes without is late.
    talk.state = { ...talk.state, botTellsSpeech: true };
    if (phase === 'thinking') talk.on({ type: 'botHeard', text: 'a question', confidence: undefined });
    expect(talk.phase).toBe(phase);
    talk.take();
    const effects = inputs[input](talk).take();

    const heard = phase === 'listening' || bargeIn;
    const said = { 'hypothesis and text of two words': 2, 'text of one word': 1 }[input as string] ?? 0;
    const late = input === 'a late text';
    const committed = input === 'no text, but the turn';
    const stops = phase === 'speaking' && bargeIn && !late && (words === 0 || (said > 0 && said >= words) || committed);
    expect(effects.filter((effect) => effect.type === 'stopPrompts').map(({ outcome }) => outcome)).toEqual(
      stops ? ['interrupted'] : [],
    );
    expect(sent(effects), 'nothing is sent back').toEqual([]);
    const taken = heard && (said > 0 || committed || late) && (phase !== 'speaking' || stops);
    expect(types(effects).includes('botTookTurn')).toBe(taken && phase !== 'thinking');
    expect(talk.phase).toBe(taken ? 'thinking' : stops ? 'listening' : phase);
    // Written down whether or not it counts.
    const written = effects.filter((effect) => effect.type === 'transcript');
    expect(written).toHaveLength(said > 0 || late ? 1 : 0);
    // A pause that led to nothing is over, or will be: its timer runs.
    const { current, timers } = talk.state;
    if (current?.type === 'prompt' && current.state === 'paused') expect(timers.bargeIn).toBeDefined();
  });

  test('a pause whose text does not come is taken back', () => {
    const talk = new Talk({ bargeIn: true }, hears).in('speaking');
    talk.on({ type: 'speechStarted' }, { type: 'speechEnded' }).fire('bargeIn');
    expect(types(talk.take())).toContain('resumePlayout');
    expect([talk.phase, talk.state.utterance]).toEqual(['speaking', 'none']);
  });

  test('texts alone interrupt where the bot never tells when speech begins', () => {
    const talk = new Talk({ bargeIn: true }, hears).in('speaking');
    talk.on({ type: 'botHeard', text: 'stop', confidence: 0.5 });
    expect(types(talk.take())).toContain('stopPrompts');
    expect(talk.phase).toBe('thinking');
  });

  test('what it says while the caller seems to speak is played: it decides itself', () => {
    const talk = new Talk({}, hears).in('listening').on({ type: 'speechStarted' });
    talk.on({ type: 'botPlayed', stream: 1, streamId: 's', altText: 'Yes', activityParams: {} });
    expect(types(talk.take())).toContain('playPrompt');
    expect(talk.state.utterance).toBe('none');
  });

  test("the hub's own prompts wait for the caller", () => {
    const talk = new Talk({ userNoInputTimeoutMS: 5000, userNoInputSpeech: 'Hello?', userNoInputRetries: 3 }, hears);
    talk.in('listening').fire('userNoInput');
    talk.finish().on({ type: 'speechStarted' });
    expect(talk.state.timers.userNoInput).toBeUndefined();
    talk.on({ type: 'speechEnded' });
    expect(talk.state.timers.userNoInput).toBeDefined();
  });

  test("the hub's own prompts do not talk over the caller", () => {
    const talk = new Talk({}, hears).in('listening').on({ type: 'speechStarted' });
    const source = { type: 'text', language: 'en-US', voice: undefined, cache: true } as const;
    const prompt = { id: 99, kind: 'no-input', text: 'Hello?', source, activityId: '', overlay: {} } as const;
    talk.state = { ...talk.state, queue: [{ type: 'prompt', prompt }] };
    talk.take();
    expect(types(talk.on({ type: 'interim', text: '' }).take())).not.toContain('playPrompt');
    expect(types(talk.on({ type: 'speechEnded' }).take())).toContain('playPrompt');
  });

  test('is told by playFinished how far an interrupted prompt was heard, if it asked for it', () => {
    const talk = new Talk({ bargeIn: true, sendEventsToBot: ['playFinished'] }, hears).in('speaking');
    talk.on({ type: 'speechStarted' }, { type: 'botCommitted' });
    const request = talk.take().find((effect) => effect.type === 'sendToBot');
    expect(request?.activities).toEqual([
      {
        type: 'event',
        name: 'playFinished',
        value: { id: 'm:Hello there' },
        language: 'en-US',
        interrupted: { promptId: 1, activityId: 'm:Hello there', text: 'Hello there' },
      },
    ]);
    expect(talk.phase).toBe('thinking');
  });

  test('hypotheses are not sent back', () => {
    const talk = new Talk({ sendEventsToBot: ['speechHypothesis'] }, hears).in('listening');
    talk.on({ type: 'interim', text: 'I want' });
    expect(sent(talk.take())).toEqual([]);
  });

  test('a bot without ears of its own cannot tell what it hears', () => {
    const talk = new Talk({ bargeIn: true }).in('speaking');
    talk.on({ type: 'botHeard', text: 'stop', confidence: 0.5 }, { type: 'botCommitted' });
    expect(types(talk.take())).toEqual([]);
  });

  test('parameters of recognition by the hub are warned about once', () => {
    const talk = new Talk({}, hears).in('listening');
    for (let i = 0; i < 2; i += 1) talk.bot(botEvent('config', {}, { continuousASR: true, bargeIn: true }));
    const logs = talk.take().filter((effect) => effect.type === 'log');
    expect(logs.map(({ details }) => [details?.parameter, details?.code])).toEqual([['continuousASR', 'unsupported']]);
  });
});

describe("a stream of the bot's own audio", () => {
  const played = (stream: number, params: Record<string, unknown> = {}) =>
    ({ type: 'botPlayed', stream, streamId: `s${stream}`, altText: `Text ${stream}`, activityParams: params }) as const;

  test('is a prompt in the queue: in order with messages, with its own parameters', () => {
    const talk = new Talk({ sendEventsToBot: ['playFinished'] }).in('listening');
    talk.on(played(1, { bargeIn: true }), played(2)).bot(botMessage('three'));
    const prompts = talk.take().flatMap((effect) => (effect.type === 'preparePrompt' ? [effect.prompt] : []));
    expect(prompts.map(({ source, text, activityId }) => [source.type, text, activityId])).toEqual([
      ['stream', 'Text 1', 's1'],
      ['stream', 'Text 2', 's2'],
      ['text', 'three', 'm:three'],
    ]);
    expect(talk.state.params.bargeIn).toBe(true);
    talk.finish();
    expect(talk.state.params.bargeIn).toBe(false);
    talk.finish().finish();
    expect(sent(talk.take())).toEqual(['s1', 's2', 'm:three'].map((id) => `playFinished {"id":"${id}"}`));
    expect(talk.phase).toBe('listening');
  });

  test('is refused while the call is being ended, and where too much waits', () => {
    const talk = new Talk().in('listening').bot(botMessage('bye'), botEvent('hangup'));
    talk.take();
    expect(talk.on(played(7)).take()).toEqual([{ type: 'refuseStream', stream: 7 }]);
    const full = new Talk().in('listening');
    for (let i = 1; i <= 120; i += 1) full.on(played(i));
    const refused = full.take().flatMap((effect) => (effect.type === 'refuseStream' ? [effect.stream] : []));
    expect(refused).toEqual(Array.from({ length: 19 }, (_, i) => 102 + i));
  });

  test('that was interrupted is told to the bot and not played again', () => {
    const talk = new Talk({ bargeIn: true, bargeInMinWordCount: 0 }).in('listening').on(played(1));
    talk.on({ type: 'speechStarted' }, { type: 'speechDiscarded' });
    expect(types(talk.take())).toContain('stopPrompts');
    expect(talk.state.timers.replay).toBeUndefined();
    talk.say('wait');
    const request = talk.take().find((effect) => effect.type === 'sendToBot');
    expect(request?.activities[0]?.interrupted).toEqual({ promptId: 2, activityId: 's1', text: 'Text 1' });
  });

  test('needs no text to speech', () => {
    const talk = new Talk({}, { stt: true, tts: false }).on({ type: 'botOpened' }, played(1));
    talk.on({ type: 'promptReady', promptId: 1 });
    expect(types(talk.take())).toContain('playPrompt');
  });

  test.each(['abortPrompts', 'key', 'caller'])('ends once by %s', (by) => {
    const talk = new Talk({ sendDTMF: true }).in('listening').on(played(1), played(2));
    talk.take();
    if (by === 'abortPrompts') talk.bot(botEvent('abortPrompts'));
    else if (by === 'key') talk.on({ type: 'dtmf', digit: '1' });
    else talk.on({ type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } });
    talk.on({ type: 'promptFinished', promptId: 2 });
    expect(talk.take().filter((effect) => effect.type === 'stopPrompts')).toEqual([
      { type: 'stopPrompts', promptIds: [2, 3], outcome: by === 'key' ? 'interrupted' : 'aborted' },
    ]);
  });
});
