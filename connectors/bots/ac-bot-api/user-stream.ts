import type { Logger } from 'pino';
import type { BotUserAudio } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { ResamplerFactory } from '../../../src/media/resample.ts';
import type { MediaFormat } from './media-formats.ts';
import { UserEncoder } from './user-encoder.ts';
import { userChunkFrame, userStreamMessage } from './ws-wire.ts';

/** A bot that does not answer `userStream.start` or `.stop` in this time is taken to have done so. */
export const STREAM_ANSWER_MS = 2_000;
/** Audio is held back while more than this waits in the socket: about 0.7 s of 16 kHz. */
export const MAX_SOCKET_BYTES = 32 * 1024;
/** What is held back at most; the oldest is dropped. */
export const MAX_HELD_MS = 2_000;

/** The part of a socket that audio needs. */
export interface AudioLink {
  send(text: string): void;
  readonly bufferedBytes: number;
}

export interface UserStreamDeps {
  conversationId: string;
  format: MediaFormat;
  chunkMs: number;
  makeResampler: ResamplerFactory;
  clock: Clock;
  log: Logger;
}

/**
 * The caller's audio on its way to the bot (section 3.3): `start`, the bot's `started`, chunks, `stop`, the bot's
 * `stopped`, always in this order. Wishes that come while an answer is awaited are carried out after it.
 */
export class UserStream implements BotUserAudio {
  readonly #deps: UserStreamDeps;
  readonly #encoder: UserEncoder;
  readonly #frame: { before: string; after: string };
  readonly #maxHeld: number;
  #link: AudioLink | undefined;
  #wanted = false;
  #state: 'stopped' | 'starting' | 'started' | 'stopping' = 'stopped';
  #cancelDeadline: () => void = () => {};
  #held: string[] = [];
  #dropping = false;
  #closed = false;

  constructor(deps: UserStreamDeps) {
    this.#deps = deps;
    this.#frame = userChunkFrame(deps.conversationId);
    this.#maxHeld = Math.ceil(MAX_HELD_MS / deps.chunkMs);
    this.#encoder = new UserEncoder(deps.format, deps.chunkMs, deps.makeResampler, (base64) => this.#emit(base64));
  }

  start(): void {
    this.#want(true);
  }

  write(frame: AudioFrame): void {
    if (this.#state === 'started' && this.#wanted) this.#encoder.write(frame);
  }

  stop(): void {
    this.#want(false);
  }

  /** A connection that knows of no stream; what is wanted begins on it. */
  attach(link: AudioLink): void {
    this.#link = link;
    this.#reconcile();
  }

  /** The connection is gone, and the stream with it. */
  detach(): void {
    this.#link = undefined;
    this.#cancelDeadline();
    this.#state = 'stopped';
    this.#held = [];
    this.#encoder.close();
  }

  onStarted(): void {
    if (this.#state !== 'starting') return;
    this.#cancelDeadline();
    this.#state = 'started';
    this.#encoder.begin();
    this.#reconcile();
  }

  /** Also when the bot ends the stream by itself: a new one begins when it is asked for. */
  onStopped(): void {
    if (this.#state === 'stopped') return;
    const asked = this.#state === 'stopping';
    this.#cancelDeadline();
    this.#state = 'stopped';
    this.#held = [];
    this.#encoder.close();
    if (asked) this.#reconcile();
    else this.#wanted = false;
  }

  /** Frees everything. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#wanted = false;
    this.detach();
  }

  #want(wanted: boolean): void {
    if (this.#closed) return;
    this.#wanted = wanted;
    this.#reconcile();
  }

  #reconcile(): void {
    if (this.#link === undefined) return;
    if (this.#wanted && this.#state === 'stopped') {
      this.#state = 'starting';
      this.#ask('start', () => this.onStarted());
    } else if (!this.#wanted && this.#state === 'started') {
      this.#encoder.finish();
      for (const text of this.#held.splice(0)) this.#link.send(text);
      this.#state = 'stopping';
      this.#ask('stop', () => this.onStopped());
    }
  }

  #ask(what: 'start' | 'stop', assume: () => void): void {
    const { clock, log, conversationId } = this.#deps;
    this.#cancelDeadline = clock.after(STREAM_ANSWER_MS, () => {
      log.warn(`bot did not answer userStream.${what} within ${STREAM_ANSWER_MS} ms: going on without`);
      assume();
    });
    this.#link?.send(userStreamMessage(conversationId, what));
  }

  #emit(base64: string): void {
    const link = this.#link;
    if (link === undefined) return;
    const text = this.#frame.before + base64 + this.#frame.after;
    while (this.#held.length > 0 && link.bufferedBytes < MAX_SOCKET_BYTES) link.send(this.#held.shift() as string);
    if (this.#held.length === 0 && link.bufferedBytes < MAX_SOCKET_BYTES) {
      this.#dropping = false;
      link.send(text);
      return;
    }
    this.#held.push(text);
    if (this.#held.length <= this.#maxHeld) return;
    this.#held.shift();
    if (!this.#dropping)
      this.#deps.log.warn('bot does not keep up with the audio of the caller: the oldest is dropped');
    this.#dropping = true;
  }
}
