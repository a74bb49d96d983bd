import { sql, type Transaction } from 'kysely';
import { notificationBody } from '../dialout/notifications/body.ts';
import type { NewEvent } from '../dialout/notifications/ports.ts';
import type { Jobs } from './jobs.ts';
import { eventChannel, notificationQueue } from './notifications.ts';
import type { DatabaseSchema } from './schema.ts';

/** Any number, as long as nobody else's advisory lock has it. */
const eventOrderLock = 5_060_408_001;

interface Lane {
  conversation: string;
  added: NewEvent[];
}

/**
 * Appends events to their dialouts' lanes and makes the jobs of those lanes that had none.
 *
 * One transaction at a time adds events: it takes the lock before the first id is drawn and holds it until its rows are
 * visible, so that whoever has read up to an id never misses a lower one.
 * @returns what was refused, because its dialout has had its final event
 */
export async function insertEvents(
  transaction: Transaction<DatabaseSchema>,
  jobs: Jobs,
  added: readonly NewEvent[],
): Promise<ReadonlySet<NewEvent>> {
  const refused = new Set<NewEvent>();
  const lanes = lanesOf(added, refused);
  if (lanes.length === 0) return refused;
  await sql`select pg_advisory_xact_lock(${eventOrderLock})`.execute(transaction);

  const laneRows = JSON.stringify(
    lanes.map(({ conversation, added: events }) => ({
      conversation,
      count: events.length,
      head: firstPending(events),
      ended: isFinal(events.at(-1)),
    })),
  );
  const appended = await sql<{ conversation_id: string; last_sequence: number; head: number | null }>`
    insert into dialout_lanes as lane (conversation_id, last_sequence, head, ended)
    select conversation, count, head, ended
    from jsonb_to_recordset(${laneRows}::jsonb) as new (conversation text, count integer, head integer, ended boolean)
    order by conversation collate "C"
    on conflict (conversation_id) do update set
      last_sequence = lane.last_sequence + excluded.last_sequence,
      head = coalesce(lane.head, lane.last_sequence + excluded.head),
      ended = excluded.ended
    where not lane.ended
    returning conversation_id, last_sequence, head`.execute(transaction);

  const stateOf = new Map(appended.rows.map((row) => [row.conversation_id, row]));
  const sequences = new Map<NewEvent, number>();
  const heads = new Set<NewEvent>();
  for (const { conversation, added: events } of lanes) {
    const lane = stateOf.get(conversation);
    if (lane === undefined) {
      for (const event of events) refused.add(event);
      continue;
    }
    for (const [index, event] of events.entries()) {
      const sequence = lane.last_sequence - events.length + index + 1;
      sequences.set(event, sequence);
      if (sequence === lane.head) heads.add(event);
    }
  }
  // In the order in which they were published, over all dialouts.
  const stored = added.filter((event) => sequences.has(event));
  if (stored.length === 0) return refused;

  const ids = await sql<{ id: number | string; conversation_id: string; sequence: number }>`
    insert into dialout_events
      (conversation_id, sequence, status, final, client, bot, body, created_at, url, origin, delivery)
    select conversation, sequence, status, final, client, bot, body, clock_timestamp(), url, origin,
      case when url is null then 'none' else 'pending' end
    from jsonb_to_recordset(${JSON.stringify(stored.map((event) => eventRow(event, sequences.get(event) ?? 0)))}::jsonb)
      as new (n integer, conversation text, sequence integer, status text, final boolean, client text, bot text,
        body text, url text, origin text)
    order by n
    returning id, conversation_id, sequence`.execute(transaction);

  if (heads.size > 0) {
    const idOf = new Map(ids.rows.map((row) => [`${row.conversation_id} ${row.sequence}`, Number(row.id)]));
    const inserted = [...heads].map((event) => ({
      data: { event: idOf.get(`${event.event.conversationId} ${sequences.get(event)}`) },
      group: { id: originOf(event.notifyUrl ?? '') },
    }));
    await jobs.boss.insert(notificationQueue, inserted, { db: jobs.within(transaction) });
  }
  await sql`select pg_notify(${eventChannel}, '')`.execute(transaction);
  return refused;

  function eventRow({ event, notifyUrl }: NewEvent, sequence: number) {
    return {
      n: sequences.size === 0 ? 0 : order(event),
      conversation: event.conversationId,
      sequence,
      status: event.status,
      final: event.status === 'failed' || event.status === 'completed',
      client: event.client,
      bot: event.bot,
      body: notificationBody(event),
      url: notifyUrl,
      origin: notifyUrl === undefined ? undefined : originOf(notifyUrl),
    };
  }
}
