import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { systemClock } from '../clock.ts';
import { NotificationError } from '../dialout/notifications/errors.ts';
import type { EventFeed, EventReader } from '../dialout/notifications/event-feed.ts';
import type { StoredEvent } from '../dialout/notifications/ports.ts';
import { ApiError, retryAfter } from './errors.ts';
import { addRoute } from './route.ts';

/** What the stream of events needs. */
export interface EventsPort {
  feed: Pick<EventFeed, 'read' | 'close'>;
  /** A comment is sent after so long a silence. Default: 15 s. */
  heartbeatMs?: number;
  /** A reader that takes nothing for so long is dropped. Default: 30 s. */
  stalledMs?: number;
  /** A stream ends after so long, so that its reader shows its credentials again. Default: an hour. */
  lifetimeMs?: number;
}

const eventId = z
  .string()
  .regex(/^\d{1,15}$/, 'expected the id of an event')
  .transform(Number);

const query = z.strictObject({
  after: eventId.optional().describe('Id of the last event that was seen: the stream begins with the next one'),
  conversationId: z
    .uuid({ error: 'expected a UUID' })
    .optional()
    .describe('Events of one dialout, or of the call with this conversation, only'),
  bot: z.string().min(1).max(128).optional().describe('Events of one bot only'),
});

const headers = z.object({
  'last-event-id': eventId.optional().describe('As `after`; browsers send it when they connect again'),
});

const description = [
  'Server-sent events (WHATWG HTML 9.2). Each message has the id of the event in `id:` and in `data:` the body that',
  'notifications of this event have. What happens in any call has a message of its own kind: `event: speech.failover`, when a',
  'conversation goes on with another speech service, with `{ type, conversationId, callId, bot, kind, from, to, reasonCode,',
  'timestamp }` (`kind`: `stt` or `tts`; `from` and `to`: ids of speech services). Ids increase over all of them; a stream that is resumed with the last id that was seen goes on',
  'without a gap and without repeats. Without one it begins with what happens from now on. A message `event: gap`, with',
  '`{ from, to }`, says that events after `from` up to `to` are no longer kept. Comments keep the connection alive.',
].join(' ');

/** The statuses of dialouts, and what happens in calls, as it happens and as it happened. */
export function eventRoutes(app: FastifyInstance, port: EventsPort): void {
  // Streams have no end of their own that a stopping server could wait for.
  app.addHook('preClose', async () => port.feed.close());

  addRoute(app, {
    method: 'GET',
    url: '/events',
    access: 'monitor',
    id: 'streamEvents',
    tag: 'Dialout',
    summary: 'Statuses of dialouts and failovers of speech services, live',
    description,
    query,
    headers,
    responses: { 200: { description: 'A stream that the hub does not end', contentType: 'text/event-stream' } },
    errors: [429],
    handle: async ({ query: { after, ...filter }, headers: sent, client, reply, request }) => {
      // The browser's header is the newer one: the URL stays as it was when the stream was opened first.
      const reader = await open(port.feed, { client, after: sent['last-event-id'] ?? after, filter });
      reply.hijack();
      const { raw } = reply;
      raw.on('close', () => reader.close());
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      // Not awaited: the route's work is done, the stream goes on by itself.
      stream(reader, raw, port).catch((error: unknown) => {
        request.log.error({ err: error }, 'a stream of events broke off');
        reader.close();
        raw.destroy();
      });
    },
  });
}

async function open(feed: EventsPort['feed'], wanted: Parameters<EventsPort['feed']['read']>[0]): Promise<EventReader> {
  try {
    return await feed.read(wanted);
  } catch (error) {
    if (error instanceof NotificationError && error.code === 'too_many_readers') {
      throw new ApiError('too_many_requests', 'Too many streams of events are open', { headers: retryAfter(10_000) });
    }
    throw error;
  }
}

async function stream(reader: EventReader, raw: ServerResponse, port: EventsPort): Promise<void> {
  const { heartbeatMs = 15_000, stalledMs = 30_000, lifetimeMs = 3_600_000 } = port;
  const endAt = systemClock.now() + lifetimeMs;
  let text = 'retry: 2000\n\n';
  if (reader.gap !== undefined) text += `event: gap\nid: ${reader.gap.to}\ndata: ${JSON.stringify(reader.gap)}\n\n`;
  let taken = await write(raw, text, stalledMs);
  while (taken && !reader.closed && systemClock.now() < endAt) {
    const events = await reader.next(heartbeatMs);
    if (events.length === 0) taken = await write(raw, ':\n\n', stalledMs);
    // One by one: whoever is slow but takes what it gets is not taken for one that has stalled.
    for (const event of events) taken &&= await write(raw, message(event), stalledMs);
  }
  if (!taken) raw.destroy();
  reader.close();
  raw.end();
}

function message({ id, type, body }: StoredEvent): string {
  return `${type === undefined ? '' : `event: ${type}\n`}id: ${id}\ndata: ${body}\n\n`;
}

/** False: the reader has not taken it within `limitMs`, or is gone. */
function write(raw: ServerResponse, text: string, limitMs: number): Promise<boolean> {
  if (raw.destroyed) return Promise.resolve(false);
  if (raw.write(text)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (taken: boolean): void => {
      cancel();
      raw.off('drain', onDrain).off('close', onClose);
      resolve(taken);
    };
    const onDrain = (): void => done(true);
    const onClose = (): void => done(false);
    const cancel = systemClock.after(limitMs, () => done(false));
    raw.on('drain', onDrain).on('close', onClose);
  });
}
