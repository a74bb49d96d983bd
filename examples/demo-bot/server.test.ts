import { request as httpRequest } from 'node:http';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTEXT_PHRASES } from './dialogue.ts';
import { type DemoBot, startDemoBot } from './server.ts';

const log = pino({ level: 'silent' });
const TOKEN = 'demo-secret';
let bot: DemoBot;
let time = new Date('2024-01-31T14:05:00');

beforeEach(async () => {
  time = new Date('2024-01-31T14:05:00');
  bot = await startDemoBot({ host: '127.0.0.1', port: 0, token: TOKEN, log, now: () => time });
});
afterEach(() => bot.close());

interface Reply {
  type: string;
  name?: string;
  text?: string;
  id: string;
  sessionParams?: Record<string, unknown>;
  activityParams?: Record<string, unknown>;
}

async function post(path: string, body: unknown, token = TOKEN): Promise<{ status: number; body: never }> {
  const response = await fetch(new URL(path, bot.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as never };
}

async function create(id: string): Promise<{ activitiesURL: string; refreshURL: string; disconnectURL: string }> {
  const answer = await post('', { conversation: id, bot: 'Demo' });
  expect(answer.status).toBe(200);
  return answer.body;
}

let ids = 0;
async function ask(id: string, activity: Record<string, unknown>): Promise<Reply[]> {
  ids += 1;
  const body = { conversation: id, activities: [{ id: `a${ids}`, timestamp: time.toISOString(), ...activity }] };
  const answer = await post(`conversation/${id}/activities`, body);
  expect(answer.status).toBe(200);
  return (answer.body as { activities: Reply[] }).activities;
}

const hear = (id: string, text: string): Promise<Reply[]> => ask(id, { type: 'message', text });
const textsOf = (replies: Reply[]): string => replies.map((reply) => reply.text ?? `<${reply.name}>`).join(' ');

describe('a call', () => {
  test('is greeted with the settings for the whole call', async () => {
    await create('c1');
    const [greeting] = await ask('c1', { type: 'event', name: 'start', parameters: { caller: '1' } });
    expect(greeting?.text).toMatch(/^Hello, this is the Patchbay demo bot\./);
    expect(greeting?.sessionParams).toMatchObject({
      bargeIn: true,
      sendDTMF: true,
      sttContextPhrases: CONTEXT_PHRASES,
    });
  });

  test.each([
    ['What are your opening hours?', 'You said: what are your opening hours. We are open Monday to Friday'],
    ['what time is it', 'It is 2:05 PM.'],
    ['what is the date', 'Today is Wednesday, January 31, 2024.'],
    ['Tell me a joke.', 'You said: tell me a joke. Why did the telephone'],
    ['talk to a person', 'cannot transfer you'],
    ['help', 'You can ask for'],
    ['one two three', 'You said the number 1 2 3.'],
    ['42', 'You said the number 4 2.'],
    ['flight to Boston', 'You said: flight to boston.'],
    ['', 'Sorry, I did not get that.'],
  ])('hears "%s"', async (said, answer) => {
    await create('c1');
    expect(textsOf(await hear('c1', said))).toContain(answer);
  });

  test('repeats what it said last, and tells another joke', async () => {
    await create('c1');
    const joke = await hear('c1', 'tell me a joke');
    expect(textsOf(await hear('c1', 'repeat that'))).toBe(textsOf(joke));
    expect(textsOf(await hear('c1', 'tell me a joke'))).not.toBe(textsOf(joke));
  });

  test.each(['goodbye', 'Bye.', 'thank you, goodbye', 'ok bye'])('ends with "%s"', async (said) => {
    await create('c1');
    const replies = await hear('c1', said);
    expect(replies.map((reply) => [reply.type, reply.name])).toEqual([
      ['message', undefined],
      ['event', 'hangup'],
    ]);
    expect(replies[1]?.activityParams).toEqual({ hangupReason: 'the caller said goodbye' });
  });

  test('reads keys back', async () => {
    await create('c1');
    const key = (value: string): Promise<Reply[]> => ask('c1', { type: 'event', name: 'DTMF', value });
    expect(textsOf(await key('1'))).toBe('Key 1.');
    expect(textsOf(await key('*'))).toBe('Key star.');
    expect(textsOf(await key('#'))).toBe('You pressed 1 star.');
    expect(textsOf(await key('123'))).toBe('You pressed 1 2 3.');
  });

  test('asks after silence and gives up at the third', async () => {
    await create('c1');
    const silence = (value: number): Promise<Reply[]> => ask('c1', { type: 'event', name: 'noUserInput', value });
    expect(textsOf(await silence(1))).toBe('Are you still there?');
    expect(textsOf(await silence(2))).toContain('I cannot hear you.');
    expect(textsOf(await silence(3))).toBe('Thank you for calling. Goodbye! <hangup>');
  });

  test('ignores events that it does not know', async () => {
    await create('c1');
    expect(await ask('c1', { type: 'event', name: 'voiceDetected' })).toEqual([]);
  });

  test('gets the same answer to a repeated activity, with the same ids', async () => {
    await create('c1');
    const body = { conversation: 'c1', activities: [{ id: 'same', type: 'message', text: 'tell me a joke' }] };
    const [first, second] = [
      await post('conversation/c1/activities', body),
      await post('conversation/c1/activities', body),
    ];
    expect(second).toEqual(first);
  });
});

describe('the protocol', () => {
  test('answers the connectivity check', async () => {
    const response = await fetch(bot.url, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await response.json()).toEqual({ type: 'ac-bot-api', success: true });
  });

  test.each(['', 'wrong', 'demo-secret-and-more'])('refuses the token "%s"', async (token) => {
    expect((await post('', { conversation: 'c1' }, token)).status).toBe(401);
    expect((await post('conversation/c1/activities', { activities: [] }, token)).status).toBe(401);
  });

  test.each(['activities', 'refresh', 'disconnect'])('does not know a strange conversation at %s', async (step) => {
    expect((await post(`conversation/strange/${step}`, { conversation: 'strange', activities: [] })).status).toBe(404);
  });

  test('forgets a conversation at its end, and when it is idle for long', async () => {
    const urls = await create('c1');
    expect((await post(urls.disconnectURL, { conversation: 'c1' })).status).toBe(200);
    expect((await post(urls.refreshURL, { conversation: 'c1' })).status).toBe(404);
    await create('c2');
    time = new Date(time.getTime() + 100_000);
    expect((await post('conversation/c2/refresh', {})).body).toEqual({ expiresSeconds: 120 });
    time = new Date(time.getTime() + 181_000);
    expect((await post('conversation/c2/refresh', {})).status).toBe(404);
  });

  test.each([
    ['no JSON', '{"conversation":', 400],
    ['no conversation', '{}', 400],
    ['a long id', JSON.stringify({ conversation: 'x'.repeat(200) }), 400],
    ['a huge body', JSON.stringify({ conversation: 'c', padding: 'x'.repeat(100_000) }), 413],
  ])('refuses %s', async (_what, body, status) => {
    expect((await post('', body)).status).toBe(status);
  });

  test('keeps ids apart that need escaping', async () => {
    const urls = await create('a/b?c');
    expect((await post(urls.refreshURL, {})).status).toBe(200);
  });

  test('takes no more conversations than it can', async () => {
    const { Conversations } = await import('./conversations.ts');
    const conversations = new Conversations({ idleMs: 1000, max: 2 }, () => time);
    expect(['a', 'b', 'c', 'a'].map((id) => conversations.create(id))).toEqual([true, true, false, true]);
    time = new Date(time.getTime() + 1000);
    expect(conversations.create('c')).toBe(true);
    expect(conversations.size).toBe(1);
  });

  test('refuses to start on a port that is taken', async () => {
    const { hostname: host, port } = new URL(bot.url);
    await expect(startDemoBot({ host, port: Number(port), log })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('closes with idle connections open', async () => {
    const other = await startDemoBot({ host: '127.0.0.1', port: 0, log });
    const idle = httpRequest(other.url, { agent: false, headers: { connection: 'keep-alive' } });
    await new Promise<void>((resolve, reject) => {
      idle.on('response', (response) => response.resume().on('end', () => resolve()));
      idle.on('error', reject);
      idle.end();
    });
    await other.close();
  });
});
