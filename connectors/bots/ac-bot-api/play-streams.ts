import type { BotPlayEvent } from '../../../src/bots/port.ts';
import type { SampleRate } from '../../../src/media/audio.ts';
import type { ResamplerFactory } from '../../../src/media/resample.ts';
import { fallbackFormat, type MediaFormat, mediaFormatOf } from './media-formats.ts';
import { PlayDecoder } from './play-decoder.ts';
import { type BotMessage, markReachedMessage, type WireMark } from './ws-wire.ts';

/** Marks that wait to be reached; beyond this number the oldest is forgotten. */
export const MAX_MARKS = 1_000;

export interface PlayStreamsDeps {
  conversationId: string;
  callRate: SampleRate;
  /** Where `playStream.start` names no format. */
  defaultFormat: MediaFormat;
  makeResampler: ResamplerFactory;
  newId: () => string;
  emit(event: BotPlayEvent): void;
  /** Something that the bot could do better, told once per wording. */
  warn(problem: string): void;
}

interface OpenStream {
  streamId: string;
  /** Undefined where the format is not known: the stream stays silent. */
  decoder: PlayDecoder | undefined;
}

type PlayMessage = Extract<BotMessage, { type: `playStream.${string}` }>;

/**
 * The audio that the bot sends (sections 3.4, 3.5): one stream at a time, each in a format of its own. A stream that
 * begins while another is open ends that one; chunks and stops of streams that are not open are dropped.
 */
export class PlayStreams {
  readonly #deps: PlayStreamsDeps;
  readonly #marks = new Map<string, { streamId: string; mark: WireMark }>();
  #open: OpenStream | undefined;
  #lastStreamId = '';

  constructor(deps: PlayStreamsDeps) {
    this.#deps = deps;
  }

  handle(message: PlayMessage): void {
    switch (message.type) {
      case 'playStream.start':
        this.#start(message);
        return;
      case 'playStream.chunk':
        this.#chunk(message);
        return;
      case 'playStream.mark.set':
        this.#mark(message);
        return;
      case 'playStream.stop':
        if (this.#openOf(message.streamId, 'stop') !== undefined) this.interrupt();
        return;
    }
  }

  /** Nothing more comes for the stream that is open, if one is. */
  interrupt(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#audio(open.streamId, open.decoder?.finish());
    this.#deps.emit({ type: 'stop', streamId: open.streamId });
  }

  /** What the bot is to be told about a mark; undefined for one that it has not set, or was told about. */
  reached(markId: string): string | undefined {
    const known = this.#marks.get(markId);
    if (known === undefined) return undefined;
    this.#marks.delete(markId);
    return markReachedMessage(this.#deps.conversationId, known.streamId, markId, known.mark);
  }

  /** Frees everything; nothing is told any more. */
  close(): void {
    this.#open?.decoder?.close();
    this.#open = undefined;
    this.#marks.clear();
  }

  #start(message: Extract<PlayMessage, { type: 'playStream.start' }>): void {
    const { callRate, makeResampler, warn, defaultFormat } = this.#deps;
    if (this.#open !== undefined) {
      warn('playStream.start before the stop of the stream before: that one ends here');
      this.interrupt();
    }
    const streamId = message.streamId ?? this.#deps.newId();
    let format: MediaFormat | undefined = defaultFormat;
    if (message.mediaFormat === undefined) warn(`playStream.start without mediaFormat: taking ${defaultFormat.name}`);
    else format = mediaFormatOf(message.mediaFormat);
    if (format === undefined) {
      warn(`playStream.start with the unknown mediaFormat ${JSON.stringify(message.mediaFormat)}: it stays silent`);
    }
    const decoder = format && new PlayDecoder(format, callRate, makeResampler, warn);
    this.#open = { streamId, decoder };
    this.#lastStreamId = streamId;
    this.#deps.emit({
      type: 'start',
      streamId,
      altText: message.altText,
      activityParams: message.activityParams,
    });
  }

  #chunk(message: Extract<PlayMessage, { type: 'playStream.chunk' }>): void {
    const open = this.#openOf(message.streamId, 'chunk');
    if (open === undefined) return;
    const { audioChunk } = message;
    const bytes = Buffer.from(audioChunk, 'base64');
    if (bytes.length === 0 && audioChunk !== '') this.#deps.warn('audioChunk is not base64');
    this.#audio(open.streamId, open.decoder?.decode(bytes));
  }

  #mark(message: Extract<PlayMessage, { type: 'playStream.mark.set' }>): void {
    const streamId = message.streamId ?? this.#open?.streamId ?? this.#lastStreamId;
    if (this.#marks.size >= MAX_MARKS) {
      this.#deps.warn(`more than ${MAX_MARKS} marks wait to be reached: the oldest are forgotten`);
      const [oldest] = this.#marks.keys();
      if (oldest !== undefined) this.#marks.delete(oldest);
    }
    this.#marks.set(message.markId, { streamId, mark: message.mark });
    this.#deps.emit({ type: 'mark', streamId, markId: message.markId });
  }

  /** The open stream, if the message is for it: one that names no stream is. */
  #openOf(streamId: string | undefined, what: string): OpenStream | undefined {
    const open = this.#open;
    if (open !== undefined && (streamId === undefined || streamId === open.streamId)) return open;
    this.#deps.warn(`playStream.${what} of a stream that is not open`);
    return undefined;
  }

  #audio(streamId: string, samples: Int16Array | undefined): void {
    if (samples !== undefined && samples.length > 0) this.#deps.emit({ type: 'audio', streamId, samples });
  }
}

/** The format of `session.accepted`; undefined where it names one that is not known. */
export function acceptedFormat(name: string | undefined): MediaFormat | undefined {
  return name === undefined ? fallbackFormat() : mediaFormatOf(name);
}
