import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import { connectorRegistry } from '../../src/hub/connectors.ts';
import { createSpeech } from '../../src/hub/speech.ts';
import type { TextToSpeech } from '../../src/speech/ports.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { percentile } from './figures.ts';
import { rig } from './report.ts';
import { AGENTS, ofAgent, openAgent, TONE } from './speech/agents.ts';
import { type OpenRecognition, ofService, runStreams, type Utterance, WORDS } from './speech/streams.ts';
import { VENDORS } from './speech/vendors.ts';

/**
 * What the hub adds to a speech vendor: each connector, as the hub composes it, against its fake in another process, which answers at once. What is
 * measured holds the two ways over loopback and the fake's own work: the hub adds less. Each stream's first utterance is not counted.
 *
 *   node test/load/speech-bench.ts [--no-save] [--streams 200] [--seconds 10] [vendor ...]        default: all
 */
const NAMES = [...Object.keys(VENDORS), ...Object.keys(AGENTS)];
const USAGE = `usage: node test/load/speech-bench.ts [--no-save] [--streams 1..1000] [--seconds 2..600] [vendor ...]
vendors: ${NAMES.join(', ')}`;
/** So few that nobody waits for another. */
const FEW = 10;
const TEXTS = 60;
const GOAL_ADDED_MS = 10;
const RESULTS = join(import.meta.dirname, 'results/speech.md');
const HEAD = `# Speech connectors

Made by \`npm run bench:speech\`: each connector, as the hub composes it, against its fake in another process, which answers at once. Times are of ${FEW}
streams at the pace of calls, and hold two ways over loopback and the fake's own work. First interim: from the frame that ends the first word. Final: from
the end of the utterance, told by hub or vendor, to its text; in brackets how much of it is the fake's own, where it can tell. The first utterance of each
stream opens connections and compiles code, and is not counted; until 2026-11-28 17:00 it was. First audio: from the request to the first samples. CPU: of the hub's process, percent of one core per
stream, with so many at once, less what feeding the frames costs. Load: processes that wanted a core in the minute before. Goals: added time p95 <= ${GOAL_ADDED_MS} ms,
<= 0.3 % of a core per stream over websocket, <= 0.6 % over gRPC.

| Date (UTC) | Connector | First interim p50 / p95 ms | Final p50 / p95 ms | First audio p50 / p95 ms | Streams at once | CPU per stream | Utterances, wrong, failed | Short of its goal | Load | Rig |
|---|---|---|---|---|---|---|---|---|---|---|
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'no-save': { type: 'boolean', default: false },
    streams: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const names = positionals.length > 0 ? positionals : NAMES;
const inRange = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
if (!inRange(streams, 1, 1000) || !inRange(seconds, 2, 600) || names.some((name) => !NAMES.includes(name))) {
  console.error(USAGE);
  process.exit(2);
}

/** A speech service as the hub makes it of an entry in hub.yaml. */
async function openService(name: string, entry: Record<string, unknown>) {
  const settings: Record<string, unknown> = { ...entry, id: name };
  const vendor = String(settings.vendor);
  const loaded = await connectorRegistry.load({ bots: [], speech: [vendor] });
  const schema = loaded.speech[vendor]?.settings;
  if (schema === undefined) throw new Error(`no speech vendor '${vendor}'`);
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-speech-bench-'));
  const speech = await createSpeech(
    {
      dataDir,
      speechServices: [{ id: name, vendor, settings: schema.parse(settings) }],
      speech: { cacheMegabytes: 0, firstAudioMs: 1_200, openMs: 5_000, finalMs: 5_000, silentMs: 10_000 },
    },
    { metrics: createMetrics(), log: pino({ level: 'silent' }), clock: systemClock },
  );
  await speech.warmUp();
  return {
    ...speech.of({ id: 'bench', speech: { stt: [name], tts: [name], warmUp: [] } }),
    close: async () => {
      await speech.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Milliseconds to the first audio of each text, one after the other. */
async function firstAudio(tts: TextToSpeech): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < TEXTS; i++) {
    const text = `This is sentence number ${i}.`;
    const startedAt = performance.now();
    let first: number | undefined;
    const request = { callId: 'bench', text, language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
    for await (const _ of tts.synthesize(request, new AbortController().signal)) {
      first ??= performance.now() - startedAt;
    }
    times.push(first ?? Number.NaN);
    // Faster than a call has sentences, and slower than the vendors' limits of requests.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The first ones open connections and compile code.
  return times.slice(10);
}

const both = (times: readonly number[]) => {
  if (times.length === 0) return '-';
  return `${percentile(times, 0.5).toFixed(1)} / ${percentile(times, 0.95).toFixed(1)}`;
};

interface Subject {
  open: OpenRecognition;
  utterance: Utterance;
  /** Undefined: it does not speak. */
  tts: TextToSpeech | undefined;
  close(): Promise<void>;
}

async function openSubject(name: string, fields: Record<string, unknown>): Promise<Subject> {
  if (AGENTS[name] !== undefined) {
    const bot = await openAgent(name, fields);
    return { open: ofAgent(bot), utterance: TONE, tts: undefined, close: () => bot.close() };
  }
  const { stt, tts, close } = await openService(name, fields);
  if (stt === undefined || tts === undefined) throw new Error(`${name} has no recogniser, or no voice`);
  return { open: ofService(stt), utterance: WORDS, tts, close };
}

async function measure(name: string): Promise<string[]> {
  const goalCpu = (VENDORS[name] ?? AGENTS[name])?.goalCpu;
  const load = loadavg()[0] ?? Number.NaN;
  const fake = fork(join(import.meta.dirname, 'speech/fake-process.ts'), [name]);
  const [fields] = (await once(fake, 'message')) as [Record<string, unknown>];
  const { open, utterance, tts, close } = await openSubject(name, fields);
  try {
    const audio = tts === undefined ? [] : await firstAudio(tts);
    const fakesOwn = async () => {
      fake.send('how long?');
      return ((await once(fake, 'message')) as [number[]])[0];
    };
    const onSettled = () => void fakesOwn();
    const few = await runStreams(open, { utterance, count: FEW, seconds: 2 * seconds, onSettled });
    const ownMs = await fakesOwn();
    const idle = await runStreams(undefined, { utterance, count: streams, seconds });
    const many = await runStreams(open, { utterance, count: streams, seconds });
    const cpu = (many.cpu - idle.cpu) / streams;
    const short = [
      ...[few.interimMs, few.finalMs, audio].flatMap((times, i) => {
        const p95 = percentile(times, 0.95);
        const what = ['first interim', 'final', 'first audio'][i];
        return p95 > GOAL_ADDED_MS ? [`${what} ${p95.toFixed(1)} ms`] : [];
      }),
      ...(goalCpu !== undefined && cpu > goalCpu ? [`CPU ${cpu.toFixed(2)} %`] : []),
    ];
    const machine = rig();
    return [
      new Date().toISOString().slice(0, 16).replace('T', ' '),
      name,
      both(few.interimMs),
      `${both(few.finalMs)}${ownMs.length === 0 ? '' : ` (in the fake ${both(ownMs)})`}`,
      both(audio),
      String(streams),
      `${cpu.toFixed(3)} %`,
      `${few.finalMs.length + many.finalMs.length}, ${few.wrong + many.wrong}, ${few.failed + many.failed}`,
      short.join('; ') || '-',
      load.toFixed(1),
      `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}`,
    ];
  } finally {
    await close();
    fake.disconnect();
  }
}

for (const name of names) {
  const row = `| ${(await measure(name)).join(' | ')} |`;
  console.log(row);
  if (values['no-save']) continue;
  if (!existsSync(RESULTS)) await writeFile(RESULTS, HEAD);
  await appendFile(RESULTS, `${row}\n`);
}
