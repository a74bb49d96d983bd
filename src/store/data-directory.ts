import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { StoreError } from './errors.ts';
import { installJobs } from './jobs.ts';

/** Makes the data directory, for its owner only: records tell who spoke with whom, and about what. */
export async function makeDataDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(directory, 0o700);
  } catch (error) {
    throw new StoreError('store_failed', `the data directory ${directory} cannot be made: ${messageOf(error)}`, {
      cause: error,
      publicMessage: 'The data directory cannot be used',
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Files that are copied at the same time: as many as Node has threads for it. */
const COPIES = 4;

/** Copies a folder of plain files. There are a thousand in a database, and `fs.cp` looks at each several times. */
async function copyTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  await mkdir(to, { mode: 0o700 });
  const files: string[] = [];
  for (const entry of entries) {
    const path = relative(from, join(entry.parentPath, entry.name));
    if (entry.isDirectory()) await mkdir(join(to, path), { recursive: true, mode: 0o700 });
    else files.push(path);
  }
  const waiting = files.values();
  const copy = async () => {
    for (const path of waiting) await copyFile(join(from, path), join(to, path), constants.COPYFILE_FICLONE);
  };
  await Promise.all(Array.from({ length: COPIES }, copy));
}

/** Where the installation keeps an initialised database, to be copied. One per version of PGlite. */
export async function preparedDatabasePath(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return fileURLToPath(new URL(`../../node_modules/.cache/patchbay/pgdata-${version}`, import.meta.url));
}

/**
 * Makes an initialised database at `target` (PostgreSQL's initdb, all migrations and the tables of the jobs: some seconds). It appears there
 * whole or not at all.
 */
export async function createDatabase(target: string): Promise<void> {
  const unfinished = `${target}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const database = await openEmbeddedDatabase(unfinished, () => {});
  try {
    await installJobs(database);
  } finally {
    await database.close();
  }
  await rename(unfinished, target);
}

/**
 * Sees to it that there is a database at `target`: copies the prepared one, or makes one where the installation has
 * none. A first start that is killed leaves nothing half done, only a directory that the next one clears away.
 * @returns how the database came to be
 */
export async function ensureDatabase(
  target: string,
  prepared: string | undefined,
): Promise<'found' | 'copied' | 'created'> {
  const unfinished = `${target}.new`;
  await rm(unfinished, { recursive: true, force: true });
  if (await exists(join(target, 'PG_VERSION'))) return 'found';
  try {
    if (prepared !== undefined && (await exists(join(prepared, 'PG_VERSION')))) {
      await copyTree(prepared, unfinished);
      await rename(unfinished, target);
      return 'copied';
    }
    await createDatabase(target);
    return 'created';
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (error instanceof StoreError) throw error;
    throw new StoreError('store_failed', `the database cannot be made in ${target}: ${messageOf(error)}`, {
      cause: error,
      publicMessage: 'The data directory cannot be used',
    });
  }
}
