import { EventEmitter } from 'node:events';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { Resampler } from '../../../src/media/resample.ts';
import type { PoolResult } from '../../../src/speech/decoder-workers.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from '../../../src/speech/ports.ts';
import { SampleRing, UtteranceBuffer } from '../../../src/speech/sample-buffers.ts';
import { MODEL, type MoonshineProcesses, SAMPLES_PER_MS } from './processes.ts';
import type { Heard } from './transcriber.ts';

export const SESSION_LIMITS = {
  /** Longest pre-roll that `startUtterance` can ask for. */
  preRollMs: 1000,
  /** Audio of one utterance beyond this is not recognised. */
  utteranceMs: 75_000,
  /** Silence that stays at the end of the trimmed utterance. */
  tailMs: 120,
  /** Speech needed before the first interim result. */
  firstInterimMs: 700,
  /** An interim result is made when the utterance has grown by this much, and by `interimGrowth` of its length. */
  interimMs: 600,
  interimGrowth: 0.4,
  /** Longer utterances have no more of them. */
  longestInterimMs: 20_000,
  /** Finals of one call that may be under way; one more utterance is refused at once. */
  pendingFinals: 4,
  /** Below this confidence nothing that was said fits: noise, or another language. Speech over telephones has 0.6 to 0.95. */
  leastConfidence: 0.35,
} as const;

/** `raw` of a final of this connector. */
export interface MoonshineRaw {
  engine: 'moonshine';
  /** Also when it was refused. */
  heard: string;
  words: Heard['words'];
  /** Longer than the recogniser takes: its end is missing. */
  truncated: boolean;
  decodeMs: number;
  queuedMs: number;
  /** Code of the failure, where the utterance was rejected because of one. */
  failure: string | undefined;
}

interface Utterance {
  audio: UtteranceBuffer;
  preRollSamples: number;
  writtenSamples: number;
  nextInterimAt: number;
  interimPending: boolean;
  lastInterim: string;
}

/**
 * One call's stream. The hub's endpointer marks the utterances; while one lasts, idle workers go through it as it grows
 * for interim results, and its end gives the whole to the next free worker for the final.
 */
export class MoonshineSession extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #pool: MoonshineProcesses;
  readonly #resampler: Resampler;
  readonly #ring = new SampleRing(SESSION_LIMITS.preRollMs * SAMPLES_PER_MS);
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  #utterance: Utterance | undefined;
  #pendingFinals = 0;
  /** Finals come out in the order of their utterances. */
  #lastFinal: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param resampler from the call's rate to 16 kHz; closed with the session */
  constructor(pool: MoonshineProcesses, resampler: Resampler, signal: AbortSignal) {
    super();
    this.#pool = pool;
    this.#resampler = resampler;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frame: AudioFrame): void {
    if (this.#closed) return;
    const samples = this.#resampler.process(frame.samples);
    this.#ring.push(samples);
    const utterance = this.#utterance;
    if (utterance === undefined) return;
    utterance.audio.push(samples);
    utterance.writtenSamples += samples.length;
    if (!utterance.interimPending && utterance.audio.length >= utterance.nextInterimAt) this.#interim(utterance);
  }

  startUtterance(preRollMs: number): void {
    if (this.#closed) return;
    const preRoll = this.#ring.last(Math.round(Math.max(0, preRollMs) * SAMPLES_PER_MS));
    this.#utterance = {
      audio: new UtteranceBuffer(preRoll, SESSION_LIMITS.utteranceMs * SAMPLES_PER_MS),
      preRollSamples: preRoll.length,
      writtenSamples: 0,
      nextInterimAt: SESSION_LIMITS.firstInterimMs * SAMPLES_PER_MS,
      interimPending: false,
      lastInterim: '',
    };
  }

  endUtterance(trailingSilenceMs: number): void {
    const utterance = this.#utterance;
    this.#utterance = undefined;
    if (this.#closed || utterance === undefined) return;
    const silence = Math.max(0, trailingSilenceMs - SESSION_LIMITS.tailMs) * SAMPLES_PER_MS;
    const spoken = utterance.preRollSamples + utterance.writtenSamples - silence;
    const samples = utterance.audio.head(Math.round(spoken));
    const truncated = spoken > utterance.audio.length;
    const result =
      this.#pendingFinals >= SESSION_LIMITS.pendingFinals
        ? Promise.reject<PoolResult<Heard>>(
            new SpeechError('speech_failed', 'too many utterances of this call wait for a result'),
          )
        : this.#pool.decode({ samples, partial: false, grammar: MODEL });
    this.#pendingFinals += 1;
    const settled = result.then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error }),
    );
    this.#lastFinal = this.#lastFinal.then(async () => {
      const { value, error } = await settled;
      this.#pendingFinals -= 1;
      if (this.#closed) return;
      if (value !== undefined) this.#emitFinal(value, truncated);
      else this.#emitFailure(error, truncated);
    });
  }

  cancelUtterance(): void {
    this.#utterance = undefined;
  }

  /** The model takes no hints. */
  updateHints(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#utterance = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#resampler.close();
    this.emit('closed');
  }

  #interim(utterance: Utterance): void {
    const { length } = utterance.audio;
    const grow = Math.max(SESSION_LIMITS.interimMs * SAMPLES_PER_MS, length * SESSION_LIMITS.interimGrowth);
    const next = length + grow;
    utterance.nextInterimAt = next > SESSION_LIMITS.longestInterimMs * SAMPLES_PER_MS ? Number.POSITIVE_INFINITY : next;
    const result = this.#pool.decodeIfIdle({ samples: utterance.audio.head(length), partial: true, grammar: MODEL });
    if (result === undefined) return;
    utterance.interimPending = true;
    result.then(
      ({ decoded: { text, confidence } }) => {
        utterance.interimPending = false;
        if (this.#closed || this.#utterance !== utterance || text === '' || text === utterance.lastInterim) return;
        if (confidence < SESSION_LIMITS.leastConfidence) return;
        utterance.lastInterim = text;
        this.emit('interim', { text, tentative: true });
      },
      // What broke it also breaks the final, which reports it.
      () => {
        utterance.interimPending = false;
      },
    );
  }

  #emitFinal({ decoded, decodeMs, queuedMs }: PoolResult<Heard>, truncated: boolean): void {
    const { confidence } = decoded;
    const accepted = decoded.text !== '' && confidence >= SESSION_LIMITS.leastConfidence;
    const text = accepted ? decoded.text : '';
    const raw: MoonshineRaw = {
      engine: 'moonshine',
      heard: decoded.text,
      words: decoded.words,
      truncated,
      decodeMs: Math.round(decodeMs),
      queuedMs: Math.round(queuedMs),
      failure: undefined,
    };
    const alternatives = accepted ? [{ text, confidence }] : [];
    this.emit('final', { text, confidence, alternatives, rejected: !accepted, raw });
  }

  #emitFailure(cause: unknown, truncated: boolean): void {
    const error =
      cause instanceof SpeechError
        ? cause
        : new SpeechError('speech_failed', 'the recogniser moonshine failed', { cause });
    const raw: MoonshineRaw = {
      engine: 'moonshine',
      heard: '',
      words: [],
      truncated,
      decodeMs: 0,
      queuedMs: 0,
      failure: error.code,
    };
    this.emit('final', { text: '', confidence: undefined, alternatives: [], rejected: true, raw });
    if (error.code === 'speech_unavailable' && !this.#closed) {
      // Without a listener the error would be thrown into the hub.
      if (this.listenerCount('error') > 0) this.emit('error', error);
      this.close();
    }
  }
}
