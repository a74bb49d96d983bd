import type { Clock } from '../../clock.ts';
import { NotificationError } from './errors.ts';
import type { EventFilter, EventLog, StoredEvent } from './ports.ts';

export interface FeedOptions {
  /** Readers at a time. */
  maxReaders: number;
  /** Readers of one API client at a time. */
  maxReadersPerClient: number;
}

export interface FeedDeps {
  log: EventLog;
  clock: Clock;
  onError(error: unknown): void;
}

/** Reads on from where it is; holds no events of its own, so that a slow one costs nothing. */
export interface EventReader {
  /** Set where events that the reader asked for are gone: they were deleted, or never were here. */
  readonly gap: { from: number; to: number } | undefined;
  /** The next events, in order; none when there was none for `waitMs`, or the feed or the reader is closed. */
  next(waitMs: number): Promise<StoredEvent[]>;
  readonly closed: boolean;
  /** Idempotent. */
  close(): void;
}

/** Events kept in memory for readers that are up to date. */
const ringSize = 1_000;
/** Events read from the database at a time. */
const pageSize = 200;
/** Looks for events of which nobody told, as long as somebody reads. */
const pollMs = 5_000;

/**
 * Live events for any number of readers, each of which begins where it likes: the newest come from memory, older ones
 * from the log. The log shows events in the order of their ids, so that a reader misses none and gets none twice.
 */
export class EventFeed {
  readonly #deps: FeedDeps;
  readonly #options: FeedOptions;
  readonly #readers = new Map<Reader, string>();
  /** The newest events, without a hole: all with ids above `#ringFrom` up to `#head`. */
  #ring: StoredEvent[] = [];
  #ringFrom = 0;
  #head = 0;
  /** Somebody reads, and the ring is kept up. */
  #live = false;
  #beginning: Promise<void> | undefined;
  #tailing: Promise<void> | undefined;
  #more = false;
  #cancelPoll: () => void = () => {};
  #closed = false;

  constructor(deps: FeedDeps, options: FeedOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /**
   * @param options.after id of the last event that the reader has seen; undefined: it wants only what comes from now on
   * @throws NotificationError `too_many_readers`, `feed_closed`; what the log throws
   */
  async read(options: { client: string; after: number | undefined; filter: EventFilter }): Promise<EventReader> {
    this.#admit(options.client);
    const reader = new Reader(options.filter, this.#page, this.#deps.clock, () => this.#leave(reader));
    this.#readers.set(reader, options.client);
    try {
      if (!this.#live) await this.#begin();
      await this.#tail();
      await reader.begin(options.after, this.#head, this.#deps.log);
      if (this.#closed) throw closed();
    } catch (error) {
      reader.close();
      throw error;
    }
    return reader;
  }

  /** There may be new events. */
  wake(): void {
    if (this.#live) void this.#tail().catch(this.#deps.onError);
  }

  /** Ends all readers. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers.keys()]) reader.close();
  }

  #admit(client: string): void {
    if (this.#closed) throw closed();
    const own = [...this.#readers.values()].filter((name) => name === client).length;
    if (this.#readers.size >= this.#options.maxReaders || own >= this.#options.maxReadersPerClient) {
      throw new NotificationError('too_many_readers', 'as many streams of events are open as there may be', {
        retryable: true,
      });
    }
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#live = false;
    this.#cancelPoll();
  }

  /** The first reader: what was kept for earlier ones is old. Readers that come meanwhile wait for the same beginning. */
  #begin(): Promise<void> {
    this.#beginning ??= this.#goLive().finally(() => {
      this.#beginning = undefined;
    });
    return this.#beginning;
  }

  async #goLive(): Promise<void> {
    await this.#tailing?.catch(() => {});
    const last = await this.#deps.log.lastId();
    this.#ring = [];
    this.#ringFrom = last;
    this.#head = last;
    if (this.#readers.size === 0) return;
    this.#live = true;
    this.#poll();
  }

  #poll(): void {
    this.#cancelPoll();
    this.#cancelPoll = this.#deps.clock.after(pollMs, () => {
      this.wake();
      this.#poll();
    });
  }

