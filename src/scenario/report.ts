import { describeActivity } from './expectations.ts';
import type { Observation } from './observation.ts';
import type { ScenarioResult } from './run.ts';

/** One line for a scenario that passed; for one that failed also why, and what happened. */
export function resultLines({ scenario, failures, seen, durationMs }: ScenarioResult): string[] {
  const time = `${(durationMs / 1000).toFixed(1)} s`.padStart(7);
  const replies = seen === undefined ? [] : replyTimes(seen);
  const timings =
    replies.length === 0 ? '' : `   replies after ${replies.map((ms) => `${Math.round(ms)} ms`).join(', ')}`;
  if (failures.length === 0) return [`ok     ${time}  ${scenario.name}${timings}`];
  return [
    `FAILED ${time}  ${scenario.name}: ${scenario.title}`,
    ...failures.map((failure) => `           - ${failure}`),
    ...(seen === undefined ? [] : story(seen).map((line) => `             ${line}`)),
  ];
}

export function totalLine(results: readonly ScenarioResult[], durationMs: number): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const count = `${results.length} ${results.length === 1 ? 'scenario' : 'scenarios'}`;
  const outcome = failed === 0 ? 'all passed' : `${failed} failed`;
  return `${count}, ${outcome}, ${(durationMs / 1000).toFixed(1)} s`;
}

/** From the end of each spoken step to the speech of the hub that follows before the next one. */
export function replyTimes({ steps, pieces }: Observation): number[] {
  const spoken = [...steps.values()].flatMap(({ speech }) => (speech === undefined ? [] : [speech]));
  return spoken.flatMap(({ toMs }, index) => {
    const next = spoken[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    const reply = pieces.find(({ fromMs }) => fromMs >= toMs && fromMs < next);
    return reply === undefined ? [] : [reply.fromMs - toMs];
  });
}

/** What happened, in order, a line each. */
export function story(seen: Observation): string[] {
  const entries: { atMs: number; text: string }[] = [
    { atMs: seen.inviteMs, text: 'INVITE' },
    ...seen.provisional.map(({ status, atMs }) => ({ atMs, text: `${status}` })),
    ...(seen.answered ? [{ atMs: 0, text: 'answered' }] : [{ atMs: seen.endMs, text: `refused with ${seen.status}` }]),
    ...[...seen.steps.values()].map(({ fromMs, speech, said }) => ({
      atMs: speech?.fromMs ?? fromMs,
      text: `caller ${said}${speech ? `, voice until ${stamp(speech.toMs)}` : ''}`,
    })),
    ...seen.pieces.map(({ fromMs, toMs }) => ({ atMs: fromMs, text: `hub is heard until ${stamp(toMs)}` })),
    ...seen.keys.map(({ digit, atMs }) => ({ atMs, text: `hub presses ${digit}` })),
    ...seen.received.map(({ at, activity }) => ({
      atMs: at - seen.zeroAt,
      text: `bot gets ${describeActivity(activity)}`,
    })),
    ...seen.botEnds.map(({ at, reasonCode, reason }) => ({
      atMs: at - seen.zeroAt,
      text: `bot is told the end: ${reasonCode}, ${reason}`,
    })),
    ...(seen.record?.transcript ?? []).map(({ atMs, speaker, text, interrupted, playedMs }) => ({
      atMs,
      text: `transcript: ${speaker} "${text}"${interrupted ? ` (interrupted after ${playedMs} ms)` : ''}`,
    })),
    ...(seen.answered
      ? [{ atMs: seen.endMs, text: `ended by the ${seen.endedBy ?? 'timeout'}, ${seen.reason ?? 'no reason'}` }]
      : []),
  ];
  return entries.sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${stamp(atMs).padStart(8)}  ${text}`);
}

function stamp(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
