import { EventEmitter } from 'node:events';
import type { Clock } from '../../../../src/clock.ts';
import type { AudioFrame } from '../../../../src/media/audio.ts';
import {
  SpeechError,
  type SttAlternative,
  type SttOptions,
  type SttSession,
  type SttSessionEvents,
} from '../../../../src/speech/ports.ts';
import { SampleRing, UtteranceBuffer } from '../../../../src/speech/sample-buffers.ts';
import type { CompiledGrammar } from './grammar.ts';
import { withNumerals } from './grammar-digits.ts';
import { Decimator } from './stt-audio.ts';
import { DECODER_SAMPLE_RATE } from './stt-engine.ts';
import type { DecodeResult, DecoderPool } from './stt-pool.ts';
import { judge } from './stt-score.ts';
import { shapeOf } from './stt-shape.ts';

const SAMPLES_PER_MS = DECODER_SAMPLE_RATE / 1000;

export const SESSION_LIMITS = {
  /** Longest pre-roll that `startUtterance` can ask for. */
  preRollMs: 1000,
  /** Audio of one utterance beyond this is not recognised. */
  utteranceMs: 15_000,
  /** Silence that stays at the end of the trimmed utterance: the engine wants to hear a word end. */
  tailMs: 120,
  /** Speech needed before the first interim result. */
  firstInterimMs: 400,
  /** An interim result is made when the utterance has grown by this much, and by `interimGrowth` of its length. */
  interimMs: 300,
  interimGrowth: 0.4,
  /** Finals of one call that may be under way; one more utterance is refused at once. */
  pendingFinals: 4,
} as const;

/** `raw` of a final of this connector. */
export interface LocalSttRaw {
  engine: 'soundswallower';
  /** What fitted the grammar best, also when it was refused; '' when nothing did. */
  heard: string;
  /** `heard` with number words as numerals. */
  numerals: string;
  words: readonly { text: string; startMs: number; durationMs: number; logLikelihood: number }[];
  /** Nepers per second, see stt-score.ts; null when nothing fitted. */
  cost: number | null;
  /** Longer than the recogniser takes: its end is missing. */
  truncated: boolean;
  decodeMs: number;
  queuedMs: number;
  /** Code of the failure, where the utterance was rejected because of one. */
  failure: string | undefined;
}

export interface SessionDeps {
  pool: DecoderPool;
  clock: Clock;
  compile(contextPhrases: readonly string[]): CompiledGrammar;
}

interface Utterance {
  audio: UtteranceBuffer;
  grammar: CompiledGrammar;
  preRollSamples: number;
  writtenSamples: number;
  nextInterimAt: number;
  interimPending: boolean;
  lastInterim: string;
}

/**
 * One call's stream. The hub's endpointer marks the utterances; while one lasts, idle decoders re-decode it as it grows
 * for interim results (each pass costs a few percent of the audio's length, and they thin out as it grows), and its end
 * gives the whole trimmed utterance to the next free decoder for the final.
 */
