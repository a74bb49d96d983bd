import { describe, expect, test } from 'vitest';
import { isPermitted, parameterConflicts } from './parameter-rules.ts';
import { botParametersSchema, DEFAULT_BOT_PARAMETERS, parseBotParameters } from './parameters.ts';

describe('parameters that contradict each other', () => {
  test.each([
    [{ continuousASR: true, continuousASRTimeoutInMS: 4000, userNoInputTimeoutMS: 4000 }, 'continuousASRTimeoutInMS'],
    [{ userNoInputTimeoutMS: 5000, userNoInputGiveUpTimeoutMS: 5000 }, 'userNoInputGiveUpTimeoutMS'],
    [{ botNoInputTimeoutMS: 5000, botNoInputGiveUpTimeoutMS: 4000 }, 'botNoInputGiveUpTimeoutMS'],
    [{ dtmfCollect: true, sendDTMF: false }, 'dtmfCollect'],
    [{ sendDTMFAsText: true, sendDTMF: false }, 'sendDTMFAsText'],
    [{ botEventsWhitelist: [], botEventsBlacklist: [] }, 'botEventsBlacklist'],
    [{ botParametersWhitelist: ['bargeIn'], botParametersBlacklist: ['voiceName'] }, 'botParametersBlacklist'],
    [{ botParametersWhitelist: ['bargeIn', 'bargin'] }, 'botParametersWhitelist'],
    [{ botParametersBlacklist: ['hangup'] }, 'botParametersBlacklist'],
    [{ botEventsWhitelist: ['bargeIn'] }, 'botEventsWhitelist'],
    [{ botEventsBlacklist: ['hang-up'] }, 'botEventsBlacklist'],
    [{ enableSpeechDetectionEvent: false, sendEventsToBot: ['voiceDetected'] as const }, 'enableSpeechDetectionEvent'],
  ])('%j: hub.yaml is refused at %s, a bot is warned', (layer, parameter) => {
    const result = botParametersSchema.safeParse(layer);
    expect(result.success ? [] : result.error.issues.map(({ path }) => path)).toEqual([[parameter]]);
    expect(parameterConflicts(layer).map((conflict) => conflict.parameter)).toEqual([parameter]);
  });

  test.each([
    { continuousASR: true, userNoInputTimeoutMS: 4000 },
    { userNoInputTimeoutMS: 5000, userNoInputGiveUpTimeoutMS: 0 },
    { dtmfCollect: true },
    { botEventsWhitelist: [], botParametersBlacklist: [] },
    { botEventsWhitelist: ['HANGUP', 'handover'], botParametersBlacklist: ['bargein', 'transferTarget'] },
    { sendEventsToBot: ['voiceDetected', 'conversationEnd'] as const },
    DEFAULT_BOT_PARAMETERS,
  ])('no contradiction (%#)', (layer) => {
    expect(parameterConflicts(layer)).toEqual([]);
  });
});

describe('allow and deny lists', () => {
  test.each([
    [undefined, undefined, true],
    [[], undefined, false],
    [['other'], undefined, false],
    [['BargeIn'], undefined, true],
    [undefined, [], true],
    [undefined, ['bargein'], false],
    [undefined, ['other'], true],
  ])('allowed %j, denied %j: %s', (allowed, denied, permitted) => {
    expect(isPermitted('bargeIn', allowed, denied)).toBe(permitted);
  });

  test.each(['botEventsWhitelist', 'botParametersBlacklist', 'sendMetaDataUrl', 'sendMetaDataPassword'])(
    '%s is not for bots to set',
    (name) => {
      expect(parseBotParameters({ [name]: 'x' }, 'session').warnings.map(({ code }) => code)).toEqual(['scope']);
    },
  );
});

test.each([
  ['https://crm.example/calls', true],
  [`http://10.0.0.1:8080/a?b=\${botMessageMetadata.c}`, true],
  ['', true],
  [`https://\${botMessageMetadata.host}/calls`, false],
  [`https://crm.example:\${botMessageMetadata.port}/`, false],
  ['ftp://crm.example/', false],
  ['crm.example', false],
])('sendMetaDataUrl %j: %s', (sendMetaDataUrl, good) => {
  expect(botParametersSchema.safeParse({ sendMetaDataUrl }).success).toBe(good);
});
