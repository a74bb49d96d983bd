import { sql, type Transaction } from 'kysely';
import { notificationBody } from '../dialout/notifications/body.ts';
import type { NewEvent } from '../dialout/notifications/ports.ts';
import type { Jobs } from './jobs.ts';
import { jsonText } from './json-text.ts';
import { eventChannel, notificationQueue } from './notifications-names.ts';
import type { DatabaseSchema } from './schema.ts';

/** Any number, as long as nobody else's advisory lock has it. */
const eventOrderLock = 5_060_408_001;

/** The new events of one dialout. */
interface Addition {
  conversation: string;
  events: NewEvent[];
}

/**
 * Appends events to their dialouts' lanes and makes the jobs of those lanes that had none. A dialout has each status
 * once: an event that is there already is passed over, so that it can be stored again when nobody knows whether it was.
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
  if (added.length === 0) return refused;
  await lockEventOrder(transaction);
  const additions = byDialout(added, await storedStatuses(transaction, added), refused);
  if (additions.length === 0) return refused;

  const lanes = await extendLanes(transaction, additions);
  const sequences = new Map<NewEvent, number>();
  const heads: NewEvent[] = [];
  for (const { conversation, events } of additions) {
    const lane = lanes.get(conversation);
    for (const [index, event] of events.entries()) {
      if (lane === undefined) {
        refused.add(event);
        continue;
      }
      const sequence = lane.last_sequence - events.length + index + 1;
      sequences.set(event, sequence);
      if (sequence === lane.head) heads.push(event);
    }
  }
  if (sequences.size === 0) return refused;

  const ids = await insertRows(transaction, added, sequences);
  if (heads.length > 0) {
    const due = heads.map((event) => ({ data: { event: ids.get(event) }, group: { id: originOf(event.notifyUrl) } }));
    await jobs.boss.insert(notificationQueue, due, { db: jobs.within(transaction) });
  }
  await sql`select pg_notify(${eventChannel}, '')`.execute(transaction);
  return refused;
}

/** Until the transaction ends, no other can add events. */
export async function lockEventOrder(transaction: Transaction<DatabaseSchema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${eventOrderLock}::bigint)`.execute(transaction);
}

/** `<dialout> <status>` of those that are there. */
async function storedStatuses(
  transaction: Transaction<DatabaseSchema>,
  added: readonly NewEvent[],
): Promise<ReadonlySet<string>> {
  const keys = added.map(({ event }) => ({ conversation: event.conversationId, status: event.status }));
  const { rows } = await sql<{ conversation_id: string; status: string }>`
    select event.conversation_id, event.status
    from jsonb_to_recordset(${jsonText(keys)}::jsonb) as added (conversation text, status text)
    join dialout_events as event
      on event.conversation_id = added.conversation collate "C" and event.status = added.status`.execute(transaction);
  return new Set(rows.map((row) => `${row.conversation_id} ${row.status}`));
}

interface LaneRow {
  conversation_id: string;
  last_sequence: number;
  head: number | null;
}

/** Counts the events into their lanes; lanes that have ended are left out of what is returned. */
async function extendLanes(
  transaction: Transaction<DatabaseSchema>,
  additions: readonly Addition[],
): Promise<ReadonlyMap<string, LaneRow>> {
  const added = additions.map(({ conversation, events }) => ({
    conversation,
    count: events.length,
    head: firstPending(events),
    ended: events.some(isFinal),
  }));
  // Rows are locked in their order, as everywhere, so that two transactions never wait for each other.
  const { rows } = await sql<LaneRow>`
    insert into dialout_lanes as lane (conversation_id, last_sequence, head, ended)
    select conversation, count, head, ended
    from jsonb_to_recordset(${jsonText(added)}::jsonb)
      as added (conversation text, count integer, head integer, ended boolean)
    order by conversation collate "C"
    on conflict (conversation_id) do update set
      last_sequence = lane.last_sequence + excluded.last_sequence,
      head = coalesce(lane.head, lane.last_sequence + excluded.head),
      ended = excluded.ended
    where not lane.ended
    returning conversation_id, last_sequence, head`.execute(transaction);
  return new Map(rows.map((row) => [row.conversation_id, row]));
}

/** Ids are drawn in the order in which the events were published. @returns the ids */
async function insertRows(
  transaction: Transaction<DatabaseSchema>,
  added: readonly NewEvent[],
  sequences: ReadonlyMap<NewEvent, number>,
): Promise<ReadonlyMap<NewEvent, number>> {
  const stored = added.filter((event) => sequences.has(event));
  const values = stored.map((added, n) => ({
    n,
    conversation: added.event.conversationId,
    sequence: sequences.get(added),
    status: added.event.status,
    final: isFinal(added),
    client: added.event.client,
    bot: added.event.bot,
    body: notificationBody(added.event),
    url: added.notifyUrl,
    origin: added.notifyUrl === undefined ? undefined : originOf(added.notifyUrl),
  }));
  const { rows } = await sql<{ id: number | string; conversation_id: string; sequence: number }>`
    insert into dialout_events
      (conversation_id, sequence, status, final, client, bot, body, created_at, url, origin, delivery)
    select conversation, sequence, status, final, client, bot, body, clock_timestamp(), url, origin,
      case when url is null then 'none' else 'pending' end
    from jsonb_to_recordset(${jsonText(values)}::jsonb)
      as added (n integer, conversation text, sequence integer, status text, final boolean, client text, bot text,
        body text, url text, origin text)
    order by n
    returning id, conversation_id, sequence`.execute(transaction);
  const ids = new Map(rows.map((row) => [`${row.conversation_id} ${row.sequence}`, Number(row.id)]));
  return new Map(stored.map((event) => [event, ids.get(`${event.event.conversationId} ${sequences.get(event)}`) ?? 0]));
}

/**
 * Each dialout's events in their order, without those that are there already; what follows a final event in the same
 * batch is refused.
 */
function byDialout(added: readonly NewEvent[], stored: ReadonlySet<string>, refused: Set<NewEvent>): Addition[] {
  const known = new Set(stored);
  const additions = new Map<string, NewEvent[]>();
  for (const event of added) {
    const { conversationId, status } = event.event;
    const key = `${conversationId} ${status}`;
    if (known.has(key)) continue;
    const events = additions.get(conversationId);
    const last = events?.at(-1);
    if (last !== undefined && isFinal(last)) {
      refused.add(event);
      continue;
    }
    known.add(key);
    if (events === undefined) additions.set(conversationId, [event]);
    else events.push(event);
  }
  return [...additions].map(([conversation, events]) => ({ conversation, events }));
}

/** Counted from 1; undefined: nobody is to be told of any of them. */
function firstPending(events: readonly NewEvent[]): number | undefined {
  const index = events.findIndex(({ notifyUrl }) => notifyUrl !== undefined);
  return index < 0 ? undefined : index + 1;
}

function isFinal({ event }: NewEvent): boolean {
  return event.status === 'failed' || event.status === 'completed';
}

/** Scheme, host and port. Of what is no URL: a word that all such share. */
function originOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : 'none';
}
