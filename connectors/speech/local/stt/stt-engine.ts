import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Decoder, SoundSwallowerModule } from 'soundswallower';
import type { GrammarLanguage } from './grammar-sets.ts';
import type { WordNetwork } from './greeting-model.ts';

/** The rate of the models in the package. */
export const DECODER_SAMPLE_RATE = 8000;

const MODELS: Readonly<Record<GrammarLanguage, string>> = { en: 'en-us', fr: 'fr-fr' };

/** The engine with one language's model, and a way to make decoders. */
export interface Engine {
  module: SoundSwallowerModule;
  /** @param search names of the engine's settings and their values */
  decoder(search: Readonly<Record<string, number>>): Promise<Decoder>;
}

/** Loads engine and model, about 0.2 s. */
export async function loadEngine(language: GrammarLanguage): Promise<Engine> {
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
  return {
    module,
    async decoder(search) {
      const decoder = new module.Decoder({ samprate: DECODER_SAMPLE_RATE, loglevel: 'FATAL', ...search });
      await initialize(decoder);
      return decoder;
    },
  };
}

/**
 * The model's feat_params.json overrides the constructor's settings, so what it gets wrong is set after it was read: the
 * engine's own noise removal does more harm than good.
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

/** What the engine's JavaScript does for JSGF, and its WebAssembly exports for any network. Pointers are numbers. */
interface NetworkFunctions {
  _decoder_logmath(decoder: number): number;
  _logmath_log(logmath: number, probability: number): number;
  _fsg_model_init(name: number, logmath: number, weight: number, states: number): number;
  _fsg_set_states(network: number, start: number, end: number): void;
  _fsg_model_word_add(network: number, word: number): number;
  _fsg_model_trans_add(network: number, from: number, to: number, logProbability: number, word: number): void;
  _fsg_model_null_trans_add(network: number, from: number, to: number, logProbability: number): number;
  _decoder_set_fsg(decoder: number, network: number): number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  HEAPU8: Uint8Array;
}

/**
 * Makes a network the one to decode with. Every word must be in the decoder's dictionary.
 * @throws Error when the engine refuses it
 */
export function setNetwork(decoder: Decoder, module: SoundSwallowerModule, network: WordNetwork): void {
  const engine = module as unknown as NetworkFunctions;
  const { cdecoder } = decoder as Decoder & { cdecoder: number };
  const weight = Number(decoder.get_config('lw'));
  const logmath = engine._decoder_logmath(cdecoder);
  const withString = <T>(text: string, use: (pointer: number) => T): T => {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = engine._malloc(bytes.length);
    engine.HEAPU8.set(bytes, pointer);
    try {
      return use(pointer);
    } finally {
      engine._free(pointer);
    }
  };
  const model = withString('network', (name) => engine._fsg_model_init(name, logmath, weight, network.states));
  engine._fsg_set_states(model, network.start, network.end);
  const ids = new Map(
    network.words.map((word) => [word, withString(word, (text) => engine._fsg_model_word_add(model, text))]),
  );
  for (const { from, to, probability, word } of network.arcs) {
    const cost = Math.round(engine._logmath_log(logmath, probability) * weight);
    const id = word === undefined ? undefined : ids.get(word);
    if (id === undefined) engine._fsg_model_null_trans_add(model, from, to, cost);
    else engine._fsg_model_trans_add(model, from, to, cost, id);
  }
  if (engine._decoder_set_fsg(cdecoder, model) < 0) throw new Error('the engine refused a network of words');
}
