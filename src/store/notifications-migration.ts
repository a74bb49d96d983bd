import { type Kysely, sql } from 'kysely';
import type { DatabaseSchema } from './schema.ts';

/**
 * `dialout_lanes`: one row per dialout that has events; whoever adds to a dialout's events or settles one of them holds
 * its row. `head` is the sequence of the one event that has a job, `ended` that the final event is there.
 * `dialout_events`: all events of all dialouts, in the order of their ids.
 * `notification_attempts`: each request that was made for one of them.
 * `dialout_events_pruned`: one row, the highest id that was deleted for its age.
 */
export async function createNotificationTables(db: Kysely<DatabaseSchema>): Promise<void> {
  await sql`create table dialout_lanes (
    conversation_id text collate "C" primary key,
    last_sequence integer not null,
    head integer,
    ended boolean not null
  )`.execute(db);
  await sql`create table dialout_events (
    id bigint generated always as identity primary key,
    conversation_id text collate "C" not null,
    sequence integer not null,
    status text not null,
    final boolean not null,
    client text not null,
    bot text,
    body text not null,
    created_at timestamptz not null,
    url text,
    origin text,
    delivery text not null,
    attempts integer not null default 0,
    claimed_by text,
    job_id uuid,
    constraint dialout_events_once unique (conversation_id, status)
  )`.execute(db);
  // A dialout ends once, whoever else may think that it does.
  await sql`create unique index dialout_events_one_final on dialout_events (conversation_id) where final`.execute(db);
  await sql`create index dialout_events_pending on dialout_events (id) where delivery = 'pending'`.execute(db);
  // Ids and times increase together, so that the blocks of old rows are found without an entry for each row.
  await sql`create index dialout_events_by_time on dialout_events using brin (created_at)`.execute(db);
  await sql`create table notification_attempts (
    event_id bigint not null references dialout_events (id) on delete cascade,
    attempt integer not null,
    at timestamptz not null,
    status integer,
    error text,
    ms integer not null,
    primary key (event_id, attempt)
  )`.execute(db);
  await sql`create table dialout_events_pruned (through bigint not null)`.execute(db);
  await sql`insert into dialout_events_pruned values (0)`.execute(db);
}
