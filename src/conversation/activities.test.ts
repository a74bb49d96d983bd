import { describe, expect, test } from 'vitest';
import type { Effect } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { reduce } from './reducer.ts';
import { initialState } from './state.ts';
import { botEvent, botMessage } from './testing.ts';
import { sent, Talk, types } from './testing-talk.ts';

describe('requests to the bot', () => {
  test('go one at a time; what waits goes together', () => {
    const state = initialState({
      parameters: { sendDTMF: true, connectOnPrompt: false },
      capabilities: { stt: true, tts: true },
      startParameters: {},
    });
    const events: ConversationEvent[] = [
      { type: 'begin' },
      { type: 'answered' },
      { type: 'botOpened' },
      { type: 'dtmf', digit: '1' },
      { type: 'dtmf', digit: '2' },
      { type: 'botSent', requestId: 99 },
    ];
    let current = state;
    const all: Effect[] = [];
    for (const event of events) {
      const result = reduce(current, event);
      current = result.state;
      all.push(...result.effects);
    }
    expect(sent(all)).toEqual(['start undefined']);
    expect(sent(reduce(current, { type: 'botSent', requestId: 1 }).effects)).toEqual(['DTMF "1"', 'DTMF "2"']);
  });

  test('only the newest hypothesis waits', () => {
    const t = new Talk({ sendEventsToBot: ['speechHypothesis'] }).in('listening');
    t.state = { ...t.state, inFlight: { requestId: 77, input: false, replied: false } };
    t.on({ type: 'interim', text: 'I' }, { type: 'interim', text: 'I want' });
    t.take();
    t.on({ type: 'botSent', requestId: 77 });
    expect(sent(t.take())).toEqual(['speechHypothesis {"text":"I want"}']);
  });
});

describe('activities', () => {
  test('recordings are started, stopped, paused and resumed at once, by name or without one', () => {
    const t = new Talk({}).in('listening');
    t.bot(
      botEvent('startCallRecording', { callRecordingId: 'order' }),
      botEvent('pauseCallRecording'),
      botEvent('RESUMECALLRECORDING', { callRecordingId: 7 }),
      botEvent('stopCallRecording', { callRecordingId: 'x'.repeat(300) }),
    );
    const asked = t.take().filter((effect) => effect.type === 'record');
    expect(asked.map(({ action, name }) => `${action} ${name}`)).toEqual([
      ...['start order', 'pause ', 'resume 7', `stop ${'x'.repeat(128)}`],
    ]);
  });

  test('parameters hold for the session, or until the next prompt', () => {
    const t = new Talk({ bargeIn: false }).in('listening');
    t.bot(botMessage('one', { bargeIn: 'true', sttContextPhrases: ['red'] }, { language: 'fr-FR' }));
    expect(t.state.params).toMatchObject({ bargeIn: true, language: 'fr-FR' });
    t.finish();
    const listening = t.take().findLast((effect) => effect.type === 'startRecognition');
    expect(listening?.options).toMatchObject({ language: 'fr-FR', contextPhrases: ['red'] });
    t.bot(botMessage('two'));
    expect(t.state.params).toMatchObject({ bargeIn: false, language: 'fr-FR' });
    expect(t.state.params.sttContextPhrases).toEqual([]);
  });

  test('a prompt keeps the voice that it was sent with, and whether it may be kept', () => {
    const t = new Talk().in('listening');
    const secret = botMessage('three', { disableTtsCache: true });
    t.bot(botMessage('one', { voiceName: 'a' }), botMessage('two', {}, { language: 'de-DE' }), secret);
    const prompts = t.take().flatMap((effect) => (effect.type === 'preparePrompt' ? [effect.prompt] : []));
    expect(prompts.map(({ source }) => source)).toEqual([
      { type: 'text', voice: 'a', language: 'en-US', cache: true },
      { type: 'text', voice: undefined, language: 'de-DE', cache: true },
      { type: 'text', voice: undefined, language: 'de-DE', cache: false },
    ]);
  });

  test('abortPrompts stops the current prompt and those that wait', () => {
    const t = new Talk().in('listening').bot(botMessage('one'), botMessage('two'));
    t.take();
    t.bot(botEvent('AbortPrompts'));
    expect(t.take().filter((effect) => effect.type === 'stopPrompts')).toEqual([
      { type: 'stopPrompts', promptIds: [2, 3], outcome: 'aborted' },
    ]);
    expect(t.phase).toBe('listening');
  });

  test('sendDtmf waits for its turn, and wrong digits are ignored', () => {
    const t = new Talk()
      .in('listening')
      .bot(botMessage('one'), botEvent('sendDtmf', { dtmfDigits: '12#' }), botMessage('two'));
    expect(types(t.take())).not.toContain('sendDtmf');
    t.finish();
    const effect = t.take().find((e) => e.type === 'sendDtmf');
    expect(effect).toMatchObject({ digits: '12#' });
    t.on({ type: 'dtmfSent', id: effect?.id ?? 0 });
    expect(types(t.take())).toContain('playPrompt');
    t.finish().take();
    t.bot(botEvent('sendDtmf', { dtmfDigits: '1'.repeat(21) }));
    expect(types(t.take())).toEqual(['log']);
  });

  test('what the speech services take no notice of is said once for each parameter', () => {
    const [stt, tts] = [[{ id: 'ear', honours: [] }], [{ id: 'mouth', honours: ['voiceName'] }]];
    const connection = { directStt: false, directTts: false, stt, tts };
    const t = new Talk({}, { stt: true, tts: true, connection }).in('listening');
    const params = { voiceName: 'x', ttsEnhancedVoice: 'neural', sttContextPhrases: ['yes'] };
    t.bot(botMessage('One.', params, { sttGenericData: { a: 1 } }), botMessage('Two.', params));
    const logs = t.take().flatMap((effect) => (effect.type === 'log' ? [effect.details?.message] : []));
    expect(logs).toEqual([
      "sttGenericData has no effect with the speech service 'ear'",
      "sttContextPhrases has no effect with the speech service 'ear'",
      "ttsEnhancedVoice has no effect with the speech service 'mouth'",
    ]);
  });

  test('what is not known, or not for the bot, is said once and changes nothing', () => {
    const t = new Talk().in('listening');
    const before = t.state.params;
    t.bot(botEvent('config', {}, { colour: 'red', bargeIn: 'perhaps', connectOnPrompt: false }));
    t.bot(botEvent('config', {}, { colour: 'blue' }), botEvent('dance'));
    const logs = t.take().filter((effect) => effect.type === 'log');
    expect(logs.map(({ details }) => details?.code ?? details?.name)).toEqual(['unknown', 'invalid', 'scope', 'dance']);
    expect(t.state.params).toEqual(before);
  });

  test('playFinished is sent to a bot that asked for it', () => {
    const t = new Talk({ sendEventsToBot: ['playFinished'] }).in('listening').bot(botMessage('one')).finish();
    expect(sent(t.take())).toEqual(['playFinished {"id":"m:one"}']);
    expect(t.phase).toBe('listening');
  });

  test('more than a hundred waiting prompts are refused', () => {
    const t = new Talk().in('listening');
    t.bot(...Array.from({ length: 150 }, (_, i) => botMessage(`${i}`)));
    // The first of the hundred is playing.
    expect(t.state.queue).toHaveLength(99);
  });
});
