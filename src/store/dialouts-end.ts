import { sql, type Transaction } from 'kysely';
import type { Transition } from '../dialout/dialout-store.ts';
import type { NewEvent } from '../dialout/notifications/ports.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import type { DialoutEvent, DialoutOutcome, MachineVerdict } from '../dialout/status.ts';
import { type DialoutContext, lockBot, tell } from './dialouts-context.ts';
import { dialoutQueue } from './dialouts-names.ts';
import { jsonText } from './json-text.ts';
import type { DatabaseSchema } from './schema.ts';

/** What is needed of a dialout to tell of its end. */
export interface EndedRow {
  id: string;
  client: string;
  bot: string;
  notifyUrl: string | undefined;
}

/** The final event of a dialout. */
export function finalEvent(
  row: EndedRow,
  outcome: DialoutOutcome,
  timestamp: string,
  more: Partial<DialoutEvent> = {},
): NewEvent {
  return {
    notifyUrl: row.notifyUrl,
    event: {
      conversationId: row.id,
      client: row.client,
      bot: row.bot,
      status: outcome.status,
      timestamp,
      reasonCode: outcome.reasonCode,
      reason: outcome.reason,
      ...more,
    },
  };
}

/** A change that waits to be written, and whether it could be. */
export interface PendingTransition {
  transition: Transition;
  applied: boolean;
}

interface Change {
  id: string;
  begun_ms_ago?: number;
  answered_at?: string;
  ended_at?: string;
  outcome?: DialoutOutcome | undefined;
  machine?: MachineVerdict | undefined;
}

/** Writes changes of dialouts that this node dials, in their order, with their events. */
export async function applyBatch(context: DialoutContext, batch: readonly PendingTransition[]): Promise<void> {
  await context.database.db.transaction().execute(async (transaction) => {
    const ids = [...new Set(batch.map(({ transition }) => transition.event.conversationId))].sort();
    const { rows } = await sql<{ id: string; bot: string }>`select id::text, bot from dialouts
      where id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
        and state in ('dialling', 'answered') and node = ${context.node}
      order by id for update`.execute(transaction);
    const bots = new Map(rows.map(({ id, bot }) => [id, bot]));
    const over = new Set<string>();
    for (const pending of batch) {
      const { conversationId, status } = pending.transition.event;
      pending.applied = bots.has(conversationId) && !over.has(conversationId);
      if (pending.applied && isFinal(status)) over.add(conversationId);
    }
    const applied = batch.filter((pending) => pending.applied).map(({ transition }) => transition);
    if (applied.length === 0) return;
    const changes = applied.flatMap(({ event, outcome, begunMsAgo }): Change[] => {
      const { conversationId: id, status, timestamp: at, machine } = event;
      if (begunMsAgo !== undefined) return [{ id, begun_ms_ago: begunMsAgo() }];
      if (status === 'answered') return [{ id, answered_at: at }];
      return isFinal(status) ? [{ id, ended_at: at, outcome, machine }] : [];
    });
    if (changes.length > 0) {
      await sql`update dialouts set
          state = case when changed.ended_at is not null then 'ended'
            when changed.answered_at is not null then 'answered' else dialouts.state end,
          dialled_at = greatest(dialouts.dialled_at,
            clock_timestamp() - changed.begun_ms_ago * interval '1 millisecond'),
          answered_at = coalesce(changed.answered_at, dialouts.answered_at),
          ended_at = changed.ended_at, outcome = changed.outcome, machine = changed.machine
        from (
          select id, max(begun_ms_ago) as begun_ms_ago, max(answered_at) as answered_at, max(ended_at) as ended_at,
            (array_agg(outcome) filter (where outcome is not null))[1] as outcome,
            (array_agg(machine) filter (where machine is not null))[1] as machine
          from jsonb_to_recordset(${jsonText(changes)}::jsonb) as change (id uuid,
            begun_ms_ago double precision, answered_at timestamptz, ended_at timestamptz, outcome jsonb, machine jsonb)
          group by id
        ) as changed where dialouts.id = changed.id`.execute(transaction);
    }
    const freed = new Set([...over].flatMap((id) => bots.get(id) ?? []));
    await tell(
      context,
      transaction,
      [...freed].map((bot) => ({ freed: bot })),
    );
    await context.appendEvents(
      transaction,
      applied.map(({ event, notifyUrl }) => ({ event, notifyUrl })),
    );
  });
}

