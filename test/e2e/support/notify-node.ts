import { pino } from 'pino';
import { systemClock } from '../../../src/clock.ts';
import { openNotifications } from '../../../src/hub/notifications.ts';
import { openStore } from '../../../src/store/open.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

/**
 * A hub's notifications in a process of their own, to be killed: stores events, tells on stdout which are on disk, and
 * delivers what is due until it ends. Its only argument is a NotifyNodeOptions as JSON.
 */
export interface NotifyNodeOptions {
  dataDir: string;
  /** Of a PostgreSQL server; without it the database is embedded in `dataDir`. */
  databaseUrl?: string | undefined;
  notifyUrl: string;
  /** Dialouts whose `answered` and `completed` are published. */
  conversations: readonly string[];
}

const options: NotifyNodeOptions = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'silent' });
const store = await openStore({
  ...{ dataDir: options.dataDir, url: options.databaseUrl, log },
  nodeTiming: { beatMs: 100, deadAfterMs: 1_000 },
});
const notifications = await openNotifications(
  {
    ...{ allowPrivateNetworks: true, timeoutMs: 5_000, maxAgeHours: 24, concurrent: 128, concurrentPerTarget: 8 },
    ...{ keepDays: 30, maxStreams: 10 },
  },
  {
    ...{
      store,
      metrics: createMetrics({ processMetrics: false }).notifications,
      clock: systemClock,
      log,
      version: '1',
    },
    secretOf: () => 'secret',
  },
);
notifications.start();
const publish = async (conversationId: string): Promise<void> => {
  for (const status of ['answered', 'completed'] as const) {
    const event = { conversationId, client: 'dialer', status, timestamp: new Date().toISOString() };
    await notifications.outbox.publish(event, { notifyUrl: options.notifyUrl });
    process.stdout.write(`${conversationId} ${status}\n`);
  }
};
process.stdout.write('up\n');
for (const conversation of options.conversations) await publish(conversation);
