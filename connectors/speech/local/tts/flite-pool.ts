import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../../src/clock.ts';
import { messageOf } from '../../../../src/errors.ts';
import type { SampleRate } from '../../../../src/media/audio.ts';
import { SpeechError } from '../../../../src/speech/ports.ts';
import { compileFlite, type FliteModule } from './flite-module.ts';
import { FairSlots } from './tts-slots.ts';

export interface FliteRequest {
  id: number;
  /** One of the program's voices. */
  voice: string;
  /** Printable ASCII, one sentence. */
  text: string;
  sampleRate: SampleRate;
}

export type FliteReply = { id: number; samples: Int16Array } | { id: number; error: string };

/** One sentence for a call. */
export interface SentenceJob {
  callId: string;
  urgent: boolean;
  voice: string;
  text: string;
  sampleRate: SampleRate;
}

export interface FlitePoolOptions {
  threads: number;
  clock: Clock;
  warn: (message: string) => void;
  /** Starts a thread that answers `FliteRequest` with `FliteReply`. */
  startThread?: (program: FliteModule) => Worker;
}

/** A sentence takes 0.05 s, the longest possible one under 3 s: who needs longer hangs. */
const JOB_TIMEOUT_MS = 15_000;
const MAX_WAITING = 512;
const MAX_WAITING_PER_CALL = 16;

interface Running {
  id: number;
  resolve: (samples: Int16Array) => void;
  reject: (error: SpeechError) => void;
}

interface Thread {
  worker: Worker;
  running: Running | undefined;
}

/** flite on worker threads that are started when they are first needed and replaced when they die. */
export class FlitePool {
  readonly #options: FlitePoolOptions;
  readonly #slots: FairSlots;
  readonly #threads = new Set<Thread>();
  #program: Promise<FliteModule> | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: FlitePoolOptions) {
    this.#options = options;
    this.#slots = new FairSlots({
      slots: options.threads,
      maxWaiting: MAX_WAITING,
      maxWaitingPerCall: MAX_WAITING_PER_CALL,
    });
  }

  /** Threads that are alive. */
  get threads(): number {
    return this.#threads.size;
  }

  /** Sentences that are being spoken, and those that wait for a thread. */
  get jobs(): number {
    return this.#slots.jobs;
  }

  /** Compiles the program, starts every thread and lets each speak a little, so that the first call has the usual latency. */
  async warmUp(voice: string): Promise<void> {
    const text = 'Hello, this is a short sentence, for the warm up of 1 voice.';
    const job = { urgent: false, voice, text, sampleRate: 8000 as const };
    const signal = new AbortController().signal;
    const jobs = Array.from({ length: this.#options.threads }, (_, i) =>
      this.synthesize({ ...job, callId: `warm-up-${i}` }, signal),
    );
    await Promise.all(jobs);
  }

  /**
   * The audio of one sentence, ready to be played; undefined as soon as `signal` is aborted (the thread finishes its
   * sentence, at most some tens of milliseconds, before it takes the next).
   * @throws SpeechError
   */
  async synthesize(job: SentenceJob, signal: AbortSignal): Promise<Int16Array | undefined> {
    this.#assertOpen();
    const release = await this.#slots.acquire(job, signal);
    if (release === undefined) return undefined;
    let done: Promise<Int16Array>;
    try {
      const program = await this.#compiled();
      if (signal.aborted) {
        release();
        return undefined;
      }
      this.#assertOpen();
      done = this.#run(this.#idleThread(program), job);
    } catch (error) {
      release();
      throw error;
    }
    done.then(release, release);
    return untilAborted(done, signal);
  }

  /** Ends every thread; what is still running fails. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map((thread) => thread.worker.terminate()));
  }

  #assertOpen(): void {
    if (this.#closed) throw new SpeechError('speech_unavailable', 'the local speech synthesis is closed');
  }

  /** The compiled program; its code is shared by all threads. */
  async #compiled(): Promise<FliteModule> {
    this.#program ??= compileFlite();
    try {
      return await this.#program;
    } catch (error) {
      this.#program = undefined;
      throw new SpeechError('speech_unavailable', `flite cannot be loaded: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Synchronous up to `#run`, so that no two jobs get the same thread. */
  #idleThread(program: FliteModule): Thread {
    for (const thread of this.#threads) if (thread.running === undefined) return thread;
    return this.#start(program);
  }

  #start(program: FliteModule): Thread {
    const worker = (this.#options.startThread ?? startFliteThread)(program);
    const thread: Thread = { worker, running: undefined };
    this.#threads.add(thread);
    let reason = 'it ended';
    worker.on('message', (reply: FliteReply) => {
      const running = thread.running;
      if (running === undefined || running.id !== reply.id) return;
      thread.running = undefined;
      worker.unref();
      if ('samples' in reply) running.resolve(reply.samples);
      else running.reject(new SpeechError('speech_failed', reply.error));
    });
    worker.on('error', (error) => {
      reason = messageOf(error);
    });
    worker.on('exit', () => {
      this.#threads.delete(thread);
      const running = thread.running;
      thread.running = undefined;
      if (this.#closed) {
        running?.reject(new SpeechError('speech_unavailable', 'the local speech synthesis is closed'));
        return;
      }
      this.#options.warn(`a speech synthesis thread was lost: ${reason}`);
      running?.reject(
        new SpeechError('speech_failed', `the speech synthesis thread was lost: ${reason}`, { retryable: true }),
      );
    });
    worker.unref();
    return thread;
  }

  #run(thread: Thread, job: SentenceJob): Promise<Int16Array> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const stopWatch = this.#options.clock.after(JOB_TIMEOUT_MS, () => {
        thread.running = undefined;
        this.#threads.delete(thread);
        void thread.worker.terminate();
        reject(
          new SpeechError('speech_timeout', `flite did not finish within ${JOB_TIMEOUT_MS} ms`, { retryable: true }),
        );
      });
      thread.running = {
        id,
        resolve: (samples) => {
          stopWatch();
          resolve(samples);
        },
        reject: (error) => {
          stopWatch();
          reject(error);
        },
      };
      thread.worker.ref();
      const request: FliteRequest = { id, voice: job.voice, text: job.text, sampleRate: job.sampleRate };
      thread.worker.postMessage(request);
    });
  }
}

/** The result, or undefined as soon as `signal` is aborted; a failure after that is nobody's business. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function startFliteThread(program: FliteModule): Worker {
  return new Worker(new URL('./flite-worker.ts', import.meta.url), { workerData: program, name: 'flite' });
}
