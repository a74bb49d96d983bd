/** pg-boss's queue of notifications that are due; a job is one attempt at the first pending event of a dialout. */
export const notificationQueue = 'notifications';

/** pg-boss's jobs of all queues. */
export const jobTable = 'pgboss.job';

/** NOTIFY on this channel: there are new events. */
export const eventChannel = 'patchbay_events';

/** What a notification's job carries; everything else stands in the event's row. */
export interface NotificationJob {
  event: number;
}
