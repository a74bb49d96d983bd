import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { MAX_BROKEN_FRAMES } from './message-reader.ts';
import { makeRig, message, type Rig } from './test-support.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface AsyncRig extends Rig {
  sockets: WebSocket[];
  headers: Record<string, unknown>[];
  say(frame: unknown): void;
}

async function rigOf(options: { trusted?: boolean; greeting?: unknown; gone?: boolean } = {}): Promise<AsyncRig> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sockets: WebSocket[] = [];
  const headers: Record<string, unknown>[] = [];
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    headers.push(request.headers);
    if (options.greeting !== undefined) socket.send(JSON.stringify(options.greeting));
  });
  if (options.gone === true) await new Promise((resolve) => server.close(resolve));
  const rig = await makeRig({
    bot: { token: 't0p', createExtras: { websocketURL: `http://${origin}/replies` } },
    config: {
      auth: { token: 't0p' },
      trustedOrigins: options.trusted === false ? [] : [`http://${origin}`],
      timeouts: { disconnectMs: 200 },
    },
  });
  cleanUps.push(async () => {
    await rig.close();
    await eventually(() => server.clients.size === 0, 'all connections closed');
    await new Promise((resolve) => server.close(resolve));
  });
  return { ...rig, sockets, headers, say: (frame) => sockets.at(-1)?.send(JSON.stringify(frame)) };
}

const reply = (text: string) => ({ activities: [{ type: 'message', text }] });

describe('replies over websocketURL', () => {
  test('come unasked, beside those of HTTP answers, and no more after the end', async () => {
    const { bot, open, say, headers, sockets } = await rigOf({ greeting: reply('early') });
    bot.answer = () => [{ type: 'message', text: 'by POST' }];
    const { session, id, activities } = await open();
    expect(activities).toEqual([]);
    await session.send([message('hello')]);
    say({ conversation: id, ...reply('unasked') });
    await eventually(() => activities.length === 3, 'all three');
    expect(activities.map(({ text }) => text).sort()).toEqual(['by POST', 'early', 'unasked']);
    expect(headers[0]).toMatchObject({ authorization: 'Bearer t0p', 'ac-conversation-id': id });
    const ended = session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    say(reply('farewell'));
    await ended;
    expect(activities).toHaveLength(3);
    expect(sockets[0]?.readyState).toBe(3);
  });

  test('fall back to HTTP answers when the bot closes the WebSocket', async () => {
    const { bot, open, sockets, logLines } = await rigOf();
    const { session, activities, lost } = await open();
    sockets[0]?.close();
    await eventually(() => logLines.some(({ msg }) => String(msg).includes('was closed')), 'the end of it');
    bot.answer = () => [{ type: 'message', text: 'by POST' }];
    await session.send([message('hello')]);
    expect(activities).toMatchObject([{ text: 'by POST' }]);
    expect(lost).toEqual([]);
  });

  test('fall back when it cannot be opened', async () => {
    const { bot, open, logLines } = await rigOf({ gone: true });
    bot.answer = () => [{ type: 'message', text: 'by POST' }];
    const { session, activities } = await open();
    await session.send([message('hello')]);
    expect(activities).toMatchObject([{ text: 'by POST' }]);
    expect(logLines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('cannot be opened') }));
  });

  test('garbage is dropped; too much of it, and the WebSocket is given up', async () => {
    const { open, sockets, say } = await rigOf();
    const { activities, lost } = await open();
    sockets[0]?.send('garbage');
    say({ type: 'playStream.start' });
    say({ activities: 'none' });
    say(reply('fine'));
    await eventually(() => activities.length === 1, 'the message');
    for (let n = 1; n < MAX_BROKEN_FRAMES; n++) sockets[0]?.send('garbage');
    await eventually(() => sockets[0]?.readyState === 3, 'the end of it');
    expect(lost).toEqual([]);
  });

  test('the credentials stay at home when it is of another origin', async () => {
    const { open, headers, logLines } = await rigOf({ trusted: false });
    await open();
    expect(headers[0]?.authorization).toBeUndefined();
    expect(logLines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('another origin') }));
  });

  test('a call that ends while it is being opened leaves nothing behind', async () => {
    const { bot, open, sockets } = await rigOf();
    const opened = await open();
    opened.abort();
    await opened.session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    expect(bot.conversations.get(opened.id)?.ends).toHaveLength(1);
    expect(sockets[0]?.readyState).toBe(3);
  });
});
