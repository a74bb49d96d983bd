import { type Clock, systemClock } from '../../../../src/clock.ts';
import { messageOf } from '../../../../src/errors.ts';
import type { AudioFrame, SampleRate } from '../../../../src/media/audio.ts';
import type { PoolLog } from '../../../../src/speech/decoder-workers.ts';
import type {
  GreetingListener,
  GreetingOptions,
  GreetingRecognizer,
  GreetingWord,
} from '../../../../src/speech/ports.ts';
import { grammarLanguage, LOCAL_STT_LANGUAGES } from './grammar.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { type GreetingModel, greetingModel } from './greeting-model.ts';
import { canDecimate, Decimator } from './stt-audio.ts';
import type { DecodedWord } from './stt-decoder.ts';
import { DECODER_SAMPLE_RATE } from './stt-engine.ts';
import { DecoderPool, type DecoderThread } from './stt-pool.ts';

/**
 * Audio after which all of it is gone through again. Each pass takes a twelfth of its length, together a second or less; the
 * last leaves time for its result before a decision is due after 5 s.
 */
export const GREETING_PASSES_MS = [1500, 2300, 3100, 3800, 4400] as const;
const SAMPLES_PER_MS = DECODER_SAMPLE_RATE / 1000;
const LONGEST_MS = 5000;

export interface LocalGreetingsOptions {
  /** Decoder threads, besides those of the grammars, so that neither waits for the other; each takes 60 to 90 MB per language. */
  workers: number;
  log: PoolLog;
  clock?: Clock;
  /** Makes a decoder thread; tests hand in their own. */
  spawn?: () => DecoderThread;
}

export interface LocalGreetings extends GreetingRecognizer {
  /** What the threads are at work on, and what waits for them. */
  jobs(): number;
  /** Ends the threads; listeners tell nothing more. Idempotent. */
  close(): Promise<void>;
}

/** Guesses at greetings in the languages of the local recogniser's models. No thread runs until a call wants it. */
export function createLocalGreetings(options: LocalGreetingsOptions): LocalGreetings {
  const { workers, log, clock = systemClock } = options;
  const spawn = options.spawn === undefined ? {} : { spawn: options.spawn };
  const pool = new DecoderPool({ workers, clock, log, ...spawn }, greetingModel('en'));
  const listeners = new Set<LocalGreetingListener>();
  const ended = (listener: LocalGreetingListener) => listeners.delete(listener);
  const prepared = new Set<GrammarLanguage>();
  const prepare = (tag: string): void => {
    const language = languageOf(tag);
    if (language === undefined || prepared.has(language)) return;
    prepared.add(language);
    pool
      .ready()
      .then(() => pool.decode({ samples: new Int16Array(0), partial: true, grammar: greetingModel(language) }))
      .catch((error: unknown) => {
        prepared.delete(language);
        log.warn({ error: messageOf(error) }, 'greetings cannot be recognised');
      });
  };
  return {
    languages: LOCAL_STT_LANGUAGES,
    jobs: () => pool.jobs,
    prepare,
    listen(request, signal) {
      prepare(request.language);
      const language = languageOf(request.language);
      const listener = new LocalGreetingListener(pool, language && greetingModel(language), request, signal, ended);
      if (!listener.closed) listeners.add(listener);
      return listener;
    },
    async close() {
      for (const listener of listeners) listener.close();
      await pool.close();
    },
  };
}

/** undefined: there is no model. */
function languageOf(tag: string): GrammarLanguage | undefined {
  try {
    return grammarLanguage(tag);
  } catch {
    return undefined;
  }
}

/** Keeps the first seconds of a call and has them gone through whenever enough is new and a decoder is idle. */
class LocalGreetingListener implements GreetingListener {
  readonly #pool: DecoderPool;
  readonly #model: GreetingModel | undefined;
  readonly #options: GreetingOptions;
  readonly #signal: AbortSignal;
  readonly #ended: (listener: LocalGreetingListener) => void;
  readonly #onAbort = (): void => this.close();
  #samples: Int16Array | undefined = new Int16Array(LONGEST_MS * SAMPLES_PER_MS);
  #length = 0;
  #decimator: Decimator | undefined;
  #rate: SampleRate | undefined;
  #passes = 0;
  #pending = false;

  constructor(
    pool: DecoderPool,
    model: GreetingModel | undefined,
    options: GreetingOptions,
    signal: AbortSignal,
    ended: (listener: LocalGreetingListener) => void,
  ) {
    this.#pool = pool;
    this.#model = model;
    this.#options = options;
    this.#signal = signal;
    this.#ended = ended;
    if (signal.aborted || model === undefined) this.close();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get closed(): boolean {
    return this.#samples === undefined;
  }

  write({ samples, sampleRate }: AudioFrame): void {
    const kept = this.#samples;
    if (kept === undefined || !canDecimate(sampleRate)) return;
    if (this.#decimator === undefined || sampleRate !== this.#rate) {
      this.#decimator = new Decimator(sampleRate);
      this.#rate = sampleRate;
    }
    const narrow = this.#decimator.process(samples);
    const taken = narrow.subarray(0, Math.min(narrow.length, kept.length - this.#length));
    kept.set(taken, this.#length);
    this.#length += taken.length;
    if (!this.#pending && this.#due) this.#goThrough(kept.subarray(0, this.#length));
  }

  close(): void {
    if (this.#samples === undefined) return;
    this.#samples = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#ended(this);
  }

  get #due(): boolean {
    const next = GREETING_PASSES_MS[this.#passes];
    return next !== undefined && this.#length >= next * SAMPLES_PER_MS;
  }

  /** While all decoders are busy, every frame asks again: nothing waits, and whoever is still undecided gets the next. */
  #goThrough(samples: Int16Array): void {
    if (this.#model === undefined) return;
    const result = this.#pool.decodeIfIdle({ samples, partial: true, grammar: this.#model });
    if (result === undefined) return;
    while (this.#due) this.#passes += 1;
    this.#pending = true;
    const heardMs = samples.length / SAMPLES_PER_MS;
    result.then(
      ({ decoded: { words } }) => {
        this.#pending = false;
        if (this.#samples !== undefined) this.#options.guessed(words.map(greetingWord), heardMs);
      },
      // The pool has logged it; the next pass goes to another thread.
      () => {
        this.#pending = false;
      },
    );
  }
}

/** Below this misfit, in nepers per second, a word was said rather than not; fitted on the development clips of test/amd. */
const MISFIT = { even: 0.45, scale: 0.06 } as const;
const MIN_WORD_MS = 60;

/** How well a word fits the sound, compared with the best sound of every frame, as a confidence. */
export function greetingWord({ text, durationMs, logLikelihood }: DecodedWord): GreetingWord {
  const misfit = (-logLikelihood * 1000) / Math.max(MIN_WORD_MS, durationMs);
  return { text, durationMs, confidence: 1 / (1 + Math.exp((misfit - MISFIT.even) / MISFIT.scale)) };
}
