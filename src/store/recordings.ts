import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { RecordingEntry, RecordingQuery, RecordingState, RecordingStore } from '../recording/ports.ts';
import type { Database } from './database.ts';
import { cleanText } from './json-text.ts';
import type { DatabaseSchema, RecordingTable } from './schema.ts';

const unfinished: readonly RecordingState[] = ['recording', 'paused'];

/** Entries of recordings in PostgreSQL or PGlite. */
export class SqlRecordingStore implements RecordingStore {
  readonly #db: Kysely<DatabaseSchema>;
  readonly #node: string;

  /** @param node id of this hub: whose recordings are under way is told by it */
  constructor({ db }: Pick<Database, 'db'>, node: string) {
    this.#db = db;
    this.#node = node;
  }

  async save(entry: RecordingEntry): Promise<void> {
    const row = toRow(entry, this.#node);
    const { id: _, ...changes } = row;
    await this.#db
      .insertInto('recordings')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute();
  }

  async get(id: string): Promise<RecordingEntry | undefined> {
    const row = await this.#db.selectFrom('recordings').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async list({ limit, callId, before }: RecordingQuery): Promise<RecordingEntry[]> {
    let select = this.#db
      .selectFrom('recordings')
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (callId !== undefined) select = select.where('call_id', '=', callId);
    if (before !== undefined) {
      const place = sql`(${before.startedAt}::timestamptz, ${before.id}::text)`;
      select = select.where(sql<boolean>`(started_at, id) < ${place}`);
    }
    return (await select.execute()).map(fromRow);
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom('recordings').where('id', '=', id).execute();
  }

  async expired(olderThan: string, limit: number): Promise<RecordingEntry[]> {
    const rows = await this.#db
      .selectFrom('recordings')
      .selectAll()
      .where('state', 'not in', [...unfinished])
      .where((eb) =>
        eb.or([
          eb('started_at', '<', sql<Date>`${olderThan}::timestamptz`),
          eb.not(
            eb.exists(
              eb
                .selectFrom('call_records')
                .select('call_records.id')
                .whereRef('call_records.id', '=', 'recordings.call_id'),
            ),
          ),
        ]),
      )
      .orderBy('started_at')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async orphans(): Promise<RecordingEntry[]> {
    const rows = await this.#db
      .selectFrom('recordings')
      .selectAll()
      .where('state', 'in', [...unfinished])
      .where((eb) => eb('node', 'not in', eb.selectFrom('nodes').select('id')))
      .execute();
    return rows.map(fromRow);
  }

  async known(files: readonly string[]): Promise<ReadonlySet<string>> {
    if (files.length === 0) return new Set();
    const rows = await this.#db
      .selectFrom('recordings')
      .select('file')
      .where('file', 'in', [...files])
      .execute();
    return new Set(rows.map(({ file }) => file));
  }

  async totalBytes(): Promise<number> {
    const row = await this.#db
      .selectFrom('recordings')
      .select(sql<string>`coalesce(sum(bytes), 0)::text`.as('sum'))
      .executeTakeFirst();
    return Number(row?.sum ?? 0);
  }
}

function toRow(entry: RecordingEntry, node: string): Insertable<RecordingTable> {
  return {
    id: entry.id,
    call_id: entry.callId,
    session_id: entry.sessionId,
    name: cleanText(entry.name),
    file: entry.file,
    state: entry.state,
    started_by: cleanText(entry.startedBy),
    started_at: entry.startedAt,
    offset_ms: entry.offsetMs,
    ended_at: entry.endedAt ?? null,
    duration_ms: entry.durationMs,
    bytes: entry.bytes,
    pauses: JSON.stringify(entry.pauses),
    note: entry.note === undefined ? null : cleanText(entry.note),
    node,
  };
}

function fromRow(row: Selectable<RecordingTable>): RecordingEntry {
  return {
    id: row.id,
    callId: row.call_id,
    sessionId: row.session_id,
    name: row.name,
    file: row.file,
    state: row.state as RecordingState,
    startedBy: row.started_by,
    startedAt: row.started_at.toISOString(),
    offsetMs: row.offset_ms,
    endedAt: row.ended_at?.toISOString(),
    durationMs: row.duration_ms,
    bytes: Number(row.bytes),
    pauses: (row.pauses as { fromMs: number; toMs?: number }[]).map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    note: row.note ?? undefined,
  };
}
