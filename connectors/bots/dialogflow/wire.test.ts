import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubActivity } from '../../../src/bots/port.ts';
import type { Answer } from './answer.ts';
import { dialogflowCxConfigSchema } from './cx/config.ts';
import * as cx from './cx/wire.ts';
import { dialogflowEsConfigSchema } from './es/config.ts';
import * as es from './es/wire.ts';
import { questionOf, shortened } from './question.ts';
import { fromStruct, toStruct } from './struct.ts';

const AGENT = 'projects/p/locations/europe-west1/agents/a';
const cxConfig = dialogflowCxConfigSchema.parse({ agent: AGENT, sessionParams: { branch: 'airport' } });
const esConfig = dialogflowEsConfigSchema.parse({ project: 'p', sessionParams: { branch: 'airport' } });
const facts = { caller: '+1555' };

let made = 0;
const newId = () => `made-${++made}`;

/** Without ids, and without what is empty. */
function activitiesOf(answer: Answer | undefined) {
  return answer?.activities.map(({ type, name, text, activityParams, sessionParams }) => ({
    ...(type === 'event' ? { name } : { text }),
    ...(Object.keys(activityParams).length === 0 ? {} : { activityParams }),
    ...(Object.keys(sessionParams).length === 0 ? {} : { sessionParams }),
  }));
}

function activity(fields: Partial<HubActivity>): HubActivity {
  return { id: '1', timestamp: '2026-01-01T00:00:00.000Z', language: 'de-DE', type: 'event', ...fields };
}

const start = activity({ name: 'start', parameters: { caller: '+1555', dialoutMetadata: { order: 7 } } });

describe('what an agent of CX is asked', () => {
  const ask = (fields: Partial<HubActivity>, first = false, config = cxConfig) => {
    const question = questionOf(activity(fields), config, facts);
    return question && cx.requestOf(question, config, { id: 's', first });
  };

  test('the start: an event, with the call and the parameters of the bot for the session', () => {
    const { session, queryInput, queryParams } = ask(start, true) ?? {};
    expect(session).toBe(`${AGENT}/sessions/s`);
    expect(queryInput).toEqual({ event: { event: 'WELCOME' }, languageCode: 'de-DE' });
    expect(fromStruct(queryParams?.parameters)).toEqual({ branch: 'airport', 'event-start': start.parameters });
    expect(fromStruct(queryParams?.payload)).toEqual(start.parameters);
  });

  test.each<[Partial<HubActivity>, object]>([
    [{ type: 'message', text: 'guten Tag' }, { text: { text: 'guten Tag' } }],
    [{ name: 'DTMF', value: '12#' }, { dtmf: { digits: '12#' } }],
    [{ name: 'noUserInput', value: 2 }, { event: { event: 'sys.no-input-default' } }],
    [{ name: 'transferStatus', value: { status: 'failed' } }, { event: { event: 'transferStatus' } }],
  ])('%o', (fields, input) => {
    const request = ask(fields);
    expect(request?.queryInput).toEqual({ ...input, languageCode: 'de-DE' });
    const parameters = fields.type === 'message' ? {} : { [`event-${fields.name}`]: { value: fields.value } };
    expect(fromStruct(request?.queryParams?.parameters)).toEqual(parameters);
  });

  test('a text at the start, numbered silence, an environment, a channel, a language of its own', () => {
    const config = dialogflowCxConfigSchema.parse({
      ...{ agent: AGENT, environment: 'e', welcomeText: 'hi', noInputEvent: 'sys.no-input-{n}', channel: 'phone' },
      ...{ language: 'fr', timeZone: 'Europe/Paris' },
    });
    expect(ask(start, true, config)).toMatchObject({
      session: `${AGENT}/environments/e/sessions/s`,
      queryInput: { text: { text: 'hi' }, languageCode: 'fr' },
      queryParams: { channel: 'phone', timeZone: 'Europe/Paris' },
    });
    expect(ask({ name: 'noUserInput', value: 2 }, false, config)?.queryInput).toMatchObject({
      event: { event: 'sys.no-input-2' },
    });
  });

  test('a message without text is no question; what the recogniser wrote stays here, what was heard goes along', () => {
    expect(ask({ type: 'message', text: ' ' })).toBeUndefined();
    const parameters = { confidence: 0.5, recognitionOutput: { long: true }, interruptedPrompt: { playedMs: 300 } };
    const request = ask({ type: 'message', text: 'ja', parameters });
    expect(fromStruct(request?.queryParams?.payload)).toEqual({
      ...facts,
      ...{ confidence: 0.5, interruptedPrompt: { playedMs: 300 } },
    });
  });
});

