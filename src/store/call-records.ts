import { type Insertable, type Kysely, type RawBuilder, sql } from 'kysely';
import type { CallQuery, CallSummary, TimeOperator } from '../calls/call-query.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord, CallRecordStore } from '../calls/record.ts';
import { BatchWriter } from './batch-writer.ts';
import { fromRow, summaryFromRow, toRow } from './call-record-row.ts';
import type { Database } from './database.ts';
import { StoreError } from './errors.ts';
import type { CallRecordTable, DatabaseSchema } from './schema.ts';

/** PostgreSQL takes 65,535 parameters per statement; a row has 19. */
const maxBatch = 64;
/** Rows, one per call at most: far more than calls that can be under way. */
const maxWaiting = 20_000;
/** A database server may be restarted meanwhile. */
const retryForMs = 60_000;
/** Rows that one statement of the retention deletes, so that no write waits long behind it. */
const pruneChunk = 500;

const updatable = [
  'sip_call_id',
  'direction',
  'state',
  'calling',
  'called',
  'remote',
  'sip_connection',
  'routing_rule',
  'destination',
  'conversation_id',
  'setup_time',
  'answer_time',
  'end_time',
  'duration_ms',
  'end_reason',
  'transcript',
  'turns',
  'dial',
  'session_id',
  'bridged_with',
  'transfers',
  'node',
] as const satisfies readonly (keyof CallRecordTable)[];

const operators: Readonly<Record<TimeOperator, RawBuilder<unknown>>> = {
  '>=': sql`>=`,
  '>': sql`>`,
  '<=': sql`<=`,
  '<': sql`<`,
  '=': sql`=`,
};

const recordingIds = sql<string[]>`(
  select coalesce(jsonb_agg(recordings.id order by recordings.started_at), '[]'::jsonb)
  from recordings where recordings.call_id = call_records.id
)`.as('recordings');

/** Call records in PostgreSQL or PGlite. Closing it writes what waits; the database itself stays open. */
export class SqlCallRecordStore implements CallRecordStore {
  readonly #db: Kysely<DatabaseSchema>;
  readonly #node: string;
  readonly #vacuums: boolean;
  readonly #writer: BatchWriter<Insertable<CallRecordTable>>;
  #closed = false;

  /** @param node id of this hub: which calls are whose is told by it */
  constructor({ db, kind }: Pick<Database, 'db' | 'kind'>, node: string) {
    this.#db = db;
    this.#node = node;
    this.#vacuums = kind === 'pglite';
    this.#writer = new BatchWriter((rows) => this.#upsert(rows), { maxBatch, maxWaiting, retryForMs });
  }

  async save(record: CallRecord): Promise<void> {
    if (this.#closed) throw new StoreError('store_closed', 'the store is closed');
    await this.#writer.write(record.id, { ...toRow(record), node: this.#node });
  }

  async get(id: string): Promise<CallRecord | undefined> {
    const row = await this.#db
      .selectFrom('call_records')
      .selectAll()
      .select(recordingIds)
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async list(query: CallQuery): Promise<CallSummary[]> {
    const { limit, first = 'newest', after, offset, filter = {} } = query;
    const direction = first === 'newest' ? 'desc' : 'asc';
    let select = this.#db
      .selectFrom('call_records')
      .select(['id', ...updatable.filter((column) => column !== 'transcript' && column !== 'turns')])
      .select(recordingIds)
      .orderBy('setup_time', direction)
      .orderBy('id', direction)
      .limit(limit);
    if (offset !== undefined) select = select.offset(offset);
    if (after !== undefined) {
      const place = sql`(${after.setupTime}::timestamptz, ${after.id}::text)`;
      select = select.where(
        first === 'newest' ? sql<boolean>`(setup_time, id) < ${place}` : sql<boolean>`(setup_time, id) > ${place}`,
      );
    }
    if (filter.id !== undefined) select = select.where('id', '=', filter.id);
    if (filter.conversationId !== undefined) select = select.where('conversation_id', '=', filter.conversationId);
    for (const { operator, time } of filter.setupTime ?? []) {
      select = select.where(sql<boolean>`setup_time ${operators[operator]} ${time}::timestamptz`);
    }
    return (await select.execute()).map(summaryFromRow);
  }

  async closeOrphans(end: EndReason, endTime: string): Promise<number> {
    const result = await this.#db
      .updateTable('call_records')
      .set({
        state: 'ended',
        end_time: endTime,
        end_reason: JSON.stringify(end),
        // How long the call really went on is not known; what is known is that it was answered before.
        duration_ms: 0,
      })
      .where('state', '<>', 'ended')
      .where((eb) => eb.or([eb('node', 'is', null), eb('node', 'not in', eb.selectFrom('nodes').select('id'))]))
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  /**
   * Deletes ended calls that began before `olderThan` (ISO 8601), and the oldest ended ones beyond `keepCalls`, in
   * small steps; then lets PGlite reuse the room of all tables, which a server does by itself. Returns how many.
   */
  async prune(limits: { olderThan: string; keepCalls: number }): Promise<number> {
    let deleted = 0;
    for (const step of [() => this.#deleteOlder(limits.olderThan), () => this.#deleteBeyond(limits.keepCalls)]) {
      for (let count = pruneChunk; count === pruneChunk && !this.#closed; deleted += count) count = await step();
    }
    if (!this.#closed && this.#vacuums) await sql`vacuum (analyze)`.execute(this.#db);
    return deleted;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writer.idle();
  }

  async #upsert(rows: readonly Insertable<CallRecordTable>[]): Promise<void> {
    await this.#db
      .insertInto('call_records')
      .values([...rows])
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((eb) => Object.fromEntries(updatable.map((column) => [column, eb.ref(`excluded.${column}`)]))),
      )
      .execute();
  }

  async #deleteOlder(olderThan: string): Promise<number> {
    const result = await this.#db
      .deleteFrom('call_records')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('call_records')
          .select('id')
          .where('setup_time', '<', sql<Date>`${olderThan}::timestamptz`)
          .where('state', '=', 'ended')
          .orderBy('setup_time')
          .limit(pruneChunk),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async #deleteBeyond(keepCalls: number): Promise<number> {
    const result = await this.#db
      .deleteFrom('call_records')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('call_records')
          .select('id')
          .where('state', '=', 'ended')
          .orderBy('setup_time', 'desc')
          .orderBy('id', 'desc')
          .offset(keepCalls)
          .limit(pruneChunk),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
