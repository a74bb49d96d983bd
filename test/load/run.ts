import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freeHubPorts } from '../e2e/support/hub-config.ts';
import { HubProcess, PRODUCTION, TEST_LAUNCHER } from '../e2e/support/hub-process.ts';
import { follow, startBot } from './calls-rig.ts';
import { dialoutReport, measureDialouts, saveDialouts } from './dialout.ts';
import { slope } from './figures.ts';
import type { GeneratorOrder } from './generator.ts';
import { cpuBetween, residentBytes, threadCpu } from './proc-stats.ts';
import { type HubUse, type LoadParameters, type LoadResult, summarise, TABLE_HEAD, tableRow } from './report.ts';

/**
 * `npm run load -- --calls N --cps R [--seconds S] [--hold S] [--speech tones|local] [--greeting TEXT] [--no-save]`
 *
 * Three processes: the hub, a bot that answers at once, and the callers with real RTP both ways. Stops by itself.
 * With `--speech tones` the hub is the production one but for its speech vendor, whose voice is a tone and costs nothing;
 * with `local` it is what `npm start` runs.
 *
 * `npm run load -- --dialout [--seconds S] [--database postgresql|pglite] [--no-save]`: see dialout.ts.
 */

const USAGE = `usage: npm run load -- --calls N --cps R [--seconds S] [--hold S] [--speech tones|local] [--greeting TEXT] [--rtp-threads N] [--no-save]
  --calls N      calls at the same time (1..2000)
  --cps R        new calls per second (1..500)
  --seconds S    how long all calls are up and measured (1..3600, default 20)
  --hold S       length of one call; a new one follows it (default: until the end)
usage: npm run load -- --dialout [--seconds S] [--database postgresql|pglite] [--no-save]
  --seconds S    how long requests are sent (1..60, default 20)`;

/** The hub's media threads, by the name that they give themselves. */
const MEDIA_THREAD = /^rtp$/;
const WARM_UP_CALLS = 20;
/** The hub leaves a port alone for 5 s between two calls. */
const PORT_REST_SECONDS = 8;
const RESULTS = join(import.meta.dirname, 'results');

interface Settings extends LoadParameters {
  rtpThreads: number;
  save: boolean;
}

function settings(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      calls: { type: 'string' },
      cps: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      hold: { type: 'string' },
      speech: { type: 'string', default: 'tones' },
      greeting: { type: 'string', default: 'Hello.' },
      'rtp-threads': { type: 'string', default: '1' },
      'no-save': { type: 'boolean', default: false },
    },
  });
  const { speech } = values;
  if (speech !== 'tones' && speech !== 'local') throw new RangeError('--speech is tones or local');
  return {
    calls: whole('--calls', values.calls, 1, 2000),
    callsPerSecond: whole('--cps', values.cps, 1, 500),
    steadySeconds: whole('--seconds', values.seconds, 1, 3600),
    holdSeconds: values.hold === undefined ? undefined : whole('--hold', values.hold, 1, 3600),
    speech,
    greeting: values.greeting,
    rtpThreads: whole('--rtp-threads', values['rtp-threads'], 1, 8),
    save: !values['no-save'],
  };
}

