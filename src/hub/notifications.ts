import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { Deliverer } from '../dialout/notifications/deliverer.ts';
import { EventFeed } from '../dialout/notifications/event-feed.ts';
import type { CallEvent, EventDelivery } from '../dialout/notifications/ports.ts';
import { httpPost } from '../dialout/notifications/post.ts';
import { messageOf } from '../errors.ts';
import { createGuardedFetcher, type GuardedFetcherOptions } from '../net/guarded-fetcher.ts';
import { UrlGuard } from '../net/url-guard.ts';
import { SqlCallEvents } from '../store/call-events.ts';
import { SqlNotifications } from '../store/notifications.ts';
import { SqlEventLog } from '../store/notifications-log.ts';
import type { Store } from '../store/open.ts';
import type { NotificationMetrics } from '../telemetry/notification-metrics.ts';

export interface NotificationDeps {
  store: Pick<Store, 'database' | 'jobs' | 'nodes'>;
  /** Signs the notifications of an API client's dialouts. */
  secretOf(client: string): string | undefined | Promise<string | undefined>;
  metrics: NotificationMetrics;
  clock: Clock;
  log: Logger;
  /** Of the hub. */
  version: string;
  /** The network, as a test sees it. */
  network?: Pick<GuardedFetcherOptions, 'resolve' | 'ca'>;
}

/** Statuses of dialouts, from the outbox to whoever is to hear of them. */
export interface Notifications {
  /** `publish`, `publishIn` and `wake`. */
  readonly outbox: SqlNotifications;
  readonly feed: EventFeed;
  /** Streams what happened in a call. What cannot be stored is logged. */
  tell(event: CallEvent): void;
  /** The events of a dialout, each with the attempts to send it. */
  attemptsOf(conversationId: string): Promise<EventDelivery[]>;
  /** @throws UrlError `url_invalid`, `url_forbidden`: no notification could be sent there */
  checkUrl(url: string): void;
  /** Begins to deliver what is due, also what earlier nodes left. */
  start(): void;
  /** Ends the streams, lets requests under way end, and gives the rest to others. Idempotent. */
  close(): Promise<void>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const maxReadersPerClient = 20;
/** Of one kind. */
const complaintPauseMs = 10_000;

export async function openNotifications(
  config: HubConfig['notifications'],
  deps: NotificationDeps,
): Promise<Notifications> {
  const { store, metrics, clock, secretOf, version } = deps;
  const log = deps.log.child({ part: 'notifications' });
  const complain = complainer(log, clock);
  const { database, jobs, nodes } = store;
  const events = new SqlEventLog(database.db);
  const callEvents = new SqlCallEvents(database);
  const outbox = await SqlNotifications.open(database, jobs, nodes.id);
  const guard = { allowPrivateNetworks: config.allowPrivateNetworks, allowHosts: [] };
  const fetcher = createGuardedFetcher({ ...guard, ...deps.network });
  const post = httpPost({ fetcher, secretOf, clock, timeoutMs: config.timeoutMs, version });
  const deliverer = new Deliverer(
    { queue: outbox, post, clock, random: Math.random, observer: metrics, onError: complain },
    {
      limits: { overall: config.concurrent, perOrigin: Math.min(config.concurrentPerTarget, config.concurrent) },
      maxAgeMs: config.maxAgeHours * hourMs,
    },
  );
  const feed = new EventFeed(
    { log: events, clock, onError: (error) => complain(error, 'events could not be read') },
    { maxReaders: config.maxStreams, maxReadersPerClient },
  );
  metrics.watch(async () => ({
    ...(await events.figures()),
    failingOrigins: deliverer.figures.failingOrigins,
    streams: feed.readers,
  }));

  let started = false;
  const unlisten = await outbox.listen(() => {
    feed.wake();
    if (started) deliverer.wake();
  });
  const takeOver = (): void => {
    outbox.takeOver().then(
      (count) => {
        if (count > 0) log.info({ count }, 'notifications of a hub that is gone are sent from here');
      },
      (error: unknown) => complain(error, 'notifications of hubs that are gone could not be looked for'),
    );
  };
  const repair = (): void => {
    outbox.repair().then(
      (count) => {
        if (count > 0) log.warn({ count }, 'notifications had lost their jobs');
      },
      (error: unknown) => complain(error, 'lost jobs of notifications could not be looked for'),
    );
  };
  const prune = (): void => {
    const olderThan = new Date(clock.date().getTime() - config.keepDays * 24 * hourMs).toISOString();
    events.prune(olderThan).catch((error: unknown) => complain(error, 'old events could not be deleted'));
  };
  const stops: (() => void)[] = [];
  let closing: Promise<void> | undefined;
  return {
    outbox,
    feed,
    tell(event) {
      callEvents.publish(event).then(
        () => feed.wake(),
        (error: unknown) => complain(error, 'events of calls could not be stored'),
      );
    },
    attemptsOf: (conversationId) => events.attemptsOf(conversationId),
    checkUrl(url) {
      new UrlGuard(guard).parse(url);
    },
    start() {
      if (started) return;
      started = true;
      takeOver();
      repair();
      stops.push(nodes.subscribe({ gone: takeOver, returned: () => {} }));
      stops.push(every(clock, minuteMs, takeOver), every(clock, hourMs, prune), every(clock, hourMs, repair));
      deliverer.wake();
    },
    close() {
      closing ??= (async () => {
        for (const stop of stops) stop();
        feed.close();
        await unlisten();
        await deliverer.close();
        await outbox.idle();
        await callEvents.idle();
        await fetcher.close();
      })();
      return closing;
    },
  };
}

/** A database that is away is not told of once per notification. */
function complainer(log: Logger, clock: Clock): (error: unknown, doing: string) => void {
  const toldAt = new Map<string, number>();
  return (error, doing) => {
    const now = clock.now();
    if (now - (toldAt.get(doing) ?? Number.NEGATIVE_INFINITY) < complaintPauseMs) return;
    toldAt.set(doing, now);
    log.warn({ reason: messageOf(error) }, doing);
  };
}

function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel = clock.after(ms, function again(): void {
    cancel = clock.after(ms, again);
    run();
  });
  return () => cancel();
}
