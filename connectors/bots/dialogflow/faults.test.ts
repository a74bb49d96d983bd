import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { BotActivity, BotConnection, BotError, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
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
  /** Texts that the agent says. */
  says(answer: (request: FakeRequest) => string | Promise<string>): void;
  /** Another bot, with its own connection. */
  connect(settings?: object): BotConnection;
}

function rig(api: FakeApi, connect: Rig['connect'], says: Rig['says']): Rig {
  const bots: BotConnection[] = [];
  const open = (settings?: object) => {
    const bot = connect(settings);
    bots.push(bot);
    return bot;
  };
  return {
    ...{ api, bot: open(), says, connect: open },
    async [Symbol.asyncDispose]() {
      for (const bot of bots) await bot.close();
      await expect.poll(() => api.connections).toBe(0);
      await api.close();
    },
  };
}

const editions: Readonly<Record<string, (settings?: object) => Promise<Rig>>> = {
  async CX(settings) {
    const agent = await FakeCxAgent.start(account);
    const connect = (more?: object) => {
      const fields = { ...agent.api.access, agent: FAKE_CX_AGENT, ...settings, ...more };
      return createDialogflowCx({ id: 'cx', name: 'CX', config: dialogflowCxConfigSchema.parse(fields) }, deps);
    };
    return rig(agent.api, connect, (answer) => {
      agent.answer = async (request) => [{ messages: [{ text: { text: [await answer(request)] } }] }];
    });
  },
  async ES(settings) {
    const agent = await FakeEsAgent.start(account);
    const connect = (more?: object) => {
      const fields = { ...agent.api.access, project: FAKE_ES_PROJECT, ...settings, ...more };
      return createDialogflowEs({ id: 'es', name: 'ES', config: dialogflowEsConfigSchema.parse(fields) }, deps);
    };
    return rig(agent.api, connect, (answer) => {
      agent.answer = async (request) => ({ fulfillmentText: await answer(request) });
    });
  },
};

async function talk(bot: BotConnection) {
  const controller = new AbortController();
  const activities: BotActivity[] = [];
  const id = randomUUID();
  const context = { callId: 'c', conversationId: id, botName: 'B', caller: '+15551230001', signal: controller.signal };
  const session = await bot.open(context, { onActivities: (list) => activities.push(...list), onLost: () => {} });
  return {
    ...{ id, session, hangUp: () => controller.abort(), texts: () => activities.map(({ text }) => text) },
    say: (text: string) => session.send([message(text)]),
  };
}

function message(text: string): HubActivity {
  return { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'message', text };
}

