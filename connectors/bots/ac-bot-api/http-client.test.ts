import { type AddressInfo, createServer } from 'node:net';
import pino from 'pino';
import { errors, MockAgent } from 'undici';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { acBotApiConfigSchema } from './config.ts';
import { createAcBotApi } from './connector.ts';
import { createHttpClient, type HttpRequest } from './http-client.ts';
import { botErrorOf } from './test-support.ts';

function requestTo(url: string, retries: number): HttpRequest {
  return {
    method: 'POST',
    url: new URL(url),
    headers: {},
    body: '{}',
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    retries,
  };
}

function mockedClient() {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const http = createHttpClient({ dispatcher: agent, clock: systemClock, maxReplyBytes: 1024 });
  return { agent, http, bot: agent.get('http://bot.example') };
}

describe('a connection that does not come about', () => {
  test('is tried again once', async () => {
    const { agent, http, bot } = mockedClient();
    bot.intercept({ path: '/bot', method: 'POST' }).replyWithError(new errors.ConnectTimeoutError());
    bot.intercept({ path: '/bot', method: 'POST' }).reply(200, 'yes');
    expect(await http(requestTo('http://bot.example/bot', 1))).toMatchObject({ status: 200, text: 'yes' });
    await agent.close();
  });

  test.each([
    [new errors.ConnectTimeoutError(), 'no connection in time'],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'host name cannot be resolved'],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), 'is the bot running?'],
    [Object.assign(new Error('x'), { code: 'EHOSTUNREACH' }), 'EHOSTUNREACH'],
    [new Error('odd'), 'odd'],
  ])('%s says "%s"', async (cause, text) => {
    const { agent, http, bot } = mockedClient();
    bot.intercept({ path: '/bot?key=hidden', method: 'POST' }).replyWithError(cause);
    const error = await botErrorOf(http(requestTo('http://bot.example/bot?key=hidden', 0)));
    expect(error).toMatchObject({ code: 'bot_unreachable', retryable: true });
    expect(error.message).not.toContain('hidden');
    expect(error.message).toContain(text);
    await agent.close();
  });

  test('is given up after connectMs when the other side never shakes hands', async () => {
    const mute = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/bot`;
    const config = acBotApiConfigSchema.parse({ url, timeouts: { connectMs: 50 } });
    const connection = createAcBotApi(
      { id: 'mute', name: 'Mute', config },
      { log: pino({ level: 'silent' }), clock: systemClock },
    );
    expect((await connection.validate()).steps[0]?.message).toContain('no connection in time');
    await connection.close();
    await new Promise((resolve) => mute.close(resolve));
  });
});
