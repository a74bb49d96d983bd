import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { startRtpEngine } from '../../src/engines/embedded/rtp/engine.ts';
import type { MediaEndpoint } from '../../src/media/port.ts';
import { HISTOGRAM_BUCKETS, histogramPercentile } from './figures.ts';
import type { FromStreams, StreamResult, ToStreams } from './rtp-streams.ts';

/**
 * The embedded media engine by itself: RTP both ways for many calls at a time, each packet decoded for the main thread,
 * handed back to the playout and encoded. The phones are in a process of their own.
 *
 *   node test/load/rtp-bench.ts [calls ...]        default: 100 200 400; about 4 s each
 */
const SETTLE_MS = 1000;
const MEASURE_MS = 2500;
const RTP_PORTS = { from: 24_000, to: 25_999 };
const GENERATOR = 'generator';

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
  /** Of the first size only: later ones find memory that the ones before have given back. */
  rssPerCallKb: number | undefined;
}

/** In the generator's process: hands messages between the bench and the thread that sends and receives. */
function relay(): void {
  const streams = new Worker(new URL('./rtp-streams.ts', import.meta.url));
  streams.on('message', (message: FromStreams) => process.send?.(message));
  process.on('message', (message: ToStreams) => streams.postMessage(message));
  process.on('disconnect', () => process.exit(0));
}

async function main(sizes: readonly number[]): Promise<void> {
  if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > 800)) {
    console.error('usage: node test/load/rtp-bench.ts [calls ...]    each 1 to 800');
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const calls of sizes.length > 0 ? sizes : [100, 200, 400]) {
    rows.push(await measure(calls, rows.length === 0));
  }
  console.table(rows.map(({ calls, ...figures }) => ({ calls, ...rounded(figures) })));
}

async function measure(calls: number, fresh: boolean): Promise<Row> {
  const generator = new Generator();
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
    const sdp = await endpoint.answer(offer(await generator.open(id)));
    endpoint.onAudio((frame) => {
      frames++;
      endpoint.playout.write(frame.samples);
    });
    generator.send({ type: 'start', id, host: '127.0.0.1', port: Number(/m=audio (\d+)/.exec(sdp)?.[1]) });
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

  const results = await Promise.all(endpoints.map((_, id) => generator.close(id)));
  const media = endpoints.map((endpoint) => endpoint.stats());
  await engine.close();
  generator.end();

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
    rssPerCallKb: fresh ? (rss - rssBefore) / 1024 / calls : undefined,
  };
}

/** The phones, in their own process. */
class Generator {
  readonly #child: ChildProcess;
  readonly #opened = new Map<number, (port: number) => void>();
  readonly #closed = new Map<number, (closed: { result: StreamResult; gaps: Uint32Array }) => void>();

  constructor() {
    this.#child = fork(fileURLToPath(import.meta.url), [GENERATOR], { serialization: 'advanced' });
    this.#child.on('message', (message: FromStreams) => this.#take(message));
  }

  send(message: ToStreams): void {
    this.#child.send(message);
  }

  open(id: number): Promise<number> {
    this.send({ type: 'open', id });
    return new Promise((resolve) => this.#opened.set(id, resolve));
  }

  close(id: number): Promise<{ result: StreamResult; gaps: Uint32Array }> {
    this.send({ type: 'close', id });
    return new Promise((resolve) => this.#closed.set(id, resolve));
  }

  end(): void {
    this.#child.disconnect();
  }

  #take(message: FromStreams): void {
    switch (message.type) {
      case 'opened':
        this.#opened.get(message.id)?.(message.port);
        return;
      case 'closed':
        this.#closed.get(message.result.id)?.(message);
        return;
      case 'failed':
        throw new Error(`the generator failed: ${message.message}`);
    }
  }
}

function offer(port: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`];
  return `${lines.join('\r\n')}\r\n`;
}

function rounded(figures: Record<string, number | undefined>): Record<string, number | string> {
  const entries = Object.entries(figures);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === undefined ? '-' : Math.round(value * 1000) / 1000]),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (process.argv[2] === GENERATOR) relay();
else await main(process.argv.slice(2).map(Number));
