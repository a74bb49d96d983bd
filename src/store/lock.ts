import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../errors.ts';
import { StoreError } from './errors.ts';

/** SQLITE_BUSY */
const busy = 5;

/** The right of one process to work on a data directory. */
export interface DirectoryLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the exclusive lock of a data directory: PGlite has none of its own, and two hubs on one directory would lose
 * each other's rows.
 *
 * The lock is an operating system's lock on the file `hub.lock`, taken by an exclusive SQLite transaction that stays
 * open: Node has no call for file locks, and SQLite takes the right one on every system (fcntl on Unix, LockFileEx on
 * Windows). The kernel drops it when the process ends, however it ends, so no stale lock can remain and no recycled
 * process id can be mistaken for its holder; it also holds between containers that share the directory on one machine.
 * `hub.pid` is only there to name the holder.
 *
 * @throws StoreError `store_in_use` naming the holder's process, `store_failed` when the file cannot be locked
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = join(directory, 'hub.lock');
  const holderFile = join(directory, 'hub.pid');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    writeFileSync(holderFile, `${process.pid} ${hostname()}\n`, { mode: 0o600 });
  } catch (error) {
    database?.close();
    if (errorNumber(error) === busy) {
      throw new StoreError(
        'store_in_use',
        `another hub${holder(holderFile)} is using the data directory ${directory}`,
        {
          cause: error,
          publicMessage: 'The data directory is in use',
        },
      );
    }
    throw new StoreError('store_failed', `the data directory ${directory} cannot be locked: ${messageOf(error)}`, {
      cause: error,
      publicMessage: 'The data directory cannot be used',
    });
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}

function errorNumber(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
}

function holder(file: string): string {
  try {
    const match = /^(\d+) (\S+)\n$/.exec(readFileSync(file, 'utf8'));
    if (match === null) return '';
    return match[2] === hostname() ? ` (process ${match[1]})` : ` (process ${match[1]} on ${match[2]})`;
  } catch {
    return '';
  }
}
