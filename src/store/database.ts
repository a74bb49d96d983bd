import { Kysely, PGliteDialect } from 'kysely';
import { DatabaseThread } from './database-thread.ts';
import { migrate } from './migrations.ts';
import type { DatabaseSchema } from './schema.ts';

/**
 * Opens the PGlite database in `directory` on a thread of its own and brings it up to date; makes a new one where the
 * directory is empty or missing. `destroy()` of the result closes it.
 * @throws StoreError
 */
export async function openDatabase(directory: string, onLost: (error: Error) => void): Promise<Kysely<DatabaseSchema>> {
  const thread = new DatabaseThread(directory, onLost);
  await thread.open();
  const db = new Kysely<DatabaseSchema>({ dialect: new PGliteDialect({ pglite: thread }) });
  try {
    await migrate(db);
  } catch (error) {
    await thread.close();
    throw error;
  }
  return db;
}
