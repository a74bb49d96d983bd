import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRtpEngine } from '../../src/engines/embedded/rtp/engine.ts';
import type { MediaEndpoint } from '../../src/media/port.ts';
import { HISTOGRAM_BUCKETS, histogramPercentile } from './figures.ts';
import { rig } from './report.ts';
import { Phones, phoneOffer } from './rtp-phones.ts';
import { describeStall, parseStall, type StallOrder, startStalls } from './stalls.ts';

/**
 * Bridges of the embedded media engine: two phones each, one of u-law and one of A-law, every packet with its number in it.
 * Phones and engine are in processes of their own.
 *
 *   node test/load/bridge-bench.ts [--no-save] [--seconds 5] [--tap] [--stall hub:60/2000] [bridges ...]        default: 50 100
 *
 * `--tap` listens to both directions of every call, as a recording does. `--stall` stops the process of the `phones`, of the `hub`, or `both` for so many
 * milliseconds every so many. Appends a row per size, with its rig, to results/bridges.md.
 */
const USAGE =
  'usage: node test/load/bridge-bench.ts [--no-save] [--seconds 1..1800] [--tap] [--stall phones|hub|both:MS/EVERYMS] [bridges ...]    each 1 to 400';
const SETTLE_MS = 3000;
const RTP_PORTS = { from: 24_000, to: 25_999 };
const ENGINE = 'engine';
const RESULTS = join(import.meta.dirname, 'results/bridges.md');
const HEAD = `# Bridges of the media engine

Made by \`node test/load/bridge-bench.ts\`: one media worker, u-law on one side and A-law on the other, phones in another process. A call is one leg;
a bridge has two. Audio delay: from the packet that came in to the moment at which its first sample can be played, wherever it lies in the packet that
went out. Packet delay: to that packet. Both hold the phones' own waiting. Jitter: how far the gap between two packets is from 20 ms at the phone. Every frame
carries its number twice. Missing: frames that one phone sent and the other never heard, whatever the reason. Concealed: made up by the hub
because nothing had arrived; trimmed: left out to lower a delay; cut: of that, what was no silence; from the call's beginning. Load: processes that wanted a core, average of the minute before the run.

| Date (UTC) | Bridges | Seconds | Core per call: media worker / process | Audio delay p50 / p99 / p99.9 / worst ms | Packet delay p50 / p99 ms | Jitter p50 / p99 ms | Lost to phones / to hub, late | Frames heard, missing, out of order | Left out by the hub: packets; concealed / trimmed / cut ms per call | Slots > 5 ms late, worst ms | Load | Rig |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
`;

interface Order {
  bridges: number;
  seconds: number;
  tap: boolean;
  stall: StallOrder | undefined;
}

/** The bridges are up: processes of the phones and of the engine. */
interface Measuring {
  phones: number;
  hub: number;
}

interface Row extends Order {
  /** Percent of one core per call. */
  mediaPerCall: number;
  processPerCall: number;
  audioP50Ms: number;
  audioP99Ms: number;
  audioP999Ms: number;
  audioWorstMs: number;
  packetP50Ms: number;
  packetP99Ms: number;
  jitterP50Ms: number;
  jitterP99Ms: number;
  lostToPhones: number;
  lostToHub: number;
  late: number;
  heard: number;
  missing: number;
  outOfOrder: number;
  /** Packets that the engine left out, and milliseconds per call. */
  skipped: number;
  concealedMs: number;
  trimmedMs: number;
  cutMs: number;
  longestStallMs: number;
  lateSlots: number;
  worstLateMs: number;
  tapFrames: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'no-save': { type: 'boolean', default: false },
      tap: { type: 'boolean', default: false },
      stall: { type: 'string' },
      seconds: { type: 'string', default: '5' },
    },
  });
  const seconds = Number(values.seconds);
  const stall = values.stall === undefined ? undefined : parseStall(values.stall);
  const sizes = positionals.length > 0 ? positionals.map(Number) : [50, 100];
  const isWrong = (value: number, most: number) => !Number.isInteger(value) || value < 1 || value > most;
  if (isWrong(seconds, 1800) || sizes.some((size) => isWrong(size, 400)) || (values.stall && !stall)) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const bridges of sizes) {
    const load = loadavg()[0] ?? Number.NaN;
    const row = await inOwnProcess({ bridges, seconds, tap: values.tap, stall });
    rows.push(row);
    if (!values['no-save']) await append(row, load);
  }
  console.table(
    rows.map(({ stall, ...row }) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)])),
    ),
  );
}

/** Memory of one size does not serve the next. */
function inOwnProcess(order: Order): Promise<Row> {
  const child = fork(fileURLToPath(import.meta.url), [ENGINE, JSON.stringify(order)], { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const { phones, hub } = message as Measuring;
      const { stall } = order;
      const stop = stall && startStalls(stall, { phones: [phones], hub: [hub], both: [phones, hub] }[stall.who]);
      let longestStallMs = 0;
      setTimeout(() => (longestStallMs = stop?.() ?? 0), order.seconds * 1000);
      child.once('message', (row) => resolve({ ...(row as Row), longestStallMs }));
    });
    child.once('exit', (code) => reject(new Error(`the engine's process ended with ${code}`)));
  });
}

