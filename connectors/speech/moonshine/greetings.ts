import { messageOf } from '../../../src/errors.ts';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { Resampler, ResamplerFactory } from '../../../src/media/resample.ts';
import type { PoolLog } from '../../../src/speech/decoder-workers.ts';
import type { GreetingListener, GreetingOptions, GreetingRecognizer } from '../../../src/speech/ports.ts';
import { MODEL, type MoonshineProcesses, SAMPLES_PER_MS } from './processes.ts';
import { MOONSHINE_RATE } from './transcriber.ts';

/** Audio after which all of it is gone through again; the last leaves time for its result before a decision is due after 5 s. */
export const GREETING_PASSES_MS = [1500, 2200, 2900, 3600, 4100, 4600] as const;
const LONGEST_MS = 5000;
/** While everything is quieter than this (-50 dBFS), nobody has spoken. */
const AUDIBLE = 100;

/** Takes dictation from those who answer calls. No process runs until a call wants it; without one that starts, no language is known. */
export function createMoonshineGreetings(
  pool: MoonshineProcesses,
  log: PoolLog,
  loadResampler: () => Promise<ResamplerFactory>,
): GreetingRecognizer {
  let languages: readonly string[] = ['en'];
  let resamplers: ResamplerFactory | undefined;
  let prepared = false;
  const prepare = () => {
    if (prepared) return;
    prepared = true;
    Promise.all([loadResampler(), pool.ready()]).then(
      ([factory]) => {
        resamplers = factory;
      },
      (error: unknown) => {
        languages = [];
        log.warn({ error: messageOf(error) }, 'greetings cannot be recognised by moonshine');
      },
    );
  };
  return {
    get languages() {
      return languages;
    },
    dictation: true,
    prepare,
    listen(request, signal) {
      prepare();
      return new MoonshineListener(pool, () => resamplers, request, signal);
    },
  };
}

/** Keeps the first seconds of a call and has them gone through whenever enough is new and a worker is idle. */
class MoonshineListener implements GreetingListener {
  readonly #pool: MoonshineProcesses;
  readonly #resamplers: () => ResamplerFactory | undefined;
  readonly #options: GreetingOptions;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  #samples: Int16Array | undefined = new Int16Array(LONGEST_MS * SAMPLES_PER_MS);
  #length = 0;
  #resampler: Resampler | undefined;
  #audible = false;
  #passes = 0;
  #pending = false;

  constructor(
    pool: MoonshineProcesses,
    resamplers: () => ResamplerFactory | undefined,
    options: GreetingOptions,
    signal: AbortSignal,
  ) {
    this.#pool = pool;
    this.#resamplers = resamplers;
    this.#options = options;
    this.#signal = signal;
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  write({ samples, sampleRate }: AudioFrame): void {
    const kept = this.#samples;
    if (kept === undefined) return;
    if (this.#resampler === undefined || this.#resampler.fromRate !== sampleRate) {
      this.#resampler?.close();
      this.#resampler = this.#resamplers()?.(sampleRate, MOONSHINE_RATE);
    }
    const wide = this.#resampler?.process(samples) ?? silence(samples.length, sampleRate);
    const taken = wide.subarray(0, Math.min(wide.length, kept.length - this.#length));
    kept.set(taken, this.#length);
    this.#length += taken.length;
    this.#audible ||= isAudible(taken);
    if (!this.#pending && this.#due) this.#goThrough(kept.subarray(0, this.#length));
  }

  close(): void {
    if (this.#samples === undefined) return;
    this.#samples = undefined;
    this.#resampler?.close();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  get #due(): boolean {
    const next = GREETING_PASSES_MS[this.#passes];
    return next !== undefined && this.#length >= next * SAMPLES_PER_MS;
  }

  /** While all workers are busy, every frame asks again: nothing waits, and whoever is still undecided gets the next. */
  #goThrough(samples: Int16Array): void {
    const heardMs = samples.length / SAMPLES_PER_MS;
    const result = this.#audible ? this.#pool.decodeIfIdle({ samples, partial: true, grammar: MODEL }) : undefined;
    if (result === undefined && this.#audible) return;
    while (this.#due) this.#passes += 1;
    if (result === undefined) return;
    this.#pending = true;
    result.then(
      ({ decoded: { words } }) => {
        this.#pending = false;
        if (this.#samples !== undefined) this.#options.understood?.(words, heardMs);
      },
      // The pool has logged it; the next pass goes to another worker.
      () => {
        this.#pending = false;
      },
    );
  }
}

/** Until the resampler is loaded, a few milliseconds once in the life of a hub. */
function silence(samples: number, rate: number): Int16Array {
  return new Int16Array(Math.round((samples * MOONSHINE_RATE) / rate));
}

function isAudible(samples: Int16Array): boolean {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return energy > AUDIBLE * AUDIBLE * samples.length;
}
