import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { DialoutsPort } from '../api/ports.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { DialoutError } from '../dialout/errors.ts';
import type { Dialler } from '../dialout/ports.ts';
import { type DialoutService, startDialoutService } from '../dialout/service.ts';
import { messageOf } from '../errors.ts';
import { SqlDialoutStore } from '../store/dialouts.ts';
import { insertEvents } from '../store/notifications-insert.ts';
import type { Store } from '../store/open.ts';
import type { Notifications } from './notifications.ts';

export interface DialoutDeps {
  store: Pick<Store, 'database' | 'jobs' | 'nodes'>;
  dialler: Dialler;
  /** Calls that this hub has room for now, besides those that it has. */
  room(): number;
  log: Logger;
  clock?: Clock;
}

/** Dialouts of this hub, joined with those of the others on its database. */
export interface Dialouts {
  readonly service: DialoutService;
  /** Dialouts that this hub dials or talks on. */
  readonly live: number;
  /** Refuses new dialouts and begins none: other hubs take those that wait, or the next start does. */
  drain(): void;
  /** When all calls are over: writes what they reported. Idempotent. */
  close(): Promise<void>;
}

const hourMs = 3_600_000;

/**
 * Starts to dial what waits. Opened after the notifications, whose queue the events of dialouts go into, and when calls
 * can be placed; ends first what hubs left that have died.
 * @throws StoreError
 */
export async function openDialouts(
  config: Pick<HubConfig, 'bots' | 'limits' | 'records'>,
  deps: DialoutDeps,
): Promise<Dialouts> {
  const { store, dialler, room, clock = systemClock } = deps;
  const { database, jobs, nodes } = store;
  const log = deps.log.child({ part: 'dialouts' });
  const sqlStore = new SqlDialoutStore({
    database,
    jobs,
    node: nodes.id,
    appendEvents: (transaction, events) => insertEvents(transaction, jobs, events),
  });
  const limits = new Map(config.bots.map((bot) => [bot.id, bot.limits]));
  const service = await startDialoutService({
    store: sqlStore,
    dialler,
    node: nodes.id,
    limitsOf: (bot) => limits.get(bot),
    bots: config.bots.map(({ id }) => id),
    hub: {
      concurrentDialouts: config.limits.concurrentDialouts,
      queuedDialouts: config.limits.queuedDialouts,
    },
    room,
    clock,
    log,
  });
  const unsubscribe = nodes.subscribe({
    gone: () => void service.nodesGone(),
    returned: () => void service.nodeReturned(),
  });
  let cancelPrune = clock.after(hourMs, prune);
  function prune(): void {
    cancelPrune = clock.after(hourMs, prune);
    const olderThan = new Date(clock.date().getTime() - config.records.keepDays * 24 * hourMs).toISOString();
    sqlStore.prune(olderThan).then(
      (deleted) => log.debug({ deleted }, 'old dialouts deleted'),
      (error: unknown) => log.warn({ reason: messageOf(error) }, 'old dialouts could not be deleted'),
    );
  }
  return {
    service,
    get live() {
      return service.live;
    },
    drain() {
      service.drain();
      nodes.accept(false);
    },
    async close() {
      cancelPrune();
      unsubscribe();
      await service.close();
    },
  };
}

/** What the API asks of dialouts. `service`: undefined while the hub is being started. */
export function dialoutsPort(
  config: Pick<HubConfig, 'bots'>,
  deps: { clock: Clock; notifications: Notifications; service: () => DialoutService | undefined },
): DialoutsPort {
  const { clock, notifications } = deps;
  const queueMs = new Map(config.bots.map(({ id, limits }) => [id, limits.maxQueueMs]));
  const started = () => assertStarted(deps.service());
  return {
    clock,
    newId: () => randomUUID(),
    maxQueueMs: (bot) => queueMs.get(bot) ?? 0,
    checkUrl: (url) => notifications.checkUrl(url),
    submit: async (request, options) => started().submit(request, options),
    get: async (id) => started().get(id),
    notificationsOf: (id) => notifications.attemptsOf(id),
  };
}

/** @throws DialoutError `draining` while the hub is being started */
export function assertStarted<T>(part: T | undefined): T {
  if (part === undefined) throw new DialoutError('draining', 'the hub is being started');
  return part;
}
