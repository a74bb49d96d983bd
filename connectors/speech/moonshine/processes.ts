import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../src/clock.ts';
import {
  DecoderWorkers,
  type Keyed,
  type PoolLog,
  type PoolReply,
  type PoolRequest,
  type PoolWorker,
} from '../../../src/speech/decoder-workers.ts';
import { type Heard, MOONSHINE_RATE } from './transcriber.ts';

export type MoonshineRequest = PoolRequest<Keyed>;
export type MoonshineReply = PoolReply<Heard>;
export type MoonshineWorker = PoolWorker<Keyed, Heard>;

/** There is one model, and nothing to set. */
export const MODEL: Keyed = { key: 'tiny-en' };
export const SAMPLES_PER_MS = MOONSHINE_RATE / 1000;

export interface MoonshineProcessesOptions {
  workers: number;
  clock: Clock;
  log: PoolLog;
  /** Makes a worker; tests hand in their own. */
  spawn?: () => MoonshineWorker;
}

/**
 * The model in processes of its own, shared by all calls; none runs until one is wanted. Processes rather than threads: onnxruntime
 * is native code, whose crash, or whose end in the middle of its work, would take the hub along.
 */
export class MoonshineProcesses extends DecoderWorkers<Keyed, Heard> {
  constructor({ spawn = spawnProcess, ...options }: MoonshineProcessesOptions) {
    const interimWorkers = Math.max(1, options.workers - 1);
    super({ ...options, interimWorkers, name: 'the recogniser moonshine', samplesPerMs: SAMPLES_PER_MS, spawn }, MODEL);
  }
}

function spawnProcess(): MoonshineWorker {
  const main = fileURLToPath(new URL('./process-main.ts', import.meta.url));
  // The hub's environment may hold secrets, which are none of its business.
  const options: ForkOptions = {
    execArgv: [],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  };
  return new ProcessWorker(fork(main, options));
}

class ProcessWorker implements MoonshineWorker {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#gone = new Promise((resolve) => child.once('close', () => resolve()));
    // Without it, one that cannot be started would be an error that nobody takes.
    child.on('error', () => {});
  }

  postMessage(request: MoonshineRequest): void {
    // One that is gone says so by its exit.
    this.#child.send(request, () => {});
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    this.#child.on(event === 'exit' ? 'close' : event, listener as (value: unknown) => void);
  }

  terminate(): Promise<void> {
    this.#child.kill('SIGKILL');
    return this.#gone;
  }
}
