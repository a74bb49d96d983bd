import { describe, expect, test } from 'vitest';
import { type ConnectionFacts, connectionConflicts } from './connection-rules.ts';
import { PARAMETER_TABLE } from './parameter-table.ts';
import { type BotParameterLayer, DEFAULT_BOT_PARAMETERS, PARAMETER_NAMES } from './parameters.ts';

const deaf = { id: 'deaf', honours: [], interimResults: true };
const keen = { id: 'keen', honours: PARAMETER_NAMES, interimResults: true };
const hub: ConnectionFacts = {
  ...{ directStt: false, directTts: false, endpointing: 'hub' },
  ...{ stt: [keen], tts: [keen], bot: PARAMETER_NAMES },
};

const found = (layer: BotParameterLayer, facts: ConnectionFacts) =>
  connectionConflicts(layer, facts).map(({ parameter, code }) => [parameter, code]);

/** A value that differs from the default, of every parameter that depends on the vendor. */
const VENDOR_LAYER: BotParameterLayer = {
  voiceName: 'a',
  ttsEnhancedVoice: 'neural',
  botFailOnErrors: true,
  sttContextPhrases: ['a'],
  sttContextBoost: 2,
  sttSpeechContexts: [{ phrases: ['b'], boost: 2 }],
  sttGenericData: { a: 1 },
  sttContextId: 'model',
  sttPreferWave: true,
  sttOverrideConfig: { a: 1 },
  ttsOverrideConfig: { a: 1 },
  azureSpeechRecognitionMode: 'dictation',
  azureEnableAudioLogging: true,
  googleInteractionType: 'PHONE_CALL',
};
const vendorNames = PARAMETER_NAMES.filter((name) => PARAMETER_TABLE[name].honouredBy !== undefined);

describe('what depends on a speech service or the connector', () => {
  test('every such parameter is warned about where it is ignored, and none where it is honoured', () => {
    expect(Object.keys(VENDOR_LAYER).sort()).toEqual([...vendorNames].sort());
    const ignorant = { ...hub, stt: [deaf], tts: [deaf], bot: [] };
    expect(found(VENDOR_LAYER, ignorant).sort()).toEqual(vendorNames.map((name) => [name, 'unhonoured']).sort());
    expect(found(VENDOR_LAYER, hub)).toEqual([]);
  });

  test('what is as by default asks for nothing', () => {
    expect(found(DEFAULT_BOT_PARAMETERS, { ...hub, stt: [deaf], tts: [deaf], bot: [] })).toEqual([]);
    expect(found(DEFAULT_BOT_PARAMETERS, { directStt: true, directTts: true, stt: [], tts: [], bot: [] })).toEqual([]);
  });

  test('nothing is said about what is not known', () => {
    expect(found(VENDOR_LAYER, { directStt: false, directTts: false })).toEqual([]);
  });

  test('the message names parameter and service', () => {
    const [warning] = connectionConflicts({ sttContextId: 'x' }, { ...hub, stt: [deaf] });
    expect(warning?.message).toBe("sttContextId has no effect with the speech service 'deaf'");
  });

  test('hints are for every service of a chain, the terms of one vendor for the first', () => {
    const chain = { ...hub, stt: [keen, deaf] };
    expect(found({ sttContextPhrases: ['a'], sttContextId: 'x', sttGenericData: {} }, chain)).toEqual([
      ['sttContextPhrases', 'unhonoured'],
    ]);
  });

  test.each([
    [{ phrases: ['a'], boost: 2 }, ['sttContextPhrases'], /boost has no effect/],
    [{ phrases: ['a'] }, ['sttContextPhrases'], undefined],
    [{ phrases: ['a'], labels: ['x'] }, ['sttContextPhrases'], /labels has no effect/],
    [{ phrases: ['a'], boost: 2 }, [], /has no effect with the speech service 'some'/],
  ])('sttSpeechContexts %j with a service that honours %j', (context, honours, message) => {
    const conflicts = connectionConflicts(
      { sttSpeechContexts: [context] },
      { ...hub, stt: [{ id: 'some', honours, interimResults: true }] },
    );
    expect(conflicts.map((one) => one.message)).toEqual(message === undefined ? [] : [expect.stringMatching(message)]);
  });
});

describe('what a connection is not made for', () => {
  const late = { ...hub, stt: [{ ...keen, interimResults: false }] };
  const hypotheses = { sendEventsToBot: ['speechHypothesis'] as const };
  test.each<[BotParameterLayer, ConnectionFacts, [string, string][]]>([
    [{ sttContextPhrases: ['a'] }, { ...hub, directStt: true }, [['sttContextPhrases', 'unsupported']]],
    [
      { continuousASR: true, bargeIn: true, language: 'de-DE' },
      { ...hub, directStt: true },
      [['continuousASR', 'unsupported']],
    ],
    [{ continuousASR: true }, { ...hub, stt: [] }, [['continuousASR', 'unhonoured']]],
    [hypotheses, late, [['sendEventsToBot', 'unsupported']]],
    [hypotheses, { directStt: false, directTts: false }, []],
    [hypotheses, { ...late, directStt: true }, []],
    [{ bargeInMinWordCount: 2 }, late, [['bargeInMinWordCount', 'unhonoured']]],
    [{ bargeInMinWordCount: 0, bargeInIgnorePhrases: [] }, late, []],
    [{ bargeInMinWordCount: 2, bargeIn: false }, late, []],
    [{ bargeInIgnorePhrases: ['okay'] }, late, [['bargeInIgnorePhrases', 'unhonoured']]],
    [
      {
        endpointingProfile: 'digits',
        endpointingSilenceMS: 900,
        userMaxSpeechDurationMS: 9000,
        bargeInMinVoicedMS: 90,
      },
      { ...hub, endpointing: 'vendor' },
      [
        ['endpointingProfile', 'unhonoured'],
        ['endpointingSilenceMS', 'unhonoured'],
        ['bargeInMinVoicedMS', 'unhonoured'],
      ],
    ],
    [{ bargeInMinWordCount: 0 }, { ...hub, endpointing: 'vendor' }, [['bargeInMinWordCount', 'unhonoured']]],
    [{ bargeInMinWordCount: 0 }, hub, []],
    [{ bargeInMinVoicedMS: 90 }, { ...hub, directStt: true }, [['bargeInMinVoicedMS', 'unhonoured']]],
    [
      {
        voiceName: 'a',
        ttsLanguage: 'de-DE',
        disableTtsCache: true,
        userNoInputSpeech: 'Hello?',
        botFailureSpeech: '',
      },
      { ...hub, directTts: true, tts: [] },
      [
        ['voiceName', 'unhonoured'],
        ['ttsLanguage', 'unhonoured'],
        ['disableTtsCache', 'unhonoured'],
        ['userNoInputSpeech', 'unhonoured'],
      ],
    ],
    [{ voiceName: 'a', userNoInputSpeech: 'Hello?' }, { ...hub, directTts: true }, []],
    [{ ...VENDOR_LAYER, continuousASR: true, ...hypotheses }, hub, []],
  ])('%j (%#)', (layer, facts, expected) => {
    expect(found(layer, facts)).toEqual(expected);
  });
});
