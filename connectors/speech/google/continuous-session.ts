import { EventEmitter } from 'node:events';
import { type AudioFrame, durationMs } from '../../../src/media/audio.ts';
import type { SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';
import { finalOf, joined } from './parts.ts';
import type { StreamEnd } from './recognition-stream.ts';
import type { Recognised } from './stt-wire.ts';
import type { AudioStream, SessionDeps } from './utterance-session.ts';

type Final = SttSessionEvents['final'][0];

interface Leg {
  stream: AudioStream;
  /** Milliseconds of audio that the session got before it. */
  startMs: number;
  /** Where its last final result ends, from its beginning. */
  utteranceMs: number;
  /** When the text of what it has was asked for, and up to where that is. */
  asked: { atMs: number; endMs: number } | undefined;
  /** Texts that wait for those of the streams before. */
  finals: Final[];
  over: boolean;
}

/** A stream that was not answered for so long after it was asked makes the connection doubtful. */
const DOUBT_MS = 800;

/**
 * Endpointing by Google: one stream after another hears everything; where hints change, a new one follows in a pause. A stream gives
 * the text of what it has at once when it is closed: who asks for that goes on with a new one.
 */
export class ContinuousSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #deps: SessionDeps;
  #phrases: readonly string[];
  #leg: Leg;
  /** Streams whose audio is over and whose last texts are to come, the oldest first. */
  #ending: Leg[] = [];
  #writtenMs = 0;
  #interim = '';
  #stale = false;

  constructor(phrases: readonly string[], deps: SessionDeps) {
    super();
    this.#phrases = phrases;
    this.#deps = deps;
    this.#leg = this.#begin();
  }

  write({ samples, sampleRate }: AudioFrame): void {
    if (this.closed) return;
    this.#writtenMs += durationMs(samples.length, sampleRate);
    this.#leg.stream.write(samples);
  }

  startUtterance(): void {}

  endUtterance(): void {
    const leg = this.#leg;
    if (this.closed || leg.startMs === this.#writtenMs) return;
    leg.asked = { atMs: this.#deps.clock.now(), endMs: this.#writtenMs };
    this.#interim = '';
    this.#follow();
  }

  cancelUtterance(): void {}

  updateHints(contextPhrases: readonly string[]): void {
    if (this.closed) return;
    this.#phrases = contextPhrases;
    this.#stale = true;
    this.#renew();
  }

  close(): void {
    if (this.closed) return;
    const { clock } = this.#deps;
    const silent = this.#ending.some(
      ({ stream, asked }) => !stream.answered && asked !== undefined && clock.now() - asked.atMs >= DOUBT_MS,
    );
    if (silent) this.#deps.onDoubt();
    this.#over();
    this.emit('closed');
  }

  #begin(): Leg {
    const stream = this.#deps.begin(this.#phrases, {
      onResults: (results) => this.#onResults(leg, results),
      onEnd: (end) => this.#onEnd(leg, end),
    });
    const leg: Leg = {
      ...{ stream, startMs: this.#writtenMs, utteranceMs: 0 },
      ...{ asked: undefined, finals: [], over: false },
    };
    return leg;
  }

  /** A stream with the new hints, unless something is being said. */
  #renew(): void {
    if (this.#stale && this.#interim === '') this.#follow();
  }

  #follow(): void {
    this.#stale = false;
    this.#ending.push(this.#leg);
    this.#leg.stream.finish();
    this.#leg = this.#begin();
  }

  #onResults(leg: Leg, results: readonly Recognised[]): void {
    if (this.closed || leg.over) return;
    const interim = joined(results.filter(({ isFinal }) => !isFinal).map(({ text }) => text));
    for (const result of results) {
      if (!result.isFinal) continue;
      const startMs = leg.utteranceMs;
      leg.utteranceMs = result.endMs;
      if (leg === this.#leg) this.#interim = '';
      // Silence has results too.
      if (result.text === '') continue;
      leg.finals.push({ ...finalOf([result], startMs), endMs: leg.startMs + result.endMs });
    }
    this.#tell();
    if (this.closed) return;
    if (interim !== '' && leg === this.#leg) {
      this.#interim = interim;
      this.emit('interim', { text: interim });
    }
    this.#renew();
  }

  /** Tells texts in the order in which they were said. */
  #tell(): void {
    for (const leg of [...this.#ending, this.#leg]) {
      for (const final of leg.finals.splice(0)) if (!this.closed) this.emit('final', final);
      if (!leg.over) return;
      this.#ending.shift();
    }
  }

  #onEnd(leg: Leg, end: StreamEnd): void {
    if (this.closed) return;
    leg.over = true;
    const { asked, startMs, utteranceMs } = leg;
    if (leg !== this.#leg && (end.kind === 'whole' || (end.kind === 'usual' && asked === undefined))) {
      // Nothing more was understood of what was asked for.
      if (asked !== undefined && startMs + utteranceMs < asked.endMs) {
        leg.finals.push({ ...finalOf([], 0), endMs: asked.endMs });
      }
      this.#tell();
      return;
    }
    if (end.kind === 'usual' && end.token) this.#deps.onDoubt();
    this.#over();
    if (end.kind === 'failed') this.emit('error', end.error);
    this.emit('closed');
  }

  #over(): void {
    this.closed = true;
    this.#leg.stream.cancel();
    for (const { stream } of this.#ending.splice(0)) stream.cancel();
  }
}
