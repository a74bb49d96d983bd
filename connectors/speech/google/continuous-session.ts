import { EventEmitter } from 'node:events';
import { type AudioFrame, durationMs } from '../../../src/media/audio.ts';
import { AudioAhead } from '../../../src/speech/audio-ahead.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from '../../../src/speech/ports.ts';
import { catchUpMs } from '../../../src/speech/steady-limits.ts';
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
  /** The text of what it has was asked for, up to there. */
  askedMs: number | undefined;
  cancelAnswer(): void;
  /** Texts that wait for those of the streams before. */
  finals: Final[];
  over: boolean;
}

/** A stream that is closed is answered at once: one that is not has frozen. It is less than a text is waited for. */
const ANSWER_MS = 800;

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
  readonly #ahead: AudioAhead;
  #interim = '';
  #stale = false;

  constructor(phrases: readonly string[], deps: SessionDeps) {
    super();
    this.#phrases = phrases;
    this.#deps = deps;
    this.#ahead = new AudioAhead(deps.clock);
    this.#leg = this.#begin();
  }

  write({ samples, sampleRate }: AudioFrame): void {
    if (this.closed) return;
    const ms = durationMs(samples.length, sampleRate);
    this.#writtenMs += ms;
    this.#ahead.write(ms);
    this.#leg.stream.write(samples);
  }

  startUtterance(): void {}

  endUtterance(): void {
    const leg = this.#leg;
    if (this.closed || leg.startMs === this.#writtenMs) return;
    leg.askedMs = this.#writtenMs;
    leg.cancelAnswer = this.#deps.clock.after(ANSWER_MS + catchUpMs(this.#ahead.ms), () => {
      this.#deps.onDoubt();
      this.#fail(new SpeechError('speech_timeout', 'Google does not answer any more', { retryable: true }));
    });
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
      ...{ askedMs: undefined, cancelAnswer() {}, finals: [], over: false },
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
    leg.cancelAnswer();
    const { askedMs, startMs, utteranceMs } = leg;
    if (leg !== this.#leg && (end.kind === 'whole' || (end.kind === 'usual' && askedMs === undefined))) {
      // Nothing more was understood of what was asked for.
      if (askedMs !== undefined && startMs + utteranceMs < askedMs) {
        leg.finals.push({ ...finalOf([], 0), endMs: askedMs });
      }
      this.#tell();
      return;
    }
    if (end.kind === 'usual' && end.token) this.#deps.onDoubt();
    this.#fail(end.kind === 'failed' ? end.error : undefined);
  }

  #fail(error: SpeechError | undefined): void {
    this.#over();
    if (error !== undefined) this.emit('error', error);
    this.emit('closed');
  }

  #over(): void {
    this.closed = true;
    this.#leg.stream.cancel();
    for (const { stream, cancelAnswer } of this.#ending.splice(0)) {
      cancelAnswer();
      stream.cancel();
    }
  }
}
