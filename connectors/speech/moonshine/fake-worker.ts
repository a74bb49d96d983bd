import type { Resampler, ResamplerFactory } from '../../../src/media/resample.ts';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import type { MoonshineReply, MoonshineRequest, MoonshineWorker } from './processes.ts';
import type { Heard } from './transcriber.ts';

export function heardWords(text: string, confidence = 0.9): Heard {
  const words = text.split(' ').filter((word) => word !== '');
  return { text, words: words.map((word) => ({ text: word, confidence })), confidence: text === '' ? 0 : confidence };
}

/** Understands `wordFrames` at 8 kHz that `doubled` has brought to 16 kHz. */
function readWords(samples: Int16Array): Heard {
  const reader = new WordReader();
  const words: number[] = [];
  for (let at = 0; at + 320 <= samples.length; at += 320) {
    const word = reader.push(samples.subarray(at, at + 320).filter((_, i) => i % 2 === 0));
    if (word !== undefined) words.push(word);
  }
  return heardWords(words.join(' '));
}

/** A process that is none. It answers at once, or when the test says so, and dies on request. */
export class FakeWorker implements MoonshineWorker {
  readonly requests: MoonshineRequest[] = [];
  /** Answers wait for `answer`. */
  held = false;
  readonly #listeners = new Map<string, (value: never) => void>();
  readonly #starts: boolean;
  #dead = false;

  /** @param starts false: it dies as soon as it is asked */
  constructor(starts = true) {
    this.#starts = starts;
  }

  postMessage(request: MoonshineRequest): void {
    this.requests.push(request);
    queueMicrotask(() => {
      if (!this.#starts) this.die();
      else if (request.type === 'warm-up') this.#tell({ type: 'warm', id: request.id });
      else if (!this.held) this.answer(readWords(request.samples));
    });
  }

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, listener);
  }

  answer(decoded: Heard): void {
    this.#tell({ type: 'decoded', id: this.requests.at(-1)?.id ?? 0, decoded, decodeMs: 1 });
  }

  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#listeners.get('exit')?.(undefined as never);
  }

  async terminate(): Promise<void> {
    this.die();
  }

  /** Milliseconds of audio of each request. */
  get askedMs(): number[] {
    return this.requests.flatMap((request) => (request.type === 'decode' ? [request.samples.length / 16] : []));
  }

  #tell(reply: MoonshineReply): void {
    if (!this.#dead) this.#listeners.get('message')?.(reply as never);
  }
}

/** Every sample twice. */
export const doubled: ResamplerFactory = (fromRate, toRate): Resampler => ({
  fromRate,
  toRate,
  process: (samples) => Int16Array.from({ length: samples.length * 2 }, (_, i) => samples[i >> 1] ?? 0),
  flush: () => new Int16Array(0),
  close: () => {},
});
