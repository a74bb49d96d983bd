import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createDatabase, preparedDatabasePath } from '../src/store/data-directory.ts';

/**
 * Runs after `npm ci`: makes the database that the hub copies at its first start, so that the first start is as quick
 * as the next. The hub also works without it.
 */
try {
  const target = await preparedDatabasePath();
  const directory = dirname(target);
  await mkdir(directory, { recursive: true });
  const others = (await readdir(directory)).filter((name) => name.startsWith('pgdata-'));
  for (const name of others) await rm(join(directory, name), { recursive: true, force: true });
  await createDatabase(target);
  console.log(`patchbay: prepared ${basename(target)}`);
} catch (error) {
  console.warn(
    `patchbay: the first start will take a few seconds longer, no database could be prepared: ${String(error)}`,
  );
}
