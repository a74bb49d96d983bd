import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freeHubPorts } from '../../e2e/support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from '../../e2e/support/hub-process.ts';
import { follow, type Meter, startBot } from '../calls-rig.ts';
import type { CallFigures, GeneratorOrder } from '../generator.ts';
import { cpuBetween, threadCpu } from '../proc-stats.ts';
import { firstWordOf, WORDS_PER_CALL } from '../spoken-words.ts';

/**
 * Real calls with their RTP through a whole hub and its embedded engine, whose callers say words that a vendor's fake in another process
 * understands, and a bot in a third one gets. The same calls whose words a recogniser in the hub reads for next to nothing, and with one that
 * hears nothing, tell what of the hub's work is the vendor's.
 */
export type Ears = 'none' | 'reader' | 'vendor';

export interface WholeHubOptions {
  /** Of `VENDORS`. */
  vendor: string;
  calls: number;
  seconds: number;
}

export interface WholeHubFigures {
  ears: Ears;
  /** Calls that were up. */
  up: number;
  /** Of the hub's process, percent of one core per call. */
  cpuPerCall: number;
  said: number;
  /** Words that the bot never got, and those that it got twice, at the wrong place, or that nobody has said. */
  missing: number;
  wrong: number;
  problems: readonly string[];
}

const CALLS_PER_SECOND = 50;
const PORT_REST_SECONDS = 8;

/** One of the three runs: about half a minute and `seconds`. */
export async function measureWholeHub(
  ears: Ears,
  { vendor, calls, seconds }: WholeHubOptions,
): Promise<WholeHubFigures> {
  const bot = await startBot('');
  const children: ChildProcess[] = [bot.process];
  let hub: HubProcess | undefined;
  try {
    const stt = { none: 'deaf', reader: 'words', vendor: 'vendor' }[ears];
    const services: object[] = [{ id: 'speech', vendor: 'local' }];
    if (ears !== 'vendor') {
      services.push({ id: stt, vendor: 'local' });
    } else {
      const fake = fork(join(import.meta.dirname, 'fake-process.ts'), [vendor, 'calls']);
      children.push(fake);
      const [fields] = (await once(fake, 'message')) as [object];
      services.push({ id: stt, ...fields });
    }
    hub = await HubProcess.start({
      program: TEST_LAUNCHER,
      ports: await freeHubPorts(calls + CALLS_PER_SECOND * PORT_REST_SECONDS + 50),
      botUrl: '',
      extra: {
        log: { level: 'warn' },
        limits: { concurrentCalls: calls + 20, callsPerSecond: 1000 },
        speechServices: services,
        bots: [
          {
            ...{ id: 'demo', connector: 'ac-bot-api', url: bot.url },
            speech: { stt, tts: 'speech' },
            parameters: { language: 'en-US', bargeIn: true, connectOnPrompt: false, userNoInputTimeoutMS: 0 },
          },
        ],
      },
    });
    const generator = fork(join(import.meta.dirname, '../generator.ts'));
    children.push(generator);
    const order: GeneratorOrder = {
      ...{ sipPort: hub.ports.sip, service: 'demo', calls, callsPerSecond: CALLS_PER_SECOND, holdMs: undefined },
      ...{ steadyMs: seconds * 1000, rtpThreads: 1, warmUpCalls: 10 },
      talk: { settleMs: 4_000, restMs: 4_000 },
    };
    const { use, done } = await follow(generator, order, new CpuMeter(hub.child.pid ?? 0));
    bot.process.send('heard?');
    const [{ heard }] = (await once(bot.process, 'message')) as [{ heard: string[][] }];
    return { ears, ...use, ...compare(done.calls, ears === 'none' ? undefined : heard), problems: done.problems };
  } finally {
    for (const child of children.slice(1)) child.kill('SIGKILL');
    await hub?.stop();
    bot.process.kill('SIGTERM');
  }
}

/** CPU of a process per call that is up. */
class CpuMeter implements Meter<{ up: number; cpuPerCall: number }> {
  readonly #pid: number;
  #before = new Map<number, { name: string; cpuMs: number }>();
  #beganAt = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  warm(): void {}

  begin(): void {
    this.#before = threadCpu(this.#pid);
    this.#beganAt = performance.now();
  }

  async end(up: number): Promise<{ up: number; cpuPerCall: number }> {
    const cpuMs = cpuBetween(this.#before, threadCpu(this.#pid));
    return { up, cpuPerCall: ((cpuMs / (performance.now() - this.#beganAt)) * 100) / up };
  }
}

/** What was said in each call, and what the bot has got of it. @param heard texts of each conversation; undefined: nobody listens */
function compare(
  calls: readonly CallFigures[],
  heard: readonly (readonly string[])[] | undefined,
): Pick<WholeHubFigures, 'said' | 'missing' | 'wrong'> {
  const said = calls.reduce((sum, { words }) => sum + words, 0);
  if (heard === undefined) return { said, missing: 0, wrong: 0 };
  const conversations = new Map<number, number[]>();
  let wrong = 0;
  for (const texts of heard) {
    const words = texts.flatMap((text) => text.split(' ').map(Number));
    const call = Math.floor(((words[0] ?? 0) - 1) / WORDS_PER_CALL);
    if (conversations.has(call)) wrong += words.length;
    else conversations.set(call, words);
  }
  let missing = 0;
  for (const { id, words } of calls) {
    const got = conversations.get(id) ?? [];
    const expected = Array.from({ length: words }, (_, i) => firstWordOf(id) + i);
    missing += expected.filter((word) => !got.includes(word)).length;
    // What is left when each word that was said is taken once, in its order.
    let next = 0;
    for (const word of got) {
      const place = expected.indexOf(word, next);
      if (place === -1) wrong += 1;
      else next = place + 1;
    }
  }
  return { said, missing, wrong };
}
