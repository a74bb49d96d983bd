import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grammarLanguage } from '../../connectors/speech/local/stt/grammar.ts';
import type { GrammarLanguage } from '../../connectors/speech/local/stt/grammar-sets.ts';
import { GREETING_SEARCH, GreetingDecoder } from '../../connectors/speech/local/stt/greeting-decoder.ts';
import { greetingNetwork } from '../../connectors/speech/local/stt/greeting-model.ts';
import { GREETING_PASSES_MS, greetingWord } from '../../connectors/speech/local/stt/greetings.ts';
import { Decimator } from '../../connectors/speech/local/stt/stt-audio.ts';
import type { Decoded } from '../../connectors/speech/local/stt/stt-decoder.ts';
import { GREETING_PASSES_MS as DICTATION_PASSES_MS } from '../../connectors/speech/moonshine/greetings.ts';
import { type Heard, MOONSHINE_RATE, Transcriber } from '../../connectors/speech/moonshine/transcriber.ts';
import type { DictatedWord, GuessedWord } from '../../src/dialout/machine-detection/phrases.ts';
import { resample } from '../../src/media/resample.ts';
import type { Clip } from './clip.ts';

interface Kept<D> {
  decoded: D;
  cpuMs: number;
}

const SILENCE: Decoded = { text: '', words: [] };
/** Changes when the model or what is done around it does. */
const DICTATION_KEY = 'moonshine tiny 0.1.29, 1';

/** A pass takes a twelfth of its audio on an idle machine, as measured; some time goes by on the way there and back. */
function delayMs(passMs: number): number {
  return 50 + passMs / 10;
}

/** A pass of dictation takes a twentieth, and less when little was said; on the safe side. */
function dictationDelayMs(passMs: number): number {
  return 50 + passMs / 16;
}

/**
 * The local recogniser of greetings, its real decoder included, on clips. What it guessed is kept in a folder of the system's
 * temporary one until audio, sentences or search change.
 */
export class Ear {
  readonly #decoders: ReadonlyMap<GrammarLanguage, GreetingDecoder>;
  readonly #keys = new Map<GrammarLanguage, string>();
  readonly #folder: string;
  #transcriber: Promise<Transcriber> | undefined;

  private constructor(decoders: ReadonlyMap<GrammarLanguage, GreetingDecoder>, folder: string) {
    this.#decoders = decoders;
    this.#folder = folder;
    for (const language of decoders.keys()) {
      this.#keys.set(language, JSON.stringify([GREETING_SEARCH, greetingNetwork(language)]));
    }
    mkdirSync(folder, { recursive: true });
  }

  static async load(folder = process.env.PATCHBAY_AMD_CACHE ?? join(tmpdir(), 'patchbay-amd-guesses')): Promise<Ear> {
    const languages = ['en', 'fr'] as const;
    const decoders = await Promise.all(languages.map((language) => GreetingDecoder.load(language)));
    return new Ear(new Map(languages.map((language, i) => [language, decoders[i] as GreetingDecoder])), folder);
  }

  /** Guesses; undefined: there is no model of the clip's language. */
  listen(clip: Clip): ClipEar | undefined {
    let language: GrammarLanguage;
    try {
      language = grammarLanguage(clip.spec.language);
    } catch {
      return undefined;
    }
    const samples = narrow(clip);
    return new ClipEar(GREETING_PASSES_MS, delayMs, async (passMs) => {
      const { decoded, cpuMs } = await this.#pass(language, samples.slice(0, passMs * 8));
      return { told: { kind: 'guess', words: decoded.words.map(greetingWord), passMs }, cpuMs };
    });
  }

  /** Dictation; in other languages than English what `listen` gives. */
  async dictate(clip: Clip): Promise<ClipEar | undefined> {
    if (clip.spec.language !== 'en') return this.listen(clip);
    const samples = await resample(clip.samples, clip.sampleRate, MOONSHINE_RATE);
    return new ClipEar(DICTATION_PASSES_MS, dictationDelayMs, async (passMs) => {
      const { decoded, cpuMs } = await this.#dictation(samples.slice(0, passMs * 16));
      return { told: { kind: 'dictation', words: decoded.words, passMs }, cpuMs };
    });
  }

  close(): void {
    for (const decoder of this.#decoders.values()) decoder.close();
  }

  #pass(language: GrammarLanguage, samples: Int16Array): Promise<Kept<Decoded>> {
    const decoder = this.#decoders.get(language);
    return this.#kept(this.#keys.get(language) ?? '', samples, async () => decoder?.decode(samples) ?? SILENCE);
  }

  #dictation(samples: Int16Array): Promise<Kept<Heard>> {
    return this.#kept(DICTATION_KEY, samples, async () => {
      this.#transcriber ??= Transcriber.load();
      return (await this.#transcriber).transcribe(samples);
    });
  }

  async #kept<D>(settings: string, samples: Int16Array, decode: () => Promise<D>): Promise<Kept<D>> {
    const key = createHash('sha256').update(settings).update(samples).digest('hex').slice(0, 32);
    const file = join(this.#folder, `${key}.json`);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Kept<D>;
    } catch {
      // Not heard yet.
    }
    const before = process.cpuUsage();
    const decoded = await decode();
    const { user, system } = process.cpuUsage(before);
    const kept: Kept<D> = { decoded, cpuMs: (user + system) / 1000 };
    writeFileSync(`${file}.part`, JSON.stringify(kept));
    renameSync(`${file}.part`, file);
    return kept;
  }
}

/** What the detector is told. */
export type Told =
  | { kind: 'guess'; words: readonly GuessedWord[]; passMs: number }
  | { kind: 'dictation'; words: readonly DictatedWord[]; passMs: number };

/** One clip's passes, made when they are due. */
export class ClipEar {
  /** CPU of all passes that were made. */
  cpuMs = 0;
  readonly #passesMs: readonly number[];
  readonly #pass: (passMs: number) => Promise<{ told: Told; cpuMs: number }>;
  readonly #delayMs: (passMs: number) => number;
  #made = 0;
  #waiting: { toldAtMs: number; told: Told } | undefined;

  constructor(
    passesMs: readonly number[],
    delayMs: (passMs: number) => number,
    pass: (passMs: number) => Promise<{ told: Told; cpuMs: number }>,
  ) {
    this.#passesMs = passesMs;
    this.#delayMs = delayMs;
    this.#pass = pass;
  }

  /** What the detector is told when so much of the clip has been heard. */
  async take(elapsedMs: number): Promise<Told | undefined> {
    const passMs = this.#passesMs[this.#made];
    if (this.#waiting === undefined && passMs !== undefined && elapsedMs >= passMs) {
      this.#made += 1;
      const { told, cpuMs } = await this.#pass(passMs);
      this.cpuMs += cpuMs;
      this.#waiting = { toldAtMs: passMs + this.#delayMs(passMs), told };
    }
    if (this.#waiting === undefined || this.#waiting.toldAtMs > elapsedMs) return undefined;
    const { told } = this.#waiting;
    this.#waiting = undefined;
    return told;
  }
}

/** As the connector brings it to 8 kHz. */
function narrow({ samples, sampleRate }: Clip): Int16Array {
  if (sampleRate === 8000) return samples;
  const decimator = new Decimator(sampleRate);
  const frame = sampleRate / 50;
  const out = new Int16Array(samples.length / 2);
  for (let from = 0; from + frame <= samples.length; from += frame) {
    out.set(decimator.process(samples.subarray(from, from + frame)), from / 2);
  }
  return out;
}
