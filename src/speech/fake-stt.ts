import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import type { AudioFrame } from '../media/audio.ts';
import {
  SpeechError,
  type SpeechToText,
  type SttCapabilities,
  type SttOptions,
  type SttSession,
  type SttSessionEvents,
} from './ports.ts';

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
/** Frames of one spoken word. */
export const WORD_FRAMES = 15;
/** Silence after which a vendor that endpoints by itself ends the utterance, unless told. */
const ENDPOINTING_MS = 500;

/** One that can be asked, and has frozen, is found out after this. */
const ANSWER_MS = 800;

/** Samples of a frame that carry its numbers, four bits each: the word, then the place of the frame in it. */
const WORD_DIGITS = 4;
/** A step that u-law carries unchanged for the values of four bits. */
const DIGIT = 8;

/**
 * Audio that a `FakeStt` understands: each word is 300 ms long and carries its number (up to 65,535), 0 is a frame of silence.
 * It may be u-law on its way.
 */
export function wordFrames(words: readonly number[]): Int16Array[] {
  return words.flatMap((word) => {
    if (word === 0) return [new Int16Array(FRAME_SAMPLES)];
    return Array.from({ length: WORD_FRAMES }, (_, index) => {
      const samples = new Int16Array(FRAME_SAMPLES).fill(8000);
      for (let digit = 0; digit < WORD_DIGITS; digit += 1) samples[digit] = ((word >> (4 * digit)) & 15) * DIGIT;
      samples[WORD_DIGITS] = index * DIGIT;
      return samples;
    });
  });
}

/** Reads `wordFrames` back. A word whose beginning was not heard is not understood. */
export class WordReader {
  /** Frames of silence in a row. */
  silentFrames = 0;
  #arriving: { word: number; next: number } | undefined;

  /** @returns the word that this frame completes */
  push(samples: Int16Array): number | undefined {
    const digit = (at: number) => Math.round((samples[at] ?? 0) / DIGIT);
    const word = digit(0) | (digit(1) << 4) | (digit(2) << 8) | (digit(3) << 12);
    const index = digit(WORD_DIGITS);
    if (word === 0) {
      this.silentFrames += 1;
      this.#arriving = undefined;
      return undefined;
    }
    this.silentFrames = 0;
    if (index === 0) this.#arriving = { word, next: 0 };
    if (this.#arriving?.word !== word || this.#arriving.next !== index) {
      this.#arriving = undefined;
      return undefined;
    }
    this.#arriving.next += 1;
    return this.#arriving.next === WORD_FRAMES ? word : undefined;
  }
}

export interface FakeSttOptions {
  id?: string;
  clock: Clock;
  endpointing?: 'vendor' | 'hub';
  sessionLimitMs?: number;
  p99TimeToFinalMs?: number;
  /** From the end of an utterance to its text; 100 where the hub endpoints, 0 where the vendor does. */
  latencyMs?: number;
  /** Silence after which it ends an utterance, and what it says of that. */
  endpointingMs?: number;
  /** Endpoints by itself, and gives the text of what it has when it is asked. */
  canBeAsked?: boolean;
  openMs?: number;
}

/** A recogniser that understands `wordFrames`, keeps its vendor's limits, and fails on request. */
export class FakeStt implements SpeechToText {
  readonly id: string;
  readonly capabilities: SttCapabilities;
  readonly sessions: FakeSttSession[] = [];
  readonly options: FakeSttOptions;
  /** What the next `open` throws; undefined: it succeeds. */
  refuses: SpeechError | undefined;
  /** The next `open` never resolves. */
  hangs = false;
  /** Sessions that are opened from now on take audio and say nothing. */
  frozen = false;

  constructor(options: FakeSttOptions) {
    this.options = options;
    this.id = options.id ?? 'fake';
    this.capabilities = {
      interimResults: true,
      endpointing: options.endpointing ?? 'vendor',
      dictation: true,
      languages: undefined,
      ...(options.endpointingMs === undefined ? {} : { endpointingMs: options.endpointingMs }),
      ...(options.sessionLimitMs === undefined ? {} : { sessionLimitMs: options.sessionLimitMs }),
      ...(options.p99TimeToFinalMs === undefined ? {} : { p99TimeToFinalMs: options.p99TimeToFinalMs }),
    };
  }

