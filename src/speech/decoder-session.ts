import { EventEmitter } from 'node:events';
import { messageOf } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import type { Keyed, PoolJob, PoolResult } from './decoder-workers.ts';
import { SpeechError, type SpeechErrorCode, type SttSession, type SttSessionEvents } from './ports.ts';
import { SampleRing, UtteranceBuffer } from './sample-buffers.ts';

/** Longest pre-roll that `startUtterance` can ask for. */
const PRE_ROLL_MS = 1000;
/** Silence that stays at the end of the trimmed utterance: decoders want to hear a word end. */
const TAIL_MS = 120;
/** Finals of one call that may be under way; one more utterance is refused at once. */
const PENDING_FINALS = 4;

export interface DecoderSessionLimits {
  /** Audio of one utterance beyond this is not recognised. */
  utteranceMs: number;
  /** Speech needed before the first interim result. */
  firstInterimMs: number;
  /** An interim result is made when the utterance has grown by this much, and by `interimGrowth` of its length. */
  interimMs: number;
  interimGrowth: number;
  /** Longer utterances have no more of them. */
  longestInterimMs: number;
}

export type SttFinal = SttSessionEvents['final'][0];

/** What a recogniser makes of what its decoder heard. `truncated`: the utterance was too long, its end is missing. */
export interface DecoderReading<G extends Keyed, D> {
  /** Text of an interim result; '' for none. */
  interim(decoded: D): string;
  final(result: PoolResult<D>, grammar: G, truncated: boolean): SttFinal;
  /** `raw` of the final of an utterance that could not be decoded. */
  failure(code: SpeechErrorCode, truncated: boolean): unknown;
}

export interface DecoderSessionOptions<G extends Keyed, D> {
  /** For errors: "the local recogniser". */
  name: string;
  pool: {
    decode(job: PoolJob<G>): Promise<PoolResult<D>>;
    decodeIfIdle(job: PoolJob<G>): Promise<PoolResult<D>> | undefined;
  };
  reading: DecoderReading<G, D>;
  limits: DecoderSessionLimits;
  /** Of the decoder. */
  samplesPerMs: number;
  /** From the call's rate to the decoder's; closed with the session. */
  resampler: { process(samples: Int16Array): Int16Array; close?(): void };
  /** Of the utterances until `updateHints`. */
  grammar: G;
  /** Absent: the recogniser takes no hints. */
  compile?(contextPhrases: readonly string[]): G;
}

interface Utterance<G> {
  audio: UtteranceBuffer;
  grammar: G;
  preRollSamples: number;
  writtenSamples: number;
  nextInterimAt: number;
  interimPending: boolean;
  lastInterim: string;
}

/**
 * One call's stream to decoders that take whole utterances. The hub's endpointer marks them; while one lasts, idle decoders
 * go through it again as it grows for interim results, which thin out as it grows, and its end gives the whole trimmed
 * utterance to the next free decoder for the final.
 */