function isFinal(status: DialoutEvent['status']): boolean {
  return status === 'failed' || status === 'completed';
}

/** Ends dialouts of the bot that wait, within a transaction that holds the bot's row. */
export async function endQueued(
  context: DialoutContext,
  transaction: Transaction<DatabaseSchema>,
  bot: string,
  which: { id: string } | { expired: true },
  outcome: DialoutOutcome,
): Promise<number> {
  const ids =
    'id' in which
      ? sql`select ${which.id}::uuid`
      : sql`select id from dialouts where bot = ${bot} and state = 'queued' and start_before <= clock_timestamp()
          order by start_before limit 200`;
  const { rows } = await sql<{ id: string; client: string; request: DialoutRequest; ended_at: Date }>`
    update dialouts set state = 'ended', ended_at = clock_timestamp(), outcome = ${jsonText(outcome)}::jsonb
    where state = 'queued' and bot = ${bot} and id in (${ids})
    returning id::text, client, request, ended_at`.execute(transaction);
  if (rows.length === 0) return 0;
  await context.jobs.boss.deleteJob(
    dialoutQueue(bot),
    rows.map(({ id }) => id),
    { db: context.jobs.within(transaction) },
  );
  await context.appendEvents(
    transaction,
    rows.map(({ id, client, request, ended_at }) =>
      finalEvent({ id, client, bot, notifyUrl: request.notifyUrl }, outcome, ended_at.toISOString()),
    ),
  );
  return rows.length;
}

/** @returns whether it waited, and has been ended */
export async function cancelQueued(
  context: DialoutContext,
  id: string,
  bot: string,
  outcome: DialoutOutcome,
): Promise<boolean> {
  return context.database.db.transaction().execute(async (transaction) => {
    await lockBot(transaction, bot);
    return (await endQueued(context, transaction, bot, { id }, outcome)) > 0;
  });
}

const orphanChunk = 200;

/** Ends what hubs that are not there any more were dialling. */
export async function endOrphans(context: DialoutContext): Promise<number> {
  let ended = 0;
  for (let count = orphanChunk; count === orphanChunk; ended += count) count = await endSomeOrphans(context);
  return ended;
}

async function endSomeOrphans(context: DialoutContext): Promise<number> {
  return context.database.db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ id: string; client: string; bot: string; request: DialoutRequest; answered: boolean }>`
      select id::text, client, bot, request, answered_at is not null as answered from dialouts
      where state in ('dialling', 'answered')
        and not exists (select from nodes where nodes.id = dialouts.node)
      order by id limit ${orphanChunk} for update`.execute(transaction);
    if (rows.length === 0) return 0;
    const { rows: times } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(transaction);
    const at = (times[0]?.now ?? new Date()).toISOString();
    const ends = rows.map(({ request, answered, ...row }) => {
      const outcome = orphanOutcome(answered);
      return { outcome, id: row.id, event: finalEvent({ ...row, notifyUrl: request.notifyUrl }, outcome, at) };
    });
    await sql`update dialouts set state = 'ended', ended_at = ${at}::timestamptz, outcome = changed.outcome
      from jsonb_to_recordset(${jsonText(ends.map(({ id, outcome }) => ({ id, outcome })))}::jsonb)
        as changed (id uuid, outcome jsonb)
      where dialouts.id = changed.id`.execute(transaction);
    await tell(
      context,
      transaction,
      [...new Set(rows.map(({ bot }) => bot))].map((bot) => ({ freed: bot })),
    );
    await context.appendEvents(
      transaction,
      ends.map(({ event }) => event),
    );
    return rows.length;
  });
}

function orphanOutcome(answered: boolean): DialoutOutcome {
  const text = answered
    ? 'The hub that carried the call has died'
    : 'The hub that placed the call has died; the call is not placed again';
  return {
    status: answered ? 'completed' : 'failed',
    reasonCode: 'error',
    reason: text,
    end: { category: 'shutdown', by: 'hub', text },
  };
}
