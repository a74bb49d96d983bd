import { SpeechEvidence } from './speech-evidence.ts';
import {
  assertFrame,
  frameLevelDb,
  VAD_FRAME_SAMPLES,
  VAD_SAMPLE_RATE,
  type VoiceActivityDetector,
  vadUnavailable,
} from './vad.ts';
import { NoiseGate } from './vad-noise-gate.ts';

/** What `@echogarden/fvad-wasm` exports of libfvad. */
interface FvadModule {
  HEAP16: Int16Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  _fvad_new(): number;
  _fvad_free(instance: number): void;
  _fvad_reset(instance: number): void;
  _fvad_set_mode(instance: number, mode: number): number;
  _fvad_set_sample_rate(instance: number, rate: number): number;
  _fvad_process(instance: number, samples: number, length: number): number;
}

/** libfvad's modes: 0 takes the most for speech, 3 the least. */
export type FvadMode = 0 | 1 | 2 | 3;

const MODE: FvadMode = 2;
/** Distance from the noise floor at which a frame is as likely speech as not, dB. */
const GATE_DB = 3;
/** dB over which the odds change by e. */
const GATE_SLOPE_DB = 1.2;
/** A frame that libfvad takes for noise stays below even odds, however loud it is. */
const NOT_VOICED = 0.4;

let shared: Promise<FvadModule> | undefined;

/** @throws SpeechError `speech_unavailable` */
export async function createFvad(): Promise<VoiceActivityDetector> {
  shared ??= load();
  let module: FvadModule;
  try {
    module = await shared;
  } catch (cause) {
    shared = undefined;
    throw vadUnavailable('@echogarden/fvad-wasm', cause);
  }
  return new Fvad(module);
}

async function load(): Promise<FvadModule> {
  const name: string = '@echogarden/fvad-wasm';
  const { default: create } = (await import(name)) as { default: () => Promise<FvadModule> };
  return create();
}

class Fvad implements VoiceActivityDetector {
  readonly kind = 'fvad';
  readonly #module: FvadModule;
  readonly evidence = new SpeechEvidence();
  readonly #gate = new NoiseGate();
  /** Handle of the libfvad instance; 0 when closed. */
  #instance: number;
  readonly #buffer: number;
  #levelDb = -100;

  constructor(module: FvadModule) {
    this.#module = module;
    this.#instance = module._fvad_new();
    this.#buffer = module._malloc(VAD_FRAME_SAMPLES * 2);
    if (this.#instance === 0 || this.#buffer === 0) throw vadUnavailable('libfvad', new Error('out of memory'));
    this.#configure();
  }

  get levelDb(): number {
    return this.#levelDb;
  }

  process(frame: Int16Array): number {
    assertFrame(frame);
    if (this.#instance === 0) return 0;
    this.#levelDb = frameLevelDb(frame);
    // The heap may have moved since the last frame: always through the module.
    this.#module.HEAP16.set(frame, this.#buffer >> 1);
    const voiced = this.#module._fvad_process(this.#instance, this.#buffer, VAD_FRAME_SAMPLES) === 1;
    const aboveDb = this.#gate.process(frame);
    const likelihood = 1 / (1 + Math.exp((GATE_DB - aboveDb) / GATE_SLOPE_DB));
    this.evidence.process(frame, voiced && likelihood >= 0.5);
    return voiced ? likelihood : likelihood * NOT_VOICED;
  }

  reset(): void {
    if (this.#instance === 0) return;
    this.#module._fvad_reset(this.#instance);
    this.#configure();
    this.#gate.reset();
    this.evidence.begin();
    this.#levelDb = -100;
  }

  close(): void {
    if (this.#instance === 0) return;
    this.#module._fvad_free(this.#instance);
    this.#module._free(this.#buffer);
    this.#instance = 0;
  }

  /** A reset also forgets mode and rate. */
  #configure(): void {
    this.#module._fvad_set_mode(this.#instance, MODE);
    this.#module._fvad_set_sample_rate(this.#instance, VAD_SAMPLE_RATE);
  }
}
