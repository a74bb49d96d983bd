import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalTts } from '../../connectors/speech/local/tts/tts.ts';
import type { CallRecord } from '../../src/calls/record.ts';
import { SipUac, type UacCall } from '../load/sip-uac.ts';
import { FakeBot, hangup, say } from './support/fake-bot.ts';
import { encodeLaw } from './support/g711.ts';
import { freeHubPorts, type HubPorts, hubConfig, TEST_AUTHORIZATION } from './support/hub-config.ts';
import type { SoakCount } from './support/soak-hub.ts';
import { concat } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';

const CALLS = 1000;
const AT_A_TIME = 25;
/** The first calls load code, fill pools and let the heap find its size; what the others leave is compared with that. */
const WARM_UP = 400;
const HALF = (CALLS - WARM_UP) / 2;
/**
 * Octets that a call may leave. Of the heap, less than its transcript; of resident memory, a third of what a call has: pages come and
 * go by a few megabytes in any case.
 */
const HEAP_PER_CALL = 5_000;
const RESIDENT_PER_CALL = 50_000;

/** u-law at 8 kHz. */
let word: Buffer;
let bot: FakeBot;
let folder: string;
let hub: ChildProcess;
let ports: HubPorts;

beforeAll(async () => {
  word = await spokenWord('stop');
  // Every fifth conversation is ended by the bot, behind its prompt; every eighth hears what was never spoken before.
  let conversations = 0;
  bot = await FakeBot.start({
    onActivity: ({ name }) => {
      if (name !== 'start') return [say('I see.')];
      conversations += 1;
      if (conversations % 5 === 0) return [say('Bye.'), hangup('soak')];
      return [say(conversations % 8 === 0 ? `You are caller ${conversations}.` : 'Welcome. What can I do for you?')];
    },
  });
  folder = await mkdtemp(join(tmpdir(), 'patchbay-soak-'));
  ports = await freeHubPorts(CALLS);
  const file = join(folder, 'hub.yaml');
  const extra = { log: { level: 'error' }, limits: { concurrentCalls: 200, callsPerSecond: 1000 } };
  const options = { ports, dataDir: join(folder, 'data'), botUrl: bot.url, parameters: { bargeIn: true }, extra };
  await writeFile(file, hubConfig(options));
  hub = fork(join(import.meta.dirname, 'support/soak-hub.ts'), [file], {
    execArgv: ['--expose-gc', '--max-semi-space-size=16'], // as `npm start`
  });
  const [first] = await Promise.race([once(hub, 'message'), once(hub, 'exit')]);
  expect(first).toBe('ready');
}, 30_000);

afterAll(async () => {
  if (hub.connected) {
    const exited = once(hub, 'exit');
    hub.send('stop');
    const force = setTimeout(() => hub.kill('SIGKILL'), 8000);
    await exited;
    clearTimeout(force);
  }
  await bot.close();
  await rm(folder, { recursive: true, force: true });
});

/** u-law at 8 kHz, without the silence around it. */
async function spokenWord(text: string): Promise<Buffer> {
  const voice = createLocalTts({ id: 'caller', workers: 1 });
  const request = { callId: 'caller', text, language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
  const pieces: Int16Array[] = [];
  for await (const piece of voice.synthesize(request, new AbortController().signal)) pieces.push(piece);
  await voice.close();
  const whole = concat(...pieces);
  const loud = (sample: number) => Math.abs(sample) > 1_000;
  return Buffer.from(encodeLaw(whole.subarray(whole.findIndex(loud), whole.findLastIndex(loud)), 'PCMU'));
}

async function count(): Promise<SoakCount> {
  const answer = once(hub, 'message');
  hub.send('count');
  return (await answer)[0] as SoakCount;
}

/** Sockets of all threads of the hub, the RTP ports among them. */
async function sockets(): Promise<number> {
  const names = await readdir(`/proc/${hub.pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${hub.pid}/fd/${name}`).catch(() => '')));
  return links.filter((link) => link.startsWith('socket:')).length;
}

