import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hangupHeaders } from './hangup-headers.ts';
import { fillPlaceholders } from './placeholders.ts';
import { botEvent, botMessage } from './testing.ts';
import { sent, Talk, types } from './testing-talk.ts';

const logs = (talk: Talk) => talk.take().filter((effect) => effect.type === 'log');

describe('startRecognition and stopRecognition', () => {
  test('off: the caller is not heard, and his silence does not count', () => {
    const talk = new Talk({ userNoInputTimeoutMS: 5000, userNoInputGiveUpTimeoutMS: 9000 }).in('listening');
    expect(talk.state.timers.userNoInput).toBeDefined();
    talk.bot(botEvent('stopRecognition'));
    expect(types(talk.take())).toContain('stopRecognition');
    expect([talk.state.timers.userNoInput, talk.state.timers.userGiveUp]).toEqual([undefined, undefined]);
    talk.bot(botMessage('one')).finish();
    expect(talk.state.recognition).toBeUndefined();
    talk.bot(botEvent('startRecognition'));
    expect(talk.state.recognition?.status).toBe('on');
    expect(talk.state.timers.userNoInput).toBeDefined();
  });

  test('on: the caller is heard during a prompt that he may not interrupt', () => {
    const talk = new Talk({ bargeIn: false }).in('listening').bot(botEvent('startRecognition'), botMessage('one'));
    talk.take();
    talk.say('hello there');
    const effects = talk.take();
    expect(sent(effects)).toEqual(['message hello there']);
    expect(types(effects)).not.toContain('stopPrompts');
    expect(types(effects)).not.toContain('pausePlayout');
    expect(talk.phase).toBe('speaking');
  });

  test('off in the middle of an interruption: the prompt goes on, and what waits for the caller plays', () => {
    const paused = new Talk({ bargeIn: true }).in('speaking').on({ type: 'speechStarted' });
    expect(types(paused.take())).toContain('pausePlayout');
    expect(types(paused.bot(botEvent('stopRecognition')).take())).toEqual(
      expect.arrayContaining(['resumePlayout', 'stopRecognition']),
    );
    const waiting = new Talk().in('listening').on({ type: 'speechStarted' }).bot(botMessage('news'));
    expect(types(waiting.take())).not.toContain('playPrompt');
    expect(types(waiting.bot(botEvent('stopRecognition')).take())).toContain('playPrompt');
  });

  test('of somebody else changes nothing', () => {
    const talk = new Talk().in('listening').bot(botEvent('stopRecognition', { targetParticipant: 'callee' }));
    expect(talk.state.recognition?.status).toBe('on');
    talk.take();
    talk.bot(botEvent('stopRecognition', { targetParticipant: 'caller' }));
    expect(logs(talk)).toEqual([]);
    expect(talk.state.recognition).toBeUndefined();
  });
});

describe('hangup with header fields', () => {
  test('they go with the BYE, behind the prompt', () => {
    const hangupSipHeaders = [
      { name: 'X-Result', value: 'sold' },
      { name: 'Via', value: 'x' },
      { name: 'X-Evil', value: 'a\r\nVia: b' },
    ];
    const talk = new Talk().in('listening');
    talk.bot(botMessage('bye'), botEvent('hangup', { hangupReason: 'done', hangupSipHeaders }));
    expect(logs(talk).map(({ details }) => details?.names)).toEqual([['Via', 'X-Evil']]);
    talk.finish().fire('hangup');
    expect(talk.take().find((effect) => effect.type === 'hangup')).toEqual({
      type: 'hangup',
      reason: { category: 'bot-hangup', by: 'bot', text: 'done' },
      headers: { 'X-Result': 'sold' },
    });
  });

  test('not when the call ends for another reason', () => {
    const talk = new Talk().in('listening');
    talk.bot(botMessage('bye'), botEvent('hangup', { hangupSipHeaders: '[{"name":"X-A","value":1}]' }));
    talk.on({ type: 'end', reason: { category: 'shutdown', by: 'hub', text: 'stop' } });
    expect(talk.take().find((effect) => effect.type === 'hangup')).not.toHaveProperty('headers');
  });

  test.each(['Via', 'v', 'CALL-ID', 'Reason', 'Content-Length', 'a b', '', 'X:', 'X\r\nY', 'Ü'])(
    '%j is refused',
    (name) => {
      expect(hangupHeaders([{ name, value: 'x' }])).toEqual({ headers: {}, refused: [name] });
    },
  );

  test('whatever a bot writes, no line is broken and no field of the hub is replaced', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), value: fc.string() })), (list) => {
        const { headers, refused } = hangupHeaders(list);
        for (const [name, value] of Object.entries(headers)) {
          expect(`${name}: ${value}`).not.toMatch(/[\r\n]/);
          expect(name).toMatch(/^[!-~]+$/);
        }
        expect(refused.length).toBeLessThanOrEqual(list.length);
      }),
    );
  });
});

