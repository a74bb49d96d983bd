import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { runUntilStopped } from './run.ts';

const log = pino({ level: 'silent' });

/** A hub with one call that never ends by itself. */
function busyHub() {
  const steps: string[] = [];
  return {
    steps,
    async drain(limit: AbortSignal) {
      steps.push('drain');
      await new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
      steps.push('terminated');
    },
    async close() {
      steps.push('closed');
    },
  };
}

describe('runUntilStopped', () => {
  it('waits for the first signal, lets calls go on for drainTimeoutMs, then closes', async () => {
    const signals = new EventEmitter();
    const hub = busyHub();
    const stopped = runUntilStopped(hub, { drainTimeoutMs: 20, log, signals });
    expect(hub.steps).toEqual([]);
    signals.emit('SIGTERM');
    await stopped;
    expect(hub.steps).toEqual(['drain', 'terminated', 'closed']);
  });

  it('stops at once at the second signal, whichever it is', async () => {
    const signals = new EventEmitter();
    const hub = busyHub();
    const stopped = runUntilStopped(hub, { drainTimeoutMs: 3_600_000, log, signals });
    signals.emit('SIGINT');
    await Promise.resolve();
    signals.emit('SIGTERM');
    await stopped;
    expect(hub.steps).toEqual(['drain', 'terminated', 'closed']);
  });
});