describe('what an agent of CX answers', () => {
  const read = (responseMessages: NonNullable<cx.DetectIntentResponse['queryResult']>['responseMessages'] & object) =>
    cx.answerOf({ queryResult: { responseMessages }, responseType: 'FINAL' }, newId);

  test('texts, SSML and audio; the agent allows interruptions', () => {
    expect(
      activitiesOf(
        read([
          { text: { text: ['One.', ''] } },
          { text: { text: ['Two.'], allowPlaybackInterruption: true } },
          { outputAudioText: { ssml: '<speak>Three.</speak>' } },
          { playAudio: { audioUri: 'gs://bucket/four.wav' } },
          { mixedAudio: { segments: [{ uri: 'https://x.example/five.wav', allowPlaybackInterruption: true }] } },
          { text: { text: [] } },
        ]),
      ),
    ).toEqual([
      { text: 'One.' },
      { text: 'Two.', activityParams: { bargeIn: true } },
      { text: '<speak>Three.</speak>' },
      { name: 'playUrl', activityParams: { playUrlUrl: 'https://storage.googleapis.com/bucket/four.wav' } },
      { name: 'playUrl', activityParams: { bargeIn: true, playUrlUrl: 'https://x.example/five.wav' } },
    ]);
  });

  test('the end of the session comes last, whatever the order; a handoff takes its place', () => {
    expect(activitiesOf(read([{ endInteraction: {} }, { text: { text: ['Bye.'] } }]))).toEqual([
      { text: 'Bye.' },
      { name: 'hangup' },
    ]);
    const handoff = { liveAgentHandoff: { metadata: toStruct({ transferTarget: 'tel:+1555' }) } };
    expect(activitiesOf(read([handoff, { endInteraction: {} }]))).toEqual([
      { name: 'transfer', activityParams: { transferTarget: 'tel:+1555' } },
    ]);
    expect(activitiesOf(read([{ telephonyTransferCall: { phoneNumber: '+1777' } }]))).toEqual([
      { name: 'transfer', activityParams: { transferTarget: 'tel:+1777' } },
    ]);
  });

  test.each<[Record<string, unknown>, object[]]>([
    [
      {
        activities: [
          { type: 'message', text: 'hi' },
          { name: 'sendDtmf', activityParams: { dtmfDigits: '1' } },
        ],
      },
      [{ text: 'hi' }, { name: 'sendDtmf', activityParams: { dtmfDigits: '1' } }],
    ],
    [{ sessionParams: { bargeIn: true } }, [{ name: 'config', sessionParams: { bargeIn: true } }]],
    [
      { type: 'event', name: 'transfer', activityParams: { transferTarget: 'tel:+1' } },
      [{ name: 'transfer', activityParams: { transferTarget: 'tel:+1' } }],
    ],
    [{ richContent: [[{ type: 'chips' }]] }, []],
    [{ activities: 'none' }, []],
    [{ activities: [7, { type: 'event' }] }, []],
  ])('custom payload %o', (payload, activities) => {
    expect(activitiesOf(read([{ payload: toStruct(payload) }]))).toEqual(activities);
  });

  test('a part, a webhook that has failed, a response without a result', () => {
    const response = { queryResult: { webhookStatuses: [{ code: 4, message: 'late' }, {}] }, responseType: 'PARTIAL' };
    expect(cx.answerOf(response as cx.DetectIntentResponse, newId)).toEqual({
      ...{ activities: [], partial: true, warnings: ['a webhook of the agent has failed: late (4)'] },
    });
    expect(cx.answerOf({}, newId)).toBeUndefined();
  });
});

