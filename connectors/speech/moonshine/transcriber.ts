import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { loadOrt, type Ort, type OrtSession, type OrtTensor } from './ort.ts';
import { type MoonshineFiles, moonshineFiles } from './packages.ts';

export const MOONSHINE_RATE = 16_000;

export interface HeardWord {
  /** As written, with its punctuation. */
  text: string;
  /** 0..1: of its least likely part. */
  confidence: number;
}

/** What was understood of a stretch of audio. */
export interface Heard {
  text: string;
  words: readonly HeardWord[];
  /** 0..1: the mean over all parts of words; 0 when nothing was understood. */
  confidence: number;
}

const NOTHING: Heard = { text: '', words: [], confidence: 0 };

/** Dimensions of the "tiny" model. */
const LAYERS = 6;
const HEADS = 8;
const HEAD_DIM = 36;
const START = 1;
const END = 2;

/** Silence around the audio: with speech at its very edge the model tends to understand nothing. */
const LEAD_SAMPLES = 0.3 * MOONSHINE_RATE;
const TAIL_SAMPLES = 0.5 * MOONSHINE_RATE;
/** Nobody speaks faster than that; beyond it the model repeats itself (its own limit is 6 per second). */
const TOKENS_PER_SECOND = 6.5;
/** The work grows faster than the length; the model was made for up to half a minute. */
const PIECE_SAMPLES = 24 * MOONSHINE_RATE;
/** So much is looked at for a quiet place: a tenth of a second. */
const QUIET_SAMPLES = MOONSHINE_RATE / 10;
/** Shorter than any word. */
const LEAST_SAMPLES = 0.1 * MOONSHINE_RATE;
/** Newest version of the file format that onnxruntime 1.16 reads; what 10 has in addition, these files do not use. */
const IR_VERSION = 9;

interface Tokenizer {
  vocabById: readonly string[];
  decode(tokens: readonly number[], addBos?: boolean, precedingSpace?: boolean): string;
}

/** The Moonshine "tiny" model (English), one audio at a time on one thread. Greedy: the likeliest token each time. */
export class Transcriber {
  readonly #ort: Ort;
  readonly #encoder: OrtSession;
  readonly #decoder: OrtSession;
  readonly #tokenizer: Tokenizer;

  private constructor(ort: Ort, encoder: OrtSession, decoder: OrtSession, tokenizer: Tokenizer) {
    this.#ort = ort;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#tokenizer = tokenizer;
  }

