import { sql, type Transaction } from 'kysely';
import type { JobInsert } from 'pg-boss';
import { NotificationError } from '../dialout/notifications/errors.ts';
import type { ClaimedNotification, NewEvent, NotificationQueue, Settlement } from '../dialout/notifications/ports.ts';
import type { StatusSink } from '../dialout/ports.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Database } from './database.ts';
import type { Jobs } from './jobs.ts';
import { insertEvents, lockEventOrder } from './notifications-insert.ts';
import { eventChannel, jobTable, type NotificationJob, notificationQueue } from './notifications-names.ts';
import { settleAll } from './notifications-settle.ts';
import type { DatabaseSchema } from './schema.ts';

const maxBatch = 256;
const maxWaiting = 20_000;
/** Longer than any claim is held: then pg-boss hands the job to somebody else, although the node seems to live. */
const claimExpiresS = 300;

interface Publication {
  added: NewEvent;
  refused: boolean;
}

/**
 * The outbox: events of dialouts, each stored in one transaction with the job that sends it, on PGlite and PostgreSQL.
 * At most one job of a dialout exists at a time, for its first pending event; settling that one makes the next one's.
 */
export class SqlNotifications implements StatusSink, NotificationQueue {
  readonly #database: Database;
  readonly #jobs: Jobs;
  readonly #node: string;
  readonly #publications: BatchWriter<Publication>;
  readonly #settlements: BatchWriter<Settlement>;
  readonly #listeners = new Set<() => void>();
  #count = 0;

  private constructor(database: Database, jobs: Jobs, node: string) {
    this.#database = database;
    this.#jobs = jobs;
    this.#node = node;
    this.#publications = new BatchWriter((batch) => this.#publishAll(batch), { maxBatch, maxWaiting });
    this.#settlements = new BatchWriter((batch) => this.#settleAll(batch), { maxBatch, maxWaiting });
  }

  /** @param node id of this node: claims carry it. @throws StoreError */
  static async open(database: Database, jobs: Jobs, node: string): Promise<SqlNotifications> {
    // Attempts are counted by the events themselves: to pg-boss a job has only to come back when its holder vanishes.
    await jobs.queue(notificationQueue, {
      policy: 'standard',
      expireInSeconds: claimExpiresS,
      retryLimit: 1_000_000,
      retryDelay: 0,
    });
    return new SqlNotifications(database, jobs, node);
  }

  /**
   * Stores the event, and the job that tells of it, in one transaction; those of one moment share it. An event that is
   * there already is passed over.
   * @throws NotificationError `dialout_over` after the final event
   * @throws StoreError
   */
  async publish(event: NewEvent['event'], target: { notifyUrl: string | undefined }): Promise<void> {
    const publication: Publication = { added: { event, ...target }, refused: false };
    this.#count += 1;
    await this.#publications.write(String(this.#count), publication);
    if (publication.refused) throw over(event.conversationId);
  }

  /**
   * Stores events as part of a transaction of the caller's. It is the last thing that the transaction does: from here to
   * its end no other event of any dialout can be stored, so that ids become visible in their order. Tell `wake`
   * afterwards.
   * @throws NotificationError `dialout_over`, when the transaction should be rolled back
   */
  async publishIn(transaction: Transaction<DatabaseSchema>, added: readonly NewEvent[]): Promise<void> {
    const refused = await insertEvents(transaction, this.#jobs, added);
    const [first] = refused;
    if (first !== undefined) throw over(first.event.conversationId);
  }

  /** Events were stored with `publishIn`, and the transaction is committed. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Tells of new events and of jobs that became due, also of other nodes'; now and then for no reason.
   * @returns what ends it
   */
  async listen(listener: () => void): Promise<() => Promise<void>> {
    const unlisten = await this.#database.listen(eventChannel, { onNotification: listener, onReconnect: listener });
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
      await unlisten();
    };
  }

