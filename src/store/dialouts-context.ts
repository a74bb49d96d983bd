import { sql, type Transaction } from 'kysely';
import type { NewEvent } from '../dialout/notifications/ports.ts';
import type { Database } from './database.ts';
import { type DialoutNotice, dialoutChannel } from './dialouts-names.ts';
import type { Jobs } from './jobs.ts';
import type { DatabaseSchema } from './schema.ts';

/** What all statements about dialouts need. */
export interface DialoutContext {
  database: Database;
  jobs: Jobs;
  /** Id of this hub. */
  node: string;
  /** Stores events in the transaction that changes the state of their dialouts. */
  appendEvents(transaction: Transaction<DatabaseSchema>, events: readonly NewEvent[]): Promise<unknown>;
}

/** Tells the other hubs; they hear it when the transaction is committed. The embedded database has no others. */
export async function tell(
  { database }: DialoutContext,
  transaction: Transaction<DatabaseSchema>,
  notices: readonly DialoutNotice[],
): Promise<void> {
  if (database.kind === 'pglite' || notices.length === 0) return;
  await sql`select pg_notify(${dialoutChannel}, value) from jsonb_array_elements_text(${JSON.stringify(
    notices.map((notice) => JSON.stringify(notice)),
  )}::jsonb)`.execute(transaction);
}

/** Keeps others from claiming, cancelling or expiring dialouts of the bot until the transaction ends. */
export async function lockBot(
  transaction: Transaction<DatabaseSchema>,
  bot: string,
  options: { andAll?: boolean } = {},
): Promise<void> {
  await transaction
    .selectFrom('dialout_limits')
    .select('bot')
    .where('bot', 'in', options.andAll === true ? ['', bot] : [bot])
    .orderBy('bot')
    .forUpdate()
    .execute();
}
