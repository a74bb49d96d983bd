import type { Transaction } from 'kysely';
import { type Db, fromKysely, type Job, PgBoss, type Queue, type WorkOptions } from 'pg-boss';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import type { Database } from './database.ts';
import { QueryError } from './errors.ts';
import type { DatabaseSchema } from './schema.ts';

const schema = 'pgboss';
/** The id of no job. */
const nobody = '00000000-0000-0000-0000-000000000000';
/** What is left of a stop when handlers do not end: their jobs are taken up again at the next start. */
const stopTimeoutMs = 5_000;

/** Durable jobs: pg-boss on the hub's own database, with the same code on PGlite and on a PostgreSQL server. */
export interface Jobs {
  /** Started. Its queues are made with `queue`, its workers with `work`. */
  readonly boss: PgBoss;
  /**
   * The `db` option of pg-boss's calls: what they do becomes part of the transaction. Only for queues that this process
   * has made with `queue` before.
   */
  within(transaction: Transaction<DatabaseSchema>): Db;
  /** Makes a queue, or gives the one that is there these options. Workers on it are woken by new jobs. */
  queue(name: string, options?: Omit<Queue, 'name' | 'notify'>): Promise<void>;
  /** Hands the queue's jobs to `handler`. What it throws fails the jobs, which the queue's options retry. */
  work<Data extends object>(
    name: string,
    options: WorkOptions,
    handler: (jobs: Job<Data>[]) => Promise<unknown>,
  ): Promise<void>;
  /** Lets the workers of a queue in this process look for jobs now: jobs that became due without a notification. */
  wake(name: string): void;
  /** Lets handlers end for some seconds. The database stays open. Idempotent. */
  close(): Promise<void>;
}

/** Starts pg-boss; makes or migrates its tables where they are missing or old. */
export async function openJobs(deps: { database: Database; log: Logger }): Promise<Jobs> {
  const { database, log } = deps;
  const boss = new PgBoss({
    db: asDb(database),
    schema,
    backend: database.kind,
    useListenNotify: true,
    // Nothing is scheduled by the clock's time, and nothing of ours is ever built on clock skew.
    schedule: false,
    // PGlite has no autovacuum that could be watched: the retention of the records does its work.
    monitorVacuum: database.kind === 'postgres',
  });
  boss.on('error', (error) => log.error({ reason: messageOf(error) }, 'jobs'));
  boss.on('warning', ({ message }) => log.warn({ reason: message }, 'jobs'));
  await database.exclusively(() => boss.start());
  const workers = new Map<string, string[]>();
  let closing: Promise<void> | undefined;
  return {
    boss,
    within: (transaction) => withSqlStates(fromKysely(transaction)),
    async queue(name, options = {}) {
      const found = await boss.getQueue(name);
      if (found === null) {
        await boss.createQueue(name, { ...options, notify: true });
      } else {
        const { policy: _policy, partition: _partition, ...changeable } = options;
        await boss.updateQueue(name, { ...changeable, notify: true });
      }
      // pg-boss looks up a queue that it does not know yet outside of the transaction that it is used in: with one
      // connection both would wait for each other. After any use it knows the queue.
      await boss.findJobs(name, { id: nobody });
    },
    async work(name, options, handler) {
      const id = await boss.work(name, options, handler);
      workers.set(name, [...(workers.get(name) ?? []), id]);
    },
    wake(name) {
      for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
    },
    close() {
      closing ??= boss.stop({ graceful: true, timeout: stopTimeoutMs, close: false });
      return closing;
    },
  };
}

/** Makes pg-boss's tables, so that a later start finds them. */
export async function installJobs(database: Database): Promise<void> {
  const boss = new PgBoss({
    db: asDb(database),
    schema,
    backend: database.kind,
    schedule: false,
    supervise: false,
  });
  await boss.start();
  await boss.stop({ graceful: false, close: false });
}

/** The database in the form in which pg-boss takes it. */
function asDb(database: Database): Db {
  return withSqlStates({
    async executeSql(text, values) {
      // Statements with parameters come alone; several in a row come without.
      if (!values?.length) return { rows: await database.exec(text) };
      return fromKysely(database.db).executeSql(text, values);
    },
    async listen(channel, onNotification, onReconnect) {
      const close = await database.listen(channel, { onNotification, onReconnect });
      onReconnect();
      return { close };
    },
  });
}

/** pg-boss tells refusals apart by the `code` that node-postgres gives its errors. */
function withSqlStates(db: Db): Db {
  return {
    ...db,
    executeSql: (text, values) =>
      db.executeSql(text, values).catch((error: unknown) => {
        if (!(error instanceof QueryError) || error.sqlState === undefined) throw error;
        throw Object.assign(new Error(error.message, { cause: error }), { code: error.sqlState });
      }),
  };
}
