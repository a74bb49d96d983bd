import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HubProcess } from '../e2e/support/hub-process.ts';
import { percentile } from './figures.ts';
import { residentBytes, threadCpu } from './proc-stats.ts';
import { rig } from './report.ts';

/**
 * What connectors cost a hub that does not use them: starts of a hub without a service in any cloud, with all connectors and as if
 * only those were there that need no account, in turn.
 *
 *   node test/load/start-bench.ts [--no-save] [--runs 15]
 */
const PROGRAM = join(import.meta.dirname, 'start/hub.ts');
const RESULTS = join(import.meta.dirname, 'results/start.md');
const HEAD = `# Start of a hub that uses no connector of a cloud

Made by \`npm run bench:start\`: a hub with a bot that hears and speaks itself, so that no engine of speech is loaded, started with all connectors and as if the folders of all others were not there
(the registry has no line of them), in turn. Ready: from the start of the process to the first good /readyz, asked every 15 ms; CPU: of the main
thread until then, which a busy machine changes less. Memory: resident, two seconds later. Medians, in brackets the lowest and the highest. Goal: no difference beyond what starts differ by anyway.

| Date (UTC) | Starts of each | Ready ms, all | Ready ms, own alone | CPU ms, all | CPU ms, own alone | Memory MB, all | Memory MB, own alone | Difference | Load | Rig |
|---|---|---|---|---|---|---|---|---|---|---|
`;
const SETTLE_MS = 2_000;
/** The one that the configuration of the tests names. Nobody is there until a call comes. */
const BOT = { id: 'demo', connector: 'ac-bot-api', url: 'ws://127.0.0.1:9/', directSTT: true, directTTS: true };

const { values } = parseArgs({
  options: { 'no-save': { type: 'boolean', default: false }, runs: { type: 'string', default: '15' } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > 1_000) {
  console.error('usage: node test/load/start-bench.ts [--no-save] [--runs 1..1000]');
  process.exit(2);
}

type Variant = 'all' | 'own';
interface Start {
  readyMs: number;
  cpuMs: number;
  megabytes: number;
}

async function start(variant: Variant): Promise<Start> {
  const env = { START_BENCH_CONNECTORS: variant };
  const hub = await HubProcess.start({ program: PROGRAM, botUrl: '', env, extra: { bots: [BOT], speechServices: [] } });
  try {
    const pid = hub.child.pid ?? 0;
    const cpuMs = threadCpu(pid).get(pid)?.cpuMs ?? Number.NaN;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { readyMs: hub.readyAfterMs, cpuMs, megabytes: residentBytes(pid) / 1024 ** 2 };
  } finally {
    await hub.stop();
  }
}

const load = loadavg()[0] ?? Number.NaN;
const starts: Record<Variant, Start[]> = { all: [], own: [] };
// The first of each compiles what the next ones find compiled.
for (const variant of ['all', 'own'] as const) await start(variant);
for (let run = 0; run < runs; run++) {
  for (const variant of run % 2 === 0 ? (['all', 'own'] as const) : (['own', 'all'] as const)) {
    starts[variant].push(await start(variant));
  }
}

const medianOf = (variant: Variant, key: keyof Start) =>
  percentile(
    starts[variant].map((one) => one[key]),
    0.5,
  );
const told = (variant: Variant, key: keyof Start) => {
  const all = starts[variant].map((one) => one[key]);
  return `${medianOf(variant, key).toFixed(0)} (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})`;
};
const more = (key: keyof Start) => {
  const difference = medianOf('all', key) - medianOf('own', key);
  return `${difference < 0 ? '' : '+'}${difference.toFixed(1)}`;
};
const machine = rig();
const cells = [
  new Date().toISOString().slice(0, 16).replace('T', ' '),
  String(runs),
  ...(['readyMs', 'cpuMs', 'megabytes'] as const).flatMap((key) => [told('all', key), told('own', key)]),
  `${more('readyMs')} ms, ${more('cpuMs')} ms of CPU, ${more('megabytes')} MB`,
  load.toFixed(1),
  `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}`,
];
const row = `| ${cells.join(' | ')} |`;
console.log(row);
if (!values['no-save']) {
  if (!existsSync(RESULTS)) await writeFile(RESULTS, HEAD);
  await appendFile(RESULTS, `${row}\n`);
}
