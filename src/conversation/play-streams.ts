import type { BotPlayEvent } from '../bots/port.ts';
import type { SampleRate } from '../media/audio.ts';
import type { ConversationEvent } from './events.ts';

/** Audio of all streams together that waits to be played; of more, the newest is dropped. */
const MAX_BUFFERED_MS = 120_000;
/** Marks of one stream that have not been reached. */
const MAX_MARKS = 1000;

interface Mark {
  readonly markId: string;
  /** Samples of the stream before it. */
  readonly at: number;
}

/** One stream of a bot's own audio, on its way to the speaker. */
export class PlayStream {
  readonly serial: number;
  readonly streamId: string;
  readonly #onTaken: (samples: number) => void;
  #chunks: Int16Array[] = [];
  #samples = 0;
  #marks: Mark[] = [];
  #over = false;
  #changed = Promise.withResolvers<void>();

  constructor(serial: number, streamId: string, onTaken: (samples: number) => void) {
    this.serial = serial;
    this.streamId = streamId;
    this.#onTaken = onTaken;
  }

  /** No more is to come, or it is not wanted any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Resolves when something comes, or nothing more will. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Where the next mark stands, in samples from the beginning of the stream. */
  get nextMark(): number | undefined {
    return this.#marks[0]?.at;
  }

  push(samples: Int16Array): void {
    this.#chunks.push(samples);
    this.#samples += samples.length;
    this.#wake();
  }

  /** False when too many wait. */
  mark(markId: string): boolean {
    if (this.#marks.length >= MAX_MARKS) return false;
    this.#marks.push({ markId, at: this.#samples });
    this.#wake();
    return true;
  }

  /** No more is to come. */
  stop(): void {
    this.#over = true;
    this.#wake();
  }

  /** Nothing of it is wanted any more. */
  discard(): void {
    this.#onTaken(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    this.#chunks = [];
    this.#marks = [];
    this.stop();
  }

  /** What is there, in order, and what comes until `stop`. */
  async *read(): AsyncGenerator<Int16Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#onTaken(chunk.length);
        yield chunk;
      } else if (this.#over) return;
      else await this.#changed.promise;
    }
  }

  /** Takes the marks that have been reached when so many samples have been played. */
  reached(playedSamples: number): string[] {
    const count = this.#marks.findIndex((mark) => mark.at > playedSamples);
    return this.#marks.splice(0, count < 0 ? this.#marks.length : count).map(({ markId }) => markId);
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}

export interface PlayStreamsOptions {
  sampleRate: SampleRate;
  emit: (event: ConversationEvent) => void;
  /** Something about the bot's streams is not as it should be. */
  warn: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * The streams of audio that a bot plays (Bot API 3.4, 3.5): chunks may come as fast as they like, and wait here. A
 * stream that begins ends the one before it, which is played out first.
 */
export class PlayStreams {
  readonly #options: PlayStreamsOptions;
  readonly #waiting = new Map<number, PlayStream>();
  #open: PlayStream | undefined;
  #serial = 0;
  #buffered = 0;

  constructor(options: PlayStreamsOptions) {
    this.#options = options;
  }

  on(event: BotPlayEvent): void {
    if (event.type === 'start') {
      this.#start(event);
      return;
    }
    const stream = this.#open;
    if (stream?.streamId !== event.streamId) {
      if (event.type !== 'stop') this.#options.warn('audio for a stream that is not open', { type: event.type });
      return;
    }
    switch (event.type) {
      case 'audio':
        this.#audio(stream, event.samples);
        return;
      case 'mark':
        if (!stream.over && !stream.mark(event.markId)) this.#options.warn('too many marks; some were dropped', {});
        return;
      case 'stop':
        stream.stop();
        this.#open = undefined;
    }
  }

  /** Hands a stream over to whoever plays it. */
  take(serial: number): PlayStream | undefined {
    const stream = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    return stream;
  }

  /** A stream that is not going to be played. */
  refuse(serial: number): void {
    this.take(serial)?.discard();
  }

  close(): void {
    this.#open?.discard();
    this.#open = undefined;
    for (const stream of this.#waiting.values()) stream.discard();
    this.#waiting.clear();
  }

  #start(event: Extract<BotPlayEvent, { type: 'start' }>): void {
    if (this.#open !== undefined) {
      this.#options.warn('a stream began before the one before it was stopped', {});
      this.#open.stop();
    }
    this.#serial += 1;
    const stream = new PlayStream(this.#serial, event.streamId, (samples) => {
      this.#buffered -= samples;
    });
    this.#open = stream;
    this.#waiting.set(stream.serial, stream);
    const { streamId, altText, activityParams } = event;
    this.#options.emit({ type: 'botPlayed', stream: stream.serial, streamId, altText, activityParams });
  }

  #audio(stream: PlayStream, samples: Int16Array): void {
    // One that was interrupted: what the bot still sends of it is not wanted.
    if (stream.over || samples.length === 0) return;
    const room = (MAX_BUFFERED_MS * this.#options.sampleRate) / 1000 - this.#buffered;
    if (samples.length > room)
      this.#options.warn('too much audio waits; some was dropped', { seconds: MAX_BUFFERED_MS / 1000 });
    const kept = samples.length > room ? samples.slice(0, Math.max(0, room)) : samples;
    if (kept.length === 0) return;
    this.#buffered += kept.length;
    stream.push(kept);
  }
}
