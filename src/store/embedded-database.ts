import { Kysely, PGliteDialect } from 'kysely';
import type { Database } from './database.ts';
import { DatabaseThread } from './database-thread.ts';
import { migrate } from './migrations.ts';
import type { DatabaseSchema } from './schema.ts';

/**
 * Opens the PGlite database in `directory` on a thread of its own and brings it up to date; makes a new one where the
 * directory is empty or missing.
 * @throws StoreError
 */
export async function openEmbeddedDatabase(directory: string, onLost: (error: Error) => void): Promise<Database> {
  const thread = new DatabaseThread(directory, onLost);
  await thread.open();
  const db = new Kysely<DatabaseSchema>({ dialect: new PGliteDialect({ pglite: thread }) });
  try {
    await migrate(db);
  } catch (error) {
    await thread.close();
    throw error;
  }
  return {
    kind: 'pglite',
    db,
    // kysely lends its one connection: no other query, and no transaction, can come between.
    exec: (sql) =>
      db.connection().execute(async () => {
        try {
          return await thread.exec(sql);
        } catch (error) {
          // A failed statement between BEGIN and COMMIT leaves its transaction open on the only connection there is.
          await thread.exec('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
    exclusively: (run) => run(),
    listen: (channel, listener) => db.connection().execute(() => thread.listen(channel, listener)),
    close: () => db.destroy(),
  };
}
