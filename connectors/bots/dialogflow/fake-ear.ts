import { decodeG711 } from '../../../src/media/g711.ts';

const WINDOW_MS = 20;
const LOUD = 1_000;
/** A tone this long is a word. */
const WORD_MS = 60;
/** Silence that ends an utterance. */
const END_MS = 300;

export type EarEvent = { type: 'word'; text: string } | { type: 'end'; text: string };

/** What understands the audio of a stream. */
export interface Ear {
  /** What was understood so far. */
  readonly text: string;
  readonly heardMs: number;
  hear(bytes: Buffer): EarEvent[];
}

/** Understands tones: a word is a tone, `500 Hz`, and an utterance ends with silence. */
export class FakeEar implements Ear {
  readonly #mulaw: boolean;
  readonly #window: number;
  readonly #rate: number;
  #samples: number[] = [];
  #toneMs = 0;
  #crossings = 0;
  #silentMs = 0;
  #words: string[] = [];
  heardMs = 0;

  constructor(encoding: string, rate: number) {
    this.#mulaw = encoding === 'AUDIO_ENCODING_MULAW';
    this.#rate = rate;
    this.#window = (rate * WINDOW_MS) / 1000;
  }

  /** What was understood so far. */
  get text(): string {
    this.#word();
    return this.#words.join(' ');
  }

  hear(bytes: Buffer): EarEvent[] {
    this.#samples.push(...this.#decode(bytes));
    const events: EarEvent[] = [];
    while (this.#samples.length >= this.#window) events.push(...this.#listen(this.#samples.splice(0, this.#window)));
    return events;
  }

  #decode(bytes: Buffer): Int16Array {
    if (!this.#mulaw) return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(2 * index));
    const samples = new Int16Array(bytes.length);
    decodeG711('PCMU', bytes, 0, bytes.length, samples);
    return samples;
  }

  #listen(window: readonly number[]): EarEvent[] {
    this.heardMs += WINDOW_MS;
    if (window.some((sample) => Math.abs(sample) > LOUD)) {
      this.#silentMs = 0;
      this.#toneMs += WINDOW_MS;
      this.#crossings += window.filter(
        (sample, index) => index > 0 && sample >= 0 !== (window[index - 1] ?? 0) >= 0,
      ).length;
      return [];
    }
    this.#silentMs += WINDOW_MS;
    const events: EarEvent[] = [];
    if (this.#word()) events.push({ type: 'word', text: this.#words.join(' ') });
    if (this.#silentMs === END_MS && this.#words.length > 0) events.push({ type: 'end', text: this.#words.join(' ') });
    return events;
  }

  /** @returns whether a word is over */
  #word(): boolean {
    const [ms, crossings] = [this.#toneMs, this.#crossings];
    this.#toneMs = 0;
    this.#crossings = 0;
    if (ms < WORD_MS) return false;
    // The edges of windows are not counted.
    const hertz = crossings / 2 / ((ms / 1000) * (1 - 1 / this.#window));
    this.#words.push(`${Math.round(hertz / 100) * 100} Hz`);
    return this.#rate > 0;
  }
}
