import type { Clock } from '../../../src/clock.ts';
import type { HubStats } from '../../../src/hub.ts';

/**
 * `fork(soak-hub.ts, [CONFIG])`: the hub of the tests, in a process that tells over IPC what it holds. Its SIP timers
 * run ten times as fast, so that finished transactions are gone soon.
 */
export interface SoakCount extends HubStats {
  /** Timers of the hub's own clock that wait. */
  timers: number;
  /** Open handles of the main thread, by kind. */
  resources: Record<string, number>;
  /** Octets, after a collection. */
  rss: number;
  heapUsed: number;
}

const { systemClock } = await import('../../../src/clock.ts');
const { loadConfig } = await import('../../../src/config/load.ts');
const { startHub } = await import('../../../src/hub.ts');
const { connectorRegistry } = await import('../../../src/hub/connectors.ts');
const { createLogger } = await import('../../../src/telemetry/log.ts');

let timers = 0;
const clock: Clock = {
  now: () => systemClock.now(),
  date: () => systemClock.date(),
  after(ms, run) {
    timers++;
    let waits = true;
    const over = () => {
      if (waits) timers--;
      waits = false;
    };
    const cancel = systemClock.after(ms, () => {
      over();
      run();
    });
    return () => {
      over();
      cancel();
    };
  },
};

function count(): SoakCount {
  globalThis.gc?.();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { rss, heapUsed } = process.memoryUsage();
  return { ...hub.stats(), timers, resources, rss, heapUsed };
}

const config = await loadConfig(process.argv[2] ?? '', process.env, connectorRegistry);
const log = createLogger({ level: 'error', callerContent: true });
const hub = await startHub(config, { log, clock, sipAgent: { timing: { t1Ms: 50, t2Ms: 400, t4Ms: 500 } } });
const abandoned = () => process.exit(1);
process.on('disconnect', abandoned);
process.on('message', (message) => {
  if (message === 'count') process.send?.(count());
  else {
    process.off('disconnect', abandoned);
    void hub.close().then(() => process.disconnect());
  }
});
process.send?.('ready');
