import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The key with which programs of the hub's own user on the hub's machine use its API: a file in the data directory,
 * which only that user can read. Whoever can read it can read the database beside it, too.
 */
export interface LocalAccess {
  /** Where the hub's API is: `http://127.0.0.1:8080`. */
  url: string;
  token: string;
}

const fileName = 'api-access.json';

/** @param http where the server listens; an address that stands for all is written as loopback */
export async function writeLocalAccess(
  dataDir: string,
  http: { host: string; port: number },
  token: string,
): Promise<{ remove(): Promise<void> }> {
  const file = join(dataDir, fileName);
  const access: LocalAccess = { url: `http://${reachable(http.host)}:${http.port}`, token };
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // A file that is there may be readable for others, and keeps its mode when it is written again: a new one replaces it.
  const fresh = `${file}.${process.pid}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${JSON.stringify(access)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, file);
  return {
    async remove() {
      // Another hub with the same data directory (and a database server) may have left its own since.
      if ((await readLocalAccess(dataDir))?.token === token) await rm(file, { force: true });
    },
  };
}

/** What the hub that runs on `dataDir` wrote; undefined where none runs or its file cannot be read. */
export async function readLocalAccess(dataDir: string): Promise<LocalAccess | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dataDir, fileName), 'utf8'));
    if (typeof value !== 'object' || value === null || !('url' in value) || !('token' in value)) return undefined;
    const { url, token } = value;
    return typeof url === 'string' && URL.canParse(url) && typeof token === 'string' ? { url, token } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The Authorization header field for the hub at `api` (its HTTP address): the key of a hub that runs on `dataDir`,
 * where it is that hub. Another hub is never sent it.
 */
export async function localAuthorization(api: string, dataDir: string): Promise<string | undefined> {
  const access = await readLocalAccess(dataDir);
  if (access === undefined || !URL.canParse(api)) return undefined;
  const [asked, own] = [new URL(api), new URL(access.url)];
  const host = (url: URL) => (url.hostname === 'localhost' ? '127.0.0.1' : url.hostname);
  const same = asked.protocol === own.protocol && asked.port === own.port && host(asked) === host(own);
  return same ? `Bearer ${access.token}` : undefined;
}

function reachable(host: string): string {
  switch (host) {
    case '0.0.0.0':
      return '127.0.0.1';
    case '::':
      return '[::1]';
    default:
      return host.includes(':') ? `[${host}]` : host;
  }
}