  async claim(options: {
    limit: number;
    perOrigin: number;
    ignore: readonly string[];
  }): Promise<ClaimedNotification[]> {
    return await this.#database.db.transaction().execute(async (transaction) => {
      const db = this.#jobs.within(transaction);
      const jobs = await this.#jobs.boss.fetch<NotificationJob>(notificationQueue, {
        db,
        batchSize: options.limit,
        groupConcurrency: options.perOrigin,
        ignoreGroups: [...options.ignore],
      });
      if (jobs.length === 0) return [];
      const claims = JSON.stringify(jobs.map(({ id, data }) => ({ job: id, event: data.event })));
      const { rows } = await sql<ClaimRow>`update dialout_events as event
        set claimed_by = ${this.#node}, job_id = claim.job
        from jsonb_to_recordset(${claims}::jsonb) as claim (job uuid, event bigint)
        where event.id = claim.event and event.delivery = 'pending'
        returning event.id, event.conversation_id, event.client, event.url, event.origin, event.body, event.attempts,
          event.job_id, extract(epoch from now() - event.created_at) * 1000 as age_ms`.execute(transaction);
      const claimed = new Set(rows.map((row) => row.job_id));
      const stale = jobs.filter(({ id }) => !claimed.has(id)).map(({ id }) => id);
      if (stale.length > 0) await this.#jobs.boss.deleteJob(notificationQueue, stale, { db });
      return rows.map(toClaimed).sort((a, b) => a.eventId - b.eventId);
    });
  }

  async settle(settlement: Settlement): Promise<void> {
    await this.#settlements.write(settlement.notification.claim, settlement);
  }

  async takeOver(): Promise<number> {
    const taken = await this.#database.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ id: number; origin: string; job_id: string }>`update dialout_events as event
        set claimed_by = null
        from (select id from dialout_events where delivery = 'pending' and claimed_by is not null
          and claimed_by not in (select id from nodes) order by id for update) as abandoned
        where event.id = abandoned.id
        returning event.id, event.origin, event.job_id`.execute(transaction);
      if (rows.length === 0) return 0;
      const db = this.#jobs.within(transaction);
      const jobs: JobInsert<NotificationJob>[] = rows.map((row) => ({
        data: { event: Number(row.id) },
        group: { id: row.origin },
      }));
      await this.#jobs.boss.deleteJob(
        notificationQueue,
        rows.map((row) => row.job_id),
        { db },
      );
      await this.#jobs.boss.insert(notificationQueue, jobs, { db });
      return rows.length;
    });
    if (taken > 0) this.wake();
    return taken;
  }

  /**
   * Makes the jobs of notifications that should have one and have none, which is so when somebody emptied the queue or
   * brought back a part of the database only. Resolves to how many.
   */
  async repair(): Promise<number> {
    const repaired = await this.#database.db.transaction().execute(async (transaction) => {
      // Of two nodes that repair at a time, the second finds nothing to do.
      await lockEventOrder(transaction);
      const { rows } = await sql<{ id: number | string; origin: string }>`select event.id, event.origin
        from dialout_lanes as lane
        join dialout_events as event on event.conversation_id = lane.conversation_id and event.sequence = lane.head
        where event.delivery = 'pending' and not exists (
          select 1 from ${sql.table(jobTable)} as job
          where job.name = ${notificationQueue} and job.state in ('created', 'retry', 'active')
            and (job.data ->> 'event')::bigint = event.id
        ) order by event.id`.execute(transaction);
      const jobs = rows.map(({ id, origin }) => ({ data: { event: Number(id) }, group: { id: origin } }));
      const db = this.#jobs.within(transaction);
      if (jobs.length > 0) await this.#jobs.boss.insert(notificationQueue, jobs, { db });
      return jobs.length;
    });
    if (repaired > 0) this.wake();
    return repaired;
  }

  /** Resolves when nothing waits to be written any more. */
  async idle(): Promise<void> {
    await this.#publications.idle();
    await this.#settlements.idle();
  }

  async #publishAll(batch: readonly Publication[]): Promise<void> {
    const refused = await this.#database.db.transaction().execute((transaction) =>
      insertEvents(
        transaction,
        this.#jobs,
        batch.map(({ added }) => added),
      ),
    );
    for (const publication of batch) publication.refused = refused.has(publication.added);
    this.wake();
  }

  async #settleAll(batch: readonly Settlement[]): Promise<void> {
    await this.#database.db.transaction().execute((transaction) => settleAll(transaction, this.#jobs, batch));
  }
}

interface ClaimRow {
  id: number | string;
  conversation_id: string;
  client: string;
  url: string;
  origin: string;
  body: string;
  attempts: number;
  job_id: string;
  age_ms: number | string;
}

function toClaimed(row: ClaimRow): ClaimedNotification {
  return {
    claim: row.job_id,
    eventId: Number(row.id),
    conversationId: row.conversation_id,
    client: row.client,
    url: row.url,
    origin: row.origin,
    body: row.body,
    attempts: row.attempts,
    ageMs: Math.max(0, Number(row.age_ms)),
  };
}

function over(conversationId: string): NotificationError {
  return new NotificationError('dialout_over', `dialout ${conversationId} has had its final event`);
}