/** What a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<Pick<BotError, 'code' | 'retryable' | 'publicMessage'>> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: BotError) => reason,
  );
  const { code, retryable, publicMessage } = error as BotError;
  return { code, retryable, publicMessage };
}

describe.each(Object.entries(editions))('faults of an agent of Dialogflow %s', (_, open) => {
  test('nobody there: unreachable, after one repetition', async () => {
    await using rig = await open();
    const { say } = await talk(rig.bot);
    await rig.api.close();
    expect(await failureOf(say('hello'))).toMatchObject({ code: 'bot_unreachable', retryable: true });
  });

  test('a frozen agent is given up, and nothing is repeated; others are not disturbed', async () => {
    await using rig = await open({ timeouts: { answerMs: 300 } });
    rig.says(({ query }) => `re ${query.type}`);
    const [one, two] = [await talk(rig.bot), await talk(rig.bot)];
    rig.api.faults.push('hang');
    const failure = failureOf(one.say('hello'));
    await expect.poll(() => rig.api.requests.length).toBe(1);
    await two.say('hello');
    expect(await failure).toEqual({
      code: 'bot_unreachable',
      retryable: false,
      publicMessage: 'the agent does not answer',
    });
    expect(two.texts()).toEqual(['re text']);
    expect(rig.api.requests.length).toBe(2);
    expect(await failureOf(one.say('still there?'))).toMatchObject({ code: 'bot_unreachable' });
  });

  test('a slow agent is waited for', async () => {
    await using rig = await open({ timeouts: { answerMs: 2_000 } });
    rig.says(() => new Promise((resolve) => setTimeout(resolve, 400, 'at last')));
    const { say, texts } = await talk(rig.bot);
    await say('hello');
    expect(texts()).toEqual(['at last']);
  });

  test.each([
    ['UNAVAILABLE', { code: status.UNAVAILABLE }],
    ['RESOURCE_EXHAUSTED', { code: status.RESOURCE_EXHAUSTED }],
    ['a connection that breaks before the answer', 'cut'],
  ] as const)('%s once: the request is repeated, and the caller notices nothing', async (_name, fault) => {
    await using rig = await open();
    const { say, texts } = await talk(rig.bot);
    rig.api.faults.push(fault);
    await say('hello');
    expect(texts()).toEqual(['Yes.']);
    expect(rig.api.requests.map(({ query }) => query)).toEqual([
      { type: 'text', text: 'hello' },
      { type: 'text', text: 'hello' },
    ]);
  });

  test('a quota that is used up', async () => {
    await using rig = await open();
    rig.api.quota = 1;
    const { say, texts } = await talk(rig.bot);
    await say('hello');
    expect(await failureOf(say('hello'))).toMatchObject({ code: 'bot_failed', retryable: true });
    rig.api.quota = 1;
    await say('and now');
    expect(texts()).toEqual(['Yes.', 'Yes.']);
  });

  test('a token that is refused in a call: another one is fetched', async () => {
    await using rig = await open();
    const { say, texts } = await talk(rig.bot);
    await say('hello');
    rig.api.faults.push({ code: status.UNAUTHENTICATED });
    await say('are you there');
    expect(texts()).toEqual(['Yes.', 'Yes.']);
    expect(rig.api.requests.length).toBe(3);
  });

  test('credentials that are not valid any more', async () => {
    await using rig = await open();
    const { say } = await talk(rig.bot);
    await say('hello');
    rig.api.refusesTokens = true;
    expect(await failureOf(say('are you there'))).toEqual({
      code: 'bot_rejected',
      retryable: false,
      publicMessage: 'the agent refuses the credentials',
    });
  });

  test('no credentials: the opening fails, and says why', async () => {
    await using rig = await open();
    const bot = rig.connect({ credentials: { keyFile: '/nowhere/key.json' } });
    expect(await failureOf(talk(bot))).toMatchObject({ code: 'bot_rejected', retryable: false });
    const report = await bot.validate?.(new AbortController().signal);
    expect(report).toMatchObject({ ok: false, steps: [{ step: 'credentials', ok: false }] });
    expect(report?.steps[0]?.message).toContain('/nowhere/key.json');
  });

  test.each(['garbage', 'empty'] as const)('an answer that is none: %s', async (fault) => {
    await using rig = await open();
    const { say } = await talk(rig.bot);
    rig.api.faults.push(fault);
    expect(await failureOf(say('hello'))).toMatchObject({ code: 'bot_failed', retryable: false });
  });

  test('an agent, or an environment, that does not exist', async () => {
    await using rig = await open();
    const bot = rig.connect({ environment: 'nowhere' });
    const { say } = await talk(bot);
    expect(await failureOf(say('hello'))).toEqual({
      code: 'bot_rejected',
      retryable: false,
      publicMessage: 'there is no such agent, environment or location',
    });
    const report = await bot.validate?.(new AbortController().signal);
    expect(report).toMatchObject({ ok: false, steps: [{ ok: true }, { step: 'agent', ok: false }] });
  });

  test('check-bot asks the agent', async () => {
    await using rig = await open({ environment: 'production' });
    const report = await rig.bot.validate?.(new AbortController().signal);
    expect(report).toMatchObject({ ok: true, steps: [{ step: 'credentials' }, { step: 'agent' }] });
  });

  test('a caller who hangs up ends the request; what is answered later is dropped', async () => {
    await using rig = await open();
    const answer = Promise.withResolvers<string>();
    rig.says(() => answer.promise);
    const { say, hangUp, texts, session } = await talk(rig.bot);
    const failure = failureOf(say('hello'));
    await expect.poll(() => rig.api.requests.length).toBe(1);
    hangUp();
    expect(await failure).toMatchObject({ code: 'bot_conversation_lost' });
    answer.resolve('too late');
    await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    expect(texts()).toEqual([]);
  });

  test('a text that is too long is cut between two words', async () => {
    await using rig = await open();
    const { say } = await talk(rig.bot);
    await say('word '.repeat(100).trim());
    expect(rig.api.requests[0]?.query).toEqual({ type: 'text', text: 'word '.repeat(51).trim() });
  });
});

test('CX: a connection that breaks after a part of the answer: nothing is said twice', async () => {
  const agent = await FakeCxAgent.start(account);
  const config = dialogflowCxConfigSchema.parse({ ...agent.api.access, agent: FAKE_CX_AGENT });
  const bot = createDialogflowCx({ id: 'cx', name: 'CX', config }, deps);
  const say = (text: string) => ({ messages: [{ text: { text: [text] } }] });
  agent.answer = () => [say('One moment.'), say('Done.')];
  const one = await talk(bot);
  agent.api.faults.push('cut');
  expect(await failureOf(one.say('hello'))).toMatchObject({ code: 'bot_unreachable' });
  expect(one.texts()).toEqual(['One moment.', undefined]);
  expect(agent.api.requests.length).toBe(1);
  await bot.close();
  await agent.api.close();
});
