import type { Decoder, Segment } from 'soundswallower';
import type { CompiledGrammar } from './grammar.ts';
import { pronounce } from './grammar-pronounce.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { denoise } from './stt-denoise.ts';
import { DECODER_SAMPLE_RATE, loadEngine } from './stt-engine.ts';
import { type SoundEvidence, soundEvidence } from './stt-evidence.ts';

export interface DecodedPhone {
  /** As the model's dictionary has it. */
  name: string;
  durationMs: number;
}

export interface DecodedWord {
  text: string;
  startMs: number;
  durationMs: number;
  /** Natural logarithm of how much worse the word's best path is than the best sound of every frame; 0 is perfect. */
  logLikelihood: number;
  /** Where they were asked for. */
  phones?: DecodedPhone[];
}

export interface Decoded {
  /** Lower-case words; '' when nothing of the grammar fits. */
  text: string;
  words: DecodedWord[];
  /** Of a whole utterance in which something fits. */
  evidence?: SoundEvidence;
}

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
    const engine = await loadEngine(language);
    const build = () => engine.decoder(SEARCH);
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
    this.#addedWords += learnWords(this.#decoder, grammar.words, grammar.language, new Set(grammar.spelled));
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
    return {
      text: plainText(text),
      words: withPhones(decoder, alignedWords(decoder)),
      evidence: soundEvidence(samples),
    };
  }

  close(): void {
    this.#decoder.delete();
  }
}

/** The words of the utterance that was just stopped, with their places and how well they fit. */
export function alignedWords(decoder: Decoder): DecodedWord[] {
  return (decoder.get_alignment().w ?? []).filter(isWord).map((segment) => ({
    text: segment.t.replace(/\(\d+\)$/, ''),
    startMs: Math.round(segment.b * 1000),
    durationMs: Math.round(segment.d * 1000),
    logLikelihood: Math.log(Math.max(segment.p, 1e-4)),
  }));
}

/** Phones come from an alignment anew, whose scores are others than the search's, which stt-score.ts was fitted to. */
function withPhones(decoder: Decoder, words: DecodedWord[]): DecodedWord[] {
  const aligned = (decoder.get_alignment({ align_level: 1 }).w ?? []).filter(isWord);
  if (aligned.length !== words.length) return words;
  return words.map((word, i) => ({
    ...word,
    phones: (aligned[i]?.w ?? []).map(({ t, d }) => ({ name: t, durationMs: Math.round(d * 1000) })),
  }));
}

/** Not silence, a noise or one of the engine's empty transitions. */
function isWord({ t }: Segment): boolean {
  return !/^[<([+]/.test(t);
}

/** Teaches the decoder those words that its dictionary lacks; how many they were. */
export function learnWords(
  decoder: Decoder,
  words: readonly string[],
  language: GrammarLanguage,
  spelled: ReadonlySet<string>,
): number {
  const lookup = (word: string): string | undefined => decoder.lookup_word(word) ?? undefined;
  const missing: [string, string][] = [];
  for (const word of words) {
    if (lookup(word) === undefined) missing.push([word, pronounce(word, language, spelled.has(word), lookup)]);
  }
  if (missing.length > 0) decoder.add_words(...missing);
  return missing.length;
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

export function plainText(text: string): string {
  return text
    .replace(/\(\d+\)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
