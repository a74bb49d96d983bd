import { type Kysely, sql } from 'kysely';
import type { CallEvent } from '../dialout/notifications/ports.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Database } from './database.ts';
import { jsonText } from './json-text.ts';
import { lockEventOrder } from './notifications-insert.ts';
import { eventChannel } from './notifications-names.ts';
import type { DatabaseSchema } from './schema.ts';

const maxBatch = 256;
const maxWaiting = 20_000;

/**
 * `call_events`: what happens in calls and is streamed beside the statuses of dialouts. Their ids are drawn from one sequence, so
 * that a reader of both has one position.
 */
export async function createCallEventTable(db: Kysely<DatabaseSchema>): Promise<void> {
  await sql`create table call_events (
    id bigint primary key default nextval(pg_get_serial_sequence('dialout_events', 'id')),
    type text not null,
    conversation_id text collate "C" not null,
    bot text not null,
    body text not null,
    created_at timestamptz not null
  )`.execute(db);
  await sql`create index call_events_by_time on call_events using brin (created_at)`.execute(db);
}

/** Stores events of calls for the stream; nobody is notified of them. */
export class SqlCallEvents {
  readonly #database: Database;
  readonly #writer: BatchWriter<CallEvent>;
  #count = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#writer = new BatchWriter((batch) => this.#store(batch), { maxBatch, maxWaiting });
  }

  /** Resolves when it is on disk; readers of this node are to be woken then. @throws StoreError */
  async publish(event: CallEvent): Promise<void> {
    this.#count += 1;
    await this.#writer.write(String(this.#count), event);
  }

  /** Resolves when nothing waits to be written any more. */
  async idle(): Promise<void> {
    await this.#writer.idle();
  }

  async #store(batch: readonly CallEvent[]): Promise<void> {
    const rows = batch.map((event, n) => ({
      n,
      type: event.type,
      conversation: event.conversationId,
      bot: event.bot,
      body: JSON.stringify(event),
    }));
    await this.#database.db.transaction().execute(async (transaction) => {
      // Ids become visible in their order, as those of dialouts do.
      await lockEventOrder(transaction);
      await sql`insert into call_events (type, conversation_id, bot, body, created_at)
        select type, conversation, bot, body, clock_timestamp()
        from jsonb_to_recordset(${jsonText(rows)}::jsonb)
          as added (n integer, type text, conversation text, bot text, body text)
        order by n`.execute(transaction);
      await sql`select pg_notify(${eventChannel}, '')`.execute(transaction);
    });
  }
}