  /** Reads on to the end of the log, once for all who ask meanwhile. */
  #tail(): Promise<void> {
    this.#more = true;
    this.#tailing ??= this.#readOn().finally(() => {
      this.#tailing = undefined;
    });
    return this.#tailing;
  }

  async #readOn(): Promise<void> {
    while (this.#more) {
      this.#more = false;
      const events = await this.#deps.log.after(this.#head, pageSize);
      const last = events.at(-1);
      if (last === undefined) continue;
      this.#ring.push(...events);
      this.#head = last.id;
      if (this.#ring.length > 2 * ringSize) {
        this.#ringFrom = this.#ring[this.#ring.length - ringSize - 1]?.id ?? this.#ringFrom;
        this.#ring = this.#ring.slice(-ringSize);
      }
      if (events.length === pageSize) this.#more = true;
      for (const reader of this.#readers.keys()) reader.wake();
    }
  }

  /** Events after a position, and the position up to which there are no others. */
  readonly #page = async (position: number, filter: EventFilter): Promise<{ events: StoredEvent[]; upTo: number }> => {
    const head = this.#head;
    if (position >= head) return { events: [], upTo: position };
    if (position >= this.#ringFrom) {
      const from = this.#ring.findLastIndex(({ id }) => id <= position) + 1;
      const page = this.#ring.slice(from, from + pageSize);
      return { events: page.filter((event) => matches(event, filter)), upTo: page.at(-1)?.id ?? head };
    }
    const events = await this.#deps.log.after(position, pageSize, filter);
    const last = events.at(-1)?.id ?? position;
    return { events, upTo: events.length < pageSize ? Math.max(last, head) : last };
  };
}

function matches(event: StoredEvent, { conversationId, bot }: EventFilter): boolean {
  return (
    (conversationId === undefined || event.conversationId === conversationId) &&
    (bot === undefined || event.bot === bot)
  );
}

function closed(): NotificationError {
  return new NotificationError('feed_closed', 'the hub is stopping', { retryable: true });
}

type Page = (position: number, filter: EventFilter) => Promise<{ events: StoredEvent[]; upTo: number }>;

class Reader implements EventReader {
  gap: EventReader['gap'];
  closed = false;
  readonly #filter: EventFilter;
  readonly #page: Page;
  readonly #clock: Clock;
  readonly #onClose: () => void;
  #position = 0;
  #wake: () => void = () => {};
  #woken = false;

  constructor(filter: EventFilter, page: Page, clock: Clock, onClose: () => void) {
    this.#filter = filter;
    this.#page = page;
    this.#clock = clock;
    this.#onClose = onClose;
  }

  async begin(after: number | undefined, head: number, log: EventLog): Promise<void> {
    this.#position = after ?? head;
    if (after === undefined) return;
    // An id from somewhere else, a database that was there before: what it stands for is not known here.
    if (after > head) {
      this.gap = { from: after, to: head };
      this.#position = head;
      return;
    }
    const pruned = await log.prunedThrough();
    if (after >= pruned) return;
    this.gap = { from: after, to: pruned };
    this.#position = pruned;
  }

  async next(waitMs: number): Promise<StoredEvent[]> {
    for (let mayWait = true; !this.closed; ) {
      this.#woken = false;
      const { events, upTo } = await this.#page(this.#position, this.#filter);
      const moved = upTo > this.#position;
      this.#position = upTo;
      if (events.length > 0) return this.closed ? [] : events;
      if (moved || this.#woken) continue;
      if (!mayWait) break;
      mayWait = await this.#wait(waitMs);
    }
    return [];
  }

  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.wake();
    this.#onClose();
  }

  /** True when somebody woke it before the time was over. */
  #wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (woken: boolean): void => {
        cancel();
        this.#wake = () => {};
        resolve(woken);
      };
      const cancel = this.#clock.after(ms, () => done(false));
      this.#wake = () => done(true);
    });
  }
}
