import { expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import type { BotRule } from './bot-schema.ts';
import type { BotHearing, BotLine, BotOutput } from './host.ts';
import { scenarioSchema } from './schema.ts';
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

function bot(rules: unknown, rest: object = {}): ScriptedBot {
  const parsed: BotRule[] = scenarioSchema.parse({ title: 'x', bot: { rules, ...rest } }).bot.rules;
  return new ScriptedBot({ rules: parsed }, { clock, closing: new AbortController().signal });
}

const activities = (outputs: readonly BotOutput[]) =>
  outputs.flatMap((output) => (output.type === 'activity' ? [output.activity] : []));

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
  expect(activities(await fake.answer([start]))).toEqual([
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
  const replies = await fake.answer([message('b', 'Hello'), message('c', 'bye')]);
  expect(activities(replies)).toMatchObject([{ text: 'A' }, { text: 'C' }]);
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
  expect(activities(await fake.answer([activity]))).toMatchObject([{ text: 'at last' }]);
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

/** A WebSocket to a bot, and what came over it. */
function line() {
  const said: BotOutput[] = [];
  const hearings: BotHearing[] = [];
  const made: BotLine = { say: (outputs) => said.push(...outputs), hearing: (event) => hearings.push(event) };
  return { made, said, hearings };
}

test('over a WebSocket every reply is said when it is due, the later ones unasked', async () => {
  const fake = bot([{ on: 'start', reply: [{ say: 'A' }, { say: 'B', after_ms: 1500 }] }], { transport: 'websocket' });
  const { made, said } = line();
  fake.fault([start]);
  const answer = fake.answer([start], made);
  await Promise.resolve();
  expect(activities(said)).toMatchObject([{ text: 'A' }]);
  expect(timers.at(-1)?.ms).toBe(1500);
  timers.at(-1)?.fn();
  expect(await answer).toEqual([]);
  expect(activities(said)).toMatchObject([{ text: 'A' }, { text: 'B' }]);
});

test('audio of a reply: a URL becomes playUrl, a stream is a stream', async () => {
  const rules = [
    {
      on: 'start',
      reply: [
        { play: { tone: { hz: 700, ms: 100 }, altText: 'beep' }, params: { bargeIn: true } },
        { play: { tone: { hz: 700, ms: 100 }, by: 'stream' } },
      ],
    },
  ];
  const parsed = scenarioSchema.parse({ title: 'x', bot: { rules, transport: 'websocket', directTTS: true } }).bot
    .rules;
  const fake = new ScriptedBot({ rules: parsed }, { clock, closing: new AbortController().signal });
  const [first, second] = parsed[0]?.reply.map(({ play }) => play) ?? [];
  if (first === undefined || second === undefined) throw new Error('no audio');
  const samples = new Int16Array(4);
  fake.audio = new Map([
    [first, { by: 'url' as const, url: 'http://127.0.0.1/a' }],
    [second, { by: 'stream' as const, samples }],
  ]);
  fake.fault([start]);
  expect(await fake.answer([start])).toMatchObject([
    {
      activity: {
        type: 'event',
        name: 'playUrl',
        activityParams: {
          playUrlUrl: 'http://127.0.0.1/a',
          playUrlMediaFormat: 'wav/lpcm16',
          playUrlAltText: 'beep',
          bargeIn: true,
        },
      },
    },
    { type: 'stream', streamId: 'reply-2', samples, activityParams: {} },
  ]);
});

test('a bot that hears itself tells of speech, of its first words, of its end, and answers', () => {
  const fake = bot([{ on: 'speech', understands: 'an agent', reply: [{ say: 'Yes' }], times: 1 }], {
    transport: 'websocket',
    directSTT: true,
  });
  const { made, said, hearings } = line();
  const hear = (value: number, ms: number) => {
    for (let at = 0; at < ms; at += 20) fake.hear(new Int16Array(320).fill(value), made);
  };
  hear(0, 200);
  hear(3000, 60);
  hear(0, 100);
  expect(hearings).toEqual([]);
  hear(3000, 120);
  expect(hearings).toEqual([{ type: 'started' }]);
  hear(3000, 400);
  expect(hearings.slice(1)).toEqual([{ type: 'hypothesis', text: 'an agent' }]);
  hear(0, 480);
  expect(hearings).toHaveLength(2);
  hear(0, 60);
  expect(hearings.slice(2)).toEqual([{ type: 'stopped' }, { type: 'recognition', text: 'an agent' }]);
  expect(fake.received.map(({ activity }) => activity)).toEqual([
    { type: 'event', name: 'speech', value: { text: 'an agent' } },
  ]);
  expect(activities(said)).toMatchObject([{ text: 'Yes' }]);
});
