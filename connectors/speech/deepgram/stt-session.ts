import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { Clock } from '../../../src/clock.ts';
import { type AudioFrame, durationMs, type SampleRate } from '../../../src/media/audio.ts';
import { reachesTo } from '../../../src/speech/audio-log.ts';
import { Backlog } from '../../../src/speech/backlog.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from '../../../src/speech/ports.ts';
import { closeError } from './socket.ts';
import { type Results, readListenMessage, wordsSince } from './stt-wire.ts';

/** Deepgram ends a session that hears nothing for 10 s. */
const BEAT_MS = 5_000;
/** The vendor's word for that end (1011, "STT Troubleshooting"): nothing is wrong with it. */
const IDLE = 'NET-0001';

/**
 * Deepgram answers Finalize at once where there is something to answer, and sends results all the time, empty ones in silence. One that
 * owes an answer and says nothing for so long has frozen; it is less than a text is waited for.
 */
const ANSWER_MS = 800;
const LIFE_SIGN_MS = 3_000;

/** Of a frame of 20 ms: the header of a masked message. */
const HEADER_BYTES = 8;
const FRAMES_PER_S = 50;

/** One listen socket. Deepgram endpoints by itself; `endUtterance` makes it give the text of what it has at once. */
export class DeepgramSttSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  /** Finished parts of the utterance. */
  #parts: Results[] = [];
  readonly #backlog: Backlog;
  #cancelBeat = () => {};
  #cancelAnswer = () => {};
  #heardAt: number;
  /** Something was understood that is not yet finished. */
  #pending = false;
  #wroteAt: number;
  #writtenMs = 0;
  /** Where the speech ends that the last Finalize asks for. */
  #askedMs = 0;
  /** An utterance was none: what was said before `#sinceMs`, where the next one begins, is no part of that. */
  #cancelled = false;
  #sinceMs = 0;
  /** A ping was sent, and nothing has come since. */
  #pinged = false;

  constructor(socket: WebSocket, sampleRate: SampleRate, clock: Clock) {
    super();
    this.#socket = socket;
    this.#clock = clock;
    this.#backlog = new Backlog(2 * sampleRate + FRAMES_PER_S * HEADER_BYTES, clock);
    this.#wroteAt = clock.now();
    this.#heardAt = Number.NEGATIVE_INFINITY;
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (!binary) this.#onMessage(data.toString('utf8'));
    });
    socket.on('pong', () => {
      this.#pinged = false;
    });
    socket.on('error', (cause) =>
      this.#fail(new SpeechError('speech_failed', `Deepgram: ${cause.message}`, { cause, retryable: true })),
    );
    socket.on('close', (code, reason) => {
      const said = reason.toString('utf8');
      const error = said.startsWith(IDLE) ? undefined : closeError(code, said);
      if (error === undefined) this.close();
      else this.#fail(error);
    });
    this.#beat();
  }

  write({ samples, sampleRate }: AudioFrame): void {
    if (this.closed) return;
    if (this.#backlog.isStuck(this.#socket.bufferedAmount)) {
      this.#fail(new SpeechError('speech_timeout', 'Deepgram takes no audio any more', { retryable: true }));
      return;
    }
    this.#writtenMs += durationMs(samples.length, sampleRate);
    this.#wroteAt = this.#clock.now();
    // Masking copies the bytes before the call returns.
    this.#socket.send(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  startUtterance(preRollMs: number): void {
    if (this.#cancelled) this.#sinceMs = this.#writtenMs - preRollMs;
    this.#cancelled = false;
  }

  endUtterance(trailingSilenceMs: number): void {
    if (this.closed) return;
    this.#socket.send('{"type":"Finalize"}');
    this.#askedMs = this.#writtenMs - trailingSilenceMs;
    this.#cancelAnswer();
    if (this.#pending || this.#clock.now() - this.#heardAt >= LIFE_SIGN_MS) this.#awaitAnswer();
  }

  cancelUtterance(): void {
    this.#parts = [];
    this.#cancelled = true;
  }

  /** Hints hold for a whole session: the next one gets them. */
  updateHints(): void {}

  close(): void {
    if (this.closed) return;
    this.#over();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send('{"type":"CloseStream"}');
    this.#socket.close(1000);
    const cancel = this.#clock.after(1_000, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
    this.emit('closed');
  }

  #awaitAnswer(): void {
    this.#cancelAnswer = this.#clock.after(ANSWER_MS, () => {
      // What is to be answered has not left yet.
      if (this.#socket.bufferedAmount > 0 && !this.#backlog.isStuck(this.#socket.bufferedAmount)) this.#awaitAnswer();
      else this.#fail(new SpeechError('speech_timeout', 'Deepgram does not answer any more', { retryable: true }));
    });
  }

  #over(): void {
    this.closed = true;
    this.#cancelBeat();
    this.#cancelAnswer();
  }

  #fail(error: SpeechError): void {
    if (this.closed) return;
    this.#over();
    this.#socket.terminate();
    this.emit('error', error);
    this.emit('closed');
  }

  /** Keeps the session open while nobody is listened to, and asks whether somebody is still there. */
  #beat(): void {
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => {
      const waiting = this.#socket.bufferedAmount;
      // The ping stands behind the audio.
      if (this.#backlog.isStuck(waiting) || (this.#pinged && waiting === 0)) {
        this.#fail(new SpeechError('speech_timeout', 'Deepgram gives no sign of life', { retryable: true }));
        return;
      }
      this.#pinged = true;
      this.#socket.ping();
      if (this.#clock.now() - this.#wroteAt >= BEAT_MS) this.#socket.send('{"type":"KeepAlive"}');
      this.#beat();
    });
  }

  #onMessage(text: string): void {
    if (this.closed) return;
    this.#heardAt = this.#clock.now();
    this.#pinged = false;
    this.#cancelAnswer();
    const message = readListenMessage(text);
    if (message === undefined) {
      this.#fail(
        new SpeechError('speech_failed', 'Deepgram sent what is no message of its protocol', { retryable: true }),
      );
      return;
    }
    switch (message.type) {
      case 'results':
        this.#onResults(wordsSince(message.results, this.#sinceMs));
        return;
      case 'utterance-end':
        if (this.#parts.length > 0) this.#final();
        return;
      case 'error':
        this.#fail(new SpeechError('speech_failed', `Deepgram: ${message.message}`, { retryable: true }));
        return;
      case 'other':
    }
  }

  #onResults(results: Results): void {
    const transcript = results.channel.alternatives[0]?.transcript ?? '';
    if (!results.is_final) {
      if (transcript === '') return;
      this.#pending = true;
      this.emit('interim', { text: [...this.#parts.map(textOf), transcript].join(' ') });
      return;
    }
    this.#pending = false;
    if (transcript !== '') this.#parts.push(results);
    // A pause within what was asked for: the rest of it is to come.
    if (!reachesTo((results.start + results.duration) * 1000, this.#askedMs)) {
      if (this.#parts.length > 0) this.emit('interim', { text: this.#parts.map(textOf).join(' ') });
      return;
    }
    if (results.from_finalize || (results.speech_final && this.#parts.length > 0)) this.#final(results);
  }

  #final(last = this.#parts.at(-1)): void {
    const parts = this.#parts;
    this.#parts = [];
    const text = parts.map(textOf).join(' ');
    const known = parts.flatMap(({ channel }) => channel.alternatives[0]?.confidence ?? []);
    const confidence = known.length === 0 ? undefined : Math.min(...known);
    const [first] = parts;
    const words = parts.flatMap(({ channel }) => channel.alternatives[0]?.words ?? []);
    this.emit('final', {
      text,
      confidence,
      alternatives: text === '' ? [] : [{ text, confidence }],
      rejected: text === '',
      raw: parts.length === 1 ? first : parts,
      words: words.map(({ word, punctuated_word, start, end }) => ({
        word: punctuated_word ?? word,
        offsetMs: Math.round((start - (first?.start ?? 0)) * 1000),
        durationMs: Math.round((end - start) * 1000),
      })),
      ...(last === undefined ? {} : { endMs: (last.start + last.duration) * 1000 }),
    });
  }
}

function textOf({ channel }: Results): string {
  return channel.alternatives[0]?.transcript ?? '';
}
