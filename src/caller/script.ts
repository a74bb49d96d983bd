import { assertNever } from '../errors.ts';
import { durationMs } from '../media/audio.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { Line } from './line.ts';
import type { PreparedStep } from './step-audio.ts';
import { type CallStep, describeStep } from './steps.ts';
import type { SpokenStep } from './turns.ts';
import { voicedSpan } from './voice-activity.ts';

export interface ScriptOptions {
  replyTimeoutMs: number;
  bargeInMs: number | undefined;
}

/** What the script tells while it runs. */
export type ScriptEvent = { type: 'step'; step: CallStep } | { type: 'no-reply'; waitedMs: number };

/** A prompt that never ends is spoken over after this; the hub's longest prompt is far shorter. */
const LONGEST_PROMPT_MS = 180_000;

/**
 * Works through the steps: each waits for the hub to have its say (a prompt that begins within `replyTimeoutMs`, and its
 * end), then runs. After a `wait` step nothing more is expected of the hub, so the next step only waits while it speaks.
 * Ends early when `over` aborts.
 */
export async function runScript(
  steps: readonly PreparedStep[],
  line: Line,
  endpoint: MediaEndpoint,
  options: ScriptOptions,
  report: (event: ScriptEvent) => void,
  over: AbortSignal,
): Promise<{ spoken: SpokenStep[]; finished: boolean }> {
  const spoken: SpokenStep[] = [];
  let replyExpectedSinceMs: number | undefined = 0;
  let done = 0;
  for (const { step, audio } of steps) {
    await hubsTurn(line, replyExpectedSinceMs, step, options, report, over);
    if (over.aborted) break;
    report({ type: 'step', step });
    switch (step.kind) {
      case 'wait':
        await line.until(() => false, step.ms, over);
        replyExpectedSinceMs = undefined;
        break;
      case 'say':
      case 'wav': {
        const fromMs = await line.speak(audio);
        if (fromMs !== undefined) spoken.push(voicedPart(step, audio, fromMs, line));
        replyExpectedSinceMs = line.clockMs;
        break;
      }
      case 'dtmf': {
        const fromMs = line.clockMs;
        await endpoint.sendDtmf(step.digits);
        spoken.push({ said: describeStep(step), fromMs, toMs: line.clockMs });
        replyExpectedSinceMs = line.clockMs;
        break;
      }
      default:
        assertNever(step);
    }
    if (over.aborted && step.kind === 'wait') break;
    done++;
  }
  if (!over.aborted) await hubsTurn(line, replyExpectedSinceMs, undefined, options, report, over);
  return { spoken, finished: done === steps.length };
}

function voicedPart(step: CallStep, audio: Int16Array, fromMs: number, line: Line): SpokenStep {
  const whole = { fromMs: 0, toMs: durationMs(audio.length, line.sampleRate) };
  const voiced = voicedSpan(audio, line.sampleRate) ?? whole;
  return { said: describeStep(step), fromMs: fromMs + voiced.fromMs, toMs: fromMs + voiced.toMs };
}

async function hubsTurn(
  line: Line,
  expectedSinceMs: number | undefined,
  next: CallStep | undefined,
  options: ScriptOptions,
  report: (event: ScriptEvent) => void,
  over: AbortSignal,
): Promise<void> {
  if (expectedSinceMs !== undefined) {
    const since = expectedSinceMs;
    const began = () => line.hubSpeaks || (line.lastPromptFromMs ?? -1) >= since;
    const spoke = await line.until(began, options.replyTimeoutMs, over);
    if (over.aborted) return;
    if (!spoke) report({ type: 'no-reply', waitedMs: options.replyTimeoutMs });
  }
  const { bargeInMs } = options;
  if (bargeInMs !== undefined && next !== undefined && next.kind !== 'wait') {
    const dueMs = (line.lastPromptFromMs ?? line.clockMs) + bargeInMs;
    await line.until(() => line.clockMs >= dueMs || !line.hubSpeaks, bargeInMs, over);
    return;
  }
  await line.until(() => !line.hubSpeaks, LONGEST_PROMPT_MS, over);
}
