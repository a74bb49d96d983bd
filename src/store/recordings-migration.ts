import { type Kysely, sql } from 'kysely';
import type { DatabaseSchema } from './schema.ts';

export async function createRecordingTable(db: Kysely<DatabaseSchema>): Promise<void> {
  await sql`create table recordings (
    id text collate "C" primary key,
    call_id text collate "C" not null,
    session_id text not null,
    name text not null,
    file text not null unique,
    state text not null,
    started_by text not null,
    started_at timestamptz not null,
    offset_ms double precision not null,
    ended_at timestamptz,
    duration_ms double precision not null,
    bytes bigint not null,
    pauses jsonb not null,
    note text,
    node text not null
  )`.execute(db);
  await sql`create index recordings_by_time on recordings (started_at, id)`.execute(db);
  await sql`create index recordings_by_call on recordings (call_id, started_at)`.execute(db);
  await sql`create index recordings_unfinished on recordings (id) where state in ('recording', 'paused')`.execute(db);
}
