import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server for tests. */
export interface TestServer {
  /** An empty database of its own for each call. */
  freshDatabase(): Promise<string>;
  /** The server's address with other parts. */
  url(parts: { user?: string; password?: string; database?: string }): string;
  /** Ends the server as a restart does; connections are cut. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

const password = 'test-password';

/** Where Debian puts the programs of the newest version; undefined: PostgreSQL is not installed. */
function findPrograms(): string | undefined {
  const top = '/usr/lib/postgresql';
  if (!existsSync(top)) return undefined;
  const versions = readdirSync(top).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(top, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/**
 * Whether tests with a PostgreSQL server can run here; a reason when they cannot. With PATCHBAY_REQUIRE_PEERS=1 they run
 * in any case, so that a missing server is a failure.
 */
export const postgresMissing: string | undefined =
  findPrograms() === undefined && process.env.PATCHBAY_REQUIRE_PEERS !== '1'
    ? 'PostgreSQL is not installed'
    : undefined;

/** Makes and starts a server on a free port of the loopback interface; quick, and careless of power cuts. */
export async function startTestServer(): Promise<TestServer> {
  const bin = findPrograms();
  if (bin === undefined) throw new Error('PostgreSQL is not installed: /usr/lib/postgresql/*/bin/initdb is missing');
  const directory = mkdtempSync(join(tmpdir(), 'patchbay-postgres-'));
  // The server refuses to run as root.
  const identity = process.getuid?.() === 0 ? userIds('postgres') : undefined;
  if (identity !== undefined) chownSync(directory, identity.uid, identity.gid);
  const data = join(directory, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    {
      ...identity,
      cwd: directory,
      stdio: 'ignore',
    },
  );
  writeFileSync(
    join(data, 'pg_hba.conf'),
    'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  const port = await freePort();
  const url: TestServer['url'] = ({ user = 'postgres', password: secret, database = 'postgres' }) =>
    `postgres://${user}${secret === undefined ? '' : `:${secret}`}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ['fsync=off', 'full_page_writes=off', 'max_connections=60', 'shared_buffers=32MB', 'jit=off'];
    const started = spawn(
      join(bin ?? '', 'postgres'),
      [
        ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', `unix_socket_directories=${directory}`],
        ...settings.flatMap((setting) => ['-c', setting]),
      ],
      { ...identity, cwd: directory, stdio: 'ignore' },
    );
    server = started;
    for (let attempt = 0; ; attempt += 1) {
      const client = new pg.Client({ connectionString: url({}) });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (attempt > 200 || started.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function stop(): Promise<void> {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill('SIGINT'); // fast shutdown: connections are cut
    await ended;
  }

  await start();
  await query(url({}), `CREATE ROLE hub LOGIN SUPERUSER PASSWORD '${password}'`);
  return {
    async freshDatabase() {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await query(url({}), `CREATE DATABASE ${name}`);
      return url({ user: 'hub', password, database: name });
    },
    url,
    stop,
    start,
    async remove() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function userIds(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
