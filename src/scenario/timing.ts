import { FRAME_MS } from '../media/audio.ts';
import type { Observation } from './observation.ts';
import type { Expectation } from './schema.ts';

/** When something happened; `text` says what. */
export interface Moment {
  atMs: number;
  text: string;
}

type Window = Pick<Expectation, 'within_ms' | 'after_ms' | 'from' | 'absent' | 'for_ms' | 'count'>;

/**
 * Where the times of an expectation are counted from: of a step the end of its speech (`stops`: its beginning), where it
 * made none its beginning; of the whole call its answer. A text says why there is no such moment.
 */
export function anchorMs(
  expectation: Window & Pick<Expectation, 'heard'>,
  stepIndex: number | undefined,
  seen: Observation,
): number | string {
  if (expectation.from === 'invite') return seen.inviteMs;
  if (expectation.from === 'answer' || stepIndex === undefined) return seen.answered ? 0 : seen.inviteMs;
  const step = seen.steps.get(stepIndex);
  if (step === undefined) return 'its step was never reached';
  const stops = typeof expectation.heard === 'object' && 'stops' in expectation.heard;
  switch (expectation.from ?? (stops ? 'speechStart' : step.speech ? 'speechEnd' : 'step')) {
    case 'step':
      return step.fromMs;
    case 'speechStart':
      return step.speech?.fromMs ?? 'its step makes no sound';
    case 'speechEnd':
      return step.speech?.toMs ?? 'its step makes no sound';
    default:
      return 0;
  }
}

/** An absence that was not watched to its end proves nothing; nothing can happen after the end of a call. */
export function beyondObservation(
  { absent, for_ms, after_ms = 0 }: Window,
  anchor: number,
  seen: Observation,
): string | undefined {
  if (!absent || for_ms === undefined || seen.endedBy !== 'caller') return undefined;
  const toMs = anchor + after_ms + for_ms;
  if (seen.endMs >= toMs) return undefined;
  return `the caller hung up ${Math.round(toMs - seen.endMs)} ms too early to tell`;
}

/** Whether moments lie where they should. The caller's clock runs in frames: what is a frame early is in time. */
export function timingProblem(
  what: string,
  moments: readonly Moment[],
  { within_ms, after_ms, absent, for_ms, count, from }: Window,
  anchor: number,
): string | undefined {
  const timed = within_ms !== undefined || after_ms !== undefined || from !== undefined || absent === true;
  const start = timed ? anchor + (after_ms ?? 0) - FRAME_MS : Number.NEGATIVE_INFINITY;
  const inTime = moments.filter(({ atMs }) => atMs >= start);
  if (absent) {
    const end = for_ms === undefined ? Number.POSITIVE_INFINITY : start + for_ms;
    const found = inTime.find(({ atMs }) => atMs < end);
    return (
      found && `${what} should not have been, and came after ${Math.round(found.atMs - anchor)} ms (${found.text})`
    );
  }
  const end = within_ms === undefined ? Number.POSITIVE_INFINITY : anchor + within_ms;
  const good = inTime.filter(({ atMs }) => atMs <= end);
  if (count !== undefined && good.length !== count)
    return `${what} should have been ${count} times, and was ${good.length}`;
  if (good.length > 0) return undefined;
  const late = inTime[0];
  if (late !== undefined) {
    return `${what} came after ${Math.round(late.atMs - anchor)} ms, not within ${within_ms} ms`;
  }
  const early = moments.at(-1);
  return early === undefined
    ? `${what} never came`
    : `${what} came ${Math.round(start - early.atMs)} ms before it should have, and not again`;
}
