import { sql, type Transaction } from 'kysely';
import type { Claim, ClaimOptions } from '../dialout/dialout-store.ts';
import { allowance, type ClaimFacts, rateWindowMs } from '../dialout/limits.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import type { DialoutOutcome } from '../dialout/status.ts';
import { type DialoutContext, lockBot, tell } from './dialouts-context.ts';
import { endQueued } from './dialouts-end.ts';
import { dialoutQueue } from './dialouts-names.ts';
import type { DatabaseSchema } from './schema.ts';

/** Dialouts that one transaction takes at most; the others follow at once. */
const maxClaim = 50;
/** Of a longer queue only that it is so long is counted. */
const countedQueue = 1_000;
/** The database has forgotten this node for a moment, or a queue and its dialouts do not agree. */
const oddPauseMs = 1_000;

interface Facts extends Omit<ClaimFacts, 'room' | 'yielded'> {
  /** This node counts as alive, and stays so until the transaction ends. */
  alive: boolean;
  /** Until the first that waits has waited too long; null: nothing waits. */
  expiresInMs: number | null;
}

export async function claim(context: DialoutContext, options: ClaimOptions): Promise<Claim> {
  const { bot, limits, hub, yielded } = options;
  return context.database.db.transaction().execute(async (transaction) => {
    await lockBot(transaction, bot, { andAll: hub.concurrentDialouts !== undefined });
    const facts = await factsOf(context, transaction, bot);
    const room = facts.alive ? Math.min(options.room, maxClaim) : 0;
    const allowed =
      limits === undefined
        ? { take: 0, blockedBy: 'bot' as const, againMs: undefined }
        : allowance({ ...facts, room, yielded }, limits, hub);
    const claimed = await take(context, transaction, bot, allowed.take);
    // Last: until the transaction is over, events of no other dialout can be stored.
    const late = facts.expiresInMs !== null && facts.expiresInMs <= 0;
    const expired = late ? await endQueued(context, transaction, bot, { expired: true }, expiredOutcome) : 0;
    const queued = facts.queued - claimed.length - expired;
    const times = [
      allowed.againMs,
      facts.expiresInMs === null ? undefined : Math.max(1, facts.expiresInMs),
      expired > 0 ? 1 : undefined,
      !facts.alive || claimed.length < allowed.take ? oddPauseMs : undefined,
      // More room than one transaction takes.
      allowed.blockedBy === 'node' && options.room > maxClaim ? 0 : undefined,
    ].filter((time) => time !== undefined);
    return {
      claimed,
      queued,
      blockedBy: allowed.blockedBy,
      againMs: queued > 0 && times.length > 0 ? Math.min(...times) : undefined,
    };
  });
}

const expiredText = "The dialout waited for too long: the bot's limits did not let it begin in time";
const expiredOutcome: DialoutOutcome = {
  status: 'failed',
  reasonCode: 'error',
  reason: expiredText,
  end: { category: 'rejected', by: 'hub', text: expiredText },
};

async function factsOf(
  { node }: DialoutContext,
  transaction: Transaction<DatabaseSchema>,
  bot: string,
): Promise<Facts> {
  // Nobody can take this node for dead while the transaction lasts: what it takes would not be looked after.
  const mine = await transaction.selectFrom('nodes').select('id').where('id', '=', node).forKeyShare().execute();
  const { rows } = await sql<Omit<Facts, 'alive'>>`select
    (select count(*)::integer from (select from dialouts where bot = ${bot} and state = 'queued'
      limit ${countedQueue}) as waiting) as "queued",
    (select (extract(epoch from min(start_before) - clock_timestamp()) * 1000)::double precision from dialouts
      where bot = ${bot} and state = 'queued') as "expiresInMs",
    (select count(*)::integer from dialouts where state in ('dialling', 'answered') and bot = ${bot}) as "liveOfBot",
    (select count(*)::integer from dialouts where state in ('dialling', 'answered')) as "liveOfAll",
    (select count(*)::integer from dialouts where state in ('dialling', 'answered') and node = ${node}) as "liveHere",
    (select count(*)::integer from nodes where accepting) as "nodes",
    (select coalesce(jsonb_agg(ago order by ago), '[]'::jsonb) from (
      select (extract(epoch from clock_timestamp() - dialled_at) * 1000)::double precision as ago from dialouts
      where bot = ${bot} and dialled_at > clock_timestamp() - ${rateWindowMs} * interval '1 millisecond'
    ) as starts) as "startedAgoMs"`.execute(transaction);
  const [facts] = rows;
  if (facts === undefined) throw new Error('a query without a FROM has one row');
  return { ...facts, alive: mine.length > 0 };
}

/** Takes jobs of the bot, and with them their dialouts: from here on they are never taken again. */
async function take(
  context: DialoutContext,
  transaction: Transaction<DatabaseSchema>,
  bot: string,
  count: number,
): Promise<DialoutRequest[]> {
  const { boss, within } = context.jobs;
  const db = within(transaction);
  const queue = dialoutQueue(bot);
  const claimed: DialoutRequest[] = [];
  while (claimed.length < count) {
    const jobs = await boss.fetch(queue, { batchSize: count - claimed.length, db });
    if (jobs.length === 0) break;
    const ids = jobs.map(({ id }) => id);
    const { rows } = await sql<{ request: DialoutRequest }>`
      update dialouts set state = 'dialling', node = ${context.node}, dialled_at = clock_timestamp()
      where state = 'queued' and start_before > clock_timestamp() and id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
      returning request`.execute(transaction);
    await boss.deleteJob(queue, ids, { db });
    claimed.push(...rows.map(({ request }) => request));
  }
  return claimed.sort((a, b) => (a.acceptedAt < b.acceptedAt ? -1 : a.acceptedAt > b.acceptedAt ? 1 : 0));
}

/** Queues again what this node has claimed and not dialled. */
export async function giveBack(context: DialoutContext, requests: readonly DialoutRequest[]): Promise<void> {
  for (const [bot, ofBot] of Map.groupBy(requests, (request) => request.bot)) {
    await context.database.db.transaction().execute(async (transaction) => {
      await lockBot(transaction, bot);
      const ids = JSON.stringify(ofBot.map(({ id }) => id));
      const { rows } = await sql<{ id: string }>`
        update dialouts set state = 'queued', node = null, dialled_at = null
        where state = 'dialling' and node = ${context.node}
          and id in (select jsonb_array_elements_text(${ids}::jsonb)::uuid)
        returning id::text`.execute(transaction);
      await context.jobs.boss.insert(dialoutQueue(bot), rows, { db: context.jobs.within(transaction) });
      await tell(context, transaction, [{ queued: bot }]);
    });
  }
}