describe('sendMetaData', () => {
  const url = `https://crm.example/calls/\${botMessageMetadata.id}?who=\${botMessageMetadata.who.name}`;
  const send = (parameters: Record<string, unknown>, activity: ReturnType<typeof botEvent>) => {
    const talk = new Talk(parameters).in('listening').bot(activity);
    return talk.take().find((effect) => effect.type === 'sendMetaData');
  };

  test('goes to the configured URL, filled in from the metadata', () => {
    const activity = { ...botEvent('sendMetaData', { a: 1 }), value: { id: 'x/../y', who: { name: 'Ann & Bob' } } };
    expect(send({ sendMetaDataUrl: url, sendMetaDataUsername: 'u', sendMetaDataPassword: 'p' }, activity)).toEqual({
      type: 'sendMetaData',
      metadata: { a: 1, id: 'x/../y', who: { name: 'Ann & Bob' } },
      target: {
        url: 'https://crm.example/calls/x%2F..%2Fy?who=Ann%20%26%20Bob',
        timeoutMs: 10_000,
        username: 'u',
        password: 'p',
      },
    });
  });

  test.each([
    [{}, undefined],
    [{ sendMetaDataUrl: 'https://crm.example/', sendMetadataAsSipInfo: true }, undefined],
    [{ sendMetaDataUrl: 'https://crm.example/' }, 'https://crm.example/'],
  ])('with %j it goes to %s (nothing: SIP INFO)', (parameters, target) => {
    expect(send(parameters, botEvent('sendMetaData', { a: 1 }))?.target?.url).toBe(target);
  });

  test('keys that are no parameters are no mistakes', () => {
    const talk = new Talk().in('listening').bot(botEvent('sendMetaData', { anything: 'goes' }));
    expect(logs(talk)).toEqual([]);
  });

  test('too much of it is ignored', () => {
    const talk = new Talk().in('listening').bot(botEvent('sendMetaData', { a: 'x'.repeat(100_000) }));
    expect(types(talk.take())).toEqual(['log']);
  });

  test('whatever the metadata holds, host and path of the URL stay', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom('.', '..', '%2e%2e', '/..', '?', '#', '\\'),
          fc.string({ unit: 'binary' }),
          fc.anything(),
        ),
        (id) => {
          const filled = new URL(fillPlaceholders(`https://crm.example/calls/\${botMessageMetadata.id}/end`, { id }));
          expect(filled.origin).toBe('https://crm.example');
          expect(filled.username).toBe('');
          expect(filled.pathname).toMatch(/^\/calls\/[^/]*\/end$/);
        },
      ),
    );
  });
});

describe('voice and silence of the caller', () => {
  const wanted = { enableSpeechDetectionEvent: true, sendEventsToBot: ['voiceDetected', 'silenceDetected'] } as const;

  test('are watched while the bot wants to know', () => {
    const talk = new Talk({ ...wanted, speechActivityVoicePeriodMS: 100 }).in('listening');
    expect(talk.state.speechActivity).toEqual({ voiceMs: 100, silenceMs: 1000 });
    talk.bot(botEvent('config', {}, { speechActivitySilencePeriodMS: 500 }));
    talk.bot(botEvent('config', {}, { enableSpeechDetectionEvent: false }));
    const watched = talk.take().flatMap((effect) => (effect.type === 'watchSpeech' ? [effect.options] : []));
    expect(watched).toEqual([{ voiceMs: 100, silenceMs: 500 }, undefined]);
  });

  test('are told to the bot, and leave the turn where it is', () => {
    const talk = new Talk(wanted).in('listening').on({ type: 'voiceDetected' }, { type: 'silenceDetected' });
    expect(sent(talk.take())).toEqual(['voiceDetected undefined', 'silenceDetected undefined']);
    expect(talk.phase).toBe('listening');
  });

  test.each([
    [{ enableSpeechDetectionEvent: true }],
    [{ sendEventsToBot: ['voiceDetected'] as const }],
    [{ enableSpeechDetectionEvent: true, sendEventsToBot: ['noUserInput'] as const }],
  ])('are not watched with %j', (parameters) => {
    const talk = new Talk(parameters).in('listening').on({ type: 'voiceDetected' });
    expect([talk.state.speechActivity, sent(talk.take())]).toEqual([undefined, []]);
  });

  test('only the one that was asked for is told', () => {
    const talk = new Talk({ ...wanted, sendEventsToBot: ['silenceDetected'] }).in('listening');
    talk.on({ type: 'voiceDetected' }, { type: 'silenceDetected' });
    expect(sent(talk.take())).toEqual(['silenceDetected undefined']);
  });
});