export class LocalSttSession extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #deps: SessionDeps;
  readonly #options: SttOptions;
  readonly #decimator: Decimator;
  readonly #ring = new SampleRing(SESSION_LIMITS.preRollMs * SAMPLES_PER_MS);
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  #grammar: CompiledGrammar;
  #utterance: Utterance | undefined;
  #pendingFinals = 0;
  /** Finals come out in the order of their utterances. */
  #lastFinal: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(deps: SessionDeps, options: SttOptions, signal: AbortSignal) {
    super();
    this.#deps = deps;
    this.#options = options;
    this.#decimator = new Decimator(options.sampleRate);
    this.#grammar = deps.compile(options.contextPhrases);
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frame: AudioFrame): void {
    if (this.#closed) return;
    const samples = this.#decimator.process(frame.samples);
    this.#ring.push(samples);
    const utterance = this.#utterance;
    if (utterance === undefined) return;
    utterance.audio.push(samples);
    utterance.writtenSamples += samples.length;
    if (utterance.audio.length >= utterance.nextInterimAt && !utterance.interimPending) this.#interim(utterance);
  }

  startUtterance(preRollMs: number): void {
    if (this.#closed) return;
    const preRoll = this.#ring.last(Math.round(Math.max(0, preRollMs) * SAMPLES_PER_MS));
    this.#utterance = {
      audio: new UtteranceBuffer(preRoll, SESSION_LIMITS.utteranceMs * SAMPLES_PER_MS),
      grammar: this.#grammar,
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
    const spoken = utterance.preRollSamples + utterance.writtenSamples;
    const samples = utterance.audio.head(Math.round(spoken - silence));
    const truncated = spoken - silence > utterance.audio.length;
    const refused = this.#pendingFinals >= SESSION_LIMITS.pendingFinals;
    const result = refused
      ? Promise.reject<DecodeResult>(
          new SpeechError('speech_failed', 'too many utterances of this call wait for a result'),
        )
      : this.#deps.pool.decode({ samples, partial: false, grammar: utterance.grammar });
    this.#pendingFinals += 1;
    const settled = result.then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error }),
    );
    this.#lastFinal = this.#lastFinal.then(async () => {
      const { value, error } = await settled;
      this.#pendingFinals -= 1;
      if (this.#closed) return;
      if (value !== undefined) this.#emitFinal(utterance.grammar, value, truncated);
      else this.#emitFailure(error, truncated);
    });
  }

  cancelUtterance(): void {
    this.#utterance = undefined;
  }

  updateHints(contextPhrases: readonly string[]): void {
    if (!this.#closed) this.#grammar = this.#deps.compile(contextPhrases);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#utterance = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.emit('closed');
  }

  #interim(utterance: Utterance): void {
    const { length } = utterance.audio;
    const grow = Math.max(SESSION_LIMITS.interimMs * SAMPLES_PER_MS, length * SESSION_LIMITS.interimGrowth);
    utterance.nextInterimAt = length + grow;
    // The buffer is full: nothing new to hear.
    if (length >= SESSION_LIMITS.utteranceMs * SAMPLES_PER_MS) utterance.nextInterimAt = Number.POSITIVE_INFINITY;
    const { grammar } = utterance;
    const result = this.#deps.pool.decodeIfIdle({ samples: utterance.audio.head(length), partial: true, grammar });
    if (result === undefined) return;
    utterance.interimPending = true;
    result.then(
      ({ decoded: { text } }) => {
        utterance.interimPending = false;
        if (this.#closed || this.#utterance !== utterance || text === '' || text === utterance.lastInterim) return;
        utterance.lastInterim = text;
        this.emit('interim', { text, tentative: true });
      },
      // What broke it also breaks the final, which reports it.
      () => {
        utterance.interimPending = false;
      },
    );
  }

  #emitFinal(grammar: CompiledGrammar, { decoded, decodeMs, queuedMs }: DecodeResult, truncated: boolean): void {
    const verdict = judge(decoded.words, grammar.language);
    const numerals = withNumerals(decoded.text, grammar.language);
    const raw: LocalSttRaw = {
      engine: 'soundswallower',
      heard: decoded.text,
      numerals,
      words: decoded.words.map(({ phones: _, ...word }) => word),
      cost: Number.isFinite(verdict.cost) ? Math.round(verdict.cost * 1000) / 1000 : null,
      truncated,
      decodeMs: Math.round(decodeMs),
      queuedMs: Math.round(queuedMs),
      failure: undefined,
    };
    const { confidence } = verdict;
    const alternatives: SttAlternative[] = [];
    if (verdict.accepted) {
      alternatives.push({ text: decoded.text, confidence });
      if (numerals !== decoded.text) alternatives.push({ text: numerals, confidence });
    }
    const text = verdict.accepted ? decoded.text : '';
    const { words, evidence } = decoded;
    const shape = evidence && shapeOf(words, verdict.accepted, evidence, grammar.language);
    const refused = verdict.accepted ? '' : decoded.text;
    this.emit('final', {
      ...{ text, confidence, alternatives, rejected: !verdict.accepted, raw },
      ...(shape && { shape }),
      ...(refused !== '' && { refused }),
    });
  }

  #emitFailure(cause: unknown, truncated: boolean): void {
    const error =
      cause instanceof SpeechError ? cause : new SpeechError('speech_failed', 'the local recogniser failed', { cause });
    const raw: LocalSttRaw = {
      engine: 'soundswallower',
      heard: '',
      numerals: '',
      words: [],
      cost: null,
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

  /** For logs. */
  get callId(): string {
    return this.#options.callId;
  }
}
