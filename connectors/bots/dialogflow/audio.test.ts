import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { BotActivity, BotConnection, BotError, BotSpeechEvent, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import type { SampleRate } from '../../../src/media/audio.ts';
import { sine } from '../../../src/media/tone.ts';
import { dialogflowCxConfigSchema } from './cx/config.ts';
import { createDialogflowCx } from './cx/connector.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from './cx/fake-agent.ts';
import { dialogflowEsConfigSchema } from './es/config.ts';
import { createDialogflowEs } from './es/connector.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from './es/fake-agent.ts';
import type { FakeApi, FakeRequest } from './fake-api.ts';
import { fakeAccount } from './test-support.ts';

const account = fakeAccount();
const deps = { log: pino({ level: 'silent' }), clock: systemClock };

interface Rig extends AsyncDisposable {
  api: FakeApi;
  bot: BotConnection;
}

type Answer = (request: FakeRequest) => string | Promise<string>;

const editions: Readonly<Record<string, (answer: Answer, settings?: object) => Promise<Rig>>> = {
  async CX(answer, settings) {
    const agent = await FakeCxAgent.start(account);
    agent.answer = async (request) => [{ messages: [{ text: { text: [await answer(request)] } }] }];
    const fields = { ...agent.api.access, agent: FAKE_CX_AGENT, directSTT: true, ...settings };
    return rig(
      agent.api,
      createDialogflowCx({ id: 'cx', name: 'CX', config: dialogflowCxConfigSchema.parse(fields) }, deps),
    );
  },
  async ES(answer, settings) {
    const agent = await FakeEsAgent.start(account);
    agent.answer = async (request) => ({ fulfillmentText: await answer(request) });
    const fields = { ...agent.api.access, project: FAKE_ES_PROJECT, directSTT: true, ...settings };
    return rig(
      agent.api,
      createDialogflowEs({ id: 'es', name: 'ES', config: dialogflowEsConfigSchema.parse(fields) }, deps),
    );
  },
};

function rig(api: FakeApi, bot: BotConnection): Rig {
  return {
    ...{ api, bot },
    async [Symbol.asyncDispose]() {
      await bot.close();
      await expect.poll(() => api.connections).toBe(0);
      await api.close();
    },
  };
}

/** A caller whose audio runs faster than real time: 20 ms in every two. */
async function talk(bot: BotConnection, sampleRate: SampleRate = 8000) {
  const activities: BotActivity[] = [];
  const speech: BotSpeechEvent[] = [];
  const lost: BotError[] = [];
  const session = await bot.open(
    {
      ...{ callId: 'c', conversationId: randomUUID(), botName: 'B', caller: '+15551230001', sampleRate },
      signal: new AbortController().signal,
    },
    {
      onActivities: (list) => void activities.push(...list),
      onLost: (error) => void lost.push(error),
      onSpeech: (event) => void speech.push(event),
    },
  );
  const { userAudio } = session;
  if (userAudio === undefined) throw new Error('the session takes no audio');
  const frame = sampleRate / 50;
  const play = async (samples: Int16Array) => {
    for (let at = 0; at + frame <= samples.length; at += frame) {
      userAudio.write({ samples: samples.subarray(at, at + frame), sampleRate, timestampMs: at });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return {
    ...{ session, userAudio, speech, lost, texts: () => activities.map(({ text }) => text) },
    /** A tone, and silence. */
    async say(hertz: number, ms = 200, silentMs = 500) {
      await play(sine(hertz, ms, sampleRate));
      await play(new Int16Array((silentMs * sampleRate) / 1000));
    },
    quiet: (ms: number) => play(new Int16Array((ms * sampleRate) / 1000)),
  };
}

const start: HubActivity = {
  ...{ id: '1', timestamp: '', language: 'de-DE', type: 'event', name: 'start', parameters: { caller: '+1555' } },
};
const heard = (api: FakeApi) => api.requests.flatMap(({ query }) => (query.type === 'audio' ? [query.text] : []));
const echo: Answer = ({ query }) => (query.type === 'audio' ? `re ${query.text}` : 'Hello.');

describe.each(Object.entries(editions))('audio into an agent of Dialogflow %s', (_, open) => {
  test.each<SampleRate>([8000, 16_000])('two utterances at %i Hz, each in a stream of its own', async (rate) => {
    await using rig = await open(echo);
    const { session, userAudio, say, speech, texts } = await talk(rig.bot, rate);
    expect(rig.bot.audio).toEqual({ directStt: true, directTts: false });
    await session.send([start]);
    userAudio.start();
    await say(500);
    await expect.poll(texts).toEqual(['Hello.', 're 500 Hz']);
    await say(700);
    await expect.poll(texts).toEqual(['Hello.', 're 500 Hz', 're 700 Hz']);
    expect(speech.slice(0, 4)).toEqual([
      { type: 'started' },
      { type: 'hypothesis', text: '500 Hz' },
      { type: 'stopped' },
      { type: 'recognition', text: '500 Hz', confidence: 0.75 },
    ]);
    expect(rig.api.requests.at(-1)).toMatchObject({ language: 'de-DE', payload: { caller: '+1555' } });
  });

  test('what is said while the agent answers is heard after it', async () => {
    const answer = Promise.withResolvers<void>();
    await using rig = await open(async (request) => {
      if (heard(rig.api).length === 1) await answer.promise;
      return echo(request);
    });
    const { userAudio, say, texts } = await talk(rig.bot);
    userAudio.start();
    await say(500);
    await expect.poll(() => heard(rig.api)).toEqual(['500 Hz']);
    await say(900, 200, 100);
    answer.resolve();
    await say(0, 0, 500);
    await expect.poll(texts).toEqual(['re 500 Hz', 're 900 Hz']);
  });

  test('stopped: what was not finished is not heard, and what is being answered is', async () => {
    await using rig = await open(echo);
    const { userAudio, say, texts } = await talk(rig.bot);
    userAudio.start();
    await say(500, 200, 60);
    userAudio.stop();
    await say(600);
    userAudio.start();
    await say(700);
    userAudio.stop();
    await expect.poll(texts).toEqual(['re 700 Hz']);
    expect(heard(rig.api)).toEqual(['700 Hz']);
  });

  test('started and stopped at once, again and again: nothing is left', async () => {
    await using rig = await open(echo);
    const { userAudio } = await talk(rig.bot);
    for (let count = 0; count < 10; count += 1) {
      userAudio.start();
      if (count % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 3));
      userAudio.stop();
    }
    await expect.poll(() => rig.api.connections).toBe(1);
    expect(rig.api.requests).toEqual([]);
  });

  test('silence for longer than a stream may last: streams take turns, no word is lost or doubled', async () => {
    await using rig = await open(echo, { recognition: { renewMs: 300 } });
    rig.api.streamLimitMs = 900;
    const { userAudio, say, quiet, texts } = await talk(rig.bot);
    userAudio.start();
    await quiet(400);
    await expect.poll(() => rig.api.streams).toBeGreaterThanOrEqual(4);
    for (const hertz of [500, 600, 700]) {
      await say(hertz);
      await quiet(200);
    }
    await expect.poll(texts).toEqual(['re 500 Hz', 're 600 Hz', 're 700 Hz']);
    expect(rig.api.exceeded).toBe(0);
  });

  test('somebody who speaks for longer than a stream may last is answered before its end', async () => {
    await using rig = await open(echo, { recognition: { renewMs: 400 } });
    const { userAudio, say, texts } = await talk(rig.bot);
    userAudio.start();
    for (let count = 0; count < 40 && texts().length === 0; count += 1) await say(500, 100, 60);
    expect(texts()[0]).toMatch(/^re 500 Hz( 500 Hz)+$/);
    expect(rig.api.exceeded).toBe(0);
  });

  test('an event in between: the stream makes room, and hears again', async () => {
    await using rig = await open(({ query }) => (query.type === 'audio' ? `re ${query.text}` : query.type));
    const { session, userAudio, say, texts } = await talk(rig.bot);
    userAudio.start();
    await say(0, 0, 100);
    await session.send([{ ...start, name: 'playFinished' }]);
    await say(500);
    await expect.poll(texts).toEqual(['event', 're 500 Hz']);
  });

  test.each([
    ['the limit of a stream', { code: status.OUT_OF_RANGE }],
    ['UNAVAILABLE', { code: status.UNAVAILABLE }],
    ['a refused token', { code: status.UNAUTHENTICATED }],
  ])('%s while nobody has finished: the stream is opened again, and hears what was said', async (_name, fault) => {
    await using rig = await open(echo);
    const { userAudio, say, texts, lost } = await talk(rig.bot);
    rig.api.streamFaults.push(fault);
    userAudio.start();
    await say(500);
    await expect.poll(texts, { timeout: 5_000 }).toEqual(['re 500 Hz']);
    expect(lost).toEqual([]);
  });

  test('a connection that breaks when all was said: the agent is asked by text', async () => {
    await using rig = await open(({ query }) => (query.type === 'text' ? `text ${query.text}` : 'never'));
    const { userAudio, say, texts, lost } = await talk(rig.bot);
    rig.api.faults.push('cut');
    userAudio.start();
    await say(500);
    await expect.poll(texts, { timeout: 5_000 }).toEqual(['text 500 Hz']);
    expect(lost).toEqual([]);
  });

  test('an agent that refuses, and one that does not answer: the conversation is lost, once', async () => {
    await using rig = await open(echo, { timeouts: { answerMs: 200 } });
    const [refused, frozen] = [await talk(rig.bot), await talk(rig.bot)];
    rig.api.streamFaults.push({ code: status.PERMISSION_DENIED });
    refused.userAudio.start();
    await expect.poll(() => refused.lost.map(({ code }) => code)).toEqual(['bot_rejected']);
    rig.api.faults.push('hang');
    frozen.userAudio.start();
    await frozen.say(500);
    await expect.poll(() => frozen.lost.map(({ code }) => code)).toEqual(['bot_unreachable']);
    await expect(frozen.session.send([start])).rejects.toMatchObject({ code: 'bot_unreachable' });
  });
});
