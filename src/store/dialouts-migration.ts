import { type Kysely, sql } from 'kysely';

/**
 * `nodes`: the hubs that work on this database; `beats` grows as long as one lives, and a row is deleted when it has
 * stood still for too long or when the hub has stopped.
 * `dialouts`: every dialout from its acceptance on; `node` is the hub that dials it.
 * `dialout_limits`: one row per bot, and one, with an empty name, for all of them: who holds it may count and claim.
 */
export async function createDialoutTables(db: Kysely<never>): Promise<void> {
  await sql`create table nodes (
    id text collate "C" primary key,
    name text not null,
    beats bigint not null,
    accepting boolean not null,
    started_at timestamptz not null
  )`.execute(db);
  await sql`create table dialout_limits (bot text collate "C" primary key)`.execute(db);
  await sql`create table dialouts (
    id uuid primary key,
    client text collate "C" not null,
    bot text collate "C" not null,
    state text not null,
    request jsonb not null,
    idempotency_key text collate "C",
    fingerprint text,
    node text collate "C",
    accepted_at timestamptz not null,
    start_before timestamptz not null,
    dialled_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome jsonb,
    machine jsonb,
    cancel_by text
  )`.execute(db);
  await sql`create unique index dialouts_by_key on dialouts (client, idempotency_key)
    where idempotency_key is not null`.execute(db);
  await sql`create index dialouts_queued on dialouts (bot, start_before) where state = 'queued'`.execute(db);
  await sql`create index dialouts_live on dialouts (bot, node) where state in ('dialling', 'answered')`.execute(db);
  await sql`create index dialouts_started on dialouts (bot, dialled_at) where dialled_at is not null`.execute(db);
  await sql`create index dialouts_ended on dialouts (ended_at) where state = 'ended'`.execute(db);
  await sql`alter table call_records add column node text collate "C"`.execute(db);
}