async function append(row: Row, load: number): Promise<void> {
  if (!existsSync(RESULTS)) await writeFile(RESULTS, HEAD);
  const machine = rig();
  const cells = [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    `${row.bridges}${row.tap ? ', tapped' : ''}${row.stall ? `, ${describeStall(row.stall)}` : ''}`,
    row.seconds,
    `${row.mediaPerCall.toFixed(3)} % / ${row.processPerCall.toFixed(3)} %`,
    [row.audioP50Ms, row.audioP99Ms, row.audioP999Ms, row.audioWorstMs].map((ms) => ms.toFixed(1)).join(' / '),
    `${row.packetP50Ms.toFixed(1)} / ${row.packetP99Ms.toFixed(1)}`,
    `${row.jitterP50Ms.toFixed(1)} / ${row.jitterP99Ms.toFixed(1)}`,
    `${row.lostToPhones} / ${row.lostToHub}, ${row.late}`,
    `${row.heard}, ${row.missing}, ${row.outOfOrder}`,
    `${row.skipped}; ${[row.concealedMs, row.trimmedMs, row.cutMs].map((ms) => ms.toFixed(1)).join(' / ')}`,
    `${row.lateSlots}, ${row.worstLateMs.toFixed(1)}`,
    load.toFixed(1),
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}`,
  ];
  await appendFile(RESULTS, `| ${cells.join(' | ')} |\n`);
}

async function measure({ bridges, seconds, tap, stall }: Order): Promise<Row> {
  const phones = new Phones();
  const engine = startRtpEngine({ host: '127.0.0.1', portRange: RTP_PORTS, workers: 1, drainMs: 0, log: console });
  const endpoints: MediaEndpoint[] = [];
  let tapFrames = 0;

  async function call(id: number, partner: number, near?: MediaEndpoint): Promise<MediaEndpoint> {
    const law = near === undefined ? 'PCMU' : 'PCMA';
    const endpoint = await engine.createEndpoint({ callId: String(id), ...(near && { near }) });
    const offer = phoneOffer(await phones.open({ id, law, partner }), law === 'PCMU' ? 0 : 8);
    const sdp = await endpoint.answer(offer);
    phones.send({ type: 'start', id, host: '127.0.0.1', port: Number(/m=audio (\d+)/.exec(sdp)?.[1]) });
    if (tap) endpoint.onTap(() => tapFrames++);
    endpoints.push(endpoint);
    return endpoint;
  }
  for (let id = 0; id < 2 * bridges; id += 2) {
    const one = await call(id, id + 1);
    await engine.bridge(one, await call(id + 1, id, one));
  }

  await sleep(SETTLE_MS);
  phones.send({ type: 'measure' });
  const mediaMs = () => engine.stats().workers[0]?.cpuMs ?? Number.NaN;
  const before = { at: performance.now(), cpu: process.cpuUsage(), media: mediaMs() };
  process.send?.({ phones: phones.pid, hub: process.pid } satisfies Measuring);
  await sleep(seconds * 1000);
  const elapsedMs = performance.now() - before.at;
  const cpu = process.cpuUsage(before.cpu);
  const mediaUsedMs = mediaMs() - before.media;
  const stats = engine.stats().workers[0];

  const closed = await Promise.all(endpoints.map((_, id) => phones.close(id)));
  const media = endpoints.map((endpoint) => endpoint.stats());
  await engine.close();
  phones.end();

  const calls = 2 * bridges;
  const gaps = merged(closed.map((one) => one.gaps));
  const heard = closed.flatMap((one) => one.marks ?? []);
  const audio = merged(heard.map((one) => one.audioDelay));
  const packet = merged(heard.map((one) => one.packetDelay));
  return {
    bridges,
    seconds,
    tap,
    stall,
    mediaPerCall: (mediaUsedMs * 100) / elapsedMs / calls,
    processPerCall: ((cpu.user + cpu.system) / 1000 / elapsedMs) * (100 / calls),
    audioP50Ms: histogramPercentile(audio, 0.5),
    audioP99Ms: histogramPercentile(audio, 0.99),
    audioP999Ms: histogramPercentile(audio, 0.999),
    audioWorstMs: Math.max(...heard.map((one) => one.worstMs)),
    packetP50Ms: histogramPercentile(packet, 0.5),
    packetP99Ms: histogramPercentile(packet, 0.99),
    jitterP50Ms: histogramPercentile(gaps, 0.5),
    jitterP99Ms: histogramPercentile(gaps, 0.99),
    lostToPhones: sum(closed.map(({ result }) => result.missing)),
    lostToHub: sum(media.map(({ packetsLost }) => packetsLost)),
    late: sum(media.map(({ packetsLate }) => packetsLate)),
    heard: sum(heard.map((one) => one.heard)),
    missing: sum(heard.map(({ missing }) => missing)),
    outOfOrder: sum(heard.map(({ outOfOrder }) => outOfOrder)),
    skipped: sum(media.map(({ packetsSkipped }) => packetsSkipped)),
    concealedMs: sum(media.map(({ concealedMs }) => concealedMs)) / calls,
    trimmedMs: sum(media.map(({ trimmedMs }) => trimmedMs)) / calls,
    cutMs: sum(media.map(({ cutMs }) => cutMs)) / calls,
    longestStallMs: 0,
    lateSlots: stats?.lateSlots ?? Number.NaN,
    worstLateMs: stats?.worstLateMs ?? Number.NaN,
    tapFrames,
  };
}

function merged(histograms: readonly Uint32Array[]): Float64Array {
  const all = new Float64Array(HISTOGRAM_BUCKETS);
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.entries()) all[bucket] = (all[bucket] ?? 0) + count;
  }
  return all;
}

function rounded(value: number | boolean): number | boolean {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (process.argv[2] === ENGINE) {
  const row = await measure(JSON.parse(process.argv[3] ?? '') as Order);
  process.send?.(row, () => process.disconnect());
} else await main();
