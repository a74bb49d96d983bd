import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { ensureDatabase, makeDataDirectory, preparedDatabasePath } from './data-directory.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { lockDirectory } from './lock.ts';
import { openServerDatabase } from './server-database.ts';

export interface DatabaseOptions {
  /** A PostgreSQL server. Without it the database is embedded, in `dataDir`. */
  url?: string | undefined;
  /** Made when missing; relative to the working directory. */
  dataDir: string;
  /** An initialised database to start from; `undefined`: the one that was made when the hub was installed. */
  preparedDatabase?: string | undefined;
  log: Logger;
  clock: Clock;
}

/**
 * Opens the hub's database, brought up to date. The embedded one is locked: it belongs to one process; a first start
 * copies one that is prepared.
 * @returns also how it came to be, for the log
 * @throws StoreError `store_in_use`, `store_incompatible`, `store_failed`
 */
export async function openHubDatabase(options: DatabaseOptions): Promise<{ database: Database; origin: string }> {
  const { url, log, clock } = options;
  if (url !== undefined) return { database: await openServerDatabase({ url, log, clock }), origin: 'server' };
  const dataDir = resolve(options.dataDir);
  await makeDataDirectory(dataDir);
  const lock = lockDirectory(dataDir);
  try {
    const directory = join(dataDir, 'pgdata');
    const origin = await ensureDatabase(directory, options.preparedDatabase ?? (await preparedDatabasePath()));
    const database = await openEmbeddedDatabase(directory, (error) =>
      log.error({ err: error }, 'the database thread was lost'),
    );
    return {
      origin,
      database: { ...database, close: () => database.close().finally(() => lock.release()) },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
