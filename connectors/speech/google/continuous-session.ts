import { EventEmitter } from 'node:events';
import { type AudioFrame, durationMs } from '../../../src/media/audio.ts';
import type { SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';
import { finalOf, joined } from './parts.ts';
import type { StreamEnd } from './recognition-stream.ts';
import type { Recognised } from './stt-wire.ts';
import type { AudioStream, SessionDeps } from './utterance-session.ts';

interface Leg {
  stream: AudioStream;
  /** Milliseconds of audio that the session got before it. */
  startMs: number;
  /** Where its last final result ends, from its beginning. */
  utteranceMs: number;
}

/** Endpointing by Google: one stream after another hears everything; where hints change, a new one follows in a pause. */
export class ContinuousSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #deps: SessionDeps;
  #phrases: readonly string[];
  #leg: Leg | undefined;
  /** Streams whose audio is over and whose last texts are to come. */
  readonly #ending = new Set<Leg>();
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
    this.#leg?.stream.write(samples);
  }

  startUtterance(): void {}

  endUtterance(): void {}

  cancelUtterance(): void {}

  updateHints(contextPhrases: readonly string[]): void {
    if (this.closed) return;
    this.#phrases = contextPhrases;
    this.#stale = true;
    this.#renew();
  }

  close(): void {
    if (this.closed) return;
    this.#over();
    this.emit('closed');
  }

  #begin(): Leg {
    const stream = this.#deps.begin(this.#phrases, {
      onResults: (results) => this.#onResults(leg, results),
      onEnd: (end) => this.#onEnd(leg, end),
    });
    const leg: Leg = { stream, startMs: this.#writtenMs, utteranceMs: 0 };
    return leg;
  }

  /** A stream with the new hints, unless something is being said. */
  #renew(): void {
    const old = this.#leg;
    if (!this.#stale || this.#interim !== '' || old === undefined) return;
    this.#stale = false;
    this.#ending.add(old);
    old.stream.finish();
    this.#leg = this.#begin();
  }

  #onResults(leg: Leg, results: readonly Recognised[]): void {
    if (this.closed || (leg !== this.#leg && !this.#ending.has(leg))) return;
    const interim = joined(results.filter(({ isFinal }) => !isFinal).map(({ text }) => text));
    for (const result of results) {
      if (!result.isFinal) continue;
      const startMs = leg.utteranceMs;
      leg.utteranceMs = result.endMs;
      if (leg === this.#leg) this.#interim = '';
      // Silence has results too.
      if (result.text === '') continue;
      this.emit('final', { ...finalOf([result], startMs), endMs: leg.startMs + result.endMs });
      if (this.closed) return;
    }
    if (interim !== '' && leg === this.#leg) {
      this.#interim = interim;
      this.emit('interim', { text: interim });
    }
    this.#renew();
  }

  #onEnd(leg: Leg, end: StreamEnd): void {
    if (this.closed) return;
    if (this.#ending.delete(leg) && end.kind !== 'failed') return;
    if (end.kind === 'usual' && end.token) this.#deps.onDoubt();
    this.#over();
    if (end.kind === 'failed') this.emit('error', end.error);
    this.emit('closed');
  }

  #over(): void {
    this.closed = true;
    this.#leg?.stream.cancel();
    for (const { stream } of this.#ending) stream.cancel();
    this.#ending.clear();
  }
}
