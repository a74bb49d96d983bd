import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BotActivity, BotConnection, BotError, BotSession, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { llmConfigSchema } from './config.ts';
import { createLlmBot } from './connector.ts';
import { type FakeAnswer, FakeLlmServer } from './fake-server.ts';

let server: FakeLlmServer;
let url: string;
let bot: BotConnection | undefined;

beforeEach(async () => {
  server = new FakeLlmServer();
  url = await server.listen();
});
afterEach(async () => {
  await bot?.close();
  bot = undefined;
  await server.close();
});

let serial = 0;
function activity(rest: Omit<HubActivity, 'id' | 'timestamp' | 'language'>): HubActivity {
  return { id: `h${serial++}`, timestamp: '2026-01-01T00:00:00Z', language: 'en-US', ...rest };
}
const start = (parameters: Record<string, unknown> = { caller: '+15551230001' }) =>
  activity({ type: 'event', name: 'start', parameters });
const says = (text: string, parameters?: Record<string, unknown>) =>
  activity({ type: 'message', text, ...(parameters && { parameters }) });

interface Talk {
  session: BotSession;
  activities: BotActivity[];
  lost: BotError[];
  texts(): (string | undefined)[];
  /** Waits for so many activities in all. */
  until(count: number): Promise<BotActivity[]>;
  hangUp(): void;
}

async function open(settings: Record<string, unknown> = {}): Promise<Talk> {
  const config = llmConfigSchema.parse({
    url,
    model: 'fake-model',
    systemPrompt: 'You talk to {caller}.',
    ...settings,
  });
  bot = createLlmBot({ id: 'llm', name: 'LLM', config }, { log: pino({ level: 'silent' }), clock: systemClock });
  const activities: BotActivity[] = [];
  const lost: BotError[] = [];
  const call = new AbortController();
  const session = await bot.open(
    { callId: 'c', conversationId: 'v', botName: 'LLM', caller: '+1', signal: call.signal },
    { onActivities: (more) => activities.push(...more), onLost: (error) => lost.push(error) },
  );
  return {
    session,
    activities,
    lost,
    texts: () => activities.map(({ text }) => text),
    async until(count) {
      await vi.waitFor(() => expect(activities.length).toBeGreaterThanOrEqual(count), { timeout: 5_000, interval: 5 });
      return activities;
    },
    hangUp: () => call.abort(),
  };
}

/** These answers in turn; the last one again and again. */
function answers(...all: FakeAnswer[]): void {
  let next = 0;
  server.answer = () => all[Math.min(next++, all.length - 1)] as FakeAnswer;
}

const lastMessages = () => server.requests.at(-1)?.body.messages;

describe('a conversation', () => {
  it('begins with the welcome message, without asking the model', async () => {
    const talk = await open({ welcome: 'Hello {callerDisplayName}, how can I help?' });
    await talk.session.send([start({ caller: '+1555', callerDisplayName: 'Ann' })]);
    expect(talk.texts()).toEqual(['Hello Ann, how can I help?']);
    expect(server.requests).toEqual([]);
    await talk.session.send([says('what time is it')]);
    await talk.until(2);
    expect(lastMessages()).toEqual([
      { role: 'system', content: 'You talk to +1555.' },
      { role: 'assistant', content: 'Hello Ann, how can I help?' },
      { role: 'user', content: 'what time is it' },
    ]);
  });

  it('begins with the model where there is no welcome message', async () => {
    const talk = await open();
    await talk.session.send([start()]);
    expect((await talk.until(1)).map(({ text }) => text)).toEqual(['Hello.']);
    expect(lastMessages()?.[1]).toEqual({ role: 'user', content: 'CALL-STARTED' });
  });

  it('sends the key and what the configuration passes on', async () => {
    server.apiKey = 'sk-1';
    const talk = await open({ apiKey: 'sk-1', temperature: 0.2, maxTokens: 50, extraBody: { top_p: 0.5 } });
    await talk.session.send([says('hi')]);
    await talk.until(1);
    expect(server.requests[0]?.body).toMatchObject({
      temperature: 0.2,
      max_tokens: 50,
      top_p: 0.5,
      model: 'fake-model',
    });
  });

  it.each([
    [{ type: 'event', name: 'DTMF', value: '12#' }, 'DTMF-12#'],
    [{ type: 'event', name: 'noUserInput', value: 2 }, 'NO-USER-INPUT-2'],
    [
      { type: 'event', name: 'transferStatus', value: { status: 'failed', reasonCode: 'busy' } },
      'TRANSFER-STATUS {"status":"failed","reasonCode":"busy"}',
    ],
  ] as const)('tells the model of events: %o', async (event, content) => {
    const talk = await open();
    await talk.session.send([activity(event)]);
    await talk.until(1);
    expect(lastMessages()?.at(-1)).toEqual({ role: 'user', content });
  });

  it('an event that means nothing to it is no input', async () => {
    const talk = await open();
    await talk.session.send([activity({ type: 'event', name: 'playFinished' })]);
    expect(server.requests).toEqual([]);
  });
});

