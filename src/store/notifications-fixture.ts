import { join } from 'node:path';
import { pino } from 'pino';
import type { ClaimedNotification, DeliveryAttempt, Settlement } from '../dialout/notifications/ports.ts';
import type { DialoutEvent, DialoutStatus } from '../dialout/status.ts';
import { SqlCallEvents } from './call-events.ts';
import { ensureDatabase, preparedDatabasePath } from './data-directory.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { type Jobs, openJobs } from './jobs.ts';
import { SqlNotifications } from './notifications.ts';
import { SqlEventLog } from './notifications-log.ts';
import { openServerDatabase } from './server-database.ts';
import { quickWasm, temporaryDirectory } from './store-fixture.ts';
import { postgresMissing, startTestServer } from './testing-postgres.ts';

const log = pino({ level: 'silent' });

/** One node's part of the outbox. */
export interface OutboxNode {
  database: Database;
  jobs: Jobs;
  outbox: SqlNotifications;
  events: SqlEventLog;
  calls: SqlCallEvents;
  close(): Promise<void>;
}

/** A make of database for tests. */
export interface OutboxDatabase {
  /** Opens it as a hub does; again after `close`, the same rows are there. */
  node(id?: string): Promise<OutboxNode>;
  remove(): Promise<void>;
}

async function openNode(database: Database, id: string): Promise<OutboxNode> {
  const jobs = await openJobs({ database, log });
  const outbox = await SqlNotifications.open(database, jobs, id);
  return {
    database,
    jobs,
    outbox,
    events: new SqlEventLog(database.db),
    calls: new SqlCallEvents(database),
    async close() {
      await outbox.idle();
      await jobs.close();
      await database.close();
    },
  };
}

async function embedded(): Promise<OutboxDatabase> {
  quickWasm();
  const directory = await temporaryDirectory();
  const data = join(directory.path, 'pgdata');
  await ensureDatabase(data, await preparedDatabasePath());
  return {
    node: async (id = 'node-1') => openNode(await openEmbeddedDatabase(data, () => {}), id),
    remove: () => directory.remove(),
  };
}

async function server(): Promise<OutboxDatabase> {
  const started = await startTestServer();
  const url = await started.freshDatabase();
  return {
    node: async (id = 'node-1') => openNode(await openServerDatabase({ url, log, patienceMs: 0 }), id),
    remove: () => started.remove(),
  };
}

/** What tests run on; `missing` says why one cannot run here. */
export const outboxDatabases: { name: string; missing: string | undefined; make(): Promise<OutboxDatabase> }[] = [
  { name: 'PGlite', missing: undefined, make: embedded },
  { name: 'PostgreSQL', missing: postgresMissing, make: server },
];

export function someEvent(conversationId: string, status: DialoutStatus, changes: Partial<DialoutEvent> = {}) {
  const event: DialoutEvent = {
    conversationId,
    client: 'dialer',
    bot: 'demo',
    status,
    timestamp: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
  return event;
}

export function delivered(notification: ClaimedNotification): Settlement {
  return { notification, attempt: someAttempt(notification, { status: 200 }), next: { state: 'delivered' } };
}

export function failed(notification: ClaimedNotification, afterMs = 0): Settlement {
  return {
    notification,
    attempt: someAttempt(notification, { error: 'no answer in time' }),
    next: { state: 'pending', afterMs },
  };
}

function someAttempt(notification: ClaimedNotification, result: Partial<DeliveryAttempt>): DeliveryAttempt {
  return { attempt: notification.attempts + 1, at: '2026-01-01T00:00:01.000Z', ms: 12, ...result };
}
