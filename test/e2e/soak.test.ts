import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SipUac, type UacCall } from '../load/sip-uac.ts';
import { FakeBot, hangup, say } from './support/fake-bot.ts';
import { freeHubPorts, type HubPorts, hubConfig, TEST_AUTHORIZATION } from './support/hub-config.ts';
import type { SoakCount } from './support/soak-hub.ts';
import { sleep, waitFor } from './support/wait-for.ts';

const CALLS = 1000;
const AT_A_TIME = 25;
/** What may be open by chance: a refresh timer, a kept connection to the bot. A leak of one in fifty calls is more. */
const BY_CHANCE = 12;

let bot: FakeBot;
let folder: string;
let hub: ChildProcess;
let ports: HubPorts;

beforeAll(async () => {
  // Every fifth call is ended by the bot, behind its prompt.
  let conversations = 0;
  bot = await FakeBot.start({
    onActivity: ({ name }) => {
      if (name !== 'start') return [say('500 Hz 100 ms')];
      return ++conversations % 5 === 0 ? [say('700 Hz 100 ms'), hangup('soak')] : [say('700 Hz 2000 ms')];
    },
  });
  folder = await mkdtemp(join(tmpdir(), 'patchbay-soak-'));
  ports = await freeHubPorts(CALLS);
  const file = join(folder, 'hub.yaml');
  const extra = { log: { level: 'error' }, limits: { concurrentCalls: 200, callsPerSecond: 1000 } };
  const options = { ports, dataDir: join(folder, 'data'), botUrl: bot.url, parameters: { bargeIn: true }, extra };
  await writeFile(file, hubConfig(options));
  hub = fork(join(import.meta.dirname, 'support/soak-hub.ts'), [file], { execArgv: ['--expose-gc'] });
  const [first] = await once(hub, 'message');
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

/** One call that ends in the given way, `moment` (0..1) telling when. Resolves with its final status. */
async function place(uac: SipUac, id: number, ending: Ending, moment: number): Promise<number> {
  const rtp = createSocket('udp4');
  await new Promise<void>((resolve) => rtp.bind(0, '127.0.0.1', resolve));
  rtp.on('error', () => undefined);
  let talking: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve) => {
      const call: UacCall = uac.invite(
        id,
        rtp.address().port,
        {
          answer: (sdp) => {
            const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
            talking = talk(rtp, port, ending === 'bye mid-utterance');
            if (ending === 'stay') setTimeout(() => uac.hangUp(call), 1500);
            else setTimeout(() => uac.hangUp(call), ending.startsWith('bye mid') ? 50 + 500 * moment : 5 * moment);
          },
          end: () => resolve(call.status),
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

/** RTP in the right time: silence, or a noisy buzz that may be speech. */
function talk(socket: ReturnType<typeof createSocket>, port: number, speaks: boolean): NodeJS.Timeout {
  const packet = Buffer.alloc(172, 0xff);
  packet[0] = 0x80;
  packet[1] = 0;
  let n = 0;
  return setInterval(() => {
    n++;
    packet.writeUInt16BE(n & 0xffff, 2);
    packet.writeUInt32BE(n * 160, 4);
    if (speaks) for (let i = 12; i < 172; i++) packet[i] = (n * 160 + i) % (60 + (n % 9)) < 6 ? 0x10 : 0x7f - (n % 20);
    socket.send(packet, port, '127.0.0.1');
  }, 20);
}

test(`${CALLS} calls that end at any moment leave nothing behind`, async () => {
  const uac = await SipUac.open({ host: '127.0.0.1', port: ports.sip }, 'demo');
  const random = generator();
  const statuses = new Map<number, number>();
  let placed = 0;
  const round = async (calls: number) => {
    const until = placed + calls;
    const line = async () => {
      while (placed < until) {
        const id = ++placed;
        const ending = ENDINGS[Math.floor(random() * ENDINGS.length)] as Ending;
        const status = await place(uac, id, ending, random());
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, line));
  };
  /** When the transactions of the last calls have run out (64 * T1 = 3.2 s) and kept connections are idle. */
  const atRest = async () => {
    await sleep(4000);
    return { ...(await count()), sockets: await sockets() };
  };

  await round(CALLS / 4);
  const base = await atRest();
  await round((3 * CALLS) / 8);
  const middle = await count();
  await round((3 * CALLS) / 8);
  const last = await waitFor('the hub to be at rest as before', 45_000, async () => {
    const now = await atRest();
    console.info(`soak: ${JSON.stringify({ base, now })}`);
    return now.timers <= base.timers + BY_CHANCE && now.sockets <= base.sockets + BY_CHANCE ? now : undefined;
  });
  uac.close();

  // Every call came to its end, in all of the ways.
  expect([...statuses.values()].reduce((sum, n) => sum + n, 0)).toBe(CALLS);
  expect([...statuses.keys()].sort()).toEqual([200, 487]);
  expect(statuses.get(487)).toBeGreaterThan(20);
  // A few calls that end within milliseconds of the answer are ended by the media timeout only (30 s).
  await waitFor('every conversation to be over', 40_000, () => bot.conversations.every((each) => each.disconnect));

  for (const [kind, open] of Object.entries(last.resources)) {
    expect({ kind, open }).toEqual({ kind, open: Math.min(open, (base.resources[kind] ?? 0) + BY_CHANCE) });
  }
  const health = await fetch(`http://127.0.0.1:${ports.http}/api/v1/calls?limit=50`, {
    headers: { authorization: TEST_AUTHORIZATION },
  });
  const { calls } = (await health.json()) as { calls: { state: string }[] };
  expect(calls.every(({ state }) => state === 'ended')).toBe(true);
  // The last 375 calls cost less than 20 KB each, which is what one transcript or one leaked session would.
  expect(last.heapUsed - middle.heapUsed).toBeLessThan(375 * 20_000);
  expect(last.rss - middle.rss).toBeLessThan(80_000_000);
}, 180_000);
