import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import { connectorRegistry } from '../../src/hub/connectors.ts';
import { createSpeech } from '../../src/hub/speech.ts';
import { SpeechError, type TextToSpeech } from '../../src/speech/ports.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { percentile } from './figures.ts';
import { AGENTS, ofAgent, openAgent, TONE } from './speech/agents.ts';
import { measureTextBot, TEXT_BOTS } from './speech/bots.ts';
import { ENGINES, type Engine, measureEngine } from './speech/engines.ts';
import { both, load, machine, saveRow, type Table, timestamp } from './speech/results.ts';
import { type OpenRecognition, ofService, runStreams, type Utterance, WORDS } from './speech/streams.ts';
import { VENDORS } from './speech/vendors.ts';
import { measureWholeHub, type WholeHubFigures } from './speech/whole-hub.ts';

/**
 * What the hub adds to a speech vendor: each connector, as the hub composes it, against its fake in another process, which answers at once. What is
 * measured holds the two ways over loopback and the fake's own work: the hub adds less. Each stream's first utterance is not counted.
 *
 *   node test/load/speech-bench.ts [--no-save] [--streams 200] [--seconds 10] [vendor ...]        default: all
 */
const WHOLE_HUB = 'whole-hub';
const NAMES = [...Object.keys(VENDORS), ...Object.keys(AGENTS), ...Object.keys(TEXT_BOTS), ...ENGINES, WHOLE_HUB];
const USAGE = `usage: node test/load/speech-bench.ts [--no-save] [--streams 1..1000] [--seconds 2..600] [name ...]
names: ${NAMES.join(', ')}; ${WHOLE_HUB} takes up to 300 streams`;
/** So few that nobody waits for another. */
const FEW = 10;
const TEXTS = 60;
const GOAL_ADDED_MS = 10;
/** The vendor of the calls through a whole hub. */
const CALLED = 'deepgram';
const MOST_CALLS = 300;

const CONNECTORS: Table = {
  heading: '# Speech connectors',
  text: `Made by \`npm run bench:speech\`: each connector, as the hub composes it, against its fake in another process, which answers at once. Times are of ${FEW}
streams at the pace of calls, and hold two ways over loopback and the fake's own work. First interim: from the frame that ends the first word. Final: from
the end of the utterance, told by hub or vendor, to its text; in brackets how much of it is the fake's own, where it can tell. The first utterance of each
stream opens connections and compiles code, and is not counted; until 2026-11-28 17:00 it was. First audio: from the request to the first samples. CPU: of the hub's process, percent of one core per
stream, with so many at once, less what feeding the frames costs. Load: processes that wanted a core in the minute before; with nice, this one went ahead of
them (its session as well, by /proc/self/autogroup, where the kernel groups by sessions). Goals: added time p95 <= ${GOAL_ADDED_MS} ms,
<= 0.3 % of a core per stream over websocket, <= 0.6 % over gRPC.`,
  columns: [
    ...['Date (UTC)', 'Connector', 'First interim p50 / p95 ms', 'Final p50 / p95 ms', 'First audio p50 / p95 ms'],
    ...['Streams at once', 'CPU per stream', 'Utterances, wrong, failed', 'Short of its goal', 'Load', 'Rig'],
  ],
};

const SINGLE: Table = {
  heading: '## Bots that answer in texts, and engines of the hub',
  text: `One conversation at a time, without the first turns. Bots: against their fakes in another process, by the clock of the machine. Engines, which recognise and speak
in the hub or in processes of its own: a final is told from the end of the utterance, and nearly all of it is the decoder's; what is beyond decoding and waiting for a
decoder is the hub's. First audio is the engine's, from the request to the first samples. Goal: added time p95 <= ${GOAL_ADDED_MS} ms.`,
  columns: ['Date (UTC)', 'Connector', 'Measured', 'p50 / p95 ms', 'Times, wrong', 'Short of its goal', 'Load', 'Rig'],
};

