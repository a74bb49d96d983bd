import { percentile } from '../figures.ts';
import { type Rig, rig } from '../report.ts';
import type { BargeInTrial, LatencyTrial } from './trials.ts';

export interface Spread {
  count: number;
  p50: number;
  p95: number;
  max: number;
}

export interface TurnResult {
  date: string;
  rig: Rig;
  endpointingMs: number;
  minSpeechMs: number;
  /** Hub-added latency of a turn, and its two halves. */
  latencyMs: Spread;
  toBotMs: Spread;
  toCallerMs: Spread;
  /** First voiced packet to the last packet of the prompt. */
  bargeInMs: Spread;
  missed: { of: number; clips: string[] };
  /** By kind of sound. */
  false: { kind: string; of: number; clips: string[]; heldMs: Spread }[];
  /** Goals of architecture.md section 8 that were not reached. */
  short: string[];
}

const GOALS = { latency: { p50: 25, p95: 40 }, bargeIn: { p50: 180, p95: 260 } } as const;

export function summariseTurns(
  date: Date,
  settings: { endpointingMs: number; minSpeechMs: number },
  latency: readonly LatencyTrial[],
  speech: readonly BargeInTrial[],
  others: readonly BargeInTrial[],
): TurnResult {
  const latencyMs = spreadOf(latency.map(({ toBotMs, toCallerMs }) => toBotMs + toCallerMs));
  const stopped = speech.flatMap(({ stoppedAfterMs }) => (stoppedAfterMs === undefined ? [] : [stoppedAfterMs]));
  const bargeInMs = spreadOf(stopped);
  const missed = speech.filter(({ interrupted }) => !interrupted);
  const kinds = [...new Set(others.map(({ kind }) => kind))];
  const wrong = kinds.map((kind) => {
    const trials = others.filter((trial) => trial.kind === kind);
    return {
      kind,
      of: trials.length,
      clips: trials.filter(({ interrupted }) => interrupted).map(named),
      heldMs: spreadOf(trials.flatMap(({ heldMs }) => (heldMs === undefined ? [] : [heldMs]))),
    };
  });
  const wrongCount = wrong.reduce((sum, { clips }) => sum + clips.length, 0);
  const goals: [string, number, number][] = [
    ['latency p50', latencyMs.p50, GOALS.latency.p50],
    ['latency p95', latencyMs.p95, GOALS.latency.p95],
    ['barge-in p50', bargeInMs.p50, GOALS.bargeIn.p50],
    ['barge-in p95', bargeInMs.p95, GOALS.bargeIn.p95],
    ['missed barge-ins', missed.length, 0],
    ['false barge-ins', wrongCount, 0],
  ];
  return {
    date: date.toISOString(),
    rig: rig(),
    ...settings,
    latencyMs,
    toBotMs: spreadOf(latency.map(({ toBotMs }) => toBotMs)),
    toCallerMs: spreadOf(latency.map(({ toCallerMs }) => toCallerMs)),
    bargeInMs,
    missed: { of: speech.length, clips: missed.map(named) },
    false: wrong,
    short: goals.flatMap(([name, value, goal]) => (value <= goal ? [] : [`${name}: ${value}, goal ${goal}`])),
  };
}

export function turnReport(result: TurnResult): string {
  const { rig: machine } = result;
  const ms = (spread: Spread) => `${spread.p50} | ${spread.p95} | ${spread.max} | ${spread.count}`;
  const list = (clips: readonly string[]) => (clips.length === 0 ? '' : `: ${clips.join(', ')}`);
  return [
    `# Turns, ${result.date.slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `Made by \`npm run bench:turn\` on ${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}.`,
    'The hub is the production one on the embedded engine but for its voice, which is a tone and there at once; the bot',
    'answers at once. Everything is measured on the packets and requests outside the hub.',
    '',
    '| Figure, ms | p50 | p95 | max | trials |',
    '|---|---|---|---|---|',
    `| Hub-added latency of a turn beyond ${result.endpointingMs} ms of endpointing | ${ms(result.latencyMs)} |`,
    `| of it: last voiced packet in to the request at the bot | ${ms(result.toBotMs)} |`,
    `| of it: the bot's text in to the first packet out | ${ms(result.toCallerMs)} |`,
    `| Barge-in at ${result.minSpeechMs} ms of voice: first voiced packet in to the last packet of the prompt | ${ms(result.bargeInMs)} |`,
    '',
    `Missed barge-ins: ${result.missed.clips.length} of ${result.missed.of}${list(result.missed.clips)}`,
    '',
    '| Sound that is no interruption | False barge-ins | Prompt held back p50 / p95 / max ms |',
    '|---|---|---|',
    ...result.false.map(
      ({ kind, of, clips, heldMs }) =>
        `| ${kind} | ${clips.length} of ${of}${list(clips)} | ${heldMs.p50} / ${heldMs.p95} / ${heldMs.max} |`,
    ),
    '',
    result.short.length === 0 ? 'Every goal is reached.' : `Short of its goal: ${result.short.join('; ')}.`,
    '',
  ].join('\n');
}

function named({ clip, text }: BargeInTrial): string {
  return text === undefined ? clip : `${clip} (heard as "${text}")`;
}

function spreadOf(values: readonly number[]): Spread {
  const at = (share: number) => (values.length === 0 ? 0 : Math.round(percentile(values, share) * 10) / 10);
  return { count: values.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
