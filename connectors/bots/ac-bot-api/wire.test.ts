import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ACTIVITIES_PER_REPLY } from '../../../src/bots/read-activity.ts';
import {
  activitiesBody,
  createBody,
  DEFAULT_EXPIRES_SECONDS,
  disconnectBody,
  liberalNumber,
  parseActivitiesReply,
  parseCreateAnswer,
  parseRefreshAnswer,
} from './wire.ts';

let made = 0;
const newId = (): string => `made-${++made}`;

function activitiesOf(body: unknown) {
  const parsed = parseActivitiesReply(body, newId);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed;
}

function one(activity: unknown) {
  const parsed = activitiesOf({ activities: [activity] });
  expect(parsed.value).toHaveLength(1);
  return parsed.value[0];
}

describe('what the hub sends', () => {
  test('create names conversation and bot, and announces that replies may come over a WebSocket', () => {
    const body = createBody({ id: 'i', timestamp: '2024-01-31T12:00:00.000Z', conversationId: 'c', botName: 'b' });
    expect(JSON.parse(body)).toEqual({
      conversation: 'c',
      bot: 'b',
      id: 'i',
      timestamp: '2024-01-31T12:00:00.000Z',
      capabilities: ['websocket'],
    });
  });

  test('activities carry what section 1.4 lists and nothing else', () => {
    const activity = { id: '1', timestamp: 't', language: 'en-US', type: 'event', name: 'DTMF', value: '1' } as const;
    const body = activitiesBody('c', [{ ...activity, ...{ internal: true } }]);
    expect(JSON.parse(body)).toEqual({ conversation: 'c', activities: [activity] });
  });

  test('disconnect tells reason and code', () => {
    expect(JSON.parse(disconnectBody('c', { reasonCode: 'client-disconnected', reason: 'Client Side' }))).toEqual({
      conversation: 'c',
      reason: 'Client Side',
      reasonCode: 'client-disconnected',
    });
  });
});

describe('the answer to create', () => {
  const urls = { activitiesURL: 'a', refreshURL: 'r', disconnectURL: 'd' };

  test('is read as documented', () => {
    expect(parseCreateAnswer({ ...urls, websocketURL: 'w', expiresSeconds: 120, more: 1 })).toEqual({
      ok: true,
      value: { activitiesUrl: 'a', refreshUrl: 'r', disconnectUrl: 'd', websocketUrl: 'w', expiresSeconds: 120 },
      warnings: [],
    });
  });

  test.each([
    ['90', 90],
    [90.5, 90.5],
    [1e12, 86_400],
  ])('takes expiresSeconds %j', (expiresSeconds, expected) => {
    expect(parseCreateAnswer({ ...urls, expiresSeconds })).toMatchObject({ value: { expiresSeconds: expected } });
  });

  test.each([undefined, null, 0, -5, 'soon', {}, Number.NaN])('warns about expiresSeconds %j', (expiresSeconds) => {
    expect(parseCreateAnswer({ ...urls, expiresSeconds })).toMatchObject({
      ok: true,
      value: { expiresSeconds: DEFAULT_EXPIRES_SECONDS },
      warnings: [expect.stringContaining('expiresSeconds')],
    });
  });

  test('finds keys whose case differs', () => {
    const answer = parseCreateAnswer({ activitiesUrl: 'a', refreshurl: 'r', DisconnectURL: 'd', expiresseconds: 60 });
    expect(answer).toMatchObject({ value: { activitiesUrl: 'a', refreshUrl: 'r', disconnectUrl: 'd' }, warnings: [] });
  });

  test('can do without refreshURL and disconnectURL, with warnings', () => {
    const answer = parseCreateAnswer({ activitiesURL: 'a', expiresSeconds: 60, refreshURL: 7 });
    expect(answer).toMatchObject({ ok: true, value: { refreshUrl: undefined, disconnectUrl: undefined } });
    expect(answer.ok && answer.warnings).toHaveLength(3);
  });

  test.each([undefined, null, [], 'text', 3, {}, { activitiesURL: 5 }, { activitiesURL: ' ' }])(
    'is refused: %j',
    (body) => {
      expect(parseCreateAnswer(body)).toMatchObject({ ok: false });
    },
  );
});

describe('the answer to refresh', () => {
  test.each([
    [{ expiresSeconds: 30 }, 30],
    [{ expiresSeconds: '30' }, 30],
    [{}, undefined],
    [undefined, undefined],
    [[], undefined],
    [{ expiresSeconds: -1 }, undefined],
  ])('%j', (body, expected) => {
    expect(parseRefreshAnswer(body)).toBe(expected);
  });
});