function whole(name: string, text: string | undefined, low: number, high: number): number {
  const value = Number(text);
  if (text === undefined || !Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be a whole number from ${low} to ${high}`);
  }
  return value;
}

/** Reads the hub's CPU and memory once a second between `begin` and `end`. */
class HubMeter {
  readonly #hub: HubProcess;
  readonly #pid: number;
  #rssBefore = 0;
  readonly #samples: { x: number; y: number }[] = [];
  #before = new Map<number, { name: string; cpuMs: number }>();
  #beganAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: HubProcess) {
    const { pid } = hub.child;
    if (pid === undefined) throw new Error('the hub has no process');
    this.#hub = hub;
    this.#pid = pid;
  }

  /** Nothing but the warm-up has happened. */
  warm(): void {
    this.#rssBefore = residentBytes(this.#pid);
  }

  begin(): void {
    this.#before = threadCpu(this.#pid);
    this.#beganAt = performance.now();
    this.#timer = setInterval(() => this.#sample(), 1000);
    this.#sample();
  }

  async end(callsUp: number): Promise<HubUse> {
    clearInterval(this.#timer);
    const after = threadCpu(this.#pid);
    const seconds = (performance.now() - this.#beganAt) / 1000;
    this.#sample();
    return {
      seconds,
      meanCallsUp: callsUp,
      cpuMs: cpuBetween(this.#before, after),
      mediaCpuMs: cpuBetween(this.#before, after, (name) => MEDIA_THREAD.test(name)),
      rssBeforeBytes: this.#rssBefore,
      rssAtLoadBytes: this.#samples[Math.floor(this.#samples.length / 2)]?.y ?? 0,
      rssSlopeBytesPerSecond: slope(this.#samples.slice(Math.floor(this.#samples.length / 2))),
      rtpReceived: 0,
      rtpLost: 0,
      rtpLate: 0,
    };
  }

  /** Counters that calls add at their end. */
  async counters(): Promise<Pick<HubUse, 'rtpReceived' | 'rtpLost' | 'rtpLate'>> {
    return {
      rtpReceived: await this.#hub.metric('patchbay_rtp_packets_total', 'kind="received"'),
      rtpLost: await this.#hub.metric('patchbay_rtp_packets_total', 'kind="lost"'),
      rtpLate: await this.#hub.metric('patchbay_rtp_packets_total', 'kind="late"'),
    };
  }

  #sample(): void {
    this.#samples.push({ x: (performance.now() - this.#beganAt) / 1000, y: residentBytes(this.#pid) });
  }
}

async function measure(chosen: Settings): Promise<LoadResult> {
  const bot = await startBot(chosen.greeting);
  let hub: HubProcess | undefined;
  let generator: ChildProcess | undefined;
  try {
    hub = await HubProcess.start({
      program: chosen.speech === 'tones' ? TEST_LAUNCHER : PRODUCTION,
      env: { PATCHBAY_TEST_ENDPOINTING: 'hub' },
      ports: await freeHubPorts(chosen.calls + chosen.callsPerSecond * PORT_REST_SECONDS + 50),
      botUrl: bot.url,
      // no prompt when the caller is silent, for a steady line; the answer does not wait for the voice
      parameters: { connectOnPrompt: false, userNoInputTimeoutMS: 0 },
      extra: { log: { level: 'warn' }, limits: { concurrentCalls: chosen.calls + 20, callsPerSecond: 1000 } },
    });
    const meter = new HubMeter(hub);
    generator = fork(join(import.meta.dirname, 'generator.ts'));
    const order: GeneratorOrder = {
      sipPort: hub.ports.sip,
      service: 'demo',
      calls: chosen.calls,
      callsPerSecond: chosen.callsPerSecond,
      holdMs: chosen.holdSeconds === undefined ? undefined : chosen.holdSeconds * 1000,
      steadyMs: chosen.steadySeconds * 1000,
      rtpThreads: chosen.rtpThreads,
      warmUpCalls: WARM_UP_CALLS,
    };
    const { use, done } = await follow(generator, order, meter);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const counters = await meter.counters();
    return summarise(new Date(), chosen, done.calls, done.gaps, done.sipResent, { ...use, ...counters }, done.problems);
  } finally {
    generator?.kill('SIGKILL');
    await hub?.stop();
    bot.process.kill('SIGTERM');
  }
}

async function save(result: LoadResult): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const name = `${result.date.slice(0, 19).replaceAll(':', '')}-${result.parameters.calls}x${result.parameters.callsPerSecond}.json`;
  await writeFile(join(RESULTS, name), `${JSON.stringify(result, undefined, 2)}\n`);
  const table = join(RESULTS, 'README.md');
  if (!existsSync(table)) {
    await writeFile(
      table,
      `# Load results\n\nMade by \`npm run load\`; the JSON files hold every figure.\n\n${TABLE_HEAD}\n`,
    );
  }
  await appendFile(table, `${tableRow(result)}\n`);
  return join('test/load/results', name);
}

/** `--dialout`: what the API of dialers does. */
async function dialouts(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      dialout: { type: 'boolean' },
      seconds: { type: 'string', default: '20' },
      database: { type: 'string', default: 'postgresql' },
      'no-save': { type: 'boolean', default: false },
    },
  });
  const { database } = values;
  if (database !== 'postgresql' && database !== 'pglite') throw new RangeError('--database is postgresql or pglite');
  const figures = await measureDialouts({ seconds: whole('--seconds', values.seconds, 1, 60), database });
  process.stdout.write(`${dialoutReport(figures)}\n`);
  if (!values['no-save']) process.stdout.write(`saved ${await saveDialouts(figures)}\n`);
}

async function calls(argv: readonly string[]): Promise<void> {
  const chosen = settings(argv);
  process.stdout.write(
    `${chosen.calls} calls, ${chosen.callsPerSecond} new ones per second, speech: ${chosen.speech}\n`,
  );
  const result = await measure(chosen);
  process.stdout.write(`${TABLE_HEAD}\n${tableRow(result)}\n\n${JSON.stringify(result, undefined, 2)}\n`);
  if (chosen.save) process.stdout.write(`saved ${await save(result)}\n`);
  process.exitCode = result.calls.failed === 0 && result.problems.length === 0 ? 0 : 1;
}

try {
  const argv = process.argv.slice(2);
  await (argv.includes('--dialout') ? dialouts(argv) : calls(argv));
} catch (error) {
  const usage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage ? `${USAGE}\n` : ''}`);
  process.exitCode = usage ? 2 : 1;
}
