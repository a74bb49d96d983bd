import { describe, expect, test } from 'vitest';
import type { FakeConversation } from './fake-conversation.ts';
import { botSays, message, Rig, rejection, until } from './test-support.ts';

const TRANSPORTS = ['websocket', 'polling'] as const;
const answers = (rig: Rig) => {
  rig.server.bot = ({ type, text }, _conversation, say) => {
    if (type === 'message') say({ type: 'message', text: `re ${text}` });
    return 200;
  };
};
const textsOf = ({ received }: FakeConversation) =>
  received.filter(({ type }) => type === 'message').map(({ text }) => text);

describe.concurrent.each(TRANSPORTS)('Direct Line with faults: %s', (transport) => {
  test('a secret that is refused: rejected, and in no message and no log', async () => {
    await using rig = await Rig.start({ transport, secret: 'wrong-secret' });
    const error = await rejection(rig.open());
    expect(error).toMatchObject({ code: 'bot_rejected', retryable: false });
    expect(error.message).toContain('403');
    expect(error.message + rig.log.join()).not.toContain('wrong-secret');
  });

  test('a start that is not answered: unreachable within the time that one request has', async () => {
    await using rig = await Rig.start({ transport, timeouts: { responseMs: 200 } });
    rig.server.fail('start', { hang: true }, { hang: true }, { hang: true }, { hang: true });
    expect(await rejection(rig.open())).toMatchObject({ code: 'bot_unreachable', retryable: true });
  });

  test('an answer that is no JSON: the bot has failed', async () => {
    await using rig = await Rig.start({ transport });
    rig.server.fail('start', { raw: '<html>' });
    expect(await rejection(rig.open())).toMatchObject({ code: 'bot_failed' });
  });

  test('a service that is away for a moment when the call begins', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    rig.server.fail('generate', { status: 503 });
    rig.server.fail('start', { reset: 'before' });
    const talk = await rig.open();
    await talk.session.send([message('hello')]);
    await until(() => expect(talk.texts()).toEqual(['re hello']));
  });

  test('429: the delivery waits as it is told, and goes once', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    const talk = await rig.open();
    rig.server.fail('post', { status: 429, headers: { 'retry-after': '0.4' } }, { status: 503 });
    const before = performance.now();
    await Promise.all([talk.session.send([message('one')]), talk.session.send([message('two')])]);
    expect(performance.now() - before).toBeGreaterThan(390);
    await until(() => expect(talk.texts()).toEqual(['re one', 're two']));
    expect(textsOf(talk.conversation)).toEqual(['one', 'two']);
  });

  test('a rate limit: both messages arrive, in order, once', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    rig.server.postsPerSecond = 1;
    const talk = await rig.open();
    await Promise.all([talk.session.send([message('one')]), talk.session.send([message('two')])]);
    await until(() => expect(talk.texts()).toEqual(['re one', 're two']));
    expect(rig.server.count('post')).toBeGreaterThan(2);
  });

  test('429 for too long: unreachable, the conversation stays', async () => {
    await using rig = await Rig.start({ transport, timeouts: { retryMs: 100 } });
    answers(rig);
    const talk = await rig.open();
    rig.server.fail('post', { status: 429, headers: { 'retry-after': '30' } });
    expect(await rejection(talk.session.send([message('one')]))).toMatchObject({
      code: 'bot_unreachable',
      retryable: true,
    });
    await talk.session.send([message('two')]);
    await until(() => expect(talk.texts()).toEqual(['re two']));
    expect(talk.lost).toEqual([]);
  });

  test('botFailOnErrors: what would be tried again is the failure of the bot, of this one only', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    const [talk, other] = [await rig.open(), await rig.open()];
    rig.server.fail('post', { status: 503 });
    const error = await rejection(talk.session.send([message('one')], { failOnErrors: true }));
    expect(error).toMatchObject({ code: 'bot_unreachable' });
    expect(talk.lost).toEqual([error]);
    expect(rig.server.count('post')).toBe(1);
    await other.session.send([message('two')], { failOnErrors: true });
    await until(() => expect(other.texts()).toEqual(['re two']));
  });

  test.each(['before', 'after'] as const)(
    'a connection that breaks %s the message was taken: it arrives once',
    async (reset) => {
      await using rig = await Rig.start({ transport });
      answers(rig);
      const talk = await rig.open();
      rig.server.fail('post', { reset });
      await talk.session.send([message('hello')]);
      await until(() => expect(talk.texts()).toEqual(['re hello']));
      expect(textsOf(talk.conversation)).toEqual(['hello']);
    },
  );

  test('a bot that takes too long for Direct Line may still answer', async () => {
    await using rig = await Rig.start({ transport });
    rig.server.botLimitMs = 30;
    rig.server.bot = async ({ type }, _conversation, say) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      if (type === 'message') say({ type: 'message', text: 'at last' });
      return 200;
    };
    const talk = await rig.open();
    await talk.session.send([message('hello')]);
    await until(() => expect(talk.texts()).toEqual(['at last']));
  });

  test('a bot that fails ends its conversation, and no other', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    const [talk, other] = [await rig.open(), await rig.open()];
    rig.server.fail('post', { status: 502, code: 'BotRejectedActivity', message: 'bot returned an error' });
    expect(await rejection(talk.session.send([message('hello')]))).toMatchObject({ code: 'bot_failed' });
    expect(talk.lost.map(({ code }) => code)).toEqual(['bot_failed']);
    await other.session.send([message('hello')]);
    await until(() => expect(other.texts()).toEqual(['re hello']));
  });

  test('a message beyond 256 K is refused before it is sent', async () => {
    await using rig = await Rig.start({ transport });
    const talk = await rig.open();
    expect(await rejection(talk.session.send([message('x'.repeat(300_000))]))).toMatchObject({ code: 'bot_rejected' });
    expect(rig.server.count('post')).toBe(0);
  });

  test('a token is renewed before it expires', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    rig.server.tokenLifeMs = 900;
    rig.server.keepAliveMs = 50;
    const talk = await rig.open();
    await until(() => expect(rig.server.count('refresh')).toBeGreaterThanOrEqual(2));
    await talk.session.send([message('hello')]);
    await until(() => expect(talk.texts()).toEqual(['re hello']));
    expect(rig.log.join()).not.toMatch(/token\.[0-9a-f]{8}|direct-line-secret|[?&]t=/);
  });

  test('a token that expires in the call is won back with the secret; nothing is lost', async () => {
    await using rig = await Rig.start({ transport });
    answers(rig);
    rig.server.tokenLifeMs = 500;
    rig.server.keepAliveMs = 50;
    rig.server.fail('refresh', { status: 400 });
    const talk = await rig.open();
    rig.server.tokenLifeMs = 1_800_000;
    await new Promise((resolve) => setTimeout(resolve, 600));
    botSays(talk, 'are you there');
    await talk.session.send([message('hello')]);
    await until(() => expect(talk.texts()).toEqual(['are you there', 're hello']));
    expect(talk.lost).toEqual([]);
  });

  test('without a secret the conversation is lost with its token, once', async () => {
    await using rig = await Rig.start(({ tokenEndpoint }) => ({ transport, tokenEndpoint }));
    rig.server.tokenLifeMs = 500;
    rig.server.keepAliveMs = 50;
    rig.server.fail('refresh', { status: 400 });
    const talk = await rig.open();
    await until(() => expect(talk.lost.map(({ code }) => code)).toEqual(['bot_conversation_lost']));
    expect(await rejection(talk.session.send([message('hello')]))).toMatchObject({ code: 'bot_conversation_lost' });
  });

  test('a service that goes away in the call: lost after the time that is given', async () => {
    await using rig = await Rig.start({ transport, timeouts: { reconnectMs: 300 } });
    const talk = await rig.open();
    await rig.server.close();
    await until(() => expect(talk.lost.map(({ code }) => code)).toEqual(['bot_unreachable']));
  });

  test('after close nothing is left', async () => {
    await using rig = await Rig.start({ transport });
    const [one, two] = [await rig.open(), await rig.open()];
    await one.session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    await rig.connection.close();
    expect([one, two].map(({ conversation }) => conversation.received.at(-1)?.type)).toEqual(
      Array(2).fill('endOfConversation'),
    );
    await until(async () => expect(await rig.server.connections()).toBe(0));
  });
});

