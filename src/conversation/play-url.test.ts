import { describe, expect, test } from 'vitest';
import { botEvent, botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

const URL_A = 'https://media.example/a.wav';

const prepared = (talk: Talk) =>
  talk.take().flatMap((effect) => (effect.type === 'preparePrompt' ? [effect.prompt] : []));

describe('playUrl', () => {
  test('is a prompt in the queue, with its text for the transcript', () => {
    const talk = new Talk().in('listening');
    talk.bot(
      botMessage('Listen'),
      botEvent('PLAYURL', {
        playUrlUrl: URL_A,
        playUrlMediaFormat: 'RAW/lpcm16_8',
        playUrlAltText: 'A tune',
        playUrlCaching: 'true',
        bargeIn: true,
      }),
    );
    const prompts = prepared(talk);
    expect(prompts.map(({ text, kind, activityId }) => [text, kind, activityId])).toEqual([
      ['Listen', 'message', 'm:Listen'],
      ['A tune', 'message', 'e:PLAYURL'],
    ]);
    expect(prompts[1]?.source).toEqual({ type: 'url', url: URL_A, mediaFormat: 'raw/lpcm16_8', caching: true });
    expect(talk.state.params.bargeIn).toBe(false);
    talk.finish();
    expect([talk.state.params.bargeIn, talk.phase]).toEqual([true, 'speaking']);
    talk.finish();
    expect(talk.phase).toBe('listening');
  });

  test('format and caching may be set for the session', () => {
    const talk = new Talk({ playUrlCaching: true }).in('listening');
    talk.bot(botEvent('playUrl', { playUrlUrl: URL_A }, { playUrlMediaFormat: 'wav/mulaw' }));
    expect(prepared(talk)[0]?.source).toEqual({ type: 'url', url: URL_A, mediaFormat: 'wav/mulaw', caching: true });
  });

  test('its URL and text do not stay for the next one', () => {
    const talk = new Talk().in('listening');
    talk
      .bot(botEvent('playUrl', { playUrlUrl: URL_A, playUrlAltText: 'A tune' }))
      .finish()
      .take();
    talk.bot(botEvent('playUrl'));
    expect(types(talk.take())).toContain('log');
    expect(talk.phase).toBe('listening');
  });

  test('is the reply that is waited for, also without a URL', () => {
    for (const params of [{ playUrlUrl: URL_A }, {}]) {
      const talk = new Talk().in('thinking').bot(botEvent('playUrl', params));
      if (talk.phase === 'speaking') talk.finish();
      expect(talk.phase).toBe('listening');
    }
  });

  test('a wrong format is left out and said once', () => {
    const talk = new Talk().in('listening');
    talk.bot(botEvent('playUrl', { playUrlUrl: URL_A, playUrlMediaFormat: 'wav/opus' }));
    const effects = talk.take();
    expect(types(effects).filter((type) => type === 'log')).toHaveLength(1);
    expect(effects.find((effect) => effect.type === 'preparePrompt')?.prompt.source).toMatchObject({
      mediaFormat: 'wav/lpcm16',
    });
  });

  test('can be interrupted, and is played again when nothing follows', () => {
    const talk = new Talk({ bargeIn: true, bargeInMinWordCount: 0 }).in('listening');
    talk.bot(botEvent('playUrl', { playUrlUrl: URL_A, playUrlAltText: 'A tune' })).take();
    talk.on({ type: 'speechStarted' }, { type: 'speechDiscarded' });
    expect(types(talk.take())).toContain('stopPrompts');
    talk.fire('replay');
    expect(prepared(talk).map(({ source, text }) => [source.type, text])).toEqual([['url', 'A tune']]);
  });

  test('needs no text to speech', () => {
    const talk = new Talk({}, { stt: true, tts: false }).on({ type: 'botOpened' });
    talk.bot(botEvent('playUrl', { playUrlUrl: URL_A })).on({ type: 'promptReady', promptId: 1 });
    expect(types(talk.take())).toContain('playPrompt');
  });
});

describe('audio that cannot be played', () => {
  const failed = { type: 'promptFailed', code: 'url_failed', message: 'status 404' } as const;

  test.each([0, 1])('is skipped, the rest goes on (failure while %i prompts are before it)', (before) => {
    const talk = new Talk({ sendEventsToBot: ['playFinished'] }).in('listening');
    for (let i = 0; i < before; i += 1) talk.bot(botMessage('before'));
    talk.bot(botEvent('playUrl', { playUrlUrl: URL_A }), botMessage('after')).take();
    talk.on({ ...failed, promptId: 2 + before });
    const effects = talk.take();
    expect(sent(effects)).toEqual(['playFinished {"id":"e:playUrl","error":"url_failed"}']);
    expect(effects.find((effect) => effect.type === 'transcript')?.entry).toMatchObject({
      speaker: 'hub',
      kind: 'event',
    });
    for (let i = 0; i < before; i += 1) talk.finish();
    expect(talk.state.current?.type === 'prompt' && talk.state.current.prompt.text).toBe('after');
    talk.finish();
    expect(talk.phase).toBe('listening');
    expect(spoken(talk.take())).toEqual([]);
  });

  test('as the only answer, passes the turn', () => {
    const talk = new Talk().in('thinking').bot(botEvent('playUrl', { playUrlUrl: URL_A }));
    expect(talk.phase).toBe('speaking');
    talk.on({ ...failed, promptId: 2 });
    expect(talk.phase).toBe('listening');
  });

  test('before the answer, does not keep the call from being answered', () => {
    const talk = new Talk().on({ type: 'botOpened' }).bot(botEvent('playUrl', { playUrlUrl: URL_A }));
    talk.on({ ...failed, promptId: 1 }).fire('firstPrompt');
    expect(talk.phase).toBe('listening');
  });

  test('before a hang-up, does not keep the call up', () => {
    const talk = new Talk().in('listening').bot(botEvent('playUrl', { playUrlUrl: URL_A }), botEvent('hangup'));
    talk.on({ ...failed, promptId: 2 });
    expect(talk.phase).toBe('ending');
    talk.fire('hangup');
    expect(talk.phase).toBe('ended');
  });

  test('that is text still fails the call', () => {
    const talk = new Talk().in('listening').bot(botMessage('one'));
    talk.on({ ...failed, promptId: 2 });
    expect(talk.phase).toBe('ending');
  });
});

describe("the hub's own prompts", () => {
  const url = 'https://media.example/own.wav';
  const own = (talk: Talk) => prepared(talk).map(({ kind, text, source }) => [kind, text, source.type]);

  test.each([
    ['', ['no-input', '', 'url']],
    ['Hello?', ['no-input', 'Hello?', 'text']],
  ])('userNoInputUrl is played where there is nothing to say (%j)', (userNoInputSpeech, expected) => {
    const talk = new Talk({
      userNoInputTimeoutMS: 5000,
      userNoInputRetries: 2,
      userNoInputUrl: url,
      userNoInputSpeech,
    });
    talk.in('listening').fire('userNoInput');
    expect(own(talk)).toEqual([expected]);
    // A file that is missing is silence, not the end.
    if (userNoInputSpeech !== '') return;
    talk.on({ type: 'promptFailed', promptId: 2, code: 'url_failed', message: '404' });
    expect(talk.phase).toBe('listening');
    expect(talk.state.timers.userNoInput).toBeDefined();
  });

  test('botNoInputUrl', () => {
    const talk = new Talk({ botNoInputTimeoutMS: 2000, botNoInputUrl: url }).in('thinking').fire('botNoInput');
    expect(own(talk)).toEqual([['bot-delay', '', 'url']]);
    expect(talk.finish().phase).toBe('thinking');
  });

  test('resumeRecognitionPlayUrl', () => {
    const talk = new Talk({ resumeRecognitionPlayUrl: url }).in('thinking').fire('resume');
    expect(own(talk)).toEqual([['resume', '', 'url']]);
    expect(talk.finish().phase).toBe('listening');
  });
});
