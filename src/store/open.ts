import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { ApiClientStore, HubKeyStore } from '../access/ports.ts';
import type { CallRecordStore } from '../calls/record.ts';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { SqlApiClientStore, SqlHubKeyStore } from './api-clients.ts';
import { SqlCallRecordStore } from './call-records.ts';
import { ensureDatabase, makeDataDirectory, preparedDatabasePath } from './data-directory.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { type Jobs, openJobs } from './jobs.ts';
import { lockDirectory } from './lock.ts';

export interface StoreOptions {
  /** Made when missing; relative to the working directory. */
  dataDir: string;
  log: Logger;
  /** Absent: records are kept for ever. */
  retention?: { keepDays: number; keepCalls: number };
  /** An initialised database to start from; `undefined`: the one that was made when the hub was installed. */
  preparedDatabase?: string;
  clock?: Clock;
}

/** What the hub keeps in its data directory. */
export interface Store {
  readonly callRecords: CallRecordStore;
  readonly apiClients: ApiClientStore;
  readonly hubKeys: HubKeyStore;
  readonly database: Database;
  readonly jobs: Jobs;
  /** Rejects when the database does not answer. For readiness. */
  ping(): Promise<void>;
  /** Writes what waits, closes the database and gives the directory back. Idempotent. */
  close(): Promise<void>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Locks the data directory, opens its database (a first start copies one that is prepared) and brings it up to date.
 * Calls that an earlier process left unfinished are ended in the records.
 * @throws StoreError `store_in_use`, `store_incompatible`, `store_failed`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { log, clock = systemClock } = options;
  const dataDir = resolve(options.dataDir);
  await makeDataDirectory(dataDir);
  const lock = lockDirectory(dataDir);
  let opened: Database | undefined;
  try {
    const directory = join(dataDir, 'pgdata');
    const startedAt = clock.now();
    const origin = await ensureDatabase(directory, options.preparedDatabase ?? (await preparedDatabasePath()));
    const database = await openEmbeddedDatabase(directory, (error) =>
      log.error({ err: error }, 'the database thread was lost'),
    );
    opened = database;
    const { db } = database;
    const jobs = await openJobs({ database, log });
    const callRecords = new SqlCallRecordStore(db);
    const orphans = await callRecords.closeOrphans(
      { category: 'shutdown', by: 'hub', text: 'The hub stopped while the call was under way' },
      clock.date().toISOString(),
    );
    log.info(
      { dataDir, database: origin, orphans, tookMs: Math.round(clock.now() - startedAt) },
      'call records opened',
    );

    const stopRetention =
      options.retention === undefined ? () => {} : keepPruning(callRecords, options.retention, clock, log);
    let closing: Promise<void> | undefined;
    return {
      callRecords,
      apiClients: new SqlApiClientStore(db),
      hubKeys: new SqlHubKeyStore(db),
      database,
      jobs,
      async ping() {
        await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
      },
      close() {
        closing ??= (async () => {
          stopRetention();
          await callRecords.close();
          try {
            await jobs.close();
            await database.close();
          } finally {
            lock.release();
          }
        })();
        return closing;
      },
    };
  } catch (error) {
    await opened?.close();
    lock.release();
    throw error;
  }
}

/** Deletes what is past its time, soon and then every hour. */
function keepPruning(
  records: SqlCallRecordStore,
  retention: { keepDays: number; keepCalls: number },
  clock: Clock,
  log: Logger,
): () => void {
  let stopped = false;
  let cancel = clock.after(60_000, run);
  function run(): void {
    const olderThan = new Date(clock.date().getTime() - retention.keepDays * dayMs).toISOString();
    records
      .prune({ olderThan, keepCalls: retention.keepCalls })
      .then(
        (deleted) => log.debug({ deleted }, 'old call records deleted'),
        (error: unknown) => log.warn({ reason: messageOf(error) }, 'old call records could not be deleted'),
      )
      .finally(() => {
        if (!stopped) cancel = clock.after(hourMs, run);
      });
  }
  return () => {
    stopped = true;
    cancel();
  };
}
