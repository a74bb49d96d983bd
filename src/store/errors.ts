import { PatchbayError } from '../errors.ts';

export type StoreErrorCode =
  | 'store_in_use' // another hub works on the same data directory
  | 'store_incompatible' // made by a newer version
  | 'store_overloaded' // more writes wait than the queue takes
  | 'store_closed'
  | 'store_failed'; // cannot be opened, read or written

export class StoreError extends PatchbayError<StoreErrorCode> {}

/** What PostgreSQL says no with. */
export class QueryError extends StoreError {
  /** SQLSTATE, PostgreSQL appendix A; undefined: the database broke down over the query, or cannot be reached. */
  readonly sqlState: string | undefined;

  constructor(message: string, sqlState: string | undefined, options: { cause?: unknown } = {}) {
    super('store_failed', message, {
      ...options,
      retryable: sqlState === undefined || isPassing(sqlState),
      publicMessage: 'The database could not do what was asked',
    });
    this.sqlState = sqlState;
  }
}

/**
 * SQLSTATEs of what may succeed when it is tried again: lost connections (class 08), a server that stops or starts
 * (57P), no room for a connection (53300), conflicts between transactions (class 40), a standby that is not yet
 * promoted (25006).
 */
function isPassing(sqlState: string): boolean {
  return /^(?:08...|57P..|53300|40...|25006)$/.test(sqlState);
}
