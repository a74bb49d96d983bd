import { EventEmitter } from 'node:events';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { SpeechError, SpeechToText, SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';

export type Final = SttSessionEvents['final'][0];

export const nothing: Final = { text: '', confidence: undefined, alternatives: [], rejected: true, raw: undefined };

/** What a session tells, to whoever has opened it. */
export interface Tell {
  final(final: Final): void;
  interim(interim: SttSessionEvents['interim'][0]): void;
  error(error: SpeechError): void;
  closed(): void;
}

/** What is changed of a session; all else is passed on. */
export interface SttChange {
  final?(tell: Tell, final: Final): unknown;
  interim?(tell: Tell, interim: SttSessionEvents['interim'][0]): void;
  error?(tell: Tell, error: SpeechError): void;
  closed?(tell: Tell): void;
  write?(session: SttSession, frame: AudioFrame): void;
  startUtterance?(session: SttSession, preRollMs: number): void;
  endUtterance?(session: SttSession, trailingSilenceMs: number, tell: Tell): void;
  cancelUtterance?(session: SttSession): void;
  close?(session: SttSession, tell: Tell): void;
}

class ChangedSession extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #session: SttSession;
  readonly #change: SttChange;
  readonly #tell: Tell = {
    final: (final) => this.emit('final', final),
    interim: (interim) => this.emit('interim', interim),
    error: (error) => this.emit('error', error),
    closed: () => this.emit('closed'),
  };

  constructor(session: SttSession, change: SttChange) {
    super();
    this.#session = session;
    this.#change = change;
    const tell = this.#tell;
    session.on('final', (final) => (change.final === undefined ? tell.final(final) : change.final(tell, final)));
    session.on('interim', (text) => (change.interim === undefined ? tell.interim(text) : change.interim(tell, text)));
    session.on('error', (error) => (change.error === undefined ? tell.error(error) : change.error(tell, error)));
    session.on('closed', () => (change.closed === undefined ? tell.closed() : change.closed(tell)));
  }

  get closed(): boolean {
    return this.#session.closed;
  }

  write(frame: AudioFrame): void {
    if (this.#change.write === undefined) this.#session.write(frame);
    else this.#change.write(this.#session, frame);
  }

  startUtterance(preRollMs: number): void {
    if (this.#change.startUtterance === undefined) this.#session.startUtterance(preRollMs);
    else this.#change.startUtterance(this.#session, preRollMs);
  }

  endUtterance(trailingSilenceMs: number): void {
    if (this.#change.endUtterance === undefined) this.#session.endUtterance(trailingSilenceMs);
    else this.#change.endUtterance(this.#session, trailingSilenceMs, this.#tell);
  }

  cancelUtterance(): void {
    if (this.#change.cancelUtterance === undefined) this.#session.cancelUtterance();
    else this.#change.cancelUtterance(this.#session);
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#session.updateHints(contextPhrases);
  }

  close(): void {
    if (this.#change.close === undefined) this.#session.close();
    else this.#change.close(this.#session, this.#tell);
  }
}

export function pass(inner: SpeechToText): SpeechToText {
  return { id: inner.id, capabilities: inner.capabilities, open: (options, signal) => inner.open(options, signal) };
}

export function broken(change: SttChange): (inner: SpeechToText) => SpeechToText {
  return (inner) => ({
    ...pass(inner),
    open: async (options, signal) => new ChangedSession(await inner.open(options, signal), change),
  });
}

export function opening(
  change: (opened: Promise<SttSession>) => Promise<SttSession>,
): (inner: SpeechToText) => SpeechToText {
  return (inner) => ({ ...pass(inner), open: (options, signal) => change(inner.open(options, signal)) });
}