export class DecoderSession<G extends Keyed, D> extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #options: DecoderSessionOptions<G, D>;
  readonly #ring: SampleRing;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  #grammar: G;
  #utterance: Utterance<G> | undefined;
  #pendingFinals = 0;
  /** Finals come out in the order of their utterances. */
  #lastFinal: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param signal closes the session */
  constructor(options: DecoderSessionOptions<G, D>, signal: AbortSignal) {
    super();
    this.#options = options;
    this.#ring = new SampleRing(PRE_ROLL_MS * options.samplesPerMs);
    this.#grammar = options.grammar;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frame: AudioFrame): void {
    if (this.#closed) return;
    const samples = this.#options.resampler.process(frame.samples);
    this.#ring.push(samples);
    const utterance = this.#utterance;
    if (utterance === undefined) return;
    utterance.audio.push(samples);
    utterance.writtenSamples += samples.length;
    if (!utterance.interimPending && utterance.audio.length >= utterance.nextInterimAt) this.#interim(utterance);
  }

  startUtterance(preRollMs: number): void {
    if (this.#closed) return;
    const { limits, samplesPerMs } = this.#options;
    const preRoll = this.#ring.last(Math.round(Math.max(0, preRollMs) * samplesPerMs));
    this.#utterance = {
      audio: new UtteranceBuffer(preRoll, limits.utteranceMs * samplesPerMs),
      grammar: this.#grammar,
      preRollSamples: preRoll.length,
      writtenSamples: 0,
      nextInterimAt: limits.firstInterimMs * samplesPerMs,
      interimPending: false,
      lastInterim: '',
    };
  }

  endUtterance(trailingSilenceMs: number): void {
    const utterance = this.#utterance;
    this.#utterance = undefined;
    if (this.#closed || utterance === undefined) return;
    const { grammar } = utterance;
    const silence = Math.max(0, trailingSilenceMs - TAIL_MS) * this.#options.samplesPerMs;
    const spoken = utterance.preRollSamples + utterance.writtenSamples - silence;
    const samples = utterance.audio.head(Math.round(spoken));
    const truncated = spoken > utterance.audio.length;
    const refused = this.#pendingFinals >= PENDING_FINALS;
    const result = refused
      ? Promise.reject<PoolResult<D>>(
          new SpeechError('speech_failed', 'too many utterances of this call wait for a result'),
        )
      : this.#options.pool.decode({ samples, partial: false, grammar });
    this.#pendingFinals += 1;
    const settled = result.then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error }),
    );
    this.#lastFinal = this.#lastFinal
      .then(async () => {
        const { value, error } = await settled;
        this.#pendingFinals -= 1;
        if (this.#closed) return;
        if (value !== undefined) this.emit('final', this.#options.reading.final(value, grammar, truncated));
        else this.#emitFailure(error, truncated);
      })
      .catch((cause: unknown) => this.#breakOff(cause));
  }

  cancelUtterance(): void {
    this.#utterance = undefined;
  }

  updateHints(contextPhrases: readonly string[]): void {
    if (!this.#closed) this.#grammar = this.#options.compile?.(contextPhrases) ?? this.#grammar;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#utterance = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#options.resampler.close?.();
    this.emit('closed');
  }

  #interim(utterance: Utterance<G>): void {
    const { limits, pool, reading, samplesPerMs } = this.#options;
    const { grammar } = utterance;
    const { length } = utterance.audio;
    const next = length + Math.max(limits.interimMs * samplesPerMs, length * limits.interimGrowth);
    utterance.nextInterimAt = next > limits.longestInterimMs * samplesPerMs ? Number.POSITIVE_INFINITY : next;
    const result = pool.decodeIfIdle({ samples: utterance.audio.head(length), partial: true, grammar });
    if (result === undefined) return;
    utterance.interimPending = true;
    result.then(
      ({ decoded }) => {
        utterance.interimPending = false;
        if (this.#closed || this.#utterance !== utterance) return;
        const text = reading.interim(decoded);
        if (text === '' || text === utterance.lastInterim) return;
        utterance.lastInterim = text;
        this.emit('interim', { text, tentative: true });
      },
      // What broke it also breaks the final, which reports it.
      () => {
        utterance.interimPending = false;
      },
    );
  }

  #emitFailure(cause: unknown, truncated: boolean): void {
    const { name, reading } = this.#options;
    const error = cause instanceof SpeechError ? cause : new SpeechError('speech_failed', `${name} failed`, { cause });
    const raw = reading.failure(error.code, truncated);
    this.emit('final', { text: '', confidence: undefined, alternatives: [], rejected: true, raw });
    if (error.code === 'speech_unavailable') this.#fail(error);
  }

  /** What an utterance has led to was thrown: this session tells nothing more, and no other is touched. */
  #breakOff(cause: unknown): void {
    const { name } = this.#options;
    this.#fail(new SpeechError('speech_failed', `${name} broke off: ${messageOf(cause)}`, { cause, retryable: true }));
  }

  #fail(error: SpeechError): void {
    if (this.#closed) return;
    // Without a listener the error would be thrown into the hub.
    if (this.listenerCount('error') > 0) this.emit('error', error);
    this.close();
  }
}