describe('conversationEnd', () => {
  const end = { type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } } as const;
  const farewell = (talk: Talk) =>
    talk
      .on(end)
      .take()
      .find((effect) => effect.type === 'endBot')?.farewell?.[0];

  test('goes before the end of the session, to a bot that asked for it', () => {
    expect(farewell(new Talk({ sendEventsToBot: ['conversationEnd'] }).in('listening'))).toEqual({
      type: 'event',
      name: 'conversationEnd',
      language: 'en-US',
      value: { reasonCode: 'client-disconnected', reason: 'BYE' },
    });
    expect(farewell(new Talk().in('listening'))).toBeUndefined();
  });

  test('not to a bot that is not there', () => {
    expect(farewell(new Talk({ sendEventsToBot: ['conversationEnd'] }))).toBeUndefined();
  });
});

describe('allow and deny lists', () => {
  test.each([
    [{ botParametersWhitelist: ['bargein'] }, true, 'en-US'],
    [{ botParametersWhitelist: [] }, false, 'en-US'],
    [{ botParametersBlacklist: ['LANGUAGE'] }, true, 'en-US'],
    [{ botParametersBlacklist: [] }, true, 'fr-FR'],
    [{}, true, 'fr-FR'],
  ])('%j: what is blocked is dropped, the rest is carried out', (lists, bargeIn, language) => {
    const talk = new Talk(lists).in('listening');
    talk.bot(botMessage('one', { bargeIn: true }, { language: 'fr-FR' }));
    const effects = talk.take();
    expect(effects.filter((effect) => effect.type === 'preparePrompt')).toHaveLength(1);
    expect(talk.state.params).toMatchObject({ bargeIn, language });
  });

  test.each([
    [{ botEventsWhitelist: ['HANGUP'] }, 'hangup', true],
    [{ botEventsWhitelist: ['hangup'] }, 'sendDtmf', false],
    [{ botEventsWhitelist: [] }, 'hangup', false],
    [{ botEventsBlacklist: ['hangup'] }, 'Hangup', false],
    [{ botEventsBlacklist: ['handover'] }, 'transfer', false],
    [{ botEventsBlacklist: ['transfer'] }, 'handover', false],
    [{ botEventsBlacklist: [] }, 'hangup', true],
  ])('%j: %s is taken: %s', (lists, name, taken) => {
    const talk = new Talk(lists).in('listening');
    talk.bot(botEvent(name, { dtmfDigits: '1' }), botEvent(name, { dtmfDigits: '1' }));
    const blocked = logs(talk).filter(({ message }) => message.includes('does not let it use'));
    expect(blocked.length, 'said once').toBe(taken ? 0 : 1);
    expect(talk.phase === 'listening').toBe(!taken);
  });

  test('messages are no events', () => {
    const talk = new Talk({ botEventsWhitelist: [] }).in('listening').bot(botMessage('one'));
    expect(talk.phase).toBe('speaking');
  });

  test('session parameters of a blocked event still count', () => {
    const talk = new Talk({ botEventsBlacklist: ['config'] }).in('listening');
    talk.bot(botEvent('config', { bargeIn: true }, { language: 'fr-FR' }));
    expect(talk.state.params).toMatchObject({ bargeIn: false, language: 'fr-FR' });
  });

  test('a blocked argument of an event is blocked under its other name too', () => {
    const talk = new Talk({ botParametersBlacklist: ['dtmfDigits'] }).in('listening');
    talk.bot(botEvent('sendDtmf', { dtmf: '1' }));
    expect(talk.phase).toBe('listening');
  });
});

describe('parameters that contradict each other', () => {
  test('over all layers, said once', () => {
    const talk = new Talk({ sendDTMF: false }).in('listening');
    for (let i = 0; i < 2; i += 1) talk.bot(botEvent('config', {}, { dtmfCollect: true }));
    expect(logs(talk).map(({ details }) => [details?.parameter, details?.code])).toEqual([['dtmfCollect', 'conflict']]);
  });
});
