import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { SpeechError } from './ports.ts';

/** What a decoder decodes with; equal keys, equal settings. */
export interface Keyed {
  readonly key: string;
}

/** Hub -> decoder. `samples` are transferred. */
export type PoolRequest<G extends Keyed> =
  | { type: 'warm-up'; id: number; grammar: G }
  | { type: 'decode'; id: number; samples: Int16Array; partial: boolean; grammar: G };

/** Decoder -> hub: exactly one per request. */
export type PoolReply<D> =
  | { type: 'warm'; id: number }
  | { type: 'decoded'; id: number; decoded: D; decodeMs: number }
  | { type: 'failed'; id: number; message: string };

export interface PoolJob<G extends Keyed> {
  /** Copied when a thread gets them. */
  samples: Int16Array;
  partial: boolean;
  grammar: G;
}

export interface PoolResult<D> {
  decoded: D;
  /** Time of the decoder alone. */
  decodeMs: number;
  /** Time spent waiting for a free decoder. */
  queuedMs: number;
}

/** The part of a worker thread (or of a process like one) that the pool uses; tests hand in their own. */
export interface PoolWorker<G extends Keyed, D> {
  postMessage(request: PoolRequest<G>, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (reply: PoolReply<D>) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export interface PoolLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

export interface DecoderWorkersOptions<G extends Keyed, D> {
  /** For errors: "the local recogniser". */
  name: string;
  samplesPerMs: number;
  workers: number;
  /** Those that may make interim results at a time, so that a final does not wait for one; by default all. */
  interimWorkers?: number;
  clock: Clock;
  log: PoolLog;
  spawn(): PoolWorker<G, D>;
}

export const POOL_LIMITS = {
  /** Finals that may wait for a decoder. */
  queuedJobs: 64,
  /** Audio that may wait for a decoder, over all calls. */
  queuedMs: 240_000,
  /** A decoder that needs longer is stuck: its thread is replaced. */
  jobMs: 20_000,
  /** A job whose thread dies is given to another thread this many times. */
  attempts: 2,
  /** Starts in a row that may fail before waiting jobs are refused. */
  failedStarts: 3,
  restartMs: { first: 50, max: 5000 },
} as const;

interface Pending<G extends Keyed, D> {
  job: PoolJob<G>;
  attempts: number;
  queuedAt: number;
  resolve(result: PoolResult<D>): void;
  reject(error: SpeechError): void;
}

interface Slot<G extends Keyed, D> {
  thread: PoolWorker<G, D> | undefined;
  busy: Pending<G, D> | undefined;
  startedAt: number;
  warm: boolean;
  grammarKey: string | undefined;
  requestId: number;
  cancelTimer: () => void;
}

/**
 * Decoders on threads or in processes, shared by all calls. A job is a whole stretch of audio, so no decoder is tied to a call: finals queue
 * (bounded) for the next free thread, interim results are only made by a thread that would otherwise be idle.
 */
export class DecoderWorkers<G extends Keyed, D> {
  readonly #options: DecoderWorkersOptions<G, D>;
  readonly #slots: Slot<G, D>[] = [];
  readonly #queue: Pending<G, D>[] = [];
  readonly #waitingForStart: { resolve(): void; reject(error: SpeechError): void }[] = [];
  #queuedMs = 0;
  #failedStarts = 0;
  #closed = false;
  #warmGrammar: G;

  constructor(options: DecoderWorkersOptions<G, D>, warmGrammar: G) {
    this.#options = options;
    this.#warmGrammar = warmGrammar;
  }

  /** What is being decoded, and what waits for a decoder. */
  get jobs(): number {
    return this.#queue.length + this.#slots.filter(({ busy }) => busy !== undefined).length;
  }

  /** Resolves when one thread has loaded its model. @throws SpeechError `speech_unavailable` */
  ready(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError());
    this.#ensureStarted();
    if (this.#slots.some((slot) => slot.warm)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waitingForStart.push({ resolve, reject }));
  }

  /** Decodes a finished utterance. @throws SpeechError; `retryable` when the audio may be given in again. */
  decode(job: PoolJob<G>): Promise<PoolResult<D>> {
    if (this.#closed) return Promise.reject(this.#closedError());
    const ms = job.samples.length / this.#options.samplesPerMs;
    if (this.#queue.length >= POOL_LIMITS.queuedJobs || this.#queuedMs + ms > POOL_LIMITS.queuedMs) {
      return Promise.reject(
        new SpeechError(
          'speech_failed',
          `${this.#options.name} is overloaded: too many utterances wait for a decoder`,
          {
            retryable: true,
          },
        ),
      );
    }
    this.#ensureStarted();
    return new Promise((resolve, reject) => {
      this.#enqueue({ job, attempts: 0, queuedAt: this.#options.clock.now(), resolve, reject }, false);
      this.#dispatch();
    });
  }

  /** Decodes unfinished speech at once, or not at all: `undefined` when no thread is idle or free for that. */
  decodeIfIdle(job: PoolJob<G>): Promise<PoolResult<D>> | undefined {
    if (this.#closed || this.#queue.length > 0) return undefined;
    const { workers, interimWorkers = workers } = this.#options;
    if (this.#slots.filter(({ busy }) => busy?.job.partial === true).length >= interimWorkers) return undefined;
    const slot = this.#idleSlot(job.grammar.key);
    if (slot === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const attempts = POOL_LIMITS.attempts;
      this.#run(slot, { job, attempts, queuedAt: this.#options.clock.now(), resolve, reject });
    });
  }

  /** Refuses what waits, ends every thread. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waitingForStart.splice(0)) waiter.reject(this.#closedError());
    for (const pending of this.#queue.splice(0)) pending.reject(this.#closedError());
    this.#queuedMs = 0;
    await Promise.all(
      this.#slots.splice(0).map(async (slot) => {
        slot.cancelTimer();
        slot.busy?.reject(this.#closedError());
        slot.busy = undefined;
        await slot.thread?.terminate();
      }),
    );
  }

  #ensureStarted(): void {
    while (this.#slots.length < this.#options.workers) {
      const slot: Slot<G, D> = {
        thread: undefined,
        busy: undefined,
        startedAt: 0,
        warm: false,
        grammarKey: undefined,
        requestId: 0,
        cancelTimer: () => undefined,
      };
      this.#slots.push(slot);
      this.#start(slot);
    }
  }

  #start(slot: Slot<G, D>): void {
    const thread = this.#options.spawn();
    slot.thread = thread;
    slot.warm = false;
    let failure: unknown;
    thread.on('message', (reply) => this.#onReply(slot, thread, reply));
    thread.on('error', (error) => {
      failure = error;
    });
    thread.on('exit', () => this.#onExit(slot, thread, failure));
    this.#post(slot, { type: 'warm-up', id: ++slot.requestId, grammar: this.#warmGrammar }, []);
    slot.grammarKey = this.#warmGrammar.key;
  }

  #post(slot: Slot<G, D>, request: PoolRequest<G>, transfer: ArrayBuffer[]): void {
    slot.cancelTimer = this.#options.clock.after(POOL_LIMITS.jobMs, () => {
      this.#options.log.warn({ requestType: request.type }, 'a decoder thread does not answer: replacing it');
      // No second attempt: the same audio would hold up the next thread as well.
      if (slot.busy !== undefined) slot.busy.attempts = POOL_LIMITS.attempts;
      void slot.thread?.terminate();
    });
    slot.thread?.postMessage(request, transfer);
  }

  #enqueue(pending: Pending<G, D>, first: boolean): void {
    if (first) this.#queue.unshift(pending);
    else this.#queue.push(pending);
    this.#queuedMs += pending.job.samples.length / this.#options.samplesPerMs;
  }

  #idleSlot(grammarKey: string): Slot<G, D> | undefined {
    const idle = this.#slots.filter((slot) => slot.warm && slot.busy === undefined);
    return idle.find((slot) => slot.grammarKey === grammarKey) ?? idle[0];
  }

  #dispatch(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const slot = this.#idleSlot(next.job.grammar.key);
      if (slot === undefined) return;
      this.#queue.shift();
      this.#queuedMs -= next.job.samples.length / this.#options.samplesPerMs;
      this.#run(slot, next);
    }
  }

  #run(slot: Slot<G, D>, pending: Pending<G, D>): void {
    const { partial, grammar } = pending.job;
    pending.attempts += 1;
    slot.busy = pending;
    slot.startedAt = this.#options.clock.now();
    slot.grammarKey = grammar.key;
    // A copy goes out: the audio is still here when the thread dies and another has to do the work.
    const samples = pending.job.samples.slice();
    this.#post(slot, { type: 'decode', id: ++slot.requestId, samples, partial, grammar }, [samples.buffer]);
  }

  #onReply(slot: Slot<G, D>, thread: PoolWorker<G, D>, reply: PoolReply<D>): void {
    if (slot.thread !== thread || reply.id !== slot.requestId) return;
    slot.cancelTimer();
    if (!slot.warm) {
      if (reply.type === 'failed') {
        this.#options.log.warn({ error: reply.message }, 'a decoder thread cannot load its model');
        void thread.terminate();
        return;
      }
      slot.warm = true;
      this.#failedStarts = 0;
      for (const waiter of this.#waitingForStart.splice(0)) waiter.resolve();
    }
    const pending = slot.busy;
    slot.busy = undefined;
    if (pending !== undefined) {
      if (reply.type === 'decoded') {
        const queuedMs = slot.startedAt - pending.queuedAt;
        pending.resolve({ decoded: reply.decoded, decodeMs: reply.decodeMs, queuedMs });
      } else if (reply.type === 'failed') {
        // The engine refused this grammar or this audio; whatever it has loaded is in doubt.
        slot.grammarKey = undefined;
        pending.reject(new SpeechError('speech_failed', `${this.#options.name} failed: ${reply.message}`));
      }
    }
    this.#dispatch();
  }

  #onExit(slot: Slot<G, D>, thread: PoolWorker<G, D>, failure: unknown): void {
    if (this.#closed || slot.thread !== thread) return;
    slot.cancelTimer();
    slot.thread = undefined;
    const wasWarm = slot.warm;
    slot.warm = false;
    const cause = failure === undefined ? 'the thread ended' : messageOf(failure);
    this.#options.log.warn({ error: cause }, 'a decoder thread died: restarting it');
    const pending = slot.busy;
    slot.busy = undefined;
    if (pending !== undefined) {
      if (pending.attempts < POOL_LIMITS.attempts) this.#enqueue(pending, true);
      else pending.reject(new SpeechError('speech_failed', `a decoder thread died: ${cause}`, { retryable: true }));
    }
    this.#failedStarts = wasWarm ? 0 : this.#failedStarts + 1;
    if (this.#failedStarts >= POOL_LIMITS.failedStarts && !this.#slots.some((other) => other.warm)) {
      this.#refuseAll(cause);
    }
    const { first, max } = POOL_LIMITS.restartMs;
    slot.cancelTimer = this.#options.clock.after(Math.min(max, first * 2 ** Math.min(10, this.#failedStarts)), () => {
      if (!this.#closed) this.#start(slot);
    });
    this.#dispatch();
  }

  #refuseAll(cause: string): void {
    const error = (): SpeechError =>
      new SpeechError('speech_unavailable', `${this.#options.name} cannot start: ${cause}`, { retryable: true });
    for (const waiter of this.#waitingForStart.splice(0)) waiter.reject(error());
    for (const pending of this.#queue.splice(0)) pending.reject(error());
    this.#queuedMs = 0;
  }

  #closedError(): SpeechError {
    return new SpeechError('speech_unavailable', `${this.#options.name} is closed`);
  }
}
