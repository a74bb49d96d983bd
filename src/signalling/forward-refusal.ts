import type { EndReason } from '../calls/end-reason.ts';
import { tellingFailure } from '../routing/ring-plan.ts';

/** Nobody was even tried. */
const NOBODY: EndReason = { category: 'dial-failed', by: 'hub', text: 'there was nobody to call', sipStatus: 480 };

/** Final statuses that are about the callee, and so mean the same to the caller. */
const PASSED: ReadonlySet<number> = new Set([
  ...[403, 404, 410, 480, 482, 483, 484, 485, 486, 488, 493, 600, 603, 604, 606, 607, 608],
]);

/** How a call ends that was passed on and that nobody has answered: the failure that says most. */
export function endOfForward(failures: readonly EndReason[]): EndReason {
  const failure = tellingFailure(failures) ?? NOBODY;
  return { ...failure, sipStatus: statusForCaller(failure) };
}

/**
 * What the callee's side says about a request of ours is not about the caller's: challenges, redirections and faults of gateways
 * become what they mean for the caller (RFC 3261 16.7, steps 5 to 7).
 */
function statusForCaller({ by, category, sipStatus }: EndReason): number {
  if (by === 'hub' && category !== 'dial-failed' && category !== 'no-answer') return sipStatus ?? 500;
  if (category === 'no-answer') return 480;
  if (sipStatus === undefined) return category === 'dial-failed' && by === 'hub' ? 504 : 500;
  if (PASSED.has(sipStatus)) return sipStatus;
  return sipStatus >= 500 && sipStatus < 600 ? 500 : 480;
}
