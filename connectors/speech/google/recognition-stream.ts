import type { Backlog } from '../../../src/speech/backlog.ts';
import { SpeechError } from '../../../src/speech/ports.ts';
import type { GrpcStream } from './sdk.ts';
import { isTokenTrouble, isUsualEnd, speechErrorOf, statusOf } from './status.ts';
import { type Recognised, readResponse } from './stt-wire.ts';

/** How a stream ended. `usual`: as Google ends them always, or its token was no longer taken; another one may be opened at once. */
export type StreamEnd = { kind: 'whole' } | { kind: 'usual'; token: boolean } | { kind: 'failed'; error: SpeechError };

export interface StreamHandlers {
  onResults(results: readonly Recognised[]): void;
  /** Once, and nothing comes after it. Not called after `cancel`. */
  onEnd(end: StreamEnd): void;
}

/** One StreamingRecognize call: the configuration, then audio, then the end of it, upon which Google tells the rest. */
export class RecognitionStream {
  readonly #grpc: GrpcStream;
  readonly #handlers: StreamHandlers;
  readonly #backlog: Backlog;
  #over = false;
  #finished = false;
  #answered = false;

  /** @param backlog in messages */
  constructor(grpc: GrpcStream, first: object, handlers: StreamHandlers, backlog: Backlog) {
    this.#grpc = grpc;
    this.#handlers = handlers;
    this.#backlog = backlog;
    grpc.on('data', (message: unknown) => this.#onMessage(message));
    grpc.on('error', (error: unknown) => this.#onError(error));
    grpc.on('end', () => this.#end({ kind: 'whole' }));
    grpc.write(first);
  }

  /** Google has said something, or has ended it. */
  get answered(): boolean {
    return this.#answered;
  }

  write(message: object): void {
    if (this.#over || this.#finished) return;
    if (this.#backlog.isStuck(this.#grpc.writableLength)) {
      const error = new SpeechError('speech_timeout', 'Google takes no audio any more', { retryable: true });
      this.#end({ kind: 'failed', error });
      this.#grpc.cancel();
      return;
    }
    this.#grpc.write(message);
  }

  /** No more audio: what is not final yet becomes so. */
  finish(): void {
    if (this.#over || this.#finished) return;
    this.#finished = true;
    this.#grpc.end();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#grpc.cancel();
  }

  #onMessage(message: unknown): void {
    if (this.#over) return;
    this.#answered = true;
    const results = readResponse(message);
    if (results === undefined) {
      const error = new SpeechError('speech_failed', 'Google sent what is no message of its protocol', {
        retryable: true,
      });
      this.#end({ kind: 'failed', error });
      this.#grpc.cancel();
      return;
    }
    if (results.length > 0) this.#handlers.onResults(results);
  }

  #onError(error: unknown): void {
    if (this.#over) return;
    const status = statusOf(error);
    if (isUsualEnd(status)) this.#end({ kind: 'usual', token: false });
    else if (isTokenTrouble(status)) this.#end({ kind: 'usual', token: true });
    else this.#end({ kind: 'failed', error: speechErrorOf(error) });
  }

  #end(end: StreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#answered = true;
    this.#handlers.onEnd(end);
  }
}
