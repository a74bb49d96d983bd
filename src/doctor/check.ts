import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';

export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What a check has found. */
export interface Finding {
  status: FindingStatus;
  /** A sentence for a person. */
  message: string;
  /** What to do about it. */
  advice?: string | undefined;
}

export interface DoctorCheck {
  /** What is looked at: `drachtio-server`, `FreeSWITCH 127.0.0.1:8021 modules`. */
  name: string;
  /** Checks that must not have failed: without them this one has nothing to say. */
  needs?: readonly string[];
  /** What it throws is a failure; `adviceFor` may know what to do about that. */
  run(signal: AbortSignal): Promise<Finding>;
  /** What to do about a failure that was thrown. */
  adviceFor?(error: unknown): string | undefined;
}

export interface CheckResult extends Finding {
  check: string;
  ms: number;
}

/** No check may take longer. */
const LIMIT_MS = 30_000;

/** Runs the checks in order; `told` hears of each as it is done. Never rejects; aborting `signal` leaves out the rest. */
export async function runChecks(
  checks: readonly DoctorCheck[],
  deps: { clock: Clock; signal: AbortSignal; told(result: CheckResult): void },
): Promise<CheckResult[]> {
  const { clock, signal, told } = deps;
  const results: CheckResult[] = [];
  const unmet = new Set<string>();
  for (const check of checks) {
    if (signal.aborted) break;
    const startedMs = clock.now();
    const finding = await runCheck(check, unmet, signal);
    if (finding.status === 'failed' || finding.status === 'skipped') unmet.add(check.name);
    const result = { check: check.name, ...finding, ms: Math.round(clock.now() - startedMs) };
    results.push(result);
    told(result);
  }
  return results;
}

async function runCheck(check: DoctorCheck, unmet: ReadonlySet<string>, signal: AbortSignal): Promise<Finding> {
  const missing = check.needs?.find((name) => unmet.has(name));
  if (missing !== undefined) return { status: 'skipped', message: `needs ${missing}` };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const { promise: cutShort, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error(signal.aborted ? 'given up' : `took longer than ${LIMIT_MS / 1000} s`));
  limit.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([check.run(limit), cutShort]);
  } catch (error) {
    return { status: 'failed', message: messageOf(error), advice: check.adviceFor?.(error) };
  } finally {
    limit.removeEventListener('abort', onAbort);
  }
}
