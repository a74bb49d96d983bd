import { sql, type Transaction } from 'kysely';
import type { Acceptance, NewDialout } from '../dialout/dialout-store.ts';
import { type DialoutLimits, type HubDialoutLimits, mayQueue } from '../dialout/limits.ts';
import { type DialoutContext, tell } from './dialouts-context.ts';
import { dialoutQueue } from './dialouts-names.ts';
import { jsonText } from './json-text.ts';
import type { DatabaseSchema } from './schema.ts';

/** A dialout that was submitted, and what became of it. */
export interface Submission {
  dialout: NewDialout;
  limits: DialoutLimits;
  hub: HubDialoutLimits;
  acceptance: Acceptance | undefined;
}

interface Known {
  id: string;
  fingerprint: string;
}

const keyOf = (client: string, key: string) => JSON.stringify([client, key]);

function keyOfDialout({ request, idempotency }: NewDialout): string | undefined {
  return idempotency === undefined ? undefined : keyOf(request.client, idempotency.key);
}

/** Stores what is new and may be queued, with a job for each. Fills in `acceptance` of all. */
export async function submitBatch(context: DialoutContext, batch: readonly Submission[]): Promise<void> {
  for (const submission of batch) submission.acceptance = undefined;
  await context.database.db.transaction().execute(async (transaction) => {
    const known = await knownKeys(transaction, batch);
    const queued = await queuedCounts(transaction, batch);
    const fresh: Submission[] = [];
    for (const submission of batch) {
      const key = keyOfDialout(submission.dialout);
      const before = key === undefined ? undefined : known.get(key);
      if (before !== undefined) {
        submission.acceptance = repeated(before, submission);
        continue;
      }
      const { bot, id } = submission.dialout.request;
      const ofBot = queued.ofBot.get(bot) ?? 0;
      const answer = mayQueue({ queuedOfBot: ofBot, queuedOfAll: queued.ofAll }, submission.limits, submission.hub);
      submission.acceptance = answer;
      if (answer.kind !== 'accepted') continue;
      fresh.push(submission);
      queued.ofBot.set(bot, ofBot + 1);
      queued.ofAll += 1;
      if (key !== undefined) known.set(key, { id, fingerprint: submission.dialout.idempotency?.fingerprint ?? '' });
    }
    if (fresh.length === 0) return;

    const inserted = await insert(transaction, fresh);
    const lost = fresh.filter((submission) => !inserted.has(submission.dialout.request.id));
    if (lost.length > 0) {
      // Another hub has stored the same keys since.
      const others = await knownKeys(transaction, lost);
      for (const { dialout } of lost) {
        if (!others.has(keyOfDialout(dialout) ?? '')) throw new Error(`dialout ${dialout.request.id} is there already`);
      }
      // Also those of this batch that repeat one of them.
      for (const submission of batch) {
        const before = others.get(keyOfDialout(submission.dialout) ?? '');
        if (before !== undefined) submission.acceptance = repeated(before, submission);
      }
    }
    const stored = fresh.filter((submission) => inserted.has(submission.dialout.request.id));
    const bots = Map.groupBy(stored, (submission) => submission.dialout.request.bot);
    for (const [bot, submissions] of bots) {
      await context.jobs.boss.insert(
        dialoutQueue(bot),
        submissions.map(({ dialout }) => ({ id: dialout.request.id })),
        { db: context.jobs.within(transaction) },
      );
    }
    await tell(
      context,
      transaction,
      [...bots.keys()].map((bot) => ({ queued: bot })),
    );
  });
}

function repeated({ id, fingerprint }: Known, { dialout }: Submission): Acceptance {
  return fingerprint === dialout.idempotency?.fingerprint
    ? { kind: 'repeated', conversationId: id }
    : { kind: 'conflict' };
}

/** What the client's key stands for, if it was used within a day. */
export async function rememberedKey(
  { database }: DialoutContext,
  client: string,
  key: string,
): Promise<{ conversationId: string; fingerprint: string } | undefined> {
  const { rows } = await sql<{ id: string; fingerprint: string }>`
    select id::text, fingerprint from dialouts
    where client = ${client} and idempotency_key = ${key}
      and accepted_at >= clock_timestamp() - interval '24 hours'`.execute(database.db);
  const [row] = rows;
  return row === undefined ? undefined : { conversationId: row.id, fingerprint: row.fingerprint };
}

/** What is remembered of the batch's keys; those that are older than a day are forgotten. */
async function knownKeys(
  transaction: Transaction<DatabaseSchema>,
  batch: readonly Submission[],
): Promise<Map<string, Known>> {
  const keys = batch.flatMap(({ dialout: { request, idempotency } }) =>
    idempotency === undefined ? [] : [{ client: request.client, key: idempotency.key }],
  );
  if (keys.length === 0) return new Map();
  const asked = sql`jsonb_to_recordset(${jsonText(keys)}::jsonb) as asked (client text, key text)`;
  await sql`update dialouts set idempotency_key = null from ${asked}
    where dialouts.client = asked.client and idempotency_key = asked.key
      and accepted_at < clock_timestamp() - interval '24 hours'`.execute(transaction);
  const { rows } = await sql<{ id: string; client: string; key: string; fingerprint: string }>`
    select id::text, dialouts.client, idempotency_key as key, fingerprint from dialouts, ${asked}
    where dialouts.client = asked.client and idempotency_key = asked.key`.execute(transaction);
  return new Map(rows.map((row) => [keyOf(row.client, row.key), row]));
}

async function queuedCounts(
  transaction: Transaction<DatabaseSchema>,
  batch: readonly Submission[],
): Promise<{ ofBot: Map<string, number>; ofAll: number }> {
  const bots = [...new Set(batch.map(({ dialout }) => dialout.request.bot))];
  const { rows } = await sql<{ bot: string | null; queued: number }>`
    select bot, count(*)::integer as queued from dialouts where state = 'queued'
      and bot in (select jsonb_array_elements_text(${jsonText(bots)}::jsonb)) group by bot
    union all select null, count(*)::integer from dialouts where state = 'queued'`.execute(transaction);
  const ofBot = new Map<string, number>();
  let ofAll = 0;
  for (const { bot, queued } of rows) {
    if (bot === null) ofAll = queued;
    else ofBot.set(bot, queued);
  }
  return { ofBot, ofAll };
}

/** How long a dialout may wait counts from now, by the database's clock: no hub's clock need be right. */
async function insert(transaction: Transaction<DatabaseSchema>, fresh: readonly Submission[]): Promise<Set<string>> {
  const rows = fresh
    .map(({ dialout: { request, idempotency } }) => ({
      id: request.id,
      client: request.client,
      bot: request.bot,
      request,
      key: idempotency?.key,
      fingerprint: idempotency?.fingerprint,
      accepted_at: request.acceptedAt,
      wait_ms: Math.max(0, Date.parse(request.startBefore) - Date.parse(request.acceptedAt)),
    }))
    // In one order everywhere, so that two hubs that store the same keys never wait for each other.
    .sort((a, b) => compare(a.key ?? '', b.key ?? ''));
  const { rows: inserted } = await sql<{ id: string }>`
    insert into dialouts (id, client, bot, state, request, idempotency_key, fingerprint, accepted_at, start_before)
    select id, client, bot, 'queued', request, key, fingerprint, accepted_at,
      clock_timestamp() + wait_ms * interval '1 millisecond'
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as new (id uuid, client text, bot text, request jsonb, key text,
      fingerprint text, accepted_at timestamptz, wait_ms double precision)
    on conflict do nothing
    returning id::text`.execute(transaction);
  return new Set(inserted.map(({ id }) => id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
