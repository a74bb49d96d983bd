import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PARAMETER_TABLE } from './parameter-table.ts';
import {
  botParametersSchema,
  DEFAULT_BOT_PARAMETERS,
  findParameter,
  inheritParameters,
  mergeLayers,
  PARAMETER_NAMES,
  parseBotParameters,
  resolveParameters,
} from './parameters.ts';

describe('the table', () => {
  test.each(PARAMETER_NAMES)('%s: its default is of its type, and it says what it does', (name) => {
    const spec = PARAMETER_TABLE[name];
    expect(spec.schema.safeParse(spec.default).success).toBe(true);
    expect(spec.doc).toMatch(/^\S.{8,}\.$/);
    if (name.endsWith('MS')) expect(spec.unit).toBe('ms');
  });

  test('has no two names that differ in case only', () => {
    expect(new Set(PARAMETER_NAMES.map((name) => name.toLowerCase())).size).toBe(PARAMETER_NAMES.length);
  });
});

describe('hub.yaml', () => {
  const issues = (value: unknown) => {
    const result = botParametersSchema.safeParse(value);
    return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  };

  test('takes what is in the table and adds no defaults', () => {
    const value = { language: 'de-DE', bargeIn: true, userNoInputTimeoutMS: 8000, sipHeadersToBot: { a: 'X-A' } };
    expect(botParametersSchema.parse(value)).toEqual(value);
  });

  test.each([
    [{ bargeIn: 'true' }, /^bargeIn: .*boolean/],
    [{ userNoInputTimeoutMS: -1 }, /^userNoInputTimeoutMS: /],
    [{ userNoInputTimeoutMS: 1.5 }, /^userNoInputTimeoutMS: /],
    [{ language: 'not a tag' }, /^language: expected BCP 47 language tag/],
    [{ bargin: true }, /bargin/],
    [{ directSTT: true }, /^directSTT: directSTT is a setting of the connection: directSTT of the bot in hub.yaml/],
    [{ oauthScope: 'x' }, /^oauthScope: .* auth\.oauth\.scope of the bot/],
    [{ targetParticipant: 'caller' }, /^targetParticipant: .* agent assist/],
    [{ sttAllowSelfSignedCert: true }, /^sttAllowSelfSignedCert: .* allowSelfSignedCert of the service/],
    [{ googleInteractionType: 'SINGING' }, /^googleInteractionType: /],
    [{ sendEventsToBot: ['agentConnected'] }, /^sendEventsToBot: the event agentConnected is not sent by this version/],
    [
      { continuousASR: true, continuousASRTimeoutInMS: 5000, userNoInputTimeoutMS: 4000 },
      /^continuousASRTimeoutInMS: 5000 must be less than userNoInputTimeoutMS \(4000\)/,
    ],
  ])('refuses %j', (value, expected) => {
    expect(issues(value)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('what bots send', () => {
  test.each([
    ['bargeIn', 'TRUE', true],
    ['bargeIn', 0, false],
    ['BARGEIN', 'no', false],
    ['userNoInputTimeoutMS', '8000', 8000],
    ['sttContextPhrases', 'red', ['red']],
    ['sttContextPhrases', '["red", 2]', ['red', '2']],
    ['sendEventsToBot', 'nouserinput, playFinished', ['noUserInput', 'playFinished']],
    ['endpointingProfile', 'YESNO', 'yesNo'],
    ['dtmfCollectSubmitDigit', 5, '5'],
    ['hangupReason', null, ''],
    ['sttGenericData', { model: 'x' }, { model: 'x' }],
    ['sttSpeechContexts', '[{"phrases":["a"],"boost":2,"labels":{}}]', [{ phrases: ['a'], boost: 2, labels: {} }]],
  ])('%s: %j is read as %j', (name, sent, read) => {
    expect(parseBotParameters({ [name]: sent }, 'session')).toEqual({
      values: { [findParameter(name)?.name ?? '']: read },
      warnings: [],
    });
  });

  test.each([
    ['colour', 'red', 'unknown'],
    ['__proto__x', 1, 'unknown'],
    ['constructor', 1, 'unknown'],
    ['bargeIn', 'perhaps', 'invalid'],
    ['bargeIn', {}, 'invalid'],
    ['userNoInputTimeoutMS', 'soon', 'invalid'],
    ['userNoInputTimeoutMS', Number.NaN, 'invalid'],
    ['userNoInputTimeoutMS', -5, 'invalid'],
    ['azureSpeechRecognitionMode', 'shouting', 'invalid'],
    ['targetParticipant', 'caller', 'scope'],
    ['ttsAllowSelfSignedCert', true, 'scope'],
    ['callRecordingDestUsername', 'x', 'scope'],
    ['speakerVerificationSpeakerId', 'x', 'scope'],
    ['provider', 'x', 'scope'],
    ['botAllowSelfSignedCert', 'true', 'scope'],
    ['connectOnPrompt', true, 'scope'],
    ['acbotapitype', 'streaming', 'scope'],
    ['sendEventsToBot', ['noUserInput'], 'scope'],
  ])('%s: %j is left out and warned about (%s)', (name, sent, code) => {
    const { values, warnings } = parseBotParameters({ [name]: sent }, 'activity');
    expect(values).toEqual({});
    expect(warnings).toEqual([{ parameter: name, code, message: expect.any(String) }]);
  });

  test('an event that is not sent is taken and warned about', () => {
    const { values, warnings } = parseBotParameters({ sendEventsToBot: ['agentConnected', 'noUserInput'] }, 'session');
    expect(values.sendEventsToBot).toEqual(['agentConnected', 'noUserInput']);
    expect(warnings.map(({ code }) => code)).toEqual(['unsupported']);
  });

  test('anything at all: never throws, warns at most 20 times, gives only valid values', () => {
    const name = fc.oneof(fc.constantFrom(...PARAMETER_NAMES), fc.string());
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.anything(), { maxKeys: 40 }),
        fc.constantFrom('session', 'activity'),
        (raw, scope) => {
          const { values, warnings } = parseBotParameters(raw, scope as 'session');
          expect(warnings.length).toBeLessThanOrEqual(20);
          for (const [key, value] of Object.entries(values)) {
            expect(findParameter(key)?.spec.schema.safeParse(value).success).toBe(true);
          }
        },
      ),
    );
  });
});

describe('precedence', () => {
  test('activity before session before bot before default', () => {
    const resolved = resolveParameters(
      DEFAULT_BOT_PARAMETERS,
      { language: 'a', voiceName: 'a', ttsLanguage: 'a' },
      { language: 'b', voiceName: 'b' },
      { language: 'c', bargeIn: undefined },
    );
    expect(resolved).toEqual({ ...DEFAULT_BOT_PARAMETERS, language: 'c', voiceName: 'b', ttsLanguage: 'a' });
  });

  test('what is set later in a layer wins, what is not set stays', () => {
    expect(mergeLayers({ language: 'a', bargeIn: true }, { language: 'b', bargeIn: undefined })).toEqual({
      language: 'b',
      bargeIn: true,
    });
  });
});

describe('what a bot has of its base', () => {
  test.each([
    [{ bargeIn: true, language: 'de-DE' }, { language: 'fr-FR' }, { bargeIn: true, language: 'fr-FR' }],
    [{ bargeIn: true }, { bargeIn: undefined }, { bargeIn: true }],
    [{ botEventsBlacklist: ['hangup'] }, {}, { botEventsBlacklist: ['hangup'] }],
    [{ botEventsBlacklist: ['hangup'] }, { botEventsBlacklist: [] }, { botEventsBlacklist: [] }],
    [{ botEventsBlacklist: ['hangup'] }, { botEventsWhitelist: ['config'] }, { botEventsWhitelist: ['config'] }],
    [
      { botEventsWhitelist: [], botParametersWhitelist: [] },
      { botParametersBlacklist: ['language'] },
      { botEventsWhitelist: [], botParametersBlacklist: ['language'] },
    ],
  ])('%j under %j: %j', (base, own, expected) => {
    expect(inheritParameters(base, own)).toEqual(expected);
  });
});