describe('a reply', () => {
  test.each([{}, null, undefined, { activities: null }, { activities: [] }, { conversation: 'c' }])(
    '%j is no activity',
    (body) => {
      expect(activitiesOf(body)).toEqual({ ok: true, value: [], warnings: [] });
    },
  );

  test.each([['x'], 'x', 1, true, { activities: {} }, { activities: 'hi' }])('%j is not of the protocol', (body) => {
    expect(parseActivitiesReply(body, newId)).toMatchObject({ ok: false });
  });

  test('is read as documented', () => {
    expect(
      one({
        id: 'x',
        timestamp: 't',
        type: 'message',
        text: 'hello',
        delay: 100,
        activityParams: { voiceName: 'v' },
        sessionParams: { bargeIn: true },
      }),
    ).toEqual({
      id: 'x',
      type: 'message',
      name: undefined,
      text: 'hello',
      value: undefined,
      activityParams: { voiceName: 'v' },
      sessionParams: { bargeIn: true },
    });
  });

  test('type is compared without regard to case; a name stays as it is', () => {
    expect(one({ id: 'x', type: 'Event', name: 'Hangup' })).toMatchObject({ type: 'event', name: 'Hangup' });
    expect(one({ id: 'x', type: 'MESSAGE', text: 'a' })).toMatchObject({ type: 'message' });
  });

  test('a missing type is told from the content', () => {
    expect(one({ name: 'hangup' })).toMatchObject({ type: 'event', name: 'hangup' });
    expect(one({ text: 'hi' })).toMatchObject({ type: 'message', text: 'hi' });
  });

  test('ids may be numbers or missing', () => {
    expect(one({ id: 1706702400000, type: 'message', text: 'a' })?.id).toBe('1706702400000');
    expect(one({ id: 0, type: 'message', text: 'a' })?.id).toBe('0');
    for (const id of [undefined, null, '', {}, [], 'x'.repeat(1000)]) {
      expect(one({ id, type: 'message', text: 'a' })?.id).toMatch(/^made-\d+$/);
    }
  });

  test('texts may be numbers; other texts are ignored with a warning', () => {
    expect(one({ type: 'message', text: 42 })?.text).toBe('42');
    const parsed = activitiesOf({ activities: [{ type: 'message', text: { ssml: 'secret words' } }] });
    expect(parsed.value[0]?.text).toBeUndefined();
    expect(parsed.warnings).toEqual([expect.stringContaining('text is an object')]);
    expect(parsed.warnings.join()).not.toContain('secret');
  });

  test('dtmf is read as dtmfDigits, for sendDtmf only, and the documented key wins', () => {
    const dtmf = (name: string, activityParams: unknown) =>
      one({ type: 'event', name, activityParams })?.activityParams;
    expect(dtmf('sendDtmf', { dtmf: '12#' })).toEqual({ dtmfDigits: '12#' });
    expect(dtmf('SENDDTMF', { dtmf: 12 })).toEqual({ dtmfDigits: '12' });
    expect(dtmf('sendDtmf', { dtmfDigits: 12 })).toEqual({ dtmfDigits: '12' });
    expect(dtmf('sendDtmf', { dtmf: '1', dtmfDigits: '2' })).toEqual({ dtmf: '1', dtmfDigits: '2' });
    expect(dtmf('config', { dtmf: '1' })).toEqual({ dtmf: '1' });
  });

  test('handover is kept as the bot wrote it', () => {
    expect(one({ type: 'event', name: 'handover', activityParams: { transferTarget: 'tel:+1' } })).toMatchObject({
      name: 'handover',
      activityParams: { transferTarget: 'tel:+1' },
    });
  });

  test('bad activities are dropped one by one', () => {
    const parsed = activitiesOf({
      activities: [7, null, { type: 'image' }, { type: 'event' }, { type: 5 }, [], { type: 'message', text: 'good' }],
    });
    expect(parsed.value.map((activity) => activity.text)).toEqual(['good']);
    expect(parsed.warnings).toHaveLength(6);
  });

  test('parameters that are no objects are ignored, and __proto__ never is one', () => {
    expect(one({ type: 'message', text: 'a', activityParams: [1], sessionParams: 'x' })).toMatchObject({
      activityParams: {},
      sessionParams: {},
    });
    const parsed = one(JSON.parse('{"type":"message","text":"a","sessionParams":{"__proto__":{"x":1},"y":2}}'));
    expect(Object.getOwnPropertyNames(parsed?.sessionParams)).toEqual(['y']);
  });

  test('is bounded in number and nesting, and so are the warnings', () => {
    const many = activitiesOf({
      activities: Array.from({ length: 5000 }, (_, id) => ({ id, type: 'message', text: 'a' })),
    });
    expect(many.value).toHaveLength(MAX_ACTIVITIES_PER_REPLY);
    expect(many.warnings).toHaveLength(1);
    expect(activitiesOf({ activities: Array(150).fill(1) }).warnings.length).toBeLessThan(50);
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(activitiesOf({ activities: [{ type: 'event', name: 'x', value: deep }] }).value).toEqual([]);
  });

  test('property: arbitrary JSON never throws and what comes out has the right shape', () => {
    const activityLike = fc.record(
      {
        id: fc.jsonValue(),
        type: fc.oneof(fc.constantFrom('message', 'EVENT', 'Event', 'x'), fc.jsonValue()),
        name: fc.oneof(fc.constantFrom('hangup', 'sendDtmf'), fc.jsonValue()),
        text: fc.jsonValue(),
        value: fc.jsonValue(),
        activityParams: fc.jsonValue(),
        sessionParams: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ activities: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(activityLike, fc.jsonValue()))) }),
    );
    fc.assert(
      fc.property(body, (value) => {
        parseCreateAnswer(value);
        parseRefreshAnswer(value);
        const parsed = parseActivitiesReply(value, newId);
        if (!parsed.ok) return;
        for (const activity of parsed.value) {
          expect(activity.id).toMatch(/./s);
          expect(['message', 'event']).toContain(activity.type);
          expect(activity.type === 'event' ? typeof activity.name : 'undefined').toBe(
            activity.type === 'event' ? 'string' : 'undefined',
          );
          expect(['string', 'undefined']).toContain(typeof activity.text);
          for (const params of [activity.activityParams, activity.sessionParams]) {
            expect(params !== null && typeof params === 'object' && !Array.isArray(params)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('numbers', () => {
  test.each([
    ['0.93', 0.93],
    [' 7 ', 7],
    ['1e3', 1000],
    [0, 0],
    ['', undefined],
    ['0x10', undefined],
    ['seven', undefined],
    [null, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
  ])('%j is %j', (value, expected) => {
    expect(liberalNumber(value)).toBe(expected);
  });

  test('property: what JSON prints is read back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(liberalNumber(String(number))).toBeCloseTo(number, 10);
      }),
    );
  });
});
