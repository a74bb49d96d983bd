import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRtpEngine } from '../../src/engines/embedded/rtp/engine.ts';
import type { MediaEndpoint } from '../../src/media/port.ts';
import { HISTOGRAM_BUCKETS, histogramPercentile } from './figures.ts';
import { rig } from './report.ts';
import { Phones, phoneOffer } from './rtp-phones.ts';

/**
 * The embedded media engine by itself: RTP both ways for many calls at a time, each packet decoded for the main thread,
 * handed back to the playout and encoded. The phones are in a process of their own, and so is the engine of each size.
 *
 *   node test/load/rtp-bench.ts [--no-save] [calls ...]        default: 100 200 400; less than 5 s each
 *
 * Appends a row per size, with its rig, to results/rtp.md.
 */
const SETTLE_MS = 1000;
const MEASURE_MS = 2500;
const RTP_PORTS = { from: 24_000, to: 25_999 };
const ENGINE = 'engine';
const RESULTS = join(import.meta.dirname, 'results/rtp.md');
const HEAD = `# The media engine by itself

Made by \`node test/load/rtp-bench.ts\`: one media worker, audio both ways, phones in another process; jitter is how far the gap between
two packets is from 20 ms at the receiver, whose own delays are in it. Load: processes that wanted a core, average of the minute before the run.

| Date (UTC) | Calls | Core per call: media worker / process | Jitter p50 / p99 ms | Lost to phone / to hub, late | Slots > 5 ms late, worst ms | RSS per call KB | Load | Rig |
|---|---|---|---|---|---|---|---|---|
`;

interface Row {
  calls: number;
  /** Percent of one core per call. */
  mediaPerCall: number;
  processPerCall: number;
  jitterP50Ms: number;
  jitterP99Ms: number;
  lostToPhone: number;
  lostToHub: number;
  late: number;
  /** Frames that reached the main thread, of those that should have. */
  framesShare: number;
  /** Slots that the worker served more than 5 ms late; worst of all. */
  lateSlots: number;
  worstLateMs: number;
  rssPerCallKb: number;
}

async function main(argv: readonly string[]): Promise<void> {
  const save = !argv.includes('--no-save');
  const sizes = argv.filter((argument) => argument !== '--no-save').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > 800)) {
    console.error('usage: node test/load/rtp-bench.ts [--no-save] [calls ...]    each 1 to 800');
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const calls of sizes.length > 0 ? sizes : [100, 200, 400]) {
    const load = loadavg()[0] ?? Number.NaN;
    const row = await inOwnProcess(calls);
    rows.push(row);
    if (save) await append(row, load);
  }
  console.table(rows.map(({ calls, ...figures }) => ({ calls, ...rounded(figures) })));
}

/** Memory of one size does not serve the next. */
function inOwnProcess(calls: number): Promise<Row> {
  const child = fork(fileURLToPath(import.meta.url), [ENGINE, String(calls)], { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (row) => resolve(row as Row));
    child.once('exit', (code) => reject(new Error(`the engine's process ended with ${code}`)));
  });
}

async function append(row: Row, load: number): Promise<void> {
  if (!existsSync(RESULTS)) await writeFile(RESULTS, HEAD);
  const machine = rig();
  const cells = [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    row.calls,
    `${row.mediaPerCall.toFixed(3)} % / ${row.processPerCall.toFixed(3)} %`,
    `${row.jitterP50Ms.toFixed(1)} / ${row.jitterP99Ms.toFixed(1)}`,
    `${row.lostToPhone} / ${row.lostToHub}, ${row.late}`,
    `${row.lateSlots}, ${row.worstLateMs.toFixed(1)}`,
    row.rssPerCallKb.toFixed(0),
    load.toFixed(1),
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}`,
  ];
  await appendFile(RESULTS, `| ${cells.join(' | ')} |\n`);
}

async function measure(calls: number): Promise<Row> {
  const phones = new Phones();
  const engine = startRtpEngine({
    host: '127.0.0.1',
    portRange: RTP_PORTS,
    workers: 1,
    drainMs: 0,
    log: console,
  });
  // The first endpoint pays for the thread's start; memory is counted from there.
  await (await engine.createEndpoint({ callId: 'warm-up' })).close();
  const rssBefore = process.memoryUsage.rss();

  const endpoints: MediaEndpoint[] = [];
  let frames = 0;
  for (let id = 0; id < calls; id++) {
    const endpoint = await engine.createEndpoint({ callId: String(id) });
    const sdp = await endpoint.answer(phoneOffer(await phones.open({ id })));
    endpoint.onAudio((frame) => {
      frames++;
      endpoint.playout.write(frame.samples);
    });
    phones.send({ type: 'start', id, host: '127.0.0.1', port: Number(/m=audio (\d+)/.exec(sdp)?.[1]) });
    endpoints.push(endpoint);
  }

  await sleep(SETTLE_MS);
  const before = {
    at: performance.now(),
    cpu: process.cpuUsage(),
    media: engine.stats().workers[0]?.cpuMs ?? 0,
    frames,
  };
  await sleep(MEASURE_MS);
  const elapsedMs = performance.now() - before.at;
  const stats = engine.stats().workers[0];
  const cpu = process.cpuUsage(before.cpu);
  const rss = process.memoryUsage.rss();
  const framesSeen = frames - before.frames;

  const results = await Promise.all(endpoints.map((_, id) => phones.close(id)));
  const media = endpoints.map((endpoint) => endpoint.stats());
  await engine.close();
  phones.end();

  const gaps = new Float64Array(HISTOGRAM_BUCKETS);
  for (const result of results)
    for (const [bucket, count] of result.gaps.entries()) gaps[bucket] = (gaps[bucket] ?? 0) + count;
  return {
    calls,
    mediaPerCall: (((stats?.cpuMs ?? Number.NaN) - before.media) * 100) / elapsedMs / calls,
    processPerCall: ((cpu.user + cpu.system) / 1000 / elapsedMs) * (100 / calls),
    jitterP50Ms: histogramPercentile(gaps, 0.5),
    jitterP99Ms: histogramPercentile(gaps, 0.99),
    lostToPhone: sum(results.map(({ result }) => result.missing)),
    lostToHub: sum(media.map(({ packetsLost }) => packetsLost)),
    late: sum(media.map(({ packetsLate }) => packetsLate)),
    framesShare: framesSeen / ((elapsedMs / 20) * calls),
    lateSlots: stats?.lateSlots ?? Number.NaN,
    worstLateMs: stats?.worstLateMs ?? Number.NaN,
    rssPerCallKb: (rss - rssBefore) / 1024 / calls,
  };
}

function rounded(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 1000) / 1000]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (process.argv[2] === ENGINE) {
  const row = await measure(Number(process.argv[3]));
  process.send?.(row, () => process.disconnect());
} else await main(process.argv.slice(2));