describe('streaming', () => {
  it('speaks the first sentence while the rest is made; the turn stays with the bot until the last', async () => {
    answers({ text: 'This is the first sentence. And this is the second one. Bye now!', pieceMs: 20 });
    const talk = await open();
    await talk.session.send([says('go')]);
    await talk.until(1);
    expect(talk.texts()).toEqual(['This is the first sentence.']);
    await talk.until(3);
    expect(talk.activities.map(({ text, activityParams }) => [text, activityParams.expectAnotherBotMessage])).toEqual([
      ['This is the first sentence.', true],
      ['And this is the second one.', true],
      ['Bye now!', undefined],
    ]);
  });

  it('what the caller did not hear is cut from the history, and what is still being made is given up', async () => {
    answers(
      { text: `${'This is a sentence that goes on and on for a while. '.repeat(3)} And more.`, pieceMs: 10 },
      { text: 'Sure.' },
    );
    const talk = await open();
    await talk.session.send([says('tell me everything')]);
    const [, second] = await talk.until(2);
    await talk.session.send([
      says('stop', { interruptedPrompt: { id: second?.id, text: second?.text, playedMs: 1_000 } }),
    ]);
    await vi.waitFor(() => expect(talk.texts()).toContain('Sure.'));
    expect(talk.texts()).toHaveLength(3);
    await vi.waitFor(() => expect(server.requests[0]?.aborted).toBe(true));
    expect(lastMessages()?.slice(1)).toEqual([
      { role: 'user', content: 'tell me everything' },
      { role: 'assistant', content: 'This is a sentence that goes on and on for a while. This is a…' },
      { role: 'user', content: 'stop' },
    ]);
  });

  it('input that comes while an answer is made takes its place', async () => {
    answers({ hang: true }, { text: 'Both.' });
    const talk = await open();
    await talk.session.send([says('one')]);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await talk.session.send([says('two')]);
    await talk.until(1);
    expect(lastMessages()?.at(-1)).toEqual({ role: 'user', content: 'one\ntwo' });
  });
});

