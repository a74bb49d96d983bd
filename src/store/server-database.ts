import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from './database.ts';
import { StoreError } from './errors.ts';
import { migrate } from './migrations.ts';
import type { DatabaseSchema } from './schema.ts';
import { asStoreError, openingError, type ServerAddress, serverAddress } from './server-errors.ts';
import { ServerListener } from './server-listener.ts';

/** Enough for all that the hub writes at a time; one connection more listens. */
const defaultPoolSize = 10;
const statementMs = 60_000;
/** Any number that nobody else takes for an advisory lock. */
const setUpLock = 7_283_002_431;
const oldestVersion = 130_000;

export interface ServerOptions {
  /** With the credentials, which appear in no message. */
  url: string;
  log: Logger;
  poolSize?: number;
  /** How long a server that cannot be reached yet is waited for. */
  patienceMs?: number;
  clock?: Clock;
}

/**
 * Connects to a PostgreSQL server and brings the database up to date: hubs that start together do so once. Connections
 * that are lost later are opened again when they are needed; until then queries fail with errors that are retryable.
 * @throws StoreError that says what to do
 */
export async function openServerDatabase(options: ServerOptions): Promise<Database> {
  const { log, clock = systemClock } = options;
  const address = serverAddress(options.url);
  const config: pg.PoolConfig = {
    connectionString: options.url,
    application_name: 'patchbay',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: statementMs,
    // A hub that stands still within a transaction must not hold up the others for ever.
    idle_in_transaction_session_timeout: 15_000,
    // The server gives up first; this is for one that is gone without a word.
    query_timeout: 65_000,
  };
  const pool = new pg.Pool({ ...config, max: options.poolSize ?? defaultPoolSize, idleTimeoutMillis: 30_000 });
  pool.on('error', (error) => log.warn({ reason: messageOf(error) }, 'a connection to the database was lost'));
  const listener = new ServerListener(config, {
    clock,
    onLost: (error) => log.warn({ reason: messageOf(error) }, 'notifications of the database are interrupted'),
  });
  const db = new Kysely<DatabaseSchema>({ dialect: new PostgresDialect({ pool: inOurTerms(pool) }) });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= listener.close().then(() => pool.end());
    return closing;
  };
  try {
    await waitFor(pool, { ...options, address, clock });
    await checkServer(db, address);
    await migrate(db);
  } catch (error) {
    await close();
    throw openingError(error, address);
  }
  log.info({ ...address }, 'connected to PostgreSQL');
  return {
    kind: 'postgres',
    db,
    async exec(text) {
      const results: unknown = await pool.query(text).catch((error: unknown) => {
        throw asStoreError(error);
      });
      return (Array.isArray(results) ? results : [results]).flatMap(({ rows }: pg.QueryResult) => rows ?? []);
    },
    exclusively: (run) =>
      db.connection().execute(async (connection) => {
        await sql`SELECT set_config('statement_timeout', '0', false), pg_advisory_lock(${setUpLock})`.execute(
          connection,
        );
        try {
          return await run();
        } finally {
          await sql`SELECT pg_advisory_unlock(${setUpLock}), set_config('statement_timeout', ${String(statementMs)}, false)`.execute(
            connection,
          );
        }
      }),
    listen: (channel, heard) => listener.listen(channel, heard),
    close,
  };
}

/** A pool whose errors are the store's. */
function inOurTerms(pool: pg.Pool): PostgresPool {
  const rethrow = (error: unknown): never => {
    throw asStoreError(error);
  };
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect().catch(rethrow);
      // A connection can be lost while no query is under way: the next one fails, which is soon enough.
      const ignore = () => {};
      client.on('error', ignore);
      const query = (text: string, parameters: unknown[]) => client.query(text, parameters).catch(rethrow);
      return {
        // kysely also passes cursors, which only streams need.
        query: query as unknown as PostgresPoolClient['query'],
        release(destroy?: boolean) {
          client.off('error', ignore);
          client.release(destroy);
        },
      };
    },
    end: () => pool.end(),
  };
}

/** Hub and server are often started together, and the server takes longer. */
async function waitFor(
  pool: pg.Pool,
  { patienceMs = 15_000, clock, log, address }: ServerOptions & { clock: Clock; address: ServerAddress },
): Promise<void> {
  const until = clock.now() + patienceMs;
  for (let told = false; ; told = true) {
    try {
      (await pool.connect()).release();
      return;
    } catch (cause) {
      const error = asStoreError(cause);
      if (!error.retryable || clock.now() >= until) throw error;
      if (!told) log.warn({ server: address.server, reason: messageOf(error) }, 'waiting for PostgreSQL');
      await new Promise<void>((resolve) => clock.after(500, resolve));
    }
  }
}

async function checkServer(db: Kysely<DatabaseSchema>, { server, database }: ServerAddress): Promise<void> {
  const { rows } = await sql<{ version: number; name: string; encoding: string }>`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
      pg_encoding_to_char(encoding) AS encoding
    FROM pg_database WHERE datname = current_database()`.execute(db);
  const [facts] = rows;
  if (facts === undefined) return;
  if (facts.version < oldestVersion) {
    throw new StoreError(
      'store_incompatible',
      `PostgreSQL at ${server} is version ${facts.name}; the hub needs 13 or newer`,
    );
  }
  if (facts.encoding !== 'UTF8') {
    throw new StoreError(
      'store_incompatible',
      `the database '${database}' at ${server} is encoded in ${facts.encoding}: make one with "createdb -E UTF8 -T template0"`,
    );
  }
}
