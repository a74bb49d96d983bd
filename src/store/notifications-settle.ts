import { sql, type Transaction } from 'kysely';
import type { Settlement } from '../dialout/notifications/ports.ts';
import type { Jobs } from './jobs.ts';
import { jsonText } from './json-text.ts';
import { notificationQueue } from './notifications-names.ts';
import type { DatabaseSchema } from './schema.ts';

/** The event that a lane's next job is for. */
interface Head {
  id: number | string;
  origin: string;
}

/**
 * Writes what became of claimed notifications: their attempts, their states, and the jobs that come next: of the same
 * event later, or of the next event of its dialout now. What is no longer as it was when it was claimed (somebody took
 * the claim over and was quicker) is left alone.
 */
export async function settleAll(
  transaction: Transaction<DatabaseSchema>,
  jobs: Jobs,
  settlements: readonly Settlement[],
): Promise<void> {
  const conversations = [...new Set(settlements.map(({ notification }) => notification.conversationId))];
  await sql`select 1 from dialout_lanes
    where conversation_id in (select jsonb_array_elements_text(${JSON.stringify(conversations)}::jsonb))
    order by conversation_id for update`.execute(transaction);

  const changes = settlements.map(({ notification, attempt, next }) => ({
    event: notification.eventId,
    claim: notification.claim,
    before: notification.attempts,
    state: next.state,
    attempt: attempt?.attempt,
    at: attempt?.at,
    status: attempt?.status,
    error: attempt?.error,
    ms: attempt?.ms,
  }));
  const changed = await sql<{ id: number | string }>`
    with change as (
      select * from jsonb_to_recordset(${jsonText(changes)}::jsonb) as change
        (event bigint, claim uuid, before integer, state text, attempt integer, at timestamptz, status integer, error text, ms integer)
    ), changed as (
      update dialout_events as event
      set delivery = change.state, attempts = coalesce(change.attempt, change.before), claimed_by = null, job_id = null
      from change
      where event.id = change.event and event.delivery = 'pending' and event.attempts = change.before
        and event.job_id = change.claim
      returning event.id
    ), attempted as (
      insert into notification_attempts (event_id, attempt, at, status, error, ms)
      select event, attempt, at, status, error, ms from change join changed on changed.id = change.event
      where attempt is not null
      on conflict do nothing
    )
    select id from changed`.execute(transaction);
  const valid = new Set(changed.rows.map(({ id }) => Number(id)));

  const over: string[] = [];
  const next: { data: { event: number }; group: { id: string }; startAfter?: number }[] = [];
  for (const { notification, next: step } of settlements) {
    if (!valid.delete(notification.eventId)) continue;
    if (step.state === 'pending') {
      const job = { data: { event: notification.eventId }, group: { id: notification.origin } };
      next.push(step.afterMs > 0 ? { ...job, startAfter: step.afterMs / 1000 } : job);
    } else {
      over.push(notification.conversationId);
    }
  }
  for (const { id, origin } of over.length === 0 ? [] : await advance(transaction, over)) {
    next.push({ data: { event: Number(id) }, group: { id: origin } });
  }
  const db = jobs.within(transaction);
  await jobs.boss.deleteJob(
    notificationQueue,
    settlements.map(({ notification }) => notification.claim),
    { db },
  );
  if (next.length > 0) await jobs.boss.insert(notificationQueue, next, { db });
}

/** Moves lanes on to their next pending event. @returns those events */
async function advance(transaction: Transaction<DatabaseSchema>, conversations: readonly string[]): Promise<Head[]> {
  const { rows } = await sql<Head>`
    with lane as (
      select value as conversation_id from jsonb_array_elements_text(${JSON.stringify(conversations)}::jsonb)
    ), head as (
      select distinct on (event.conversation_id) event.conversation_id, event.sequence, event.id, event.origin
      from dialout_events as event join lane using (conversation_id)
      where event.delivery = 'pending'
      order by event.conversation_id, event.sequence
    ), moved as (
      update dialout_lanes set head = (
        select sequence from head where head.conversation_id = dialout_lanes.conversation_id
      ) where conversation_id in (select conversation_id from lane)
    )
    select id, origin from head`.execute(transaction);
  return rows;
}
