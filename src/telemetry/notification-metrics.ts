import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const seconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How the outbox stands when somebody asks. */
export interface NotificationFigures {
  pending: number;
  oldestPendingMs: number;
  failingOrigins: number;
  streams: number;
}

/** Notifications to dialers. No label names a target: anybody can make up any number of them. */
export interface NotificationMetrics {
  /** One request; `refused`: it was answered with another status than 2xx. */
  attempted(result: 'delivered' | 'refused' | 'failed', ms: number): void;
  gaveUp(): void;
  /** Reads the figures whenever the metrics are read; one that rejects leaves the last ones. */
  watch(read: () => Promise<NotificationFigures>): void;
}

export function startNotificationMetrics(registers: Registry[]): NotificationMetrics {
  const attempts = new Counter({
    name: 'patchbay_notification_attempts_total',
    help: 'Requests to dialers: delivered, refused (another status than 2xx), failed (no answer)',
    labelNames: ['result'] as const,
    registers,
  });
  for (const result of ['delivered', 'refused', 'failed']) attempts.inc({ result }, 0);
  const duration = new Histogram({
    name: 'patchbay_notification_attempt_seconds',
    help: 'Time of one request to a dialer',
    buckets: seconds,
    registers,
  });
  const gaveUp = new Counter({
    name: 'patchbay_notifications_given_up_total',
    help: 'Notifications that were never delivered: too old, or the dialer answered 410',
    registers,
  });
  let read: (() => Promise<NotificationFigures>) | undefined;
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const oldest = gauge('patchbay_notifications_oldest_pending_seconds', 'Age of the oldest undelivered notification');
  const failing = gauge(
    'patchbay_notification_targets_failing',
    'Targets that are only probed, as this node sees them',
  );
  const streams = gauge('patchbay_event_streams', 'Open streams of events at this node');
  new Gauge({
    name: 'patchbay_notifications_pending',
    help: 'Notifications that are not delivered yet, of all nodes on the database',
    registers,
    async collect() {
      const figures = await read?.().catch(() => undefined);
      if (figures === undefined) return;
      this.set(figures.pending);
      oldest.set(figures.oldestPendingMs / 1000);
      failing.set(figures.failingOrigins);
      streams.set(figures.streams);
    },
  });
  return {
    attempted(result, ms) {
      attempts.inc({ result });
      duration.observe(ms / 1000);
    },
    gaveUp: () => gaveUp.inc(),
    watch(reader) {
      read = reader;
    },
  };
}