  async open(options: SttOptions, signal: AbortSignal): Promise<FakeSttSession> {
    if (this.refuses !== undefined) throw this.refuses;
    if (this.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { openMs } = this.options;
    if (openMs !== undefined) await new Promise<void>((resolve) => this.options.clock.after(openMs, resolve));
    const session = new FakeSttSession(this, options);
    session.frozen = this.frozen;
    this.sessions.push(session);
    return session;
  }

  get current(): FakeSttSession | undefined {
    return this.sessions.at(-1);
  }
}

export class FakeSttSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  frozen = false;
  readonly options: SttOptions;
  /** Words whose whole audio has arrived. */
  #words: number[] = [];
  #reader = new WordReader();
  #writtenMs = 0;
  /** Frames of before the utterance, for the pre-roll. */
  readonly #past: Int16Array[] = [];
  #speaking = false;
  readonly #openedAt: number;
  readonly #stt: FakeStt;

  constructor(stt: FakeStt, options: SttOptions) {
    super();
    this.#stt = stt;
    this.options = options;
    this.#openedAt = stt.options.clock.now();
  }

  write({ samples }: AudioFrame): void {
    const { clock, sessionLimitMs, endpointing } = this.#stt.options;
    if (this.closed) return;
    if (sessionLimitMs !== undefined && clock.now() - this.#openedAt >= sessionLimitMs) {
      this.fail(new SpeechError('speech_failed', 'Exceeded maximum allowed stream duration', { retryable: true }));
      return;
    }
    this.#writtenMs += FRAME_MS;
    if (endpointing === 'hub' && !this.#speaking) {
      this.#past.push(samples.slice());
      if (this.#past.length > 50) this.#past.shift();
      return;
    }
    this.#hear(samples);
  }

  startUtterance(preRollMs: number): void {
    if (this.#stt.options.endpointing !== 'hub') return;
    this.#speaking = true;
    this.#words = [];
    this.#reader = new WordReader();
    for (const samples of this.#past.slice(-Math.round(preRollMs / 20))) this.#hear(samples);
    this.#past.length = 0;
  }

  endUtterance(_trailingSilenceMs: number): void {
    const { endpointing, canBeAsked, latencyMs = 100 } = this.#stt.options;
    if (endpointing === 'hub' ? !this.#speaking : canBeAsked !== true) return;
    this.#speaking = false;
    this.#finalAfter(latencyMs);
    if (canBeAsked !== true || !this.frozen) return;
    const error = new SpeechError('speech_timeout', 'the fake does not answer', { retryable: true });
    this.#stt.options.clock.after(ANSWER_MS, () => this.fail(error));
  }

  cancelUtterance(): void {
    this.#speaking = false;
    this.#words = [];
  }

  updateHints(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('closed');
  }

  fail(error = new SpeechError('speech_failed', 'the fake failed on request', { retryable: true })): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('error', error);
    this.emit('closed');
  }

  #hear(samples: Int16Array): void {
    const word = this.#reader.push(samples);
    const { endpointing, endpointingMs = ENDPOINTING_MS, latencyMs = 0 } = this.#stt.options;
    const ends = endpointing !== 'hub' && this.#reader.silentFrames === endpointingMs / FRAME_MS;
    if (ends && this.#words.length > 0) this.#finalAfter(latencyMs);
    if (word === undefined) return;
    this.#words.push(word);
    if (!this.frozen) this.emit('interim', { text: this.#words.join(' ') });
  }

  #finalAfter(ms: number): void {
    const words = this.#words.splice(0);
    const endMs = this.#writtenMs;
    if (ms === 0) this.#final(words, endMs);
    else this.#stt.options.clock.after(ms, () => this.#final(words, endMs));
  }

  #final(words: readonly number[], endMs: number): void {
    if (this.closed || this.frozen) return;
    const text = words.join(' ');
    this.emit('final', {
      text,
      confidence: 0.9,
      alternatives: [{ text, confidence: 0.9 }],
      rejected: text === '',
      raw: undefined,
      endMs,
    });
  }
}
