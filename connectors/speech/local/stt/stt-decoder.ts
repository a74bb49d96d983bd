import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Decoder } from 'soundswallower';
import type { CompiledGrammar } from './grammar.ts';
import { pronounce } from './grammar-pronounce.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { denoise } from './stt-denoise.ts';

export interface DecodedWord {
  text: string;
  startMs: number;
  durationMs: number;
  /** Natural logarithm of how much worse the word's best path is than the best sound of every frame; 0 is perfect. */
  logLikelihood: number;
}

export interface Decoded {
  /** Lower-case words; '' when nothing of the grammar fits. */
  text: string;
  words: DecodedWord[];
}

/** The rate of the models in the package. */
export const DECODER_SAMPLE_RATE = 8000;

const MODELS: Readonly<Record<GrammarLanguage, string>> = { en: 'en-us', fr: 'fr-fr' };

/**
 * Beams this wide keep the right path alive in noise (the engine's defaults lose it); the cap on active states keeps
 * their cost bounded; the word insertion penalty stops noise from becoming short words.
 */
const SEARCH = { beam: 1e-60, wbeam: 1e-50, pbeam: 1e-60, maxhmmpf: 800, wip: 0.02 } as const;

/** Words that one decoder may learn before it is built anew: its dictionary never forgets. */
const MAX_ADDED_WORDS = 5000;

/** One soundswallower decoder. Blocks its thread while it works: use it in a worker. */
export class GrammarDecoder {
  readonly language: GrammarLanguage;
  #decoder: Decoder;
  #grammarKey: string | undefined;
  #addedWords = 0;
  readonly #build: () => Promise<Decoder>;

  private constructor(language: GrammarLanguage, decoder: Decoder, build: () => Promise<Decoder>) {
    this.language = language;
    this.#decoder = decoder;
    this.#build = build;
  }

  /** Loads engine and model, about 0.2 s. */
  static async load(language: GrammarLanguage): Promise<GrammarDecoder> {
    const { default: createModule } = await import('soundswallower');
    const packageDir = dirname(createRequire(import.meta.url).resolve('soundswallower'));
    const options = {
      // The engine concatenates: the trailing separator is needed.
      modelBase: join(packageDir, 'model', '/'),
      defaultModel: MODELS[language],
      print: () => undefined,
      printErr: () => undefined,
    };
    const module = await createModule(options);
    const build = async (): Promise<Decoder> => {
      const decoder = new module.Decoder({ samprate: DECODER_SAMPLE_RATE, loglevel: 'FATAL', ...SEARCH });
      await initialize(decoder);
      return decoder;
    };
    return new GrammarDecoder(language, await build(), build);
  }

  /** Makes `grammar` the one to decode with; costs nothing when it already is. */
  async setGrammar(grammar: CompiledGrammar): Promise<void> {
    if (grammar.key === this.#grammarKey) return;
    this.#grammarKey = undefined;
    if (this.#addedWords > MAX_ADDED_WORDS) {
      const fresh = await this.#build();
      this.#decoder.delete();
      this.#decoder = fresh;
      this.#addedWords = 0;
    }
    const lookup = (word: string): string | undefined => this.#decoder.lookup_word(word) ?? undefined;
    const spelled = new Set(grammar.spelled);
    const missing: [string, string][] = [];
    for (const word of grammar.words) {
      if (lookup(word) === undefined)
        missing.push([word, pronounce(word, grammar.language, spelled.has(word), lookup)]);
    }
    if (missing.length > 0) this.#decoder.add_words(...missing);
    this.#addedWords += missing.length;
    this.#decoder.set_grammar(grammar.jsgf);
    this.#grammarKey = grammar.key;
  }

  /**
   * One pass over a whole stretch of speech at 8 kHz. `partial`: the caller is still speaking, so the text may end in
   * the middle of a phrase of the grammar.
   */
  decode(samples: Int16Array, partial: boolean): Decoded {
    if (!standsOut(samples)) return { text: '', words: [] };
    const decoder = this.#decoder;
    decoder.start();
    let text = '';
    try {
      decoder.process_audio(denoise(samples), false, true);
      if (partial) text = decoder.get_text();
    } finally {
      decoder.stop();
    }
    if (partial) return { text: plainText(text), words: [] };
    text = decoder.get_text();
    if (text === '') return { text, words: [] };
    const words: DecodedWord[] = [];
    for (const segment of decoder.get_alignment().w ?? []) {
      // Silence, noises and the engine's empty transitions.
      if (/^[<([+]/.test(segment.t)) continue;
      words.push({
        text: segment.t.replace(/\(\d+\)$/, ''),
        startMs: Math.round(segment.b * 1000),
        durationMs: Math.round(segment.d * 1000),
        logLikelihood: Math.log(Math.max(segment.p, 1e-4)),
      });
    }
    return { text: plainText(text), words };
  }

  close(): void {
    this.#decoder.delete();
  }
}

/**
 * The model's feat_params.json overrides the constructor's settings, so what it gets wrong is set after it was read: the
 * engine's own noise removal does more harm than good behind `denoise`.
 */
async function initialize(decoder: Decoder): Promise<void> {
  const stages = decoder as Decoder & { init_featparams(): Promise<unknown> };
  const readParameters = stages.init_featparams.bind(decoder);
  stages.init_featparams = async () => {
    const parameters = await readParameters();
    decoder.set_config('remove_noise', 0);
    return parameters;
  };
  await decoder.initialize();
}

/** RMS of the loud frames of the quietest talker: -55 dB relative to full scale. */
const QUIETEST_SPEECH_RMS = 58;
/** Loud frames of speech are at least this many times as loud as its quiet ones; steady noise is not. */
const LEAST_CONTRAST = 1.4;
const FRAME_SAMPLES = DECODER_SAMPLE_RATE / 50;

/** Whether there can be speech at all: the search would find words in steady noise as well. */
export function standsOut(samples: Int16Array): boolean {
  const frames = Math.floor(samples.length / FRAME_SAMPLES);
  const levels = new Float64Array(frames);
  // Of the first difference: what rumbles below the voice varies by itself.
  const contrast = new Float64Array(frames);
  for (let f = 0; f < frames; f++) {
    let power = 0;
    let difference = 0;
    for (let i = f * FRAME_SAMPLES; i < (f + 1) * FRAME_SAMPLES; i++) {
      const sample = samples[i] ?? 0;
      power += sample ** 2;
      difference += (sample - (samples[i - 1] ?? sample)) ** 2;
    }
    levels[f] = Math.sqrt(power / FRAME_SAMPLES);
    contrast[f] = Math.sqrt(difference / FRAME_SAMPLES);
  }
  return (
    quantile(levels, 0.95) >= QUIETEST_SPEECH_RMS &&
    quantile(contrast, 0.95) >= quantile(contrast, 0.1) * LEAST_CONTRAST
  );
}

function quantile(values: Float64Array, share: number): number {
  return values.sort()[Math.floor(values.length * share)] ?? 0;
}

function plainText(text: string): string {
  return text
    .replace(/\(\d+\)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
