import { EventEmitter } from 'node:events';
import { messageOf } from '../../../src/errors.ts';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from '../../../src/speech/ports.ts';

/** Recognises a whole recording. @throws SpeechError */
export type Recognise = (
  samples: Int16Array,
  contextPhrases: readonly string[],
  signal: AbortSignal,
) => Promise<string>;

/** Kept of the time before an utterance. */
const PRE_ROLL_MS = 1_000;

/** Collects each utterance and has it recognised when it is over; texts come in the order of the utterances. */
export class UtteranceSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #recognise: Recognise;
  readonly #sampleRate: SampleRate;
  readonly #maxSamples: number;
  readonly #abort = new AbortController();
  readonly #past: Int16Array[] = [];
  #pastSamples = 0;
  #utterance: Int16Array[] | undefined;
  #utteranceSamples = 0;
  /** Texts of an utterance that was too long for one request. */
  #parts: Promise<string>[] = [];
  #last: Promise<void> = Promise.resolve();
  #contextPhrases: readonly string[];

  constructor(
    recognise: Recognise,
    options: { sampleRate: SampleRate; maxUtteranceMs: number; contextPhrases: readonly string[] },
  ) {
    super();
    this.#recognise = recognise;
    this.#sampleRate = options.sampleRate;
    this.#maxSamples = (options.maxUtteranceMs * options.sampleRate) / 1000;
    this.#contextPhrases = options.contextPhrases;
  }

  write({ samples }: AudioFrame): void {
    if (this.closed) return;
    const copy = samples.slice();
    if (this.#utterance === undefined) {
      this.#past.push(copy);
      this.#pastSamples += copy.length;
      while (this.#pastSamples > (PRE_ROLL_MS * this.#sampleRate) / 1000)
        this.#pastSamples -= this.#past.shift()?.length ?? 0;
      return;
    }
    this.#utterance.push(copy);
    this.#utteranceSamples += copy.length;
    if (this.#utteranceSamples >= this.#maxSamples) this.#cut();
  }

  startUtterance(preRollMs: number): void {
    if (this.closed) return;
    this.#parts = [];
    this.#utterance = [];
    this.#utteranceSamples = 0;
    const wanted = (preRollMs * this.#sampleRate) / 1000;
    for (let i = this.#past.length - 1; i >= 0 && this.#utteranceSamples < wanted; i -= 1) {
      const samples = this.#past[i] as Int16Array;
      this.#utterance.unshift(samples);
      this.#utteranceSamples += samples.length;
    }
    this.#past.length = 0;
    this.#pastSamples = 0;
  }

  endUtterance(): void {
    if (this.closed || this.#utterance === undefined) return;
    this.#cut();
    this.#utterance = undefined;
    const parts = Promise.all(this.#parts);
    this.#parts = [];
    const before = this.#last;
    this.#last = (async () => {
      try {
        const texts = await parts;
        await before;
        if (this.closed) return;
        const text = texts.filter((part) => part !== '').join(' ');
        const alternatives = text === '' ? [] : [{ text, confidence: undefined }];
        this.emit('final', { text, confidence: undefined, alternatives, rejected: text === '', raw: undefined });
      } catch (error) {
        this.#fail(error);
      }
    })();
  }

  cancelUtterance(): void {
    this.#utterance = undefined;
    this.#parts = [];
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#contextPhrases = contextPhrases;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#abort.abort();
    this.emit('closed');
  }

  /** Sends what there is of the utterance. */
  #cut(): void {
    const samples = new Int16Array(this.#utteranceSamples);
    let at = 0;
    for (const part of this.#utterance ?? []) {
      samples.set(part, at);
      at += part.length;
    }
    this.#utterance = [];
    this.#utteranceSamples = 0;
    if (samples.length === 0) return;
    const text = this.#recognise(samples, this.#contextPhrases, this.#abort.signal);
    // Waited for at the end of the utterance.
    text.catch(() => undefined);
    this.#parts.push(text);
  }

  #fail(error: unknown): void {
    if (this.closed) return;
    this.closed = true;
    this.#abort.abort();
    this.emit('error', error instanceof SpeechError ? error : new SpeechError('speech_failed', messageOf(error)));
    this.emit('closed');
  }
}
