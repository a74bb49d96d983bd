import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { EventFeed } from './event-feed.ts';
import type { EventFilter, EventLog, StoredEvent } from './ports.ts';

/** A log in memory, whose reads take a turn of the event loop. */
class MemoryLog implements EventLog {
  readonly events: StoredEvent[] = [];
  pruned = 0;
  reads = 0;
  #next = 1;

  add(changes: Partial<StoredEvent> = {}): StoredEvent {
    const id = this.#next;
    this.#next += 1 + (id % 3); // ids have holes
    const event: StoredEvent = {
      id,
      conversationId: 'c',
      type: undefined,
      bot: 'demo',
      body: '{}',
      ...changes,
    };
    this.events.push(event);
    return event;
  }

  async lastId(): Promise<number> {
    return await this.#turn(() => this.events.at(-1)?.id ?? this.pruned);
  }

  async prunedThrough(): Promise<number> {
    return this.pruned;
  }

  async after(id: number, limit: number, { conversationId, bot }: EventFilter = {}): Promise<StoredEvent[]> {
    this.reads += 1;
    return await this.#turn(() =>
      this.events
        .filter((event) => event.id > id)
        .filter((event) => conversationId === undefined || event.conversationId === conversationId)
        .filter((event) => bot === undefined || event.bot === bot)
        .slice(0, limit),
    );
  }

  #turn<T>(read: () => T): Promise<T> {
    return new Promise((resolve) => setImmediate(() => resolve(read())));
  }
}

function setUp(limits = {}) {
  const log = new MemoryLog();
  const errors: unknown[] = [];
  const feed = new EventFeed(
    { log, clock: systemClock, onError: (error) => errors.push(error) },
    { maxReaders: 50, maxReadersPerClient: 50, ...limits },
  );
  const read = (after?: number, filter: EventFilter = {}, client = 'a') => feed.read({ client, after, filter });
  return { log, feed, read, errors };
}

const idsOf = (events: readonly StoredEvent[]) => events.map(({ id }) => id);

describe('the feed of events', () => {
  test('gives what comes from now on, or from an id on', async () => {
    const { log, feed, read } = setUp();
    const [first, second] = [log.add(), log.add()];
    const live = await read();
    const resumed = await read(first.id);
    expect(await resumed.next(0)).toEqual([second]);
    expect(await live.next(0)).toEqual([]);
    const waiting = [live.next(60_000), resumed.next(60_000)];
    const third = log.add();
    feed.wake();
    expect(await Promise.all(waiting)).toEqual([[third], [third]]);
    feed.close();
    expect(await live.next(60_000)).toEqual([]);
    expect(live.closed).toBe(true);
  });

  test('whoever reads, whenever, at whatever pace, from wherever: each event once, in order, by its filter', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('add' as const),
          count: fc.integer({ min: 1, max: 450 }),
          bot: fc.constantFrom('x', 'y'),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), reader: fc.nat(5) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('open' as const),
          back: fc.nat(2500),
          bot: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), reader: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const { log, feed, read, errors } = setUp();
        const readers: {
          reader: Awaited<ReturnType<typeof read>>;
          from: number;
          bot: string | undefined;
          seen: number[];
        }[] = [];
        for (const move of steps) {
          switch (move.do) {
            case 'add':
              for (let n = 0; n < move.count; n += 1) log.add({ bot: move.bot });
              feed.wake();
              break;
            case 'wake':
              feed.wake();
              break;
            case 'open': {
              const from = log.events.at(-1 - move.back)?.id ?? 0;
              if (readers.length < 6)
                readers.push({ reader: await read(from, { bot: move.bot }), from, bot: move.bot, seen: [] });
              break;
            }
            case 'read': {
              const chosen = readers[move.reader % (readers.length || 1)];
              chosen?.seen.push(...idsOf(await chosen.reader.next(0)));
              break;
            }
            case 'leave':
              for (const { reader } of readers.splice(move.reader % (readers.length || 1), 1)) reader.close();
              break;
          }
        }
        feed.wake();
        for (const { reader, from, bot, seen } of readers) {
          for (let events = await reader.next(20); events.length > 0; events = await reader.next(20)) {
            seen.push(...idsOf(events));
          }
          const expected = log.events.filter((event) => event.id > from && (bot === undefined || event.bot === bot));
          expect(seen).toEqual(idsOf(expected));
        }
        feed.close();
        expect(errors).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('up-to-date readers share one read of the log', async () => {
    const { log, feed, read } = setUp();
    const readers = await Promise.all(Array.from({ length: 20 }, () => read()));
    const before = log.reads;
    const waiting = readers.map((reader) => reader.next(60_000));
    const event = log.add();
    feed.wake();
    expect(await Promise.all(waiting)).toEqual(readers.map(() => [event]));
    expect(log.reads - before).toBe(1);
    feed.close();
  });

  test('a gap is told: events that were deleted, or ids that were never here', async () => {
    const { log, feed, read } = setUp();
    log.pruned = 40;
    expect((await read(30)).gap).toEqual({ from: 30, to: 40 });
    expect((await read(40)).gap).toBeUndefined();
    expect((await read(41)).gap).toEqual({ from: 41, to: 40 });
    expect((await read()).gap).toBeUndefined();
    feed.close();
  });

  test('so many readers at a time, and so many of one client', async () => {
    const { feed, read } = setUp({ maxReaders: 3, maxReadersPerClient: 2 });
    const first = await read();
    await read();
    await expect(read()).rejects.toMatchObject({ code: 'too_many_readers' });
    await read(undefined, {}, 'b');
    await expect(read(undefined, {}, 'c')).rejects.toMatchObject({ code: 'too_many_readers' });
    first.close();
    await read(undefined, {}, 'c');
    feed.close();
    expect(feed.readers).toBe(0);
    await expect(read()).rejects.toMatchObject({ code: 'feed_closed' });
  });

  test('a log that fails fails the reader that opens, and is asked again', async () => {
    const { log, feed, read } = setUp();
    const last = log.lastId.bind(log);
    log.lastId = () => Promise.reject(new Error('down'));
    await expect(read()).rejects.toThrow('down');
    expect(feed.readers).toBe(0);
    log.lastId = last;
    const reader = await read();
    const event = log.add();
    feed.wake();
    expect(await reader.next(60_000)).toEqual([event]);
    feed.close();
  });
});
