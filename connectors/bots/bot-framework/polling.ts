import { asBotError, DirectLineError } from './errors.ts';
import { pause } from './http.ts';
import type { Receiver, ReceiverDeps } from './receiver.ts';
import { withFreshToken } from './token-keeper.ts';

/** "Timing considerations": one more request so long after every message that the client sends. */
const AFTER_SENDING_MS = 300;

/** Asks for activities until the signal aborts: at once while there are any, else after a pause. */
export function startPolling(deps: ReceiverDeps): Receiver {
  const { config, clock, log, signal } = deps;
  let wake = (): void => {};
  /** Until when polls come quickly. */
  let nudgedAt: number | undefined;

  const rest = async (ms: number): Promise<void> => {
    const early = new AbortController();
    wake = () => early.abort();
    await pause(clock, ms, AbortSignal.any([signal, early.signal]));
    wake = () => {};
  };

  const poll = async (): Promise<number> => {
    const { grant } = deps.keeper;
    const set = await deps.directLine.activities(grant, deps.conversationId, deps.watermark(), signal);
    if (!signal.aborted) deps.onSet(set);
    return set.activities.length;
  };

  const run = async (): Promise<void> => {
    let failingSince: number | undefined;
    while (!signal.aborted) {
      try {
        const count = await withFreshToken(deps.keeper, poll);
        failingSince = undefined;
        if (count > 0) continue;
        const quick = nudgedAt !== undefined && clock.now() - nudgedAt < config.pollMs;
        await rest(quick ? Math.min(AFTER_SENDING_MS, config.pollMs) : config.pollMs);
      } catch (error) {
        if (signal.aborted) return;
        const now = clock.now();
        failingSince ??= now;
        const temporary = error instanceof DirectLineError && error.retryable;
        if (!temporary || now - failingSince >= config.timeouts.reconnectMs) return deps.onLost(asBotError(error));
        log.warn({ problem: error.message }, 'poll failed: trying again');
        await pause(clock, Math.max(error.retryAfterMs, Math.min(config.pollMs, AFTER_SENDING_MS)), signal);
      }
    }
  };

  return {
    nudge() {
      nudgedAt = clock.now();
      wake();
    },
    stopped: run(),
  };
}
