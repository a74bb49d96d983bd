import type { Decoder } from 'soundswallower';
import type { GrammarLanguage } from './grammar-sets.ts';
import { greetingNetwork } from './greeting-model.ts';
import { alignedWords, type Decoded, learnWords, plainText, standsOut } from './stt-decoder.ts';
import { loadEngine, setNetwork } from './stt-engine.ts';

/**
 * Narrower than for grammars, since all words are open all the time: 5 s of speech take about 0.3 s of CPU, a third of what
 * the grammars' beams would. Two Gaussians per state rather than four halve the cost. Fitted on the corpus of test/amd.
 */
export const GREETING_SEARCH = {
  beam: 1e-30,
  wbeam: 1e-20,
  pbeam: 1e-30,
  maxhmmpf: 400,
  topn: 2,
  lw: 4,
  wip: 0.5,
} as const;

/**
 * Understands, as well as it can, what is said by those who answer calls: any words of the greetings it knows, in any order,
 * the likelier the more they follow each other there. What it does not know becomes what it knows: its text is a guess.
 * Blocks its thread while it works: use it in a worker.
 */
export class GreetingDecoder {
  readonly #decoder: Decoder;

  private constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** Loads engine, model and greetings, about 0.6 s. */
  static async load(language: GrammarLanguage): Promise<GreetingDecoder> {
    const engine = await loadEngine(language);
    const decoder = await engine.decoder(GREETING_SEARCH);
    const network = greetingNetwork(language);
    learnWords(decoder, network.words, language, new Set());
    setNetwork(decoder, engine.module, network);
    return new GreetingDecoder(decoder);
  }

  /** One pass over all that was heard, at 8 kHz. */
  decode(samples: Int16Array): Decoded {
    if (!standsOut(samples)) return { text: '', words: [] };
    const decoder = this.#decoder;
    decoder.start();
    try {
      decoder.process_audio(
        Float32Array.from(samples, (sample) => sample / 32768),
        false,
        true,
      );
    } finally {
      decoder.stop();
    }
    const text = plainText(decoder.get_text());
    return { text, words: text === '' ? [] : alignedWords(decoder) };
  }

  close(): void {
    this.#decoder.delete();
  }
}
