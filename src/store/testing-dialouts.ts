import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import { systemClock } from '../clock.ts';
import type { DialoutLimits, HubDialoutLimits } from '../dialout/limits.ts';
import { type RunningDialoutService, startDialoutService } from '../dialout/service.ts';
import { FakeDialler } from '../dialout/testing.ts';
import type { Database } from './database.ts';
import { SqlDialoutStore } from './dialouts.ts';
import { openJobs } from './jobs.ts';
import { NodeRegistry } from './nodes.ts';
import { insertEvents } from './notifications-insert.ts';
import { notificationQueue } from './notifications-names.ts';

/** A hub as far as dialouts go: a node on a database with a service and a dialler that places no calls. */
export interface TestHub {
  node: NodeRegistry;
  store: SqlDialoutStore;
  service: RunningDialoutService;
  dialler: FakeDialler;
  /** Orderly: signs off. */
  close(): Promise<void>;
}

export interface TestHubOptions {
  limits?: Partial<DialoutLimits>;
  hub?: Partial<HubDialoutLimits>;
  bots?: readonly string[];
  room?: () => number;
  dialler?: FakeDialler;
  beatMs?: number;
  deadAfterMs?: number;
}

export async function startTestHub(database: Database, options: TestHubOptions = {}): Promise<TestHub> {
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const clock = systemClock;
  const jobs = await openJobs({ database, log });
  await jobs.queue(notificationQueue);
  const timing = { beatMs: options.beatMs ?? 200, deadAfterMs: options.deadAfterMs ?? 1_000 };
  const node = new NodeRegistry({ database, id: randomUUID(), name: 'test', clock, log, timing });
  await node.join();
  const store = new SqlDialoutStore({
    database,
    jobs,
    node: node.id,
    appendEvents: (transaction, events) => insertEvents(transaction, jobs, events),
  });
  const dialler = options.dialler ?? new FakeDialler();
  const limits = { callsPerSecond: 1_000, concurrentCalls: 1_000, maxQueueMs: 60_000, ...options.limits };
  const service = await startDialoutService({
    store,
    dialler,
    node: node.id,
    limitsOf: (bot) => (bot === 'nobody' ? undefined : limits),
    bots: options.bots ?? ['demo'],
    hub: { concurrentDialouts: undefined, queuedDialouts: 10_000, ...options.hub },
    room: options.room ?? (() => 1_000),
    clock,
    log,
  });
  node.subscribe({ gone: () => void service.nodesGone(), returned: () => void service.nodeReturned() });
  return {
    node,
    store,
    service,
    dialler,
    async close() {
      for (const call of dialler.live) call.end();
      await service.close(2_000);
      await node.leave();
      await jobs.close();
    },
  };
}

/** The statuses that dialers were told, by dialout, in their order. */
export async function storedStatuses(database: Database): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; status: string }>`
    select conversation_id as id, status from dialout_events order by dialout_events.id`.execute(database.db);
  const statuses = new Map<string, string[]>();
  for (const { id, status } of rows) statuses.set(id, [...(statuses.get(id) ?? []), status]);
  return statuses;
}