  /** @throws Error when a package is missing or cannot be used on this machine */
  static async load(files: MoonshineFiles = moonshineFiles()): Promise<Transcriber> {
    const ort = await loadOrt(files.runtime);
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 };
    const open = async (path: string) => ort.InferenceSession.create(readable(await readFile(path)), options);
    const [encoder, decoder, { default: tokenizer }] = await Promise.all([
      open(files.encoder),
      open(files.decoder),
      import(pathToFileURL(files.tokenizer).href) as Promise<{ default: Tokenizer }>,
    ]);
    return new Transcriber(ort, encoder, decoder, tokenizer);
  }

  /** @param samples at 16 kHz, of any length */
  async transcribe(samples: Int16Array): Promise<Heard> {
    const parts: Heard[] = [];
    for (const piece of pieces(samples)) {
      const heard = await this.#piece(piece);
      if (heard.words.length > 0) parts.push(heard);
    }
    const words = parts.flatMap((part) => part.words);
    if (words.length === 0) return NOTHING;
    const confidence = parts.reduce((sum, part) => sum + part.confidence * part.words.length, 0) / words.length;
    return { text: parts.map(({ text }) => text).join(' '), words, confidence };
  }

  async #piece(samples: Int16Array): Promise<Heard> {
    if (samples.length < LEAST_SAMPLES) return NOTHING;
    const audio = new Float32Array(LEAD_SAMPLES + samples.length + TAIL_SAMPLES);
    for (let i = 0; i < samples.length; i++) audio[LEAD_SAMPLES + i] = (samples[i] ?? 0) / 32768;
    const feeds = { input_values: new this.#ort.Tensor('float32', audio, [1, audio.length]) };
    const states = (await this.#encoder.run(feeds)).last_hidden_state;
    if (states === undefined) throw new Error('the model has no last_hidden_state');
    return this.#decode(states, Math.ceil((samples.length / MOONSHINE_RATE) * TOKENS_PER_SECOND));
  }

  async #decode(states: OrtTensor, limit: number): Promise<Heard> {
    const { Tensor } = this.#ort;
    const past = this.#emptyPast();
    const tokens: number[] = [];
    const chances: number[] = [];
    let last = START;
    while (tokens.length < limit) {
      const first = tokens.length === 0;
      const out = await this.#decoder.run({
        input_ids: new Tensor('int64', BigInt64Array.of(BigInt(last)), [1, 1]),
        encoder_hidden_states: states,
        use_cache_branch: new Tensor('bool', Uint8Array.of(first ? 0 : 1), [1]),
        ...past,
      });
      if (out.logits === undefined) throw new Error('the model has no logits');
      // Over a telephone it often has "nothing" for likeliest where words were said: something is always asked for.
      const { token, chance } = likeliest(out.logits.data as Float32Array, first ? END : undefined);
      if (token === END) break;
      tokens.push(token);
      chances.push(chance);
      last = token;
      for (const name of Object.keys(past)) {
        const present = out[name.replace('past_key_values', 'present')];
        if (present !== undefined && (first || name.includes('decoder'))) past[name] = present;
      }
    }
    return this.#heard(tokens, chances);
  }

  #emptyPast(): Record<string, OrtTensor> {
    const past: Record<string, OrtTensor> = {};
    for (let layer = 0; layer < LAYERS; layer++) {
      for (const side of ['decoder', 'encoder']) {
        for (const part of ['key', 'value']) {
          const empty = new this.#ort.Tensor('float32', new Float32Array(0), [0, HEADS, 1, HEAD_DIM]);
          past[`past_key_values.${layer}.${side}.${part}`] = empty;
        }
      }
    }
    return past;
  }

  #heard(tokens: readonly number[], chances: readonly number[]): Heard {
    if (tokens.length === 0) return NOTHING;
    const words: { tokens: number[]; confidence: number }[] = [];
    for (const [i, token] of tokens.entries()) {
      const chance = chances[i] ?? 0;
      const word = words.at(-1);
      // A word's first token begins with this mark.
      if (word === undefined || this.#tokenizer.vocabById[token]?.startsWith('\u2581')) {
        words.push({ tokens: [token], confidence: chance });
      } else {
        word.tokens.push(token);
        word.confidence = Math.min(word.confidence, chance);
      }
    }
    const write = (part: readonly number[]) => this.#tokenizer.decode(part, false, false).trim();
    return {
      text: write(tokens),
      words: words.map((word) => ({ text: write(word.tokens), confidence: word.confidence })),
      confidence: chances.reduce((sum, chance) => sum + chance, 0) / chances.length,
    };
  }
}

/** Pieces of at most `PIECE_SAMPLES`, cut where it is quietest in their last third. */
export function pieces(samples: Int16Array): Int16Array[] {
  const cut: Int16Array[] = [];
  let from = 0;
  while (samples.length - from > PIECE_SAMPLES) {
    let to = from + PIECE_SAMPLES;
    let least = Number.POSITIVE_INFINITY;
    for (let at = from + (2 * PIECE_SAMPLES) / 3; at + QUIET_SAMPLES <= from + PIECE_SAMPLES; at += QUIET_SAMPLES / 2) {
      let energy = 0;
      for (const sample of samples.subarray(at, at + QUIET_SAMPLES)) energy += sample * sample;
      if (energy >= least) continue;
      least = energy;
      to = at + QUIET_SAMPLES / 2;
    }
    cut.push(samples.subarray(from, to));
    from = to;
  }
  cut.push(samples.subarray(from));
  return cut;
}

/** The likeliest token and its probability. @param except not this one */
function likeliest(logits: Float32Array, except: number | undefined): { token: number; chance: number } {
  let token = -1;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    if (logit > top && i !== except) {
      top = logit;
      token = i;
    }
  }
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] ?? 0) - top);
  return { token, chance: 1 / sum };
}

/** The model with a version in its first field (`ir_version`) that older runtimes take. */
function readable(model: Uint8Array): Uint8Array {
  const [tag, version = 0] = model;
  if (tag === 8 && version > IR_VERSION && version < 128) model[1] = IR_VERSION;
  return model;
}
