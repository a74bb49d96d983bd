import { fork } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freeHubPorts } from '../e2e/support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from '../e2e/support/hub-process.ts';
import { freePort } from '../e2e/support/ports.ts';
import { follow, startBot } from './calls-rig.ts';
import type { CallFigures, GeneratorOrder } from './generator.ts';
import { cpuBetween, processNamed, type ThreadCpu, threadCpu } from './proc-stats.ts';

/**
 * `node test/load/engines.ts [--calls N] [--cps R] [--seconds S] [--rounds N] [--no-save]`: the embedded engine and FreeSWITCH in turn, with
 * the same hub, bot and callers, RTP both ways. The servers have to run: PATCHBAY_FREESWITCH and PATCHBAY_DRACHTIO (`host:port`),
 * FREESWITCH_SECRET, DRACHTIO_SECRET, DRACHTIO_SIP_PORT; FREESWITCH_PID and DRACHTIO_PID (theirs, or their
 * wrapper's) have their processor time counted.
 */

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20' },
    cps: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '2' },
    'no-save': { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const callsPerSecond = Number(values.cps);
const steadySeconds = Number(values.seconds);
if (!(calls >= 1 && calls <= 200 && callsPerSecond >= 1 && callsPerSecond <= 50 && steadySeconds <= 60)) {
  throw new RangeError('1 to 200 calls, 1 to 50 per second, 60 s at most');
}

type Engine = 'embedded' | 'freeswitch';

interface EngineFigures {
  engine: Engine;
  /** Percent of one core, of all calls together, by program. */
  cpu: Record<string, number>;
  /** Processor time of drachtio-server until all calls were up, which it has nothing to do with later. */
  drachtioSetupMs: number | undefined;
  up: number;
  calls: CallFigures[];
}

function sectionsOf(engine: Engine): Record<string, unknown> {
  if (engine === 'embedded') return { engine };
  const [drachtioHost, drachtioPort] = need('PATCHBAY_DRACHTIO').split(':');
  const [host, port] = need('PATCHBAY_FREESWITCH').split(':');
  return {
    engine,
    drachtio: { host: drachtioHost, port: Number(drachtioPort), secret: need('DRACHTIO_SECRET') },
    freeswitch: [{ host, port: Number(port), secret: need('FREESWITCH_SECRET') }],
    // JSON leaves out what is undefined: these belong to the other engine
    sip: undefined,
    media: { timeoutMs: 30_000 },
  };
}

function need(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

/** Processor time of the programs of one engine. */
class ProgramMeter {
  readonly #pids: ReadonlyMap<string, number>;
  #before = new Map<string, Map<number, ThreadCpu>>();
  #beganAt = 0;
  #warm: Map<number, ThreadCpu> | undefined;
  #drachtioSetupMs: number | undefined;

  constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
  }

  warm(): void {
    const drachtio = this.#pids.get('drachtio');
    if (drachtio !== undefined) this.#warm = threadCpu(drachtio);
  }

  begin(): void {
    this.#beganAt = performance.now();
    this.#before = new Map([...this.#pids].map(([name, pid]) => [name, threadCpu(pid)]));
    const drachtio = this.#before.get('drachtio');
    if (this.#warm && drachtio) this.#drachtioSetupMs = cpuBetween(this.#warm, drachtio);
  }

  async end(up: number): Promise<Pick<EngineFigures, 'cpu' | 'up' | 'drachtioSetupMs'>> {
    const ms = performance.now() - this.#beganAt;
    const share = ([name, pid]: [string, number]) =>
      [name, (100 * cpuBetween(this.#before.get(name) ?? new Map(), threadCpu(pid))) / ms] as const;
    return { cpu: Object.fromEntries([...this.#pids].map(share)), up, drachtioSetupMs: this.#drachtioSetupMs };
  }
}

async function measure(engine: Engine): Promise<EngineFigures> {
  const bot = await startBot('Hello.');
  // Where FreeSWITCH is named, tests take drachtio's port.
  const ports = { ...(await freeHubPorts(calls + callsPerSecond * 8 + 50)), sip: await freePort() };
  const hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    env: { PATCHBAY_TEST_ENDPOINTING: 'hub' },
    ports,
    botUrl: bot.url,
    parameters: { connectOnPrompt: false, userNoInputTimeoutMS: 0 },
    extra: {
      log: { level: 'warn' },
      limits: { concurrentCalls: calls + 20, callsPerSecond: 1000 },
      ...sectionsOf(engine),
    },
  });
  const generator = fork(join(import.meta.dirname, 'generator.ts'));
  try {
    const pids = new Map([['hub', hub.child.pid ?? 0]]);
    for (const name of engine === 'freeswitch' ? ['freeswitch', 'drachtio'] : []) {
      const pid = Number(process.env[`${name.toUpperCase()}_PID`]);
      if (pid > 0) pids.set(name, processNamed(name, pid));
    }
    const order: GeneratorOrder = {
      sipPort: engine === 'embedded' ? ports.sip : Number(need('DRACHTIO_SIP_PORT')),
      service: 'demo',
      calls,
      callsPerSecond,
      holdMs: undefined,
      steadyMs: steadySeconds * 1000,
      rtpThreads: 1,
      warmUpCalls: 10,
    };
    const { use, done } = await follow(generator, order, new ProgramMeter(pids));
    for (const problem of done.problems) process.stderr.write(`${engine}: ${problem}\n`);
    return { engine, ...use, calls: done.calls };
  } finally {
    generator.kill('SIGKILL');
    await hub.stop();
    bot.process.kill('SIGTERM');
  }
}

function quantiles(figures: readonly number[]): string {
  const sorted = figures.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]?.toFixed(0) ?? '-';
  return `${at(0.5)} / ${at(0.95)}`;
}

function row({ engine, cpu, up, drachtioSetupMs, calls: placed }: EngineFigures): string {
  const each = (name: string) => (cpu[name] === undefined ? '-' : `${(cpu[name] / up).toFixed(2)} %`);
  const all = Object.values(cpu).reduce((sum, share) => sum + share, 0) / up;
  const sum = (pick: (call: CallFigures) => number) => placed.reduce((total, call) => total + pick(call), 0);
  const cells = [
    engine,
    String(up),
    each('hub'),
    each('freeswitch'),
    each('drachtio'),
    drachtioSetupMs === undefined ? '-' : `${(drachtioSetupMs / up).toFixed(2)} ms`,
    `${all.toFixed(2)} %`,
    quantiles(placed.map(({ setupMs }) => setupMs)),
    quantiles(placed.map(({ firstVoiceMs }) => firstVoiceMs)),
    `${sum(({ sent }) => sent)} / ${sum(({ received }) => received)}`,
    String(sum(({ missing }) => missing)),
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = [
  '| Engine | Calls | Hub, CPU per call | FreeSWITCH | drachtio | its set-up of a call | together | INVITE to 200, p50 / p95 ms | 200 to first sound, p50 / p95 ms | RTP sent / received | missing |',
  '|---|---|---|---|---|---|---|---|---|---|---|',
];
const rows: string[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  for (const engine of ['embedded', 'freeswitch'] as const) {
    rows.push(row(await measure(engine)));
    process.stdout.write(`${rows.at(-1)}\n`);
  }
}
const rig = `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)} at the end; percent of one core`;
const text = `## ${new Date().toISOString().slice(0, 16)}Z\n\n${rig}. ${calls} calls, ${callsPerSecond} per second, ${steadySeconds} s.\n\n${[...HEAD, ...rows].join('\n')}\n`;
process.stdout.write(`\n${text}`);
if (!values['no-save']) await appendFile(join(import.meta.dirname, 'results/engines.md'), `\n${text}`);
process.exit(0);
