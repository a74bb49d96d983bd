import type { Logger } from 'pino';

/** What `runUntilStopped` needs of a running hub. */
export interface Stoppable {
  /** Refuses new calls, waits for those under way, terminates what is left when `limit` aborts. */
  drain(limit: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/**
 * Waits for SIGTERM or SIGINT, then lets calls end for `drainTimeoutMs`, hangs up the rest and closes the hub.
 * A second signal cuts the waiting short. Resolves when everything is closed.
 */
export async function runUntilStopped(
  hub: Stoppable,
  options: { drainTimeoutMs: number; log: Logger; signals: SignalSource },
): Promise<void> {
  const { drainTimeoutMs, log, signals } = options;
  const stopNow = new AbortController();
  let asked = false;
  await new Promise<void>((resolve) => {
    const onSignal = () => {
      if (asked) {
        log.warn('second signal: hanging up all calls');
        stopNow.abort();
      }
      asked = true;
      resolve();
    };
    signals.on('SIGTERM', onSignal);
    signals.on('SIGINT', onSignal);
  });
  log.info({ drainTimeoutMs }, 'stopping: no new calls');
  await hub.drain(AbortSignal.any([stopNow.signal, AbortSignal.timeout(drainTimeoutMs)]));
  await hub.close();
  log.info('stopped');
}