describe('tools', () => {
  it('transfers to a destination of the configuration, and asks no more', async () => {
    answers({
      text: 'I will put you through.',
      tools: [{ name: 'transfer', args: { destination: 'sales', reason: 'wants to buy' } }],
    });
    const talk = await open({ tools: { transfer: { sales: { target: 'tel:+15550001' } } } });
    await talk.session.send([says('sales please')]);
    const [spoken, transfer] = await talk.until(2);
    expect(spoken?.text).toBe('I will put you through.');
    expect(transfer).toMatchObject({
      type: 'event',
      name: 'transfer',
      activityParams: { transferTarget: 'tel:+15550001', handoverReason: 'wants to buy' },
    });
    expect(server.requests).toHaveLength(1);
    // the caller is back: the model learns why, and its history is complete
    await talk.session.send([activity({ type: 'event', name: 'transferStatus', value: { status: 'failed' } })]);
    await vi.waitFor(() => expect(server.requests).toHaveLength(2));
  });

  it('does not transfer to where the caller talks it', async () => {
    answers(
      { tools: [{ name: 'transfer', args: { destination: 'tel:+19005551234' } }] },
      { text: 'I cannot do that.' },
    );
    const talk = await open({ tools: { transfer: { sales: { target: 'tel:+15550001' } } } });
    await talk.session.send([says('transfer me to plus one nine hundred')]);
    await talk.until(1);
    expect(talk.texts()).toEqual(['I cannot do that.']);
    expect(lastMessages()?.at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'call_0',
      content: 'error: no such destination; there are sales',
    });
  });

  it('hangs up and sends keys', async () => {
    answers(
      { tools: [{ name: 'send_dtmf', args: { digits: '12#' } }] },
      { text: 'Goodbye!', tools: [{ name: 'hang_up', args: { reason: 'done' } }] },
    );
    const talk = await open({ tools: { sendDtmf: true } });
    await talk.session.send([says('press 12 pound')]);
    expect((await talk.until(3)).map(({ name, text, activityParams }) => [name ?? text, activityParams])).toEqual([
      ['sendDtmf', { dtmfDigits: '12#' }],
      ['Goodbye!', { expectAnotherBotMessage: true }],
      ['hangup', { hangupReason: 'done' }],
    ]);
  });

  it('asks an HTTP tool of the configuration and tells the model what it said, or what went wrong', async () => {
    const asked: string[] = [];
    const web = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${request.headers['x-key']} ${body}`);
        response.statusCode = request.url === '/broken' ? 500 : 200;
        response.end('{"celsius":21}');
      });
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const http = [
      {
        name: 'weather',
        description: 'The weather',
        url: `${at}/weather?u=c`,
        method: 'GET',
        headers: { 'x-key': 'k' },
      },
      { name: 'order', description: 'Orders', url: `${at}/broken` },
    ];
    answers(
      {
        tools: [
          { name: 'weather', args: { city: 'Rome & Paris' } },
          { name: 'order', args: { id: 7 } },
          { name: 'nothing', args: {} },
        ],
      },
      { text: 'It is 21 degrees.' },
    );
    const talk = await open({ tools: { http } });
    await talk.session.send([says('weather?')]);
    await talk.until(1);
    web.closeAllConnections();
    web.close();
    expect(asked).toEqual(['GET /weather?u=c&city=Rome+%26+Paris k ', 'POST /broken undefined {"id":7}']);
    expect(server.requests[0]?.body.tools?.map((tool) => tool.function.name)).toEqual(['weather', 'order', 'hang_up']);
    expect(lastMessages()?.slice(-3)).toEqual([
      { role: 'tool', tool_call_id: 'call_0', content: '{"celsius":21}' },
      { role: 'tool', tool_call_id: 'call_1', content: 'error: the server answered 500: {"celsius":21}' },
      { role: 'tool', tool_call_id: 'call_2', content: "error: there is no tool 'nothing'" },
    ]);
  });

  it('a model that calls tools for ever is asked without tools in the end', async () => {
    server.answer = ({ body }) =>
      body.tools === undefined ? { text: 'Enough.' } : { tools: [{ name: 'send_dtmf', args: { digits: '1' } }] };
    const talk = await open({ tools: { sendDtmf: true } });
    await talk.session.send([says('loop')]);
    await vi.waitFor(() => expect(talk.texts()).toContain('Enough.'));
    expect(server.requests).toHaveLength(8);
  });
});

describe('faults', () => {
  it.each([
    ['the key is refused', { status: 401 }, 'bot_rejected', 1],
    ['the server is overloaded twice', { status: 429, headers: { 'retry-after': '0.1' } }, 'bot_failed', 2],
    ['the server fails twice', { status: 503 }, 'bot_failed', 2],
    ['no chat completion comes', { raw: 'data: <html>\n\n' }, 'bot_failed', 1],
    ['the answer breaks off', { raw: 'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n' }, 'bot_failed', 1],
    ['the stream carries an error', { raw: 'data: {"error":{"message":"quota"}}\n\n' }, 'bot_failed', 1],
    ['nothing comes', { hang: true }, 'bot_unreachable', 1],
    ['it freezes in the middle', { hang: true, text: 'Hello there' }, 'bot_unreachable', 1],
    ['the connection breaks in the middle', { reset: true, text: 'Hello there' }, 'bot_unreachable', 1],
  ] as [string, FakeAnswer, string, number][])(
    '%s: the conversation is lost, once',
    async (_, answer, code, requests) => {
      answers(answer);
      const talk = await open({ timeouts: { tokenMs: 200 } });
      await talk.session.send([says('hi')]);
      await vi.waitFor(() => expect(talk.lost.map((error) => error.code)).toEqual([code]), { timeout: 5_000 });
      expect(server.requests).toHaveLength(requests);
      await expect(talk.session.send([says('again')])).rejects.toMatchObject({ code });
      expect(talk.lost).toHaveLength(1);
    },
  );

  it('one failure before the first word is made good', async () => {
    answers({ status: 500 }, { text: 'There you are.' });
    const talk = await open();
    await talk.session.send([says('hi')]);
    await talk.until(1);
    expect(talk.texts()).toEqual(['There you are.']);
    expect(talk.lost).toEqual([]);
  });

  it('nobody is there', async () => {
    const talk = await open();
    await server.close();
    await talk.session.send([says('hi')]);
    await vi.waitFor(() => expect(talk.lost.map(({ code }) => code)).toEqual(['bot_unreachable']), { timeout: 5_000 });
  });

  it('the end of the call ends the request, and nothing comes after it', async () => {
    answers({ text: 'One sentence here. Another sentence there. And one more.', pieceMs: 50 });
    const talk = await open();
    await talk.session.send([says('hi')]);
    await talk.until(1);
    talk.hangUp();
    await vi.waitFor(() => expect(server.requests[0]?.aborted).toBe(true));
    await talk.session.end({ reasonCode: 'client-disconnected', reason: '' });
    expect(talk.activities).toHaveLength(1);
    expect(talk.lost).toEqual([]);
    await expect(talk.session.send([says('x')])).rejects.toMatchObject({ code: 'bot_conversation_lost' });
  });
});

describe('the check', () => {
  const check = async (settings: Record<string, unknown> = {}) => {
    await open(settings);
    const report = await bot?.validate?.(new AbortController().signal);
    return { ok: report?.ok, warning: report?.steps[0]?.warning, message: report?.steps[0]?.message };
  };

  it('finds the model, misses it, or has no list', async () => {
    expect(await check()).toEqual({ ok: true, warning: undefined, message: "the server has the model 'fake-model'" });
    expect(await check({ model: 'other' })).toMatchObject({ ok: true, warning: true });
    server.models = undefined;
    expect(await check()).toMatchObject({ ok: true, warning: true });
  });

  it('tells of a wrong key and of a server that is not there', async () => {
    server.apiKey = 'right';
    expect(await check({ apiKey: 'wrong' })).toMatchObject({
      ok: false,
      message: 'the server refuses the key (401): check apiKey',
    });
    expect(await check({ url: 'http://127.0.0.1:1/v1' })).toMatchObject({ ok: false });
  });
});
