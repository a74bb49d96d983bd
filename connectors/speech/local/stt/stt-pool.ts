import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../../src/clock.ts';
import {
  DecoderWorkers,
  type PoolJob,
  type PoolLog,
  type PoolResult,
  type PoolWorker,
} from '../../../../src/speech/decoder-workers.ts';
import type { Decoded } from './stt-decoder.ts';
import { DECODER_SAMPLE_RATE } from './stt-engine.ts';
import type { Recognition } from './stt-messages.ts';

export type DecodeJob = PoolJob<Recognition>;
export type DecodeResult = PoolResult<Decoded>;
export type DecoderThread = PoolWorker<Recognition, Decoded>;

export interface DecoderPoolOptions {
  workers: number;
  /** Threads that may make interim results at a time; by default all. */
  interimWorkers?: number;
  clock: Clock;
  log: PoolLog;
  /** Makes a decoder thread; tests hand in their own. */
  spawn?: () => DecoderThread;
}

/** Threads of the grammar decoder. */
export class DecoderPool extends DecoderWorkers<Recognition, Decoded> {
  constructor({ spawn = spawnWorker, ...options }: DecoderPoolOptions, warmGrammar: Recognition) {
    const engine = { name: 'the local recogniser', samplesPerMs: DECODER_SAMPLE_RATE / 1000 };
    super({ ...options, ...engine, spawn }, warmGrammar);
  }
}

function spawnWorker(): DecoderThread {
  return new Worker(new URL('./stt-worker.ts', import.meta.url), { execArgv: [] });
}
