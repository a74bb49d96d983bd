import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { systemClock } from '../../../src/clock.ts';
import { startDialoutService } from '../../../src/dialout/service.ts';
import { FakeDialler, someDialout } from '../../../src/dialout/testing.ts';
import { SqlDialoutStore } from '../../../src/store/dialouts.ts';
import { insertEvents } from '../../../src/store/notifications-insert.ts';
import { notificationQueue } from '../../../src/store/notifications-names.ts';
import { openStore } from '../../../src/store/open.ts';

/**
 * A hub as far as dialouts go, for tests that kill it: `node dialout-program.ts DATABASE JOURNAL`, where DATABASE is a
 * PostgreSQL URL or a data directory. Takes ids on its input, one per line, and says `accepted ID` when a dialout is on
 * disk. Each call that is placed is written into JOURNAL before anything else happens to it; calls ring, are answered
 * or not, and end by chance. To `left` it says `left N`: dialouts that are not over. `quit` lets calls end and closes the store.
 */
const [, , database = '', journal = ''] = process.argv;
const log = pino({ level: 'error' }, pino.destination(2));
const isUrl = database.startsWith('postgres');
const store = await openStore({
  ...(isUrl ? { url: database, dataDir: '.' } : { dataDir: database }),
  log,
  nodeTiming: { beatMs: 200, deadAfterMs: 1_000 },
});
await store.jobs.queue(notificationQueue);
const after = (ms: number, run: () => void) => setTimeout(run, Math.random() * ms);
const dialler = new FakeDialler({
  onDial(call) {
    appendFileSync(journal, `${call.request.id}\n`);
    after(40, () => {
      if (!call.over) call.observer.ringing({ ringingMs: 10, earlyMedia: false });
      after(60, () => {
        if (Math.random() < 0.3) {
          call.end({ status: 'failed', reasonCode: 'busy', reason: 'SIP ;cause=486' });
          return;
        }
        call.observer.answered({ answeredMs: 50 });
        after(300, () => call.end());
      });
    });
  },
});
const service = await startDialoutService({
  store: new SqlDialoutStore({
    database: store.database,
    jobs: store.jobs,
    node: store.nodes.id,
    appendEvents: (transaction, events) => insertEvents(transaction, store.jobs, events),
  }),
  dialler,
  node: store.nodes.id,
  limitsOf: () => ({ callsPerSecond: 100, concurrentCalls: 20, maxQueueMs: 600_000 }),
  bots: ['demo'],
  hub: { concurrentDialouts: undefined, queuedDialouts: 10_000 },
  room: () => 100,
  clock: systemClock,
  log,
});
store.nodes.subscribe({ gone: () => void service.nodesGone(), returned: () => void service.nodeReturned() });
process.stdout.write('ready\n');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break;
  if (line === 'left') {
    const { db } = store.database;
    const { left } = await db
      .selectFrom('dialouts')
      .select((eb) => eb.fn.countAll().as('left'))
      .where('state', '<>', 'ended')
      .executeTakeFirstOrThrow();
    process.stdout.write(`left ${left}\n`);
    continue;
  }
  // What a dialer does that had no answer: it asks again, with the same key.
  service
    .submit(someDialout({ id: line, maxQueueMs: 600_000 }), { idempotencyKey: line, fingerprint: 'same' })
    .then(({ conversationId }) => process.stdout.write(`accepted ${conversationId}\n`))
    .catch((error: unknown) => process.stdout.write(`refused ${line} ${String(error)}\n`));
}
service.drain();
while (service.live > 0) await new Promise((resolve) => setTimeout(resolve, 20));
await service.close();
await store.close();
process.exit(0);
