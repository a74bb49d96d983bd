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
import type { GuessedWord } from '../../src/dialout/machine-detection/phrases.ts';
import type { Clip } from './clip.ts';

interface Kept {
  decoded: Decoded;
  cpuMs: number;
}

/** A pass takes a twelfth of its audio on an idle machine, as measured; some time goes by on the way there and back. */
function delayMs(passMs: number): number {
  return 50 + passMs / 10;
}

/**
 * The local recogniser of greetings, its real decoder included, on clips. What it guessed is kept in a folder of the system's
 * temporary one until audio, sentences or search change.
 */
export class Ear {
  readonly #decoders: ReadonlyMap<GrammarLanguage, GreetingDecoder>;
  readonly #keys = new Map<GrammarLanguage, string>();
  readonly #folder: string;

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

  /** undefined: there is no model of the clip's language. */
  listen(clip: Clip): ClipEar | undefined {
    let language: GrammarLanguage;
    try {
      language = grammarLanguage(clip.spec.language);
    } catch {
      return undefined;
    }
    const samples = narrow(clip);
    return new ClipEar((passMs) => this.#pass(language, samples.slice(0, passMs * 8)));
  }

  close(): void {
    for (const decoder of this.#decoders.values()) decoder.close();
  }

  #pass(language: GrammarLanguage, samples: Int16Array): Kept {
    const key = createHash('sha256')
      .update(this.#keys.get(language) ?? '')
      .update(samples)
      .digest('hex')
      .slice(0, 32);
    const file = join(this.#folder, `${key}.json`);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Kept;
    } catch {
      // Not heard yet.
    }
    const before = process.cpuUsage();
    const decoded = this.#decoders.get(language)?.decode(samples) ?? { text: '', words: [] };
    const { user, system } = process.cpuUsage(before);
    const kept: Kept = { decoded, cpuMs: (user + system) / 1000 };
    writeFileSync(`${file}.part`, JSON.stringify(kept));
    renameSync(`${file}.part`, file);
    return kept;
  }
}

/** One clip's passes, made when they are due. */
export class ClipEar {
  /** CPU of all passes that were made. */
  cpuMs = 0;
  readonly #pass: (passMs: number) => Kept;
  #made = 0;
  #waiting: { toldAtMs: number; passMs: number; words: readonly GuessedWord[] } | undefined;

  constructor(pass: (passMs: number) => Kept) {
    this.#pass = pass;
  }

  /** What the detector is told when so much of the clip has been heard. */
  take(elapsedMs: number): { words: readonly GuessedWord[]; passMs: number } | undefined {
    const passMs = GREETING_PASSES_MS[this.#made];
    if (this.#waiting === undefined && passMs !== undefined && elapsedMs >= passMs) {
      this.#made += 1;
      const { decoded, cpuMs } = this.#pass(passMs);
      this.cpuMs += cpuMs;
      this.#waiting = { toldAtMs: passMs + delayMs(passMs), passMs, words: decoded.words.map(greetingWord) };
    }
    if (this.#waiting === undefined || this.#waiting.toldAtMs > elapsedMs) return undefined;
    const told = this.#waiting;
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
