import { expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { type BotRule, scenarioSchema } from './schema.ts';
import { ScriptedBot } from './scripted-bot.ts';

const timers: { ms: number; fn: () => void }[] = [];
const clock: Clock = {
  now: () => 5,
  date: () => new Date(0),
  after(ms, fn) {
    timers.push({ ms, fn });
    return () => {};
  },
};

function bot(rules: unknown): ScriptedBot {
  const parsed: BotRule[] = scenarioSchema.parse({ title: 'x', bot: { rules } }).bot.rules;
  return new ScriptedBot({ rules: parsed }, { clock, closing: new AbortController().signal });
}

const start = { id: 'a', type: 'event', name: 'Start' };
const message = (id: string, text: string) => ({ id, type: 'message', text });

test('the first rule that fits answers; names of events in any case', async () => {
  const fake = bot([
    { on: { message: 'hello' }, reply: [{ say: 'A' }] },
    {
      on: 'start',
      reply: [
        { say: 'B', params: { bargeIn: true } },
        { event: 'hangup', session: { language: 'de-DE' } },
      ],
    },
    { on: 'anything', reply: [{ say: 'C' }] },
  ]);
  expect(fake.fault([start])).toBeUndefined();
  expect(await fake.answer([start])).toEqual([
    {
      id: 'reply-1',
      timestamp: '1970-01-01T00:00:00.000Z',
      type: 'message',
      text: 'B',
      activityParams: { bargeIn: true },
    },
    {
      id: 'reply-2',
      timestamp: '1970-01-01T00:00:00.000Z',
      type: 'event',
      name: 'hangup',
      sessionParams: { language: 'de-DE' },
    },
  ]);
  fake.fault([message('b', 'Hello'), message('c', 'bye')]);
  expect(await fake.answer([message('b', 'Hello'), message('c', 'bye')])).toMatchObject([{ text: 'A' }, { text: 'C' }]);
  expect(fake.received.map(({ activity }) => activity.id)).toEqual(['a', 'b', 'c']);
});

test('a rule with `times` is used up; a request that failed is looked at anew', async () => {
  const fake = bot([
    { on: { message: 'x' }, fail: 503, times: 1 },
    { on: { message: 'x' }, fail: 'drop', times: 1 },
    { on: { message: 'x' }, reply: [{ say: 'at last' }] },
  ]);
  const activity = message('a', 'x');
  expect(fake.fault([activity])).toBe(503);
  expect(fake.fault([activity])).toBe('drop');
  expect(fake.received).toEqual([]);
  expect(fake.fault([activity])).toBeUndefined();
  expect(await fake.answer([activity])).toMatchObject([{ text: 'at last' }]);
});

test('a broken body has its effect: the activity was received', async () => {
  const fake = bot([{ on: { event: 'DTMF', value: 1 }, fail: 'brokenJson' }]);
  const key = { id: 'a', type: 'event', name: 'DTMF', value: '1' };
  expect(fake.fault([key])).toBe('brokenJson');
  expect(await fake.answer([key])).toEqual([]);
  expect(fake.received).toHaveLength(1);
  expect(fake.fault([{ ...key, id: 'b', value: '2' }])).toBeUndefined();
});

test('a delay passes before the answer', async () => {
  const fake = bot([{ on: 'start', delay_ms: 700, reply: [{ say: 'A' }] }]);
  fake.fault([start]);
  const answer = fake.answer([start]);
  expect(timers.at(-1)?.ms).toBe(700);
  timers.at(-1)?.fn();
  expect(await answer).toHaveLength(1);
});