describe('an agent of ES', () => {
  const ask = (fields: Partial<HubActivity>, first = false, config = esConfig) => {
    const question = questionOf(activity(fields), config, facts);
    return question && es.requestOf(question, config, { id: 's', first });
  };

  test('the start: an event with its parameters, and a context that keeps them', () => {
    const { session, queryInput, queryParams } = ask(start, true) ?? {};
    expect(session).toBe('projects/p/agent/sessions/s');
    expect(queryInput?.event).toMatchObject({ name: 'WELCOME', languageCode: 'de-DE' });
    expect(fromStruct(queryInput?.event?.parameters)).toEqual(start.parameters);
    expect(queryParams?.contexts?.[0]?.name).toBe('projects/p/agent/sessions/s/contexts/patchbay');
    expect(fromStruct(queryParams?.contexts?.[0]?.parameters)).toEqual({ branch: 'airport', ...start.parameters });
    expect(ask({ type: 'message', text: 'ja' })?.queryParams?.contexts).toBeUndefined();
  });

  test.each<[Partial<HubActivity>, object]>([
    [
      { name: 'DTMF', value: '12' },
      { name: 'DTMF', parameters: toStruct({ value: '12' }) },
    ],
    [
      { name: 'noUserInput', value: 2 },
      { name: 'noUserInput', parameters: toStruct({ value: 2 }) },
    ],
  ])('%o', (fields, event) => {
    expect(ask(fields)?.queryInput).toEqual({ event: { ...event, languageCode: 'de-DE' } });
  });

  test('a location and an environment', () => {
    const config = dialogflowEsConfigSchema.parse({ project: 'p', location: 'europe-west2', environment: 'live' });
    expect(ask(start, true, config)?.session).toBe(
      'projects/p/locations/europe-west2/agent/environments/live/users/-/sessions/s',
    );
  });

  test.each<[NonNullable<es.DetectIntentResponse['queryResult']>, object[]]>([
    [{ fulfillmentText: 'Hello.' }, [{ text: 'Hello.' }]],
    [
      {
        fulfillmentText: 'One.',
        fulfillmentMessages: [
          { text: { text: ['One.'] } },
          { text: { text: ['for a messenger'] }, platform: 'SLACK' },
          { payload: toStruct({ activities: [{ type: 'message', text: 'Two.' }] }) },
          { simpleResponses: { simpleResponses: [{ textToSpeech: 'Three.' }] } },
        ],
      },
      [{ text: 'One.' }, { text: 'Two.' }, { text: 'Three.' }],
    ],
    [{ fulfillmentText: 'Bye.', intent: { endInteraction: true } }, [{ text: 'Bye.' }, { name: 'hangup' }]],
    [
      { fulfillmentText: 'Bye.', diagnosticInfo: toStruct({ end_conversation: true }) },
      [{ text: 'Bye.' }, { name: 'hangup' }],
    ],
    [{ intent: { liveAgentHandoff: true, endInteraction: true } }, [{ name: 'transfer' }]],
  ])('answers %#', (queryResult, activities) => {
    expect(activitiesOf(es.answerOf({ queryResult }, newId))).toEqual(activities);
  });
});

test('a Struct carries what JSON carries', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 })), (object) => {
      const json = JSON.stringify(object);
      fc.pre(!json.includes('__proto__'));
      expect(JSON.stringify(fromStruct(toStruct(JSON.parse(json) as Record<string, unknown>)))).toEqual(json);
    }),
  );
});

test('a Struct reaches no prototype', () => {
  expect(fromStruct(toStruct(JSON.parse('{"a":{"__proto__":{"b":1}}}') as Record<string, unknown>))).toEqual({ a: {} });
});

test('a text is cut within its bounds, never through a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
      const cut = shortened(text, max);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});