const CALLS: Table = {
  heading: '## Calls through a whole hub',
  text: `Real calls over SIP and RTP through the embedded engine, with a bot in another process, whose callers say a word every 0.75 s; ${CALLED} is its fake in another process.
CPU: of the whole hub, percent of one core per call. The recogniser in the hub reads the words for next to nothing, so the difference to it is the share of the speech layer and
the connector; between it and no recognition lie voice activity detection, turns and what the bot is told. Goal: <= 0.3 % of a core for that share, and every word arrives.`,
  columns: [
    ...['Date (UTC)', 'Calls', 'CPU without recognition', 'With a recogniser in the hub', `With ${CALLED}`],
    ...['Speech layer and connector', 'Words said, missing, wrong', 'Short of its goal', 'Load', 'Rig'],
  ],
};

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
if (
  !inRange(streams, 1, 1000) ||
  !inRange(seconds, 2, 600) ||
  names.some((name) => !NAMES.includes(name)) ||
  (names.includes(WHOLE_HUB) && streams > MOST_CALLS)
) {
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
  const loadBefore = load();
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
    return [
      timestamp(),
      name,
      both(few.interimMs),
      `${both(few.finalMs)}${ownMs.length === 0 ? '' : ` (in the fake ${both(ownMs)})`}`,
      both(audio),
      String(streams),
      `${cpu.toFixed(3)} %`,
      `${few.finalMs.length + many.finalMs.length}, ${few.wrong + many.wrong}, ${few.failed + many.failed}`,
      short.join('; ') || '-',
      loadBefore,
      machine(),
    ];
  } finally {
    await close();
    fake.disconnect();
  }
}

const singleRow = (
  name: string,
  what: string,
  times: readonly number[],
  options: { wrong?: number; goal?: boolean },
) => {
  const p95 = percentile(times, 0.95);
  const short = options.goal === true && p95 > GOAL_ADDED_MS ? `${p95.toFixed(1)} ms` : '-';
  return [timestamp(), name, what, both(times), `${times.length}, ${options.wrong ?? 0}`, short, load(), machine()];
};

async function measureTexts(name: string): Promise<string[][]> {
  return [singleRow(name, TEXT_BOTS[name]?.what ?? '', await measureTextBot(name), { goal: true })];
}

/** No rows where the engine is not installed. */
async function measureOwn(name: Engine): Promise<string[][]> {
  const measured = await measureEngine(name).catch((error: unknown) => {
    if (!(error instanceof SpeechError) || error.code !== 'speech_unavailable') throw error;
    console.log(error.message);
    return undefined;
  });
  if (measured === undefined) return [];
  const { finalMs, beyondDecoderMs, firstAudioMs, wrong } = measured;
  return [
    singleRow(name, 'final', finalMs, { wrong }),
    singleRow(name, 'final, beyond the decoder', beyondDecoderMs, { wrong, goal: true }),
    ...(firstAudioMs === undefined ? [] : [singleRow(name, 'first audio', firstAudioMs, {})]),
  ];
}

async function measureCalls(): Promise<string[]> {
  const loadBefore = load();
  const options = { vendor: CALLED, calls: streams, seconds };
  const runs: WholeHubFigures[] = [];
  for (const ears of ['none', 'reader', 'vendor'] as const) runs.push(await measureWholeHub(ears, options));
  const [none = Number.NaN, reader = Number.NaN, vendor = Number.NaN] = runs.map(({ cpuPerCall }) => cpuPerCall);
  const { said = 0, missing = 0, wrong = 0 } = runs.at(-1) ?? {};
  const goal = VENDORS[CALLED]?.goalCpu ?? Number.NaN;
  const short = [
    ...(vendor - reader > goal ? [`CPU ${(vendor - reader).toFixed(2)} %`] : []),
    ...(missing + wrong > 0 ? [`${missing} words missing, ${wrong} wrong`] : []),
    ...runs.flatMap(({ up, problems }) => (up < streams ? [`${up} calls up`] : problems.slice(0, 1))),
  ];
  const percent = (value: number) => `${value.toFixed(3)} %`;
  return [
    timestamp(),
    String(streams),
    ...[none, reader, vendor, vendor - reader].map(percent),
    `${said}, ${missing}, ${wrong}`,
    short.join('; ') || '-',
    loadBefore,
    machine(),
  ];
}

async function rowsOf(name: string): Promise<{ table: Table; rows: string[][] }> {
  if (name === WHOLE_HUB) return { table: CALLS, rows: [await measureCalls()] };
  if (TEXT_BOTS[name] !== undefined) return { table: SINGLE, rows: await measureTexts(name) };
  const engine = ENGINES.find((each) => each === name);
  if (engine !== undefined) return { table: SINGLE, rows: await measureOwn(engine) };
  return { table: CONNECTORS, rows: [await measure(name)] };
}

for (const name of names) {
  const { table, rows } = await rowsOf(name);
  for (const cells of rows) {
    const row = `| ${cells.join(' | ')} |`;
    console.log(row);
    if (!values['no-save']) await saveRow(table, row);
  }
}
