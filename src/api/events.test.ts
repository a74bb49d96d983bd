import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { EventFeed } from '../dialout/notifications/event-feed.ts';
import type { EventFilter, EventLog, StoredEvent } from '../dialout/notifications/ports.ts';
import type { EventsPort } from './event-routes.ts';
import { basic, setUp, uuid } from './testing.ts';

class MemoryLog implements EventLog {
  readonly events: StoredEvent[] = [];
  pruned = 0;

  add(changes: Partial<StoredEvent> = {}): StoredEvent {
    const id = (this.events.at(-1)?.id ?? 0) + 1;
    const event: StoredEvent = {
      ...{ id, conversationId: uuid(1), type: undefined, bot: 'demo', body: `{"n":${id}}` },
      ...changes,
    };
    this.events.push(event);
    return event;
  }

  async lastId(): Promise<number> {
    return this.events.at(-1)?.id ?? 0;
  }

  async prunedThrough(): Promise<number> {
    return this.pruned;
  }

  async after(id: number, limit: number, { conversationId, bot }: EventFilter = {}): Promise<StoredEvent[]> {
    return this.events
      .filter((event) => event.id > id && (conversationId === undefined || event.conversationId === conversationId))
      .filter((event) => bot === undefined || event.bot === bot)
      .slice(0, limit);
  }
}

interface Stream {
  request: ClientRequest;
  response: IncomingMessage;
  /** Resolves when the text so far holds `part`; rejects when the stream ends before. */
  until(part: string): Promise<string>;
  ended: Promise<void>;
}

async function start(options: Partial<EventsPort> = {}, limits = {}) {
  const log = new MemoryLog();
  const feed = new EventFeed(
    { log, clock: systemClock, onError: () => {} },
    { maxReaders: 10, maxReadersPerClient: 10, ...limits },
  );
  const { app, get } = setUp({ events: { feed, ...options } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const add = (changes: Partial<StoredEvent> = {}): StoredEvent => {
    const event = log.add(changes);
    feed.wake();
    return event;
  };
  const open = async (query = '', headers: Record<string, string> = {}): Promise<Stream> => {
    const request = httpRequest({
      port,
      path: `/api/v1/events${query}`,
      headers: { authorization: basic('monitor'), ...headers },
      agent: false,
    });
    request.on('error', () => {});
    onTestFinished(() => void request.destroy());
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end();
    });
    let text = '';
    let changed: () => void = () => {};
    let over = false;
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      changed();
    });
    const ended = new Promise<void>((resolve) => {
      response
        .on('error', () => {})
        .on('close', () => {
          over = true;
          changed();
          resolve();
        });
    });
    const until = async (part: string): Promise<string> => {
      for (let from = 0; text.indexOf(part, from) < 0; ) {
        // What was looked through once is not looked through again.
        from = Math.max(0, text.length - part.length);
        if (over) throw new Error(`the stream ended after ${JSON.stringify(text.slice(-200))}`);
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
      return text;
    };
    return { request, response, until, ended };
  };
  return { app, feed, log, add, open, get };
}

test('events come as they happen, with their ids', async () => {
  const { add, open } = await start();
  add();
  const stream = await open();
  expect(stream.response.statusCode).toBe(200);
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
  await stream.until('retry: 2000\n\n');
  add();
  add();
  expect(await stream.until('{"n":3}\n\n')).toBe('retry: 2000\n\nid: 2\ndata: {"n":2}\n\nid: 3\ndata: {"n":3}\n\n');
});

test('what happens in a call has a name of its own, so that those who wait for statuses do not meet it', async () => {
  const { add, open } = await start();
  add();
  add({ type: 'speech.failover' });
  add();
  const parts = ['id: 1\ndata: {"n":1}', 'event: speech.failover\nid: 2\ndata: {"n":2}', 'id: 3\ndata: {"n":3}'];
  expect(await (await open('?after=0')).until('{"n":3}\n\n')).toBe(`retry: 2000\n\n${parts.join('\n\n')}\n\n`);
});

test('a stream is resumed by its last id, by the query or the header; the header is the newer', async () => {
  const { add, open } = await start();
  for (let n = 0; n < 5; n += 1) add();
  const parts = ['id: 4\ndata: {"n":4}\n\n', 'id: 5\ndata: {"n":5}\n\n'];
  for (const stream of [
    await open('?after=3'),
    await open('', { 'last-event-id': '3' }),
    await open('?after=1', { 'last-event-id': '3' }),
  ]) {
    expect(await stream.until('id: 5\ndata: {"n":5}\n\n')).toBe(`retry: 2000\n\n${parts.join('')}`);
  }
  expect(await (await open('?after=0')).until('{"n":5}')).toContain('id: 1\n');
});

test('one dialout only, or one bot only', async () => {
  const { add, open } = await start();
  add({ conversationId: uuid(7) });
  add({ bot: 'other' });
  add();
  const one = await open(`?after=0&conversationId=${uuid(7)}`);
  const bot = await open('?after=0&bot=other');
  expect(await one.until('id: 1\n')).not.toContain('id: 3');
  expect(await bot.until('id: 2\n')).not.toContain('id: 1\n');
});

test('a gap is told', async () => {
  const { add, log, open } = await start();
  for (let n = 0; n < 3; n += 1) add();
  log.pruned = 2;
  const stream = await open('?after=1');
  expect(await stream.until('id: 3')).toContain('event: gap\nid: 2\ndata: {"from":1,"to":2}\n\n');
});

test.each(['after=x', 'after=-1', 'conversationId=1', 'since=1'])('?%s is 400', async (query) => {
  const { get } = await start();
  expect(await get(`/api/v1/events?${query}`)).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
});

test('silence is filled with comments, and a stream ends after its lifetime', async () => {
  const { open, feed } = await start({ heartbeatMs: 10, lifetimeMs: 60 });
  const stream = await open();
  await stream.until(':\n\n:\n\n');
  await stream.ended;
  expect(feed.readers).toBe(0);
});

test('more streams than there may be are refused, with the time to come again', async () => {
  const { open, get } = await start({}, { maxReaders: 1 });
  const stream = await open();
  expect(await get('/api/v1/events')).toMatchObject({
    status: 429,
    headers: { 'retry-after': '10' },
    body: { error: { code: 'too_many_requests' } },
  });
  stream.request.destroy();
  for (;;) {
    const again = await open();
    if (again.response.statusCode === 200) break;
    await again.ended;
  }
});

test('whoever takes nothing is dropped, and the others do not notice', async () => {
  const { add, open, feed } = await start({ stalledMs: 1_000 });
  const [slow, quick] = [await open(), await open()];
  slow.response.pause();
  const body = JSON.stringify({ text: 'x'.repeat(60_000) });
  for (let n = 0; n < 300; n += 1) add({ body });
  await quick.until('id: 300\n');
  while (feed.readers > 1) await new Promise((resolve) => setTimeout(resolve, 10));
  add();
  await quick.until('id: 301\n');
});

test('a server that stops ends its streams', async () => {
  const { app, open } = await start();
  const stream = await open();
  await app.close();
  await stream.ended;
});

test('only for the group monitor', async () => {
  const { get } = await start();
  expect(await get('/api/v1/events', { authorization: '' })).toMatchObject({ status: 401 });
  expect(await get('/api/v1/events', { authorization: basic('callDataManager') })).toMatchObject({ status: 403 });
});
