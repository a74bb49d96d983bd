import { type Kysely, sql } from 'kysely';
import type {
  DeliveryState,
  EventDelivery,
  EventFilter,
  EventLog,
  OutboxFigures,
  StoredEvent,
} from '../dialout/notifications/ports.ts';
import type { DialoutStatus } from '../dialout/status.ts';
import type { DatabaseSchema } from './schema.ts';

/** Rows that one statement of the retention deletes, so that no write waits long behind it. */
const pruneChunk = 500;

/** Reads the events and what became of their notifications. */
export class SqlEventLog implements EventLog {
  readonly #db: Kysely<DatabaseSchema>;

  constructor(db: Kysely<DatabaseSchema>) {
    this.#db = db;
  }

  async lastId(): Promise<number> {
    const { rows } = await sql<{ id: number | string | null }>`
      select greatest(coalesce(max(id), 0), (select max(id) from call_events),
        (select max(through) from dialout_events_pruned)) as id
      from dialout_events`.execute(this.#db);
    return Number(rows[0]?.id ?? 0);
  }

  async prunedThrough(): Promise<number> {
    const { rows } = await sql<{ through: number | string }>`
      select max(through) as through from dialout_events_pruned`.execute(this.#db);
    return Number(rows[0]?.through ?? 0);
  }

  async after(id: number, limit: number, filter: EventFilter = {}): Promise<StoredEvent[]> {
    const { conversationId, bot } = filter;
    const ofConversation = conversationId === undefined ? sql`` : sql`and conversation_id = ${conversationId}`;
    const ofBot = bot === undefined ? sql`` : sql`and bot = ${bot}`;
    const page = sql`where id > ${id}::bigint ${ofConversation} ${ofBot} order by id limit ${limit}`;
    const { rows } = await sql<EventRow>`select * from (
      (select id, null as type, conversation_id, bot, body from dialout_events ${page})
      union all (select id, type, conversation_id, bot, body from call_events ${page})
    ) as event order by id limit ${limit}`.execute(this.#db);
    return rows.map((row) => ({
      id: Number(row.id),
      type: row.type ?? undefined,
      conversationId: row.conversation_id,
      bot: row.bot ?? undefined,
      body: row.body,
    }));
  }

  /** The events of a dialout with each attempt to send them, in their order; empty where there are none (any more). */
  async attemptsOf(conversationId: string): Promise<EventDelivery[]> {
    const { rows } = await sql<DeliveryRow>`
      select event.id, event.status, event.body::json ->> 'timestamp' as timestamp, event.delivery,
        attempt.attempt, attempt.at, attempt.status as http_status, attempt.error, attempt.ms
      from dialout_events as event left join notification_attempts as attempt on attempt.event_id = event.id
      where event.conversation_id = ${conversationId}
      order by event.sequence, attempt.attempt`.execute(this.#db);
    const deliveries: EventDelivery[] = [];
    for (const row of rows) {
      const eventId = Number(row.id);
      let delivery = deliveries.at(-1);
      if (delivery?.eventId !== eventId) {
        delivery = { eventId, status: row.status, timestamp: row.timestamp, delivery: row.delivery, attempts: [] };
        deliveries.push(delivery);
      }
      if (row.attempt === null || row.at === null || row.ms === null) continue;
      delivery.attempts.push({
        attempt: row.attempt,
        at: new Date(row.at).toISOString(),
        ...(row.http_status === null ? {} : { status: row.http_status }),
        ...(row.error === null ? {} : { error: row.error }),
        ms: row.ms,
      });
    }
    return deliveries;
  }

  async figures(): Promise<OutboxFigures> {
    const { rows } = await sql<{ pending: number | string; oldest: number | string | null }>`
      select count(*) as pending, extract(epoch from now() - min(created_at)) * 1000 as oldest
      from dialout_events where delivery = 'pending'`.execute(this.#db);
    return { pending: Number(rows[0]?.pending ?? 0), oldestPendingMs: Math.max(0, Number(rows[0]?.oldest ?? 0)) };
  }

  /** Deletes events that are older than `olderThan` (ISO 8601) and not pending, in small steps. Returns how many. */
  async prune(olderThan: string): Promise<number> {
    let deleted = 0;
    for (let count = pruneChunk; count === pruneChunk; deleted += count) count = await this.#pruneSome(olderThan);
    for (let count = pruneChunk; count === pruneChunk; deleted += count) {
      count = await this.#pruneSome(olderThan, sql`call_events`, sql`true`);
    }
    if (deleted > 0) {
      await sql`delete from dialout_lanes as lane where lane.ended and not exists (
        select 1 from dialout_events as event where event.conversation_id = lane.conversation_id)`.execute(this.#db);
      // PGlite does not do it by itself.
      await sql`vacuum dialout_events, call_events, dialout_lanes, notification_attempts`.execute(this.#db);
    }
    return deleted;
  }

  async #pruneSome(
    olderThan: string,
    table = sql`dialout_events`,
    mayGo = sql`delivery <> 'pending'`,
  ): Promise<number> {
    return await this.#db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ count: number | string; through: number | string | null }>`
        with old as (
          select id from ${table}
          where created_at < ${olderThan}::timestamptz and ${mayGo} order by id limit ${pruneChunk}
        ), deleted as (
          delete from ${table} where id in (select id from old) returning id
        )
        select count(*) as count, max(id) as through from deleted`.execute(transaction);
      const [row] = rows;
      if (row?.through == null) return 0;
      await sql`update dialout_events_pruned set through = greatest(through, ${row.through}::bigint)`.execute(
        transaction,
      );
      return Number(row.count);
    });
  }
}

interface EventRow {
  id: number | string;
  type: StoredEvent['type'] | null;
  conversation_id: string;
  bot: string | null;
  body: string;
}

interface DeliveryRow {
  id: number | string;
  status: DialoutStatus;
  timestamp: string;
  delivery: DeliveryState;
  attempt: number | null;
  at: Date | string | null;
  http_status: number | null;
  error: string | null;
  ms: number | null;
}
