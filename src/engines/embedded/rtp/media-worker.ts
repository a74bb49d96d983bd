import { Worker } from 'node:worker_threads';
import type { CallNews, FromWorker, OpenCall, ToWorker, WorkerData } from './messages.ts';
import { WORKER_WORDS_BYTES, WorkerWord } from './messages.ts';

/** What a worker needs of an endpoint. */
export interface WorkerClient {
  readonly id: number;
  /** Look into the rings. */
  pump(): void;
  news(news: CallNews): void;
  /** The worker is gone, and the sockets with it. */
  lost(cause: Error): void;
}

export interface MediaWorkerStats {
  calls: number;
  /** Slots served more than 5 ms late. */
  lateSlots: number;
  worstLateMs: number;
  cpuMs: number;
  /** The thread runs at a higher priority than the others; false where the system does not permit it. */
  raised: boolean;
}

export type SpawnWorker = (data: WorkerData) => Worker;

/**
 * Megabytes for what lives for a packet only. V8 would let it grow to many times that: more resident memory and fewer,
 * longer collections, each of them a gap in the stream.
 */
const YOUNG_GENERATION_MB = 6;

export const spawnMediaWorker: SpawnWorker = (data) =>
  new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: data,
    name: 'rtp',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });

/** For `Map.forEach`, which allocates nothing per entry. */
function pump(client: WorkerClient): void {
  client.pump();
}

/** The main thread's handle on one media worker. */
export class MediaWorker {
  private readonly worker: Worker;
  private readonly words = new Int32Array(new SharedArrayBuffer(WORKER_WORDS_BYTES));
  private readonly clients = new Map<number, WorkerClient>();
  private readonly onDeath: (cause: Error) => void;
  private readonly exited: Promise<void>;
  private deathCause: Error | undefined;
  private stopping = false;
  dead = false;

  constructor(spawn: SpawnWorker, onDeath: (cause: Error) => void) {
    this.onDeath = onDeath;
    this.worker = spawn({ words: this.words.buffer });
    // A hub that has stopped everything else is not kept alive by its media threads.
    this.worker.unref();
    this.worker.on('message', (message: FromWorker) => this.take(message));
    this.worker.on('error', (error: unknown) => {
      this.deathCause = error instanceof Error ? error : new Error(String(error));
    });
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.died(this.deathCause ?? new Error(`media worker ended with code ${code}`));
        resolve();
      });
    });
  }

  get size(): number {
    return this.clients.size;
  }

  stats(): MediaWorkerStats {
    return {
      calls: this.clients.size,
      lateSlots: Atomics.load(this.words, WorkerWord.lateSlots),
      worstLateMs: Atomics.load(this.words, WorkerWord.worstLateUs) / 1000,
      cpuMs: Atomics.load(this.words, WorkerWord.cpuMs),
      raised: Atomics.load(this.words, WorkerWord.raised) === 1,
    };
  }

  /** Registers the client for news, then asks the worker to open its socket. */
  open(client: WorkerClient, call: OpenCall): void {
    this.clients.set(client.id, client);
    this.post(call);
  }

  /** News of the call with the client's id go to this client from now on. */
  adopt(client: WorkerClient): void {
    this.clients.set(client.id, client);
  }

  post(message: ToWorker): void {
    if (!this.dead) this.worker.postMessage(message);
  }

  forget(id: number): void {
    this.clients.delete(id);
  }

  /** Ends the thread; all calls should be closed before. */
  async stop(): Promise<void> {
    this.stopping = true;
    // Until it has ended, whoever waits for it must not see the process end.
    this.worker.ref();
    this.post({ type: 'shutdown' });
    await this.exited;
  }

  private take(message: FromWorker): void {
    if (typeof message === 'number') {
      this.clients.forEach(pump);
      return;
    }
    this.clients.get(message.id)?.news(message);
  }

  private died(cause: Error): void {
    this.dead = true;
    const clients = [...this.clients.values()];
    this.clients.clear();
    if (!this.stopping) this.onDeath(cause);
    for (const client of clients) client.lost(cause);
  }
}
