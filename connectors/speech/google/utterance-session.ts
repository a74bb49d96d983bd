import { EventEmitter } from 'node:events';
import type { Clock } from '../../../src/clock.ts';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';
import { finalOf, joined } from './parts.ts';
import type { RecognitionStream, StreamEnd, StreamHandlers } from './recognition-stream.ts';
import type { Recognised } from './stt-wire.ts';

/** What a session gets from the connector. */
export interface SessionDeps {
  clock: Clock;
  /** A new stream, with these hints. */
  begin(phrases: readonly string[], handlers: StreamHandlers): AudioStream;
  /** Google did not answer, or did not take the token: what is kept open for the next streams is not to be trusted. */
  onDoubt(): void;
}

/** A stream that takes frames. */
export interface AudioStream extends Pick<RecognitionStream, 'answered' | 'cancel'> {
  write(samples: Int16Array): void;
  finish(): void;
}

/** Frames of before an utterance that are kept for its beginning. */
const PAST_FRAMES = 50;
/** A stream that was not answered for so long after its end makes the connection doubtful. */
const DOUBT_MS = 800;

interface Utterance {
  stream: AudioStream;
  parts: Recognised[];
  interim: string;
  /** When the hub said that it is over. */
  endedAt: number | undefined;
  /** Its text is known, and waits for those before it. */
  done: boolean;
}

/**
 * Endpointing by the hub: each utterance is a stream, closed at its end, upon which Google gives the text at once. Hints of a
 * turn count from the next utterance on, nothing is paid for while nobody speaks, and no stream comes near its longest duration.
 */
export class UtteranceSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #deps: SessionDeps;
  readonly #past: Int16Array[] = [];
  #phrases: readonly string[];
  #speaking: Utterance | undefined;
  /** In the order in which they were said. */
  #owed: Utterance[] = [];

  constructor(phrases: readonly string[], deps: SessionDeps) {
    super();
    this.#phrases = phrases;
    this.#deps = deps;
  }

  write({ samples }: AudioFrame): void {
    if (this.closed) return;
    if (this.#speaking !== undefined) {
      this.#speaking.stream.write(samples);
      return;
    }
    const spare = this.#past.length >= PAST_FRAMES ? this.#past.shift() : undefined;
    const copy = spare?.length === samples.length ? spare : new Int16Array(samples.length);
    copy.set(samples);
    this.#past.push(copy);
  }

  startUtterance(preRollMs: number): void {
    if (this.closed || this.#speaking !== undefined) return;
    const stream = this.#deps.begin(this.#phrases, {
      onResults: (results) => this.#onResults(utterance, results),
      onEnd: (end) => this.#onEnd(utterance, end),
    });
    const utterance: Utterance = {
      stream,
      parts: [],
      interim: '',
      endedAt: undefined,
      done: false,
    };
    this.#speaking = utterance;
    const frames = Math.round(preRollMs / 20);
    for (const samples of frames === 0 ? [] : this.#past.slice(-frames)) stream.write(samples);
    this.#past.length = 0;
  }

  endUtterance(): void {
    const utterance = this.#speaking;
    if (this.closed || utterance === undefined) return;
    this.#speaking = undefined;
    utterance.endedAt = this.#deps.clock.now();
    this.#owed.push(utterance);
    utterance.stream.finish();
  }

  cancelUtterance(): void {
    this.#speaking?.stream.cancel();
    this.#speaking = undefined;
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#phrases = contextPhrases;
  }

  close(): void {
    if (this.closed) return;
    const { clock } = this.#deps;
    const silent = this.#owed.some(
      ({ stream, endedAt }) => !stream.answered && endedAt !== undefined && clock.now() - endedAt >= DOUBT_MS,
    );
    if (silent) this.#deps.onDoubt();
    this.#over();
    this.emit('closed');
  }

  #over(): void {
    this.closed = true;
    for (const { stream } of this.#owed) stream.cancel();
    this.#speaking?.stream.cancel();
    this.#owed = [];
    this.#speaking = undefined;
    this.#past.length = 0;
  }

  #onResults(utterance: Utterance, results: readonly Recognised[]): void {
    if (this.closed || utterance.done) return;
    const finals = results.filter(({ isFinal, text }) => isFinal && text !== '');
    utterance.parts.push(...finals);
    utterance.interim = joined(results.filter(({ isFinal }) => !isFinal).map(({ text }) => text));
    if (utterance === this.#speaking) {
      const text = joined([...utterance.parts.map((part) => part.text), utterance.interim]);
      if (text !== '') this.emit('interim', { text });
    }
  }

  #onEnd(utterance: Utterance, end: StreamEnd): void {
    if (this.closed || utterance.done) return;
    if (end.kind === 'failed') {
      this.#over();
      this.emit('error', end.error);
      this.emit('closed');
      return;
    }
    if (end.kind === 'usual' && end.token) this.#deps.onDoubt();
    // One that ends before the caller does is no more than any session that a vendor ends: another one gets the audio.
    if (utterance === this.#speaking || (end.kind === 'usual' && end.token)) {
      this.#over();
      this.emit('closed');
      return;
    }
    this.#done(utterance);
  }

  /** Tells texts in the order of their utterances. */
  #done(utterance: Utterance): void {
    utterance.done = true;
    while (this.#owed[0]?.done === true) {
      const next = this.#owed.shift();
      if (next !== undefined) this.emit('final', resultOf(next));
      if (this.closed) return;
    }
  }
}

function resultOf({ parts, interim }: Utterance): SttSessionEvents['final'][0] {
  const result = finalOf(parts, 0);
  if (interim === '') return result;
  const text = joined([result.text, interim]);
  return { ...result, text, confidence: undefined, alternatives: [{ text, confidence: undefined }], rejected: false };
}
