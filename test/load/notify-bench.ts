import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import type { DialoutStatus } from '../../src/dialout/status.ts';
import { type Notifications, openNotifications } from '../../src/hub/notifications.ts';
import { openStore } from '../../src/store/open.ts';
import { postgresMissing, startTestServer } from '../../src/store/testing-postgres.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { percentile } from './figures.ts';
import { NotifyTarget } from './notify-target.ts';

/**
 * `node test/load/notify-bench.ts [--dialouts N] [--targets N] [--only pglite|postgres] [--no-save]`
 *
 * How many status notifications per second a node stores, and how many it delivers: signed, in order, each attempt on
 * disk, to dialers in another thread of the same machine. Then how long one takes when little else is to be done, and
 * while 10,000 are pending for a dialer that hangs. About a minute.
 */
const RESULTS = join(import.meta.dirname, 'results');
const QUIET_EVENTS = 200;
const STUCK_EVENTS = 10_000;
const QUIET_PAUSE_MS = 10;

const { values } = parseArgs({
  options: {
    dialouts: { type: 'string', default: '3000' },
    targets: { type: 'string', default: '10' },
    only: { type: 'string' },
    'no-save': { type: 'boolean', default: false },
  },
});
const dialouts = Number(values.dialouts);

interface Figures {
  database: string;
  targets: number;
  notifications: number;
  storedPerSecond: number;
  deliveredPerSecond: number;
  quietP50Ms: number;
  quietP95Ms: number;
  besideStuckP50Ms: number;
  besideStuckP95Ms: number;
}

const results: Figures[] = [];
if (values.only !== 'pglite' && postgresMissing === undefined) {
  results.push(await bench('postgres', 1), await bench('postgres', Number(values.targets)));
}
if (values.only !== 'postgres') results.push(await bench('pglite', Number(values.targets)));
console.table(results);
if (!values['no-save']) {
  await mkdir(RESULTS, { recursive: true });
  const report = { machine: `${cpus().length} x ${cpus()[0]?.model}`, node: process.version, results };
  await writeFile(join(RESULTS, 'notify-bench.json'), `${JSON.stringify(report, null, 2)}\n`);
}

async function bench(database: 'postgres' | 'pglite', targets: number): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-notify-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const server = database === 'postgres' ? await startTestServer() : undefined;
  stack.defer(() => server?.remove());
  const log = pino({ level: 'warn' });
  const store = await openStore({ dataDir: join(directory, 'data'), url: await server?.freshDatabase(), log });
  stack.defer(() => store.close());
  const target = await NotifyTarget.start(targets);
  stack.defer(() => target.close());
  const metrics = createMetrics({ processMetrics: false });
  const notifications = await openNotifications(
    {
      ...{ allowPrivateNetworks: true, timeoutMs: 10_000, maxAgeHours: 24, concurrent: 128, concurrentPerTarget: 8 },
      ...{ keepDays: 30, maxStreams: 10 },
    },
    {
      store,
      metrics: metrics.notifications,
      secretOf: () => 'a secret of a client',
      clock: systemClock,
      log,
      version: 'bench',
    },
  );
  stack.defer(() => notifications.close());
  notifications.start();

  const startedAt = performance.now();
  let stored = 0;
  const publishing = Array.from({ length: dialouts }, async (_, n) => {
    const id = randomUUID();
    for (const status of ['answered', 'completed'] as const) {
      await publish(notifications, id, status, target.urls[n % targets] ?? '');
      stored += 1;
    }
  });
  await Promise.all(publishing);
  const storedAt = performance.now();
  await target.until(2 * dialouts);
  const deliveredAt = performance.now();
  if (target.outOfOrder > 0) throw new Error(`${target.outOfOrder} notifications came out of order`);

  let expected = 2 * dialouts;
  const delays = async (): Promise<number[]> => {
    const all: number[] = [];
    for (let n = 0; n < QUIET_EVENTS; n += 1) {
      const publishedAt = performance.now();
      await publish(notifications, randomUUID(), 'failed', target.urls[0] ?? '');
      expected += 1;
      await target.until(expected);
      all.push(performance.now() - publishedAt);
      await new Promise((resolve) => setTimeout(resolve, QUIET_PAUSE_MS));
    }
    return all;
  };
  const quiet = await delays();
  const stuck = Array.from({ length: STUCK_EVENTS }, () =>
    publish(notifications, randomUUID(), 'failed', target.stuckUrl),
  );
  await Promise.all(stuck);
  const besideStuck = await delays();
  return {
    database,
    targets,
    notifications: stored,
    storedPerSecond: Math.round((stored * 1000) / (storedAt - startedAt)),
    deliveredPerSecond: Math.round((stored * 1000) / (deliveredAt - startedAt)),
    quietP50Ms: Math.round(percentile(quiet, 0.5)),
    quietP95Ms: Math.round(percentile(quiet, 0.95)),
    besideStuckP50Ms: Math.round(percentile(besideStuck, 0.5)),
    besideStuckP95Ms: Math.round(percentile(besideStuck, 0.95)),
  };
}

async function publish(notifications: Notifications, id: string, status: DialoutStatus, url: string): Promise<void> {
  const event = { conversationId: id, client: 'bench', bot: 'demo', status, timestamp: new Date().toISOString() };
  await notifications.outbox.publish(event, { notifyUrl: url });
}
