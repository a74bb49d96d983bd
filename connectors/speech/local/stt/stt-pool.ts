import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../../src/clock.ts';
import { messageOf } from '../../../../src/errors.ts';
import { SpeechError } from '../../../../src/speech/ports.ts';
import type { Decoded } from './stt-decoder.ts';
import type { DecoderReply, DecoderRequest, Recognition } from './stt-messages.ts';

export interface DecodeJob {
  /** 8 kHz; the pool takes them over. */
  samples: Int16Array;
  partial: boolean;
  grammar: Recognition;
}

export interface DecodeResult {
  decoded: Decoded;
  /** Time of the decoder alone. */
  decodeMs: number;
  /** Time spent waiting for a free decoder. */
  queuedMs: number;
}

/** The part of a worker thread that the pool uses; tests hand in their own. */
export interface DecoderThread {
  postMessage(request: DecoderRequest, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (reply: DecoderReply) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export interface PoolLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

export interface DecoderPoolOptions {
  workers: number;
  /** Threads that may make interim results at a time, so that a final does not wait for one; by default all. */
  interimWorkers?: number;
  clock: Clock;
  log: PoolLog;
  spawn?: () => DecoderThread;
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

interface Pending {
  job: DecodeJob;
  attempts: number;
  queuedAt: number;
  resolve(result: DecodeResult): void;
  reject(error: SpeechError): void;
}

interface Slot {
  thread: DecoderThread | undefined;
  busy: Pending | undefined;
  startedAt: number;
  warm: boolean;
  grammarKey: string | undefined;
  requestId: number;
  cancelTimer: () => void;
}

/**
 * Decoder threads shared by all calls. A job is a whole stretch of audio, so no decoder is tied to a call: finals queue
 * (bounded) for the next free thread, interim results are only made by a thread that would otherwise be idle.
 */
export class DecoderPool {
  readonly #options: DecoderPoolOptions;
  readonly #slots: Slot[] = [];
  readonly #queue: Pending[] = [];
  readonly #waitingForStart: { resolve(): void; reject(error: SpeechError): void }[] = [];
  #queuedMs = 0;
  #failedStarts = 0;
  #closed = false;
  #warmGrammar: Recognition;

  constructor(options: DecoderPoolOptions, warmGrammar: Recognition) {
    this.#options = options;
    this.#warmGrammar = warmGrammar;
  }

  /** Resolves when one thread has loaded its model. @throws SpeechError `speech_unavailable` */
  ready(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    this.#ensureStarted();
    if (this.#slots.some((slot) => slot.warm)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waitingForStart.push({ resolve, reject }));
  }

  /** Decodes a finished utterance. @throws SpeechError; `retryable` when the audio may be given in again. */
  decode(job: DecodeJob): Promise<DecodeResult> {
    if (this.#closed) return Promise.reject(closedError());
    const ms = job.samples.length / 8;
    if (this.#queue.length >= POOL_LIMITS.queuedJobs || this.#queuedMs + ms > POOL_LIMITS.queuedMs) {
      return Promise.reject(
        new SpeechError('speech_failed', 'the local recogniser is overloaded: too many utterances wait for a decoder', {
          retryable: true,
        }),
      );
    }
    this.#ensureStarted();
    return new Promise((resolve, reject) => {
      this.#enqueue({ job, attempts: 0, queuedAt: this.#options.clock.now(), resolve, reject }, false);
      this.#dispatch();
    });
  }

  /** Decodes unfinished speech at once, or not at all: `undefined` when no thread is idle or free for that. */
  decodeIfIdle(job: DecodeJob): Promise<DecodeResult> | undefined {
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
    for (const waiter of this.#waitingForStart.splice(0)) waiter.reject(closedError());
    for (const pending of this.#queue.splice(0)) pending.reject(closedError());
    this.#queuedMs = 0;
    await Promise.all(
      this.#slots.splice(0).map(async (slot) => {
        slot.cancelTimer();
        slot.busy?.reject(closedError());
        slot.busy = undefined;
        await slot.thread?.terminate();
      }),
    );
  }

  #ensureStarted(): void {
    while (this.#slots.length < this.#options.workers) {
      const slot: Slot = {
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

  #start(slot: Slot): void {
    const thread = this.#options.spawn?.() ?? new Worker(new URL('./stt-worker.ts', import.meta.url), { execArgv: [] });
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

  #post(slot: Slot, request: DecoderRequest, transfer: ArrayBuffer[]): void {
    slot.cancelTimer = this.#options.clock.after(POOL_LIMITS.jobMs, () => {
      this.#options.log.warn({ requestType: request.type }, 'a decoder thread does not answer: replacing it');
      // No second attempt: the same audio would hold up the next thread as well.
      if (slot.busy !== undefined) slot.busy.attempts = POOL_LIMITS.attempts;
      void slot.thread?.terminate();
    });
    slot.thread?.postMessage(request, transfer);
  }

  #enqueue(pending: Pending, first: boolean): void {
    if (first) this.#queue.unshift(pending);
    else this.#queue.push(pending);
    this.#queuedMs += pending.job.samples.length / 8;
  }

  #idleSlot(grammarKey: string): Slot | undefined {
    const idle = this.#slots.filter((slot) => slot.warm && slot.busy === undefined);
    return idle.find((slot) => slot.grammarKey === grammarKey) ?? idle[0];
  }

  #dispatch(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const slot = this.#idleSlot(next.job.grammar.key);
      if (slot === undefined) return;
      this.#queue.shift();
      this.#queuedMs -= next.job.samples.length / 8;
      this.#run(slot, next);
    }
  }

  #run(slot: Slot, pending: Pending): void {
    const { partial, grammar } = pending.job;
    pending.attempts += 1;
    slot.busy = pending;
    slot.startedAt = this.#options.clock.now();
    slot.grammarKey = grammar.key;
    // A copy goes out: the audio is still here when the thread dies and another has to do the work.
    const samples = pending.job.samples.slice();
    this.#post(slot, { type: 'decode', id: ++slot.requestId, samples, partial, grammar }, [samples.buffer]);
  }

  #onReply(slot: Slot, thread: DecoderThread, reply: DecoderReply): void {
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
        pending.reject(new SpeechError('speech_failed', `the local recogniser failed: ${reply.message}`));
      }
    }
    this.#dispatch();
  }

  #onExit(slot: Slot, thread: DecoderThread, failure: unknown): void {
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
      new SpeechError('speech_unavailable', `the local recogniser cannot start: ${cause}`, { retryable: true });
    for (const waiter of this.#waitingForStart.splice(0)) waiter.reject(error());
    for (const pending of this.#queue.splice(0)) pending.reject(error());
    this.#queuedMs = 0;
  }
}

function closedError(): SpeechError {
  return new SpeechError('speech_unavailable', 'the local recogniser is closed');
}
