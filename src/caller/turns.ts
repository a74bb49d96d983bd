import type { CallTurn } from '../calls/record.ts';
import type { CallerTurn } from './outcome.ts';
import type { SpeechSegment } from './voice-activity.ts';

/** A step that the hub should react to: where its voiced part lies on the line's clock. */
export interface SpokenStep {
  said: string;
  fromMs: number;
  toMs: number;
}

/** Sets the caller's steps beside the hub's speech, in order. All times are of the same clock. */
export function measureTurns(steps: readonly SpokenStep[], hub: readonly SpeechSegment[]): CallerTurn[] {
  return steps.map((step, index) => {
    const nextFromMs = steps[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    const reply = hub.find((segment) => segment.fromMs >= step.toMs && segment.fromMs < nextFromMs);
    const spokenOver = hub.find((segment) => segment.fromMs < step.fromMs && segment.toMs > step.fromMs);
    return {
      ...step,
      replyAfterMs: reply && reply.fromMs - step.toMs,
      promptStoppedAfterMs: spokenOver && spokenOver.toMs - step.fromMs,
    };
  });
}

/** The hub's stretches of a turn, as columns. */
const STRETCHES = [
  ['endpointing', 'endpointing'],
  ['recognition', 'recognition'],
  ['to bot', 'toBot'],
  ['bot', 'bot'],
  ['synthesis', 'synthesis'],
  ['playout', 'playout'],
] as const satisfies readonly (readonly [string, keyof CallTurn])[];
/** The hub's last voiced packet lies this near to the caller's own at most. */
const SAME_TURN_MS = 500;

/**
 * A table for a terminal: what the caller measured, and beside it where the hub says the time went; '' when there is
 * nothing to tell. Columns without a value in any turn are left out.
 */
export function turnTable(turns: readonly CallerTurn[], hubTurns: readonly CallTurn[] = []): string {
  if (turns.length === 0) return '';
  const rows = turns.map((turn, index) => {
    const own = hubTurnOf(turn, hubTurns);
    return [
      `${index + 1}`,
      shorten(turn.said, 40),
      turn.replyAfterMs === undefined ? 'no reply' : milliseconds(turn.replyAfterMs),
      milliseconds(turn.promptStoppedAfterMs),
      ...STRETCHES.map(([, stretch]) => milliseconds(own?.[stretch])),
    ];
  });
  const head = ['turn', 'caller', 'hub replied after', 'prompt stopped after', ...STRETCHES.map(([name]) => name)];
  const columns = head.flatMap((_, i) => (rows.some((row) => row[i] !== '') ? [i] : []));
  const width = (i: number) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0));
  return [head, ...rows]
    .map((row) =>
      columns
        .map((i) => (i === 1 ? (row[i] ?? '').padEnd(width(i)) : (row[i] ?? '').padStart(width(i))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The hub's turn that began with the caller's last voiced moment. */
function hubTurnOf({ toMs }: CallerTurn, hubTurns: readonly CallTurn[]): CallTurn | undefined {
  const distance = ({ atMs }: CallTurn) => Math.abs(atMs - toMs);
  const near = hubTurns.filter((turn) => turn.endpointing !== undefined && distance(turn) <= SAME_TURN_MS);
  return near.sort((a, b) => distance(a) - distance(b))[0];
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${Math.round(ms)} ms`;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
