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

/** A table for a terminal; '' when there is nothing to tell. */
export function turnTable(turns: readonly CallerTurn[]): string {
  if (turns.length === 0) return '';
  const rows = turns.map((turn, index) => [
    `${index + 1}`,
    shorten(turn.said, 40),
    turn.replyAfterMs === undefined ? 'no reply' : `${Math.round(turn.replyAfterMs)} ms`,
    turn.promptStoppedAfterMs === undefined ? '' : `${Math.round(turn.promptStoppedAfterMs)} ms`,
  ]);
  const bargedIn = turns.some((turn) => turn.promptStoppedAfterMs !== undefined);
  const head = ['turn', 'caller', 'hub replied after', 'prompt stopped after'];
  const columns = bargedIn ? 4 : 3;
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .slice(0, columns)
        .map((cell, i) => (i === 1 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