describe.concurrent('a stream', () => {
  test('that is refused at first is opened by a reconnect', async () => {
    await using rig = await Rig.start();
    answers(rig);
    rig.server.fail('stream', { status: 503 });
    const talk = await rig.open();
    await talk.session.send([message('hello')]);
    await until(() => expect(talk.texts()).toEqual(['re hello']));
  });

  test('that cannot be opened rejects the opening, and the bot learns of the end', async () => {
    await using rig = await Rig.start();
    rig.server.fail('stream', { status: 403 }, { status: 403 });
    expect(await rejection(rig.open())).toMatchObject({ code: 'bot_rejected' });
    await until(() => expect([...rig.server.conversations.values()][0]?.received[0]?.type).toBe('endOfConversation'));
  });

  test('that breaks again and again in the middle of answers: every message comes once, in order', async () => {
    await using rig = await Rig.start();
    const talk = await rig.open();
    const expected = Array.from({ length: 12 }, (_, n) => `part ${n}`);
    for (const [n, text] of expected.entries()) {
      botSays(talk, text);
      if (n % 4 === 2) talk.conversation.cut();
      if (n % 4 === 3) await until(() => expect(talk.conversation.stream).toBeDefined());
    }
    await until(() => expect(talk.texts()).toHaveLength(expected.length));
    expect(talk.texts()).toEqual(expected);
    expect(talk.conversation.streams).toBeGreaterThan(3);
  });

  test('that breaks before it brought anything: what was said is asked for', async () => {
    await using rig = await Rig.start();
    const talk = await rig.open();
    talk.conversation.cut();
    botSays(talk, 'welcome');
    await until(() => expect(talk.texts()).toEqual(['welcome']));
  });

  test('that is frozen is noticed by its silence, and opened again', async () => {
    await using rig = await Rig.start({ timeouts: { pingMs: 100 } });
    const talk = await rig.open();
    botSays(talk, 'one');
    await until(() => expect(talk.texts()).toEqual(['one']));
    talk.conversation.freeze();
    botSays(talk, 'two');
    await until(() => expect(talk.texts()).toEqual(['one', 'two']));
    expect(rig.log.join()).toContain('no sign of life');
  });

  test('with a message that cannot be read is opened again; one that stays so is left out', async () => {
    await using rig = await Rig.start();
    const talk = await rig.open();
    talk.conversation.sendRaw('{"activities": [{');
    botSays(talk, 'one');
    await until(() => expect(talk.texts()).toEqual(['one']));
    expect(talk.conversation.streams).toBe(2);
    talk.conversation.sendRaw('[]');
    talk.conversation.sendRaw(JSON.stringify({ activities: [7, { type: 'typing' }, null] }));
    talk.conversation.sendRaw('');
    botSays(talk, 'two');
    await until(() => expect(talk.texts()).toEqual(['one', 'two']));
    expect(talk.conversation.streams).toBe(2);
  });

  test('of a strange host is not followed', async () => {
    await using rig = await Rig.start();
    const strange = { conversationId: 'c', token: 't', streamUrl: 'ws://192.0.2.1/stream?t=secret-key' };
    rig.server.fail('start', { raw: JSON.stringify(strange) });
    const error = await rejection(rig.open());
    expect(error).toMatchObject({ code: 'bot_failed' });
    expect(error.message).toContain('192.0.2.1');
    expect(error.message).not.toContain('secret-key');
  });
});

test('polls that fail for a while go on', async () => {
  await using rig = await Rig.start({ transport: 'polling' });
  const talk = await rig.open();
  rig.server.fail(
    'activities',
    { status: 500 },
    { status: 429, headers: { 'retry-after': '0.1' } },
    { reset: 'before' },
  );
  botSays(talk, 'one', 'two');
  await until(() => expect(talk.texts()).toEqual(['one', 'two']));
  expect(talk.lost).toEqual([]);
});