/** The same moments in every run. */
function generator(): () => number {
  let state = 20_260_131;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const ENDINGS = ['cancel', 'bye before ack', 'bye at once', 'bye mid-prompt', 'bye mid-utterance', 'stay'] as const;
type Ending = (typeof ENDINGS)[number];

/** One call that ends in the given way, `moment` (0..1) telling when. Resolves when it is over. */
async function place(uac: SipUac, id: number, ending: Ending, moment: number): Promise<UacCall> {
  const rtp = createSocket('udp4');
  await new Promise<void>((resolve) => rtp.bind(0, '127.0.0.1', resolve));
  rtp.on('error', () => undefined);
  let talking: NodeJS.Timeout | undefined;
  try {
    return await new Promise<UacCall>((resolve) => {
      const call: UacCall = uac.invite(
        id,
        rtp.address().port,
        {
          answer: (sdp) => {
            const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
            talking = talk(rtp, port, { 'bye mid-utterance': Infinity, stay: 1 }[ending as string] ?? 0);
            if (ending === 'stay') setTimeout(() => uac.hangUp(call), 2000);
            else setTimeout(() => uac.hangUp(call), ending.startsWith('bye mid') ? 50 + 500 * moment : 5 * moment);
          },
          end: () => resolve(call),
        },
        { acknowledges: ending !== 'bye before ack' },
      );
      if (ending === 'cancel') setTimeout(() => uac.cancel(call), 40 * moment);
    });
  } finally {
    clearInterval(talking);
    rtp.close();
  }
}

/** Packets of 20 ms. */
const BEFORE_WORD = 10;

/** RTP in the right time: silence for a moment, a word that is said `times` times, silence again. */
function talk(socket: ReturnType<typeof createSocket>, port: number, times: number): NodeJS.Timeout {
  const packet = Buffer.alloc(172);
  packet[0] = 0x80;
  packet[1] = 0;
  const packets = Math.ceil(word.length / 160);
  let n = 0;
  return setInterval(() => {
    n++;
    packet.writeUInt16BE(n & 0xffff, 2);
    packet.writeUInt32BE(n * 160, 4);
    packet.fill(0xff, 12);
    const spoken = n - BEFORE_WORD;
    if (spoken >= 0 && spoken < times * packets) word.copy(packet, 12, (spoken % packets) * 160);
    socket.send(packet, port, '127.0.0.1');
  }, 20);
}

/** All call records of the hub, those of calls under way included. */
async function records(): Promise<Pick<CallRecord, 'id' | 'state' | 'end'>[]> {
  const all: CallRecord[] = [];
  let before = '';
  do {
    const url = `http://127.0.0.1:${ports.http}/api/v1/calls?limit=100${before}`;
    const answer = await fetch(url, { headers: { authorization: TEST_AUTHORIZATION } });
    const page = (await answer.json()) as { calls: CallRecord[]; next: string | null };
    all.push(...page.calls);
    before = page.next === null ? '' : `&before=${encodeURIComponent(page.next)}`;
  } while (before !== '');
  return all;
}

/** Numbers of `/metrics` about speech, by what is measured. */
async function speechMetrics(): Promise<Record<'recognitions' | 'syntheses' | 'jobs' | 'synthesised', number>> {
  const answer = await fetch(`http://127.0.0.1:${ports.http}/metrics`, {
    headers: { authorization: TEST_AUTHORIZATION },
  });
  const lines = (await answer.text()).split('\n');
  const read = (name: string) =>
    Number(lines.find((line) => line.startsWith(`patchbay_speech_${name} `))?.split(' ')[1] ?? 0);
  return {
    recognitions: read('in_use{service="speech",kind="stt"}'),
    syntheses: read('in_use{service="speech",kind="tts"}'),
    jobs: read('jobs{service="speech"}'),
    synthesised: read('cache_total{service="speech",use="miss"}'),
  };
}

function tally<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** What is left of calls when the transactions of the last ones have run out (64 * T1 = 3.2 s). */
const NOTHING = {
  calls: 0,
  sip: { serverTransactions: 0, clientTransactions: 0, dialogs: 0, tcpConnections: 0, timers: 0 },
  rtp: { endpoints: 0, portsInUse: 0, byWorkers: 0 },
  // sessions of calls, and messages to the threads of the recogniser and the synthesiser that have no answer yet
  speech: { recognitions: 0, syntheses: 0, jobs: 0 },
};

function held({ calls, sip, rtp, speech }: Seen): typeof NOTHING {
  if (sip === undefined || rtp === undefined) throw new Error('the soak is one of the embedded engine');
  const { serverTransactions, clientTransactions, dialogs, tcpConnections, timers } = sip;
  const { endpoints, portsInUse, workers } = rtp;
  // calls that a media thread has, or was told of and has not confirmed
  const byWorkers = workers.reduce((sum, worker) => sum + worker.calls, 0);
  return {
    calls,
    sip: { serverTransactions, clientTransactions, dialogs, tcpConnections, timers },
    rtp: { endpoints, portsInUse, byWorkers },
    speech: { recognitions: speech.recognitions, syntheses: speech.syntheses, jobs: speech.jobs },
  };
}

type Seen = SoakCount & { sockets: number; speech: Awaited<ReturnType<typeof speechMetrics>> };

async function look(): Promise<Seen> {
  const speech = await speechMetrics();
  return { ...(await count()), sockets: await sockets(), speech };
}

/** Before the first call: the most of each kind over two seconds, for what the hub does of its own accord comes and goes. */
async function lookAtIdle(): Promise<Seen> {
  let most = await look();
  for (let i = 0; i < 8; i++) {
    await sleep(250);
    const seen = await look();
    const kinds = new Set([...Object.keys(most.resources), ...Object.keys(seen.resources)]);
    const resources = [...kinds].map((kind): [string, number] => [
      kind,
      Math.max(most.resources[kind] ?? 0, seen.resources[kind] ?? 0),
    ]);
    most = {
      ...seen,
      resources: Object.fromEntries(resources),
      timers: Math.max(most.timers, seen.timers),
      sockets: Math.max(most.sockets, seen.sockets),
    };
  }
  return most;
}

/** What is open in more numbers than before, by kind. */
function beyond(seen: Seen, before: Seen): Record<string, number> {
  const open = ({ resources, timers, sockets: all }: Seen): [string, number][] => [
    ...Object.entries(resources),
    ['timers of the clock', timers],
    ['sockets of all threads', all],
  ];
  const known = new Map(open(before));
  return Object.fromEntries(open(seen).filter(([kind, n]) => n > (known.get(kind) ?? 0)));
}

test(`${CALLS} calls that end at any moment leave nothing behind`, async () => {
  const uac = await SipUac.open({ host: '127.0.0.1', port: ports.sip }, 'demo');
  const random = generator();
  const over: UacCall[] = [];
  let placed = 0;
  let most = { recognitions: 0, jobs: 0 };
  const round = async (calls: number) => {
    const until = placed + calls;
    const line = async () => {
      while (placed < until) {
        const id = ++placed;
        const ending = ENDINGS[Math.floor(random() * ENDINGS.length)] as Ending;
        over.push(await place(uac, id, ending, random()));
      }
    };
    const lines = Promise.all(Array.from({ length: AT_A_TIME }, line));
    while (placed < until) {
      const { recognitions, jobs } = await speechMetrics();
      most = { recognitions: Math.max(most.recognitions, recognitions), jobs: Math.max(most.jobs, jobs) };
      await sleep(100);
    }
    await lines;
    // No conversation outlives its call: one that is left to the media timeout (30 s) is not over by then.
    await waitFor('every conversation to be over', 5000, () => bot.conversations.every((each) => each.disconnect));
  };
  /** When nothing of the calls is left, nor a connection to the bot that was kept for the next one (4 s). */
  const atRest = async (like: Seen) => {
    let seen = await look();
    await waitFor('the hub to be at rest', 15_000, async () => {
      await sleep(500);
      seen = await look();
      return isDeepStrictEqual(held(seen), NOTHING) && Object.keys(beyond(seen, like)).length === 0;
    }).catch(() => undefined); // the expectations tell what is too much
    expect(held(seen)).toEqual(NOTHING);
    expect(beyond(seen, like)).toEqual({});
    return seen;
  };

  const fresh = await lookAtIdle();
  await round(WARM_UP);
  const base = await atRest(fresh);
  await round(HALF);
  const middle = await atRest(base);
  await round(HALF);
  const last = await atRest(base);
  uac.close();
  const figures = [fresh, base, middle, last].map(({ timers, sockets, heapUsed, rss, speech }) => {
    return { timers, sockets, heapUsed, rss, speech };
  });
  console.info(`soak: ${JSON.stringify({ most, figures })}`);
  expect(last.heapUsed - middle.heapUsed).toBeLessThan(HALF * HEAP_PER_CALL);
  expect(last.rss - middle.rss).toBeLessThan(HALF * RESIDENT_PER_CALL);

  // All that was in use while calls came and went.
  expect(most.recognitions).toBeGreaterThan(5);
  expect(most.jobs).toBeGreaterThan(0);
  expect(last.speech.synthesised).toBeGreaterThan(50);

  // Every call came to its end, in all of the ways; the hub took the BYE of every caller whom it did not forestall.
  const statuses = tally(over.map(({ status }) => status));
  expect([...statuses.keys()].sort()).toEqual([200, 487]);
  expect(statuses.get(487)).toBeGreaterThan(20);
  expect(over.length).toBe(CALLS);
  const byes = tally(over.filter(({ byeStatus }) => byeStatus > 0).map(({ byeStatus }) => byeStatus));
  expect([...byes.keys()]).toEqual([200]);
  // And it ended by what the caller or the bot did, at once, not by a timeout.
  const ends = await records();
  expect(ends.length).toBe(CALLS);
  const reasons = tally(ends.map(({ state, end }) => end?.category ?? state));
  expect([...reasons.keys()].sort()).toEqual(['bot-hangup', 'caller-cancelled', 'caller-hangup']);
}, 180_000);
