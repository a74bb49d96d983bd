import { findTone } from '../media/goertzel.ts';
import { describeRange, inRange, type Range } from './match.ts';
import type { Observation } from './observation.ts';
import type { Expectation } from './schema.ts';
import { anchorMs, beyondObservation, timingProblem } from './timing.ts';
import { findPrompt, voicedMs } from './whole-prompt.ts';

/** What is wrong with what came over RTP. */
export function audioProblem(
  expectation: Expectation,
  stepIndex: number | undefined,
  seen: Observation,
): string | undefined {
  const anchor = anchorMs(expectation, stepIndex, seen);
  if (typeof anchor === 'string') return anchor;
  const early = beyondObservation(expectation, anchor, seen);
  if (early !== undefined) return early;
  const { heard } = expectation;
  if (heard === undefined) return undefined;
  if (heard === 'speech')
    return expectation.absent ? silenceProblem(expectation, anchor, seen) : speechProblem(expectation, anchor, seen);
  if ('speech_ms' in heard) {
    const { fromMs, toMs } = windowOf(expectation, anchor, seen);
    const voiced = voicedMs(seen.audio.hub, seen.sampleRate, fromMs - seen.audioFromMs, toMs - seen.audioFromMs);
    if (inRange(heard.speech_ms, voiced)) return undefined;
    return `${Math.round(voiced)} ms of speech were heard, not ${describeRange(heard.speech_ms)} ms`;
  }
  if ('tone' in heard) return toneProblem(heard.tone, expectation, anchor, seen);
  if ('whole' in heard) return wholeProblem(heard, expectation, anchor, seen);
  return stopProblem(expectation.within_ms ?? 0, anchor, seen);
}

function windowOf({ after_ms = 0, for_ms }: Expectation, anchor: number, seen: Observation) {
  const fromMs = anchor + after_ms;
  return { fromMs, toMs: for_ms === undefined ? seen.endMs : fromMs + for_ms };
}

/** A piece of speech has to begin. */
function speechProblem(expectation: Expectation, anchor: number, seen: Observation): string | undefined {
  const moments = seen.pieces.map(({ fromMs }) => ({ atMs: fromMs, text: 'speech' }));
  return timingProblem('speech of the hub', moments, { ...expectation, after_ms: expectation.after_ms ?? 0 }, anchor);
}

function silenceProblem(expectation: Expectation, anchor: number, seen: Observation): string | undefined {
  const { fromMs, toMs } = windowOf(expectation, anchor, seen);
  const loud = seen.pieces.find((piece) => piece.toMs > fromMs && piece.fromMs < toMs);
  if (loud === undefined) return undefined;
  const at = Math.round(Math.max(loud.fromMs, fromMs) - anchor);
  return `there should have been silence, and speech was heard after ${at} ms`;
}

/** A tone is there when it lasts; what is shorter may be a syllable. */
const SHORTEST_TONE_MS = 80;

/** A tone has to begin, or not to be heard, or to be heard for so long. */
function toneProblem(
  { hz, ms }: { hz: number; ms?: Range | undefined },
  expectation: Expectation,
  anchor: number,
  seen: Observation,
): string | undefined {
  const spans = findTone(seen.audio.hub, hz, seen.sampleRate)
    .filter(({ fromMs, toMs }) => toMs - fromMs >= SHORTEST_TONE_MS)
    .map(({ fromMs, toMs }) => ({ fromMs: fromMs + seen.audioFromMs, toMs: toMs + seen.audioFromMs }));
  const { fromMs, toMs } = windowOf(expectation, anchor, seen);
  if (ms !== undefined) {
    const heardMs = spans.reduce(
      (sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)),
      0,
    );
    if (inRange(ms, heardMs)) return undefined;
    return `${Math.round(heardMs)} ms of a tone of ${hz} Hz were heard, not ${describeRange(ms)} ms`;
  }
  if (expectation.absent) {
    const loud = spans.find((span) => span.toMs > fromMs && span.fromMs < toMs);
    if (loud === undefined) return undefined;
    return `a tone of ${hz} Hz should not have been heard, and was after ${Math.round(Math.max(loud.fromMs, fromMs) - anchor)} ms`;
  }
  const moments = spans.map((span) => ({ atMs: span.fromMs, text: 'tone' }));
  return timingProblem(`a tone of ${hz} Hz`, moments, expectation, anchor);
}

function wholeProblem(
  { whole: text, pause_ms: pauseMs }: { whole: string; pause_ms?: number | undefined },
  expectation: Expectation,
  anchor: number,
  seen: Observation,
): string | undefined {
  const prompt = seen.prompts.get(text);
  if (prompt === undefined) return 'the prompt has no audio';
  const skipMs = stepless(expectation) ? 0 : Math.max(0, anchor + (expectation.after_ms ?? 0) - seen.audioFromMs);
  const heard = seen.audio.hub.subarray(Math.round((skipMs * seen.sampleRate) / 1000));
  const found = findPrompt(prompt, heard, seen.sampleRate, pauseMs);
  if (found === undefined) return `"${text}" was not heard at all`;
  if (found.missing.length > 0) {
    return `"${text}" was not heard whole: missing at ${found.missing.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')}`;
  }
  const afterMs = skipMs + found.atMs + seen.audioFromMs - anchor;
  if (expectation.within_ms === undefined || afterMs <= expectation.within_ms) return undefined;
  return `"${text}" was heard after ${Math.round(afterMs)} ms, not within ${expectation.within_ms} ms`;
}

function stepless({ from, after_ms, within_ms }: Expectation): boolean {
  return from === undefined && after_ms === undefined && within_ms === undefined;
}

/** A prompt may pause between sentences: what was heard so shortly before the anchor was being spoken at it. */
const PAUSE_MS = 700;
/** Silence after which a prompt has stopped: longer than the pause between two sentences. */
const STOPPED_MS = 400;

/** What was being spoken at the anchor has to fall silent. */
function stopProblem(withinMs: number, anchor: number, seen: Observation): string | undefined {
  const dueMs = anchor + withinMs;
  if (!seen.pieces.some(({ fromMs, toMs }) => fromMs <= anchor && toMs > anchor - PAUSE_MS)) {
    return 'no prompt was being heard that could stop';
  }
  const stopped = seen.pieces.findLast(({ fromMs }) => fromMs < dueMs)?.toMs ?? anchor;
  const late = seen.pieces.find(({ fromMs, toMs }) => toMs > dueMs && fromMs < stopped + STOPPED_MS);
  if (late === undefined) return undefined;
  return `the prompt was still heard ${Math.round(late.toMs - anchor)} ms later; it should have stopped within ${withinMs} ms`;
}
