import type { Clock } from '../clock.ts';

export interface AdmissionLimits {
  concurrentCalls: number;
  callsPerSecond: number;
}

/**
 * Decides whether a new call gets in: a cap on calls under way and a token bucket of one second's depth on new ones.
 * `live` tells how many calls are under way.
 */
export function createAdmission(
  limits: AdmissionLimits,
  live: () => number,
  clock: Clock,
): () => 'concurrent-calls' | 'calls-per-second' | undefined {
  let tokens = limits.callsPerSecond;
  let filledAt = clock.now();
  return () => {
    if (live() >= limits.concurrentCalls) return 'concurrent-calls';
    const now = clock.now();
    tokens = Math.min(limits.callsPerSecond, tokens + ((now - filledAt) / 1000) * limits.callsPerSecond);
    filledAt = now;
    if (tokens < 1) return 'calls-per-second';
    tokens -= 1;
    return undefined;
  };
}
