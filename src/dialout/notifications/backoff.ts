/** How one attempt ended. */
export type AttemptOutcome =
  | { kind: 'answered'; status: number; retryAfterMs?: number }
  /** `message` may be shown to outsiders. */
  | { kind: 'unanswered'; reason: 'timeout' | 'unreachable' | 'forbidden'; message: string };

export type Judgement =
  | 'delivered' // 2xx
  | 'gone' // 410: the dialer wants no more of it
  | 'overloaded' // it may be well again soon: no answer, 5xx, 408, 425, 429
  | 'misconfigured'; // somebody has to set it right: other 4xx, redirects, a forbidden address

const second = 1000;
const minute = 60 * second;
const longestMs = 15 * minute;
/** A target that asks for more patience than this is asked again all the same. */
const longestRetryAfterMs = 60 * minute;
const firstDelayMs = { overloaded: second, misconfigured: 30 * second } as const;
/** A delay is drawn from so much around its nominal length, so that what failed together does not return together. */
const jitter = 0.25;

export function judge(outcome: AttemptOutcome): Judgement {
  if (outcome.kind === 'unanswered') return outcome.reason === 'forbidden' ? 'misconfigured' : 'overloaded';
  const { status } = outcome;
  if (status >= 200 && status <= 299) return 'delivered';
  if (status === 410) return 'gone';
  return status >= 500 || status === 408 || status === 425 || status === 429 ? 'overloaded' : 'misconfigured';
}

/** The target itself is in trouble, not only this one notification. */
export function isOutage(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'unanswered' ? outcome.reason !== 'forbidden' : judge(outcome) === 'overloaded';
}

/**
 * Pause after the `attempt`th attempt (1, 2, ...) failed: 1 s, 2 s, 4 s, ... up to 15 minutes, where the target is
 * overloaded; from 30 s on where it is misconfigured. `random` in [0, 1) spreads it by a quarter either way.
 */
export function backoffMs(attempt: number, judgement: 'overloaded' | 'misconfigured', random: number): number {
  const nominal = Math.min(longestMs, firstDelayMs[judgement] * 2 ** Math.min(attempt - 1, 30));
  return Math.round(nominal * (1 - jitter + 2 * jitter * random));
}

/**
 * What to do after an attempt. Retry-After (RFC 9110 section 10.2.3) lengthens a pause, up to an hour, and never
 * shortens one. What cannot be tried again before `maxAgeMs` after the event is given up.
 */
export function nextStep(
  facts: { outcome: AttemptOutcome; attempt: number; ageMs: number; maxAgeMs: number },
  random: number,
): { state: 'delivered' | 'given-up' } | { state: 'pending'; afterMs: number } {
  const judgement = judge(facts.outcome);
  if (judgement === 'delivered') return { state: 'delivered' };
  if (judgement === 'gone') return { state: 'given-up' };
  const asked = facts.outcome.kind === 'answered' ? (facts.outcome.retryAfterMs ?? 0) : 0;
  const afterMs = Math.max(backoffMs(facts.attempt, judgement, random), Math.min(asked, longestRetryAfterMs));
  return facts.ageMs + afterMs > facts.maxAgeMs ? { state: 'given-up' } : { state: 'pending', afterMs };
}

/** Reads Retry-After: seconds or an HTTP date. Undefined where it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * second;
  // RFC 9110 section 5.6.7; Date.parse alone would take almost anything.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .* (?:GMT|\d{4})$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
