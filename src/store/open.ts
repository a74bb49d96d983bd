import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiClientStore, HubKeyStore } from '../access/ports.ts';
import type { CallRecordStore } from '../calls/record.ts';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { RecordingStore } from '../recording/ports.ts';
import { SqlApiClientStore, SqlHubKeyStore } from './api-clients.ts';
import { SqlCallRecordStore } from './call-records.ts';
import type { Database } from './database.ts';
import { type Jobs, openJobs } from './jobs.ts';
import { NodeRegistry, type NodeTiming } from './nodes.ts';
import { openHubDatabase } from './open-database.ts';
import { SqlRecordingStore } from './recordings.ts';

export interface StoreOptions {
  /** `postgres://user:password@host:port/database`. Without it the database is embedded, in `dataDir`. */
  url?: string | undefined;
  /** Made when missing; relative to the working directory. Not needed with `url`. */
  dataDir: string;
  log: Logger;
  /** Absent: records are kept for ever. */
  retention?: { keepDays: number; keepCalls: number };
  /** An initialised database to start from; `undefined`: the one that was made when the hub was installed. */
  preparedDatabase?: string;
  clock?: Clock;
  nodeTiming?: NodeTiming;
}

/** What the hub keeps in its database. */
export interface Store {
  readonly callRecords: CallRecordStore;
  readonly recordings: RecordingStore;
  readonly apiClients: ApiClientStore;
  readonly hubKeys: HubKeyStore;
  readonly database: Database;
  readonly jobs: Jobs;
  /** This hub among those on the same database. */
  readonly nodes: NodeRegistry;
  /** Rejects when the database does not answer. For readiness. */
  ping(): Promise<void>;
  /** Writes what waits, signs off, closes the database and gives the directory back. Idempotent. */
  close(): Promise<void>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Opens the hub's database. Calls that hubs left unfinished which are no longer there are ended in the records, now and
 * whenever another hub on the same database dies.
 * @throws StoreError `store_in_use`, `store_incompatible`, `store_failed`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { log, clock = systemClock, retention } = options;
  const startedAt = clock.now();
  const { database, origin } = await openHubDatabase({ ...options, clock });
  const { db } = database;
  let jobs: Jobs | undefined;
  try {
    jobs = await openJobs({ database, log });
    const nodes = new NodeRegistry({
      database,
      id: randomUUID(),
      name: `${hostname()}:${process.pid}`,
      clock,
      log,
      timing: options.nodeTiming,
    });
    await nodes.join();
    const callRecords = new SqlCallRecordStore(database, nodes.id);
    const closeOrphans = () =>
      callRecords.closeOrphans(
        { category: 'shutdown', by: 'hub', text: 'The hub stopped while the call was under way' },
        clock.date().toISOString(),
      );
    const orphans = await closeOrphans();
    const unsubscribe = nodes.subscribe({
      gone: () => {
        closeOrphans().catch((error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'records of another hub could not be closed'),
        );
      },
      returned: () => {},
    });
    log.info({ database: origin, orphans, tookMs: Math.round(clock.now() - startedAt) }, 'call records opened');

    const stopRetention = retention === undefined ? () => {} : keepPruning(callRecords, retention, clock, log);
    return {
      callRecords,
      recordings: new SqlRecordingStore(database, nodes.id),
      apiClients: new SqlApiClientStore(db),
      hubKeys: new SqlHubKeyStore(db),
      database,
      jobs,
      nodes,
      async ping() {
        await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
      },
      close: once(async () => {
        stopRetention();
        unsubscribe();
        await callRecords.close();
        try {
          await jobs?.close();
          await nodes.leave();
        } finally {
          await database.close();
        }
      }),
    };
  } catch (error) {
    await jobs?.close();
    await database.close();
    throw error;
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
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
