import pino from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { acBotApiConfigSchema } from './config.ts';
import { createAcBotApi } from './connector.ts';
import { FakeBotServer } from './fake-bot.ts';
import { botErrorOf, contextOf, makeRig, message, openSession, type Rig } from './test-support.ts';

const rigs: Rig[] = [];
async function rigOf(...args: Parameters<typeof makeRig>): Promise<Rig> {
  const rig = await makeRig(...args);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const handlers = { onActivities: () => {}, onLost: () => {} };

describe('opening a conversation', () => {
  test('posts conversation and bot name to the URL, query included', async () => {
    const { bot, open } = await rigOf({ bot: { path: '/a/bot?code=k' } });
    const { id } = await open();
    expect(bot.requests).toHaveLength(1);
    expect(bot.requests[0]).toMatchObject({ method: 'POST', target: '/a/bot?code=k' });
    expect(bot.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
    expect(bot.conversations.get(id)?.created).toMatchObject({
      conversation: id,
      bot: 'Demo',
      capabilities: ['websocket'],
    });
  });

  test('botName of the configuration wins', async () => {
    const { bot, open } = await rigOf({ config: { botName: 'Alias' } });
    const { id } = await open();
    expect(bot.conversations.get(id)?.created).toMatchObject({ bot: 'Alias' });
  });

  test.each(['relative', 'rooted', 'absolute'] as const)('understands %s addresses', async (urlStyle) => {
    const { bot, open } = await rigOf({ bot: { urlStyle, path: '/deep/bot' } });
    const { session, id } = await open();
    await session.send([message('hello')]);
    await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    const prefix = urlStyle === 'relative' ? '/deep' : '';
    expect(bot.requests.map((request) => request.target)).toEqual([
      '/deep/bot',
      `${prefix}/conversation/${id}/activities`,
      `${prefix}/conversation/${id}/disconnect`,
    ]);
  });

  test('reuses its connections', async () => {
    const { bot, open } = await rigOf();
    const { session } = await open();
    for (let n = 0; n < 20; n++) await session.send([message('hello')]);
    expect(bot.openConnections).toBeLessThanOrEqual(2);
  });

  test('opens no more connections than configured', async () => {
    const { bot, open } = await rigOf({ config: { maxConnections: 2 } });
    const gate = Promise.withResolvers<void>();
    bot.always('create', { kind: 'hold', until: gate.promise });
    const opening = [open(), open(), open(), open()];
    await eventually(() => bot.count('create') === 2, 'two requests');
    expect(bot.openConnections).toBe(2);
    gate.resolve();
    await Promise.all(opening);
    expect(bot.count('create')).toBe(4);
    expect(bot.openConnections).toBe(2);
  });

  test.each([
    [400, 'bot_rejected', false],
    [401, 'bot_rejected', false],
    [403, 'bot_rejected', false],
    [404, 'bot_rejected', false],
    [429, 'bot_rejected', true],
    [500, 'bot_failed', false],
    [501, 'bot_failed', false],
  ] as const)('status %i is %s and is not tried again', async (status, code, retryable) => {
    const { bot, open } = await rigOf();
    bot.always('create', { kind: 'status', status });
    expect(await botErrorOf(open())).toMatchObject({ code, retryable, message: expect.stringContaining(`${status}`) });
    expect(bot.count('create')).toBe(1);
  });

  test.each([502, 503, 504])('status %i is tried again once, word for word', async (status) => {
    const { bot, open } = await rigOf();
    bot.next('create', { kind: 'status', status });
    await open();
    expect(bot.count('create')).toBe(2);
    expect(bot.bodies('create')[1]).toBe(bot.bodies('create')[0]);
    bot.always('create', { kind: 'status', status });
    expect(await botErrorOf(open())).toMatchObject({ code: 'bot_failed', retryable: true });
    expect(bot.count('create')).toBe(4);
  });

  test.each([
    ['an empty body', ''],
    ['broken JSON', '{"activitiesURL":'],
    ['another type', '[]'],
    ['no activitiesURL', '{"expiresSeconds":60}'],
    ['a URL that is none', '{"activitiesURL":"http://["}'],
    ['a URL of another kind', '{"activitiesURL":"file:///etc/passwd"}'],
    ['a web page', '<html>hello</html>'],
  ])('%s is bot_failed and is not tried again', async (_what, body) => {
    const { bot, open } = await rigOf();
    bot.always('create', { kind: 'body', body });
    expect(await botErrorOf(open())).toMatchObject({ code: 'bot_failed', retryable: false });
    expect(bot.count('create')).toBe(1);
  });

  test('a redirect is an error that names its target, without the query', async () => {
    const { bot, open } = await rigOf({ config: { auth: { token: 'secret' } } });
    const other = await FakeBotServer.start();
    bot.always('create', { kind: 'status', status: 307, headers: { location: `${other.origin}/bot?key=hidden` } });
    const error = await botErrorOf(open());
    expect(error.code).toBe('bot_failed');
    expect(error.message).toContain(`307, a redirect to ${other.origin}/bot; redirects are not followed`);
    expect(error.message).not.toContain('hidden');
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  test('nobody listening is bot_unreachable after a second attempt', async () => {
    const { bot, open } = await rigOf();
    await bot.close();
    const error = await botErrorOf(open());
    expect(error).toMatchObject({ code: 'bot_unreachable', retryable: true });
    expect(error.message).toContain('is the bot running?');
    expect(error.publicMessage).not.toContain('127.0.0.1');
  });

  test('a creation that was taken but not answered is repeated with the same id', async () => {
    const { bot, open } = await rigOf();
    bot.next('create', { kind: 'drop', taken: true });
    const { session, id } = await open();
    expect([...bot.conversations.keys()]).toEqual([id]);
    await session.send([message('hello')]);
    expect(bot.bodies('create')[1]).toBe(bot.bodies('create')[0]);
  });
});

describe('credentials', () => {
  test('the token goes with every request', async () => {
    const { bot, connection, open } = await rigOf({ bot: { token: 't0p' }, config: { auth: { token: 't0p' } } });
    const { session } = await open();
    await session.send([message('hello')]);
    await session.end({ reasonCode: 'error', reason: 'x' });
    await connection.validate();
    expect(bot.requests.map((request) => request.step)).toEqual(['create', 'activities', 'disconnect', 'check']);
    for (const request of bot.requests) expect(request.headers.authorization).toBe('Bearer t0p');
  });

  test('without auth there is no header', async () => {
    const { bot, open } = await rigOf();
    await open();
    expect(bot.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('a wrong token is bot_rejected; nothing of it shows in error or log', async () => {
    const { open, logLines } = await rigOf({ bot: { token: 'right' }, config: { auth: { token: 'wrong-s3cret' } } });
    const error = await botErrorOf(open());
    expect(error.code).toBe('bot_rejected');
    expect(JSON.stringify([error.message, error.publicMessage, error.stack, logLines])).not.toContain('s3cret');
  });

  test('stay at home when the bot names another origin, which may be trusted by name', async () => {
    const elsewhere = await FakeBotServer.start({ token: 't0p' });
    const home = await rigOf({
      bot: { urlStyle: 'absolute', absoluteOrigin: elsewhere.origin },
      config: { auth: { token: 't0p' } },
    });
    const { session, lost } = await home.open();
    const error = await botErrorOf(session.send([message('hello')]));
    expect(error.code).toBe('bot_rejected');
    expect(error.message).toContain('trustedOrigins');
    expect(lost).toHaveLength(1);
    expect(elsewhere.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
    expect(home.logLines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('origin') }),
    );

    const config = acBotApiConfigSchema.parse({
      url: home.bot.url,
      auth: { token: 't0p' },
      trustedOrigins: [elsewhere.origin],
    });
    const deps = { log: pino({ level: 'silent' }), clock: systemClock };
    const trusting = createAcBotApi({ id: 'demo', name: 'Demo', config }, deps);
    const trusted = await openSession(trusting);
    expect((await botErrorOf(trusted.session.send([message('hello')]))).code).toBe('bot_conversation_lost');
    expect(elsewhere.requests.at(-1)?.headers.authorization).toBe('Bearer t0p');
    await trusting.close();
    await elsewhere.close();
  });
});

describe('the connectivity check', () => {
  test('accepts the documented answer', async () => {
    const { bot, connection } = await rigOf();
    expect(await connection.validate()).toEqual({
      ok: true,
      steps: [{ step: 'http-get', ok: true, ms: expect.any(Number), message: expect.stringContaining('ac-bot-api') }],
    });
    expect(bot.requests[0]).toMatchObject({ method: 'GET', target: '/bot', body: '' });
  });

  test.each(['ok', '{}', '{"type":"ac-bot-api","success":false}', '{"type":"other","success":true}', ''])(
    'refuses %j and says what was expected',
    async (body) => {
      const { bot, connection } = await rigOf();
      bot.always('check', { kind: 'bytes', bytes: `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}` });
      const { ok, steps } = await connection.validate();
      expect(ok).toBe(false);
      expect(steps[0]?.message).toMatch(/expected|not JSON/);
    },
  );
});

describe('the end of the connection', () => {
  test('ends conversations that are open, and drops what is being opened', async () => {
    const { bot, connection, open } = await rigOf();
    const { id } = await open();
    bot.always('create', { kind: 'silence' });
    const opening = botErrorOf(connection.open(contextOf(), handlers));
    await eventually(() => bot.count('create') === 2, 'the request');
    await connection.close();
    expect((await opening).code).toBe('bot_conversation_lost');
    expect(bot.conversations.get(id)?.ends).toEqual([{ reasonCode: 'error', reason: 'the hub is shutting down' }]);
    await eventually(() => bot.openConnections === 0, 'all connections closed');
  });

  test('leaves no connection behind after many calls with random ends', async () => {
    const { bot, connection } = await rigOf();
    bot.answer = () => [{ type: 'message', text: 'hi' }];
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const controller = new AbortController();
        if (n % 3 === 0) setImmediate(() => controller.abort());
        const opening = connection.open(contextOf(controller.signal), handlers);
        const session = await opening.catch(() => undefined);
        if (session === undefined) return;
        const sent = session.send([message('hello')]).catch(() => {});
        if (n % 3 === 1) await sent;
        await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
        await sent;
      }),
    );
    await connection.close();
    for (const conversation of bot.conversations.values()) expect(conversation.ends).toHaveLength(1);
    await eventually(() => bot.openConnections === 0, 'all connections closed');
  });
});
