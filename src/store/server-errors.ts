import { messageOf } from '../errors.ts';
import { QueryError, StoreError } from './errors.ts';

/** Where a PostgreSQL server is, without what nobody may see: fit for logs and messages. */
export interface ServerAddress {
  /** `host:port`, or the directory of a Unix socket. */
  server: string;
  database: string;
  user: string;
}

/** @param url `postgres://user:password@host:port/database`; a Unix socket is given by `?host=/directory` */
export function serverAddress(url: string): ServerAddress {
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const user = decodeURIComponent(username) || searchParams.get('user') || process.env.USER || 'postgres';
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return {
    server: host.startsWith('/') ? host : `${host || 'localhost'}:${port || '5432'}`,
    database: decodeURIComponent(pathname.slice(1)) || user,
    user,
  };
}

/** SQLSTATE (PostgreSQL appendix A) of what a server said; `undefined` when it said nothing. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? code : undefined;
}

/** Errors of node-postgres in the form of the store. What comes without an SQLSTATE is a lost connection: retryable. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new QueryError(messageOf(error) || 'the connection to the database was lost', sqlStateOf(error), {
    cause: error,
  });
}

/** Why a hub cannot start on this server, and what to do about it. */
export function openingError(error: unknown, { server, database, user }: ServerAddress): StoreError {
  if (error instanceof StoreError && !(error instanceof QueryError)) return error;
  const sqlState = error instanceof QueryError ? error.sqlState : sqlStateOf(error);
  const because = (message: string) =>
    new StoreError('store_failed', message, {
      cause: error,
      retryable: error instanceof QueryError && error.retryable,
      publicMessage: 'The database cannot be opened',
    });
  switch (sqlState) {
    case '28P01':
    case '28000':
      return because(
        `PostgreSQL at ${server} refuses the user '${user}' (${messageOf(error)}): check user and password in database.url, and pg_hba.conf of the server`,
      );
    case '3D000':
      return because(
        `PostgreSQL at ${server} has no database '${database}': create it with "createdb -O ${user} ${database}", or name another one in database.url`,
      );
    case '42501':
      return because(
        `the user '${user}' may not make tables in the database '${database}' at ${server} (${messageOf(error)}): let it own the database with "ALTER DATABASE ${database} OWNER TO ${user}"`,
      );
    case '53300':
      return because(
        `PostgreSQL at ${server} has no connection left (${messageOf(error)}): raise max_connections there; a hub needs about 12`,
      );
    case '57P03':
      return because(
        `PostgreSQL at ${server} does not take connections yet (${messageOf(error)}): start the hub when it does`,
      );
    case undefined:
      return because(
        `PostgreSQL at ${server} cannot be reached (${reasonOf(error)}): check that it runs and listens there, and database.url`,
      );
    default:
      return because(`the database '${database}' at ${server} cannot be opened: ${messageOf(error)}`);
  }
}

/** A name that leads to several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  const cause = error instanceof QueryError ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ');
  return messageOf(cause) || messageOf(error);
}
