import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { openEmbeddedDatabase } from '../../src/store/embedded-database.ts';
import { openServerDatabase } from '../../src/store/server-database.ts';
import { QUICK_WASM } from '../../src/store/store-fixture.ts';
import { postgresMissing, startTestServer } from '../../src/store/testing-postgres.ts';

const program = fileURLToPath(new URL('./support/dialout-program.ts', import.meta.url));
const log = pino({ level: 'silent' });
const dialouts = 200;

interface Hub {
  ready: Promise<void>;
  submit(id: string): void;
  /** How many dialouts in its database are not over. */
  left(): Promise<number>;
  kill(): Promise<void>;
  quit(): Promise<void>;
}

function startHub(database: string, journal: string, accepted: (id: string) => void): Hub {
  const child: ChildProcess = spawn(process.execPath, [...QUICK_WASM, program, database, journal], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(() => void child.kill('SIGKILL'));
  const ready = Promise.withResolvers<void>();
  const asked: ((left: number) => void)[] = [];
  child.stdin?.on('error', () => {}); // it was killed
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, what = ''] = line.split(' ');
      if (word === 'ready') ready.resolve();
      else if (word === 'accepted') accepted(what);
      else if (word === 'left') asked.shift()?.(Number(what));
    });
  }
  const send = (line: string) => child.stdin?.write(`${line}\n`);
  return {
    ready: ready.promise,
    submit: send,
    left() {
      send('left');
      return new Promise((resolve) => asked.push(resolve));
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async quit() {
      send('quit');
      await exited;
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs a campaign on `hubCount` hubs, kills one of them `kills` times at random moments, half of them after a call has been placed, and looks at
 * what is left.
 */
async function campaign(options: {
  database: string;
  directory: string;
  hubCount: number;
  kills: number;
  open(): Promise<Database>;
}): Promise<void> {
  const { database, directory, hubCount, kills } = options;
  const journal = join(directory, 'journal');
  writeFileSync(journal, '');
  const ids: string[] = Array.from({ length: dialouts }, () => randomUUID());
  const open = new Set(ids);
  const start = () => startHub(database, journal, (id) => open.delete(id));
  const hubs: Hub[] = [];
  for (let n = 0; n < hubCount; n += 1) hubs.push(start());
  await Promise.all(hubs.map((hub) => hub.ready));

  for (let kill = 0; kill < kills; kill += 1) {
    // A part of the campaign: what was asked before and not answered is asked again, of whoever is there.
    const due = ids.slice(0, Math.ceil((dialouts * (kill + 1)) / kills)).filter((id) => open.has(id));
    for (const [n, id] of due.entries()) hubs[n % hubs.length]?.submit(id);
    if (kill % 2 === 1) {
      const placed = readFileSync(journal).length;
      await expect.poll(() => readFileSync(journal).length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(placed);
    }
    await pause(Math.random() * 250);
    const victim = Math.floor(Math.random() * hubs.length);
    await hubs[victim]?.kill();
    hubs[victim] = start();
    await hubs[victim].ready;
  }
  for (const id of open) hubs[0]?.submit(id);
  await expect.poll(() => open.size, { timeout: 60_000, interval: 50 }).toBe(0);
  await expect.poll(() => hubs[0]?.left(), { timeout: 60_000, interval: 200 }).toBe(0);
  await Promise.all(hubs.map((hub) => hub.quit()));

  // The embedded database belongs to the hub: it is looked at when that has ended.
  const db = await options.open();
  try {
    const rows = await states(db);
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort()); // none lost
    expect(rows.filter(({ state }) => state !== 'ended')).toEqual([]);
    const dialled = readFileSync(journal, 'utf8').trimEnd().split('\n');
    expect(new Set(dialled).size).toBe(dialled.length); // none dialled twice
    for (const { id, events } of rows) {
      const finals = events.filter((status) => status === 'failed' || status === 'completed');
      expect(finals, id).toHaveLength(1); // exactly one end
      expect(events.at(-1), id).toBe(finals[0]);
      if (events.includes('answered')) expect(finals, id).toEqual(['completed']);
    }
    // The killing did hit calls.
    expect(rows.filter(({ outcome }) => outcome?.reasonCode === 'error').length).toBeGreaterThan(0);
  } finally {
    await db.close();
  }
}

async function states(database: Database) {
  const { rows } = await sql<{ id: string; state: string; outcome: { reasonCode: string } | null; events: string[] }>`
    select dialouts.id::text, state, outcome,
      (select coalesce(jsonb_agg(status order by sequence), '[]'::jsonb) from dialout_events
        where conversation_id = dialouts.id::text) as events
    from dialouts`.execute(database.db);
  return rows;
}

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-dialouts-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('a campaign whose hub is killed again and again', () => {
  test('on the embedded database: none lost, none dialled twice, one end each', { timeout: 240_000 }, async () => {
    const directory = await temporary();
    const database = join(directory, 'data');
    const open = () => openEmbeddedDatabase(join(database, 'pgdata'), () => {});
    await campaign({ database, directory, hubCount: 1, kills: 20, open });
  });

  test.skipIf(postgresMissing)(
    `on PostgreSQL, two hubs: the other one goes on (${postgresMissing ?? 'installed'})`,
    { timeout: 240_000 },
    async () => {
      const server = await startTestServer();
      onTestFinished(() => server.remove());
      const directory = await temporary();
      const database = await server.freshDatabase();
      const open = () => openServerDatabase({ url: database, log });
      await campaign({ database, directory, hubCount: 2, kills: 20, open });
    },
  );
});
