import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { HISTOGRAM_BUCKETS } from './figures.ts';
import type { FromStreams, StreamResult, ToStreams } from './rtp-streams.ts';
import { SipUac, type UacCall } from './sip-uac.ts';
import { firstWordOf } from './spoken-words.ts';

/** The rig's callers, in a process of their own. Told what to do, and telling what came of it, by IPC. */

export interface GeneratorOrder {
  sipPort: number;
  service: string;
  /** Calls at the same time. */
  calls: number;
  callsPerSecond: number;
  /** Length of one call; undefined: each stays until the end. A call that ends is followed by a new one. */
  holdMs: number | undefined;
  /** Time between the moment when all calls are up and the end. */
  steadyMs: number;
  rtpThreads: number;
  /** Short calls before anything is measured, so that code is compiled and pools are filled. */
  warmUpCalls: number;
  /** They say words. */
  talk?: {
    /** For so long before anything is measured. */
    settleMs: number;
    /** After the last word the calls stay up for so long. */
    restMs: number;
  };
}

export interface CallFigures {
  id: number;
  status: number;
  endedBy: 'us' | 'hub' | undefined;
  /** INVITE sent to 200 OK received, ms. */
  setupMs: number;
  /** 200 OK received to the first packet, and to the first that carries sound; NaN where there was none. */
  firstPacketMs: number;
  firstVoiceMs: number;
  upMs: number;
  sent: number;
  received: number;
  missing: number;
  outOfOrder: number;
  /** That were said. */
  words: number;
}

export type FromGenerator =
  | { type: 'warm' }
  | { type: 'steady'; up: number }
  | { type: 'leaving' }
  | { type: 'done'; calls: CallFigures[]; gaps: number[]; sipResent: number; problems: string[] };

const HANG_UP_LIMIT_MS = 10_000;
const WARM_UP_HOLD_MS = 1000;
const WARM_UP_LIMIT_MS = 10_000;
const WARM_UP_REST_MS = 1000;
/** More than this many are never kept in `problems`. */
const MOST_PROBLEMS = 20;

class Generator {
  readonly #order: GeneratorOrder;
  readonly #uac: SipUac;
  readonly #threads: Worker[];
  readonly #ports = new Map<number, (port: number) => void>();
  readonly #streams = new Map<number, (result: StreamResult) => void>();
  readonly #gaps = new Float64Array(HISTOGRAM_BUCKETS);
  readonly #figures: CallFigures[] = [];
  readonly #problems: string[] = [];
  readonly #live = new Map<number, UacCall>();
  readonly #ending: Promise<void>[] = [];
  #next = 1;
  /** Calls whose RTP port is being opened. */
  #opening = 0;
  #stopped = false;

