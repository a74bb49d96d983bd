import type { Kysely } from 'kysely';
import type { DatabaseSchema } from './schema.ts';

/** Whoever listens to a channel of NOTIFY. */
export interface ChannelListener {
  onNotification(payload: string): void;
  /** Notifications may have been missed: the connection was lost and is there again. */
  onReconnect(): void;
}

/** An open database: PGlite on its thread, or a PostgreSQL server. The same SQL runs on both. */
export interface Database {
  readonly kind: 'pglite' | 'postgres';
  readonly db: Kysely<DatabaseSchema>;
  /** Runs several statements without parameters on a connection of their own. Resolves to the rows of all of them. */
  exec(sql: string): Promise<unknown[]>;
  /** Runs what only one process at a time may do to this database, such as making tables. */
  exclusively<T>(run: () => Promise<T>): Promise<T>;
  /** Hears what is sent to a channel with NOTIFY, by this process or another. @returns what ends it */
  listen(channel: string, listener: ChannelListener): Promise<() => Promise<void>>;
  /** Idempotent. */
  close(): Promise<void>;
}