  constructor(order: GeneratorOrder, uac: SipUac) {
    this.#order = order;
    this.#uac = uac;
    const file = join(import.meta.dirname, 'rtp-streams.ts');
    this.#threads = Array.from({ length: order.rtpThreads }, () => new Worker(file, { name: 'load-rtp' }));
    for (const thread of this.#threads) {
      thread.on('message', (message: FromStreams) => this.#take(message));
      thread.on('error', (error) => this.#problem(error instanceof Error ? error.message : String(error)));
    }
  }

  async run(): Promise<void> {
    const { calls, callsPerSecond, holdMs, steadyMs, talk } = this.#order;
    await this.#warmUp();
    const startedAt = performance.now();
    let begun = 0;
    let placed = 0;
    let steadySince: number | undefined;
    while (steadySince === undefined || performance.now() - steadySince < steadyMs) {
      const due = Math.floor(((performance.now() - startedAt) * callsPerSecond) / 1000) + 1;
      while (begun < due) {
        begun++;
        if (this.#live.size + this.#opening < calls && (holdMs !== undefined || placed < calls)) {
          placed++;
          this.#begin(holdMs);
        }
      }
      const up = [...this.#live.values()].filter((call) => call.state === 'up').length;
      const allTried = holdMs === undefined ? placed === calls : performance.now() - startedAt > holdMs;
      const settled = this.#opening === 0 && [...this.#live.values()].every((call) => call.state !== 'calling');
      if (steadySince === undefined && allTried && (settled || holdMs !== undefined)) {
        if (talk !== undefined) await sleep(talk.settleMs);
        steadySince = performance.now();
        tell({ type: 'steady', up });
      }
      if (steadySince === undefined && performance.now() - startedAt > (calls / callsPerSecond) * 1000 + 60_000) {
        this.#problem('the calls did not all come up in time');
        break;
      }
      await sleep(5);
    }
    this.#stopped = true;
    tell({ type: 'leaving' });
    if (talk !== undefined) {
      for (const thread of this.#threads) thread.postMessage({ type: 'hush' } satisfies ToStreams);
      await sleep(talk.restMs);
    }
    const live = [...this.#live.values()];
    for (const call of live) {
      this.#uac.hangUp(call);
      await sleep(1000 / Math.max(callsPerSecond, 100));
    }
    const limit = performance.now() + HANG_UP_LIMIT_MS;
    while (this.#live.size > 0 && performance.now() < limit) await sleep(20);
    if (this.#live.size > 0) this.#problem(`${this.#live.size} calls did not end`);
    await Promise.race([Promise.all(this.#ending), sleep(2000)]);
    for (const thread of this.#threads) await thread.terminate();
    this.#uac.close();
    await tellAll({
      type: 'done',
      calls: this.#figures,
      gaps: [...this.#gaps],
      sipResent: this.#uac.resent,
      problems: this.#problems,
    });
  }

  /** Its figures are forgotten, its problems are not. */
  async #warmUp(): Promise<void> {
    for (let i = 0; i < this.#order.warmUpCalls; i++) {
      this.#begin(WARM_UP_HOLD_MS);
      await sleep(50);
    }
    const limit = performance.now() + WARM_UP_LIMIT_MS;
    while ((this.#live.size > 0 || this.#opening > 0) && performance.now() < limit) await sleep(20);
    await sleep(WARM_UP_REST_MS);
    this.#figures.length = 0;
    this.#gaps.fill(0);
    tell({ type: 'warm' });
  }

  #begin(holdMs: number | undefined): void {
    const id = this.#next++;
    this.#opening++;
    const thread = this.#threads[id % this.#threads.length] as Worker;
    const post = (message: ToStreams) => thread.postMessage(message);
    this.#ports.set(id, (port) => {
      this.#opening--;
      const call = this.#uac.invite(id, port, {
        answer: (sdp) => {
          const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? '127.0.0.1';
          const remotePort = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
          post({ type: 'start', id, host: address, port: remotePort });
          if (holdMs !== undefined) setTimeout(() => this.#uac.hangUp(call), holdMs);
        },
        end: () => {
          this.#live.delete(id);
          if (call.answeredAt === 0 || (call.endedBy === 'hub' && !this.#stopped)) {
            this.#problem(`call ${id}: ${call.answeredAt === 0 ? `status ${call.status}` : 'ended by the hub'}`);
          }
          this.#ending.push(
            new Promise((resolve) => {
              this.#streams.set(id, (result) => {
                this.#figures.push(figures(call, result));
                resolve();
              });
              post({ type: 'close', id });
            }),
          );
        },
      });
      this.#live.set(id, call);
    });
    post({ type: 'open', id, firstWord: this.#order.talk && firstWordOf(id) });
  }

  #take(message: FromStreams): void {
    switch (message.type) {
      case 'opened':
        this.#ports.get(message.id)?.(message.port);
        this.#ports.delete(message.id);
        return;
      case 'closed':
        for (let i = 0; i < message.gaps.length; i++) {
          this.#gaps[i] = (this.#gaps[i] as number) + (message.gaps[i] as number);
        }
        this.#streams.get(message.result.id)?.(message.result);
        this.#streams.delete(message.result.id);
        return;
      case 'failed':
        this.#problem(`RTP socket: ${message.message}`);
        return;
    }
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text);
  }
}

function figures(call: UacCall, stream: StreamResult): CallFigures {
  const answeredAt = performance.timeOrigin + call.answeredAt;
  const since = (at: number) => (at === 0 || call.answeredAt === 0 ? Number.NaN : Math.max(0, at - answeredAt));
  return {
    id: call.id,
    status: call.status,
    endedBy: call.endedBy,
    setupMs: call.answeredAt === 0 ? Number.NaN : call.answeredAt - call.invitedAt,
    firstPacketMs: since(stream.firstPacketAt),
    firstVoiceMs: since(stream.firstVoiceAt),
    upMs: call.answeredAt === 0 ? 0 : call.endedAt - call.answeredAt,
    sent: stream.sent,
    received: stream.received,
    missing: stream.missing,
    outOfOrder: stream.outOfOrder,
    words: stream.words,
  };
}

function tell(message: FromGenerator): void {
  process.send?.(message);
}

/** Resolves when the message is on its way: a process that disconnects earlier takes it along. */
function tellAll(message: FromGenerator): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.once('message', (order: GeneratorOrder) => {
  SipUac.open({ host: '127.0.0.1', port: order.sipPort }, order.service)
    .then((uac) => new Generator(order, uac).run())
    .then(
      () => process.disconnect(),
      (error: unknown) => {
        const leave = () => process.exit(1);
        tellAll({ type: 'done', calls: [], gaps: [], sipResent: 0, problems: [String(error)] }).then(leave, leave);
      },
    );
});
process.on('disconnect', () => process.exit(0));
