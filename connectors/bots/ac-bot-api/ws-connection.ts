import type { Logger } from 'pino';
import {
  type BotCheckReport,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { SampleRate } from '../../../src/media/audio.ts';
import { loadResampler, type ResamplerFactory } from '../../../src/media/resample.ts';
import { type BotAccess, closedError, createAccess } from './access.ts';
import type { DialOptions } from './bot-socket.ts';
import type { AcBotApiConfig } from './config.ts';
import type { AcBotApiDeps, AcBotApiOptions } from './connector.ts';
import { abortedError } from './http-client.ts';
import { MEDIA_FORMAT_NAMES, type MediaFormat, offeredFormats } from './media-formats.ts';
import { MessageReader } from './message-reader.ts';
import { acceptedFormat, PlayStreams } from './play-streams.ts';
import { UserStream } from './user-stream.ts';
import { checkOverWebSocket } from './validate.ts';
import { callHeaders, dialWithCredentials, type WsTarget } from './ws-dial.ts';
import { type AcceptedSession, openSession } from './ws-handshake.ts';
import { WsSession } from './ws-session.ts';
import { endMessage, initiateMessage } from './ws-wire.ts';

/** A bot over WebSocket: text (section 2), or with audio of its own in either direction or both (section 3). */
export class WsConnection implements BotConnection {
  readonly id: string;
  readonly name: string;
  readonly audio?: { readonly directStt: boolean; readonly directTts: boolean };
  readonly #config: AcBotApiConfig;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #access: BotAccess;
  readonly #target: WsTarget;
  readonly #closed = new AbortController();
  readonly #sessions = new Set<WsSession>();
  /** Connections that are open, in whatever state. */
  readonly #sockets = new Set<Promise<void>>();
  #close: Promise<void> | undefined;

  constructor(options: AcBotApiOptions, deps: AcBotApiDeps & { newId: () => string }) {
    const { config } = options;
    this.id = options.id;
    this.name = options.name;
    if (config.directSTT || config.directTTS) {
      this.audio = { directStt: config.directSTT, directTts: config.directTTS };
    }
    this.#config = config;
    this.#log = deps.log.child({ bot: options.id });
    this.#clock = deps.clock;
    this.#newId = deps.newId;
    this.#access = createAccess(config, deps, this.#log);
    const url = new URL(config.url);
    url.hash = '';
    this.#target = { url, access: this.#access, config, clock: deps.clock };
  }

  async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
    if (this.#closed.signal.aborted) throw closedError();
    if (context.signal.aborted) throw abortedError(context.signal.reason);
    const { conversationId } = context;
    const log = this.#log.child({ callId: context.callId, conversationId });
    const audio = this.audio === undefined ? undefined : await audioOf(context);
    const reader = new MessageReader(log);
    const initiate = initiateMessage({
      conversationId,
      botName: this.#config.botName ?? context.botName,
      caller: context.caller,
      expectAudioMessages: this.#config.directTTS,
      supportedMediaFormats: offeredFormats(this.#config.mediaFormats),
    });
    const gone = { reasonCode: 'client-disconnected', reason: 'the call ended before the conversation began' } as const;
    const goodbye = (): string => endMessage(conversationId, gone);
    const signal = AbortSignal.any([context.signal, this.#closed.signal]);
    const accepted = await this.#connect(context, reader, initiate, goodbye, signal);
    const format = acceptedFormat(accepted.mediaFormat);
    if (format === undefined && this.audio?.directStt === true) {
      accepted.socket.send(endMessage(conversationId, { reasonCode: 'error', reason: 'unknown media format' }));
      void accepted.socket.close(this.#config.timeouts.disconnectMs);
      throw unknownFormat(accepted.mediaFormat);
    }
    const session = this.#sessionOf(context, handlers, accepted, { reader, log, audio, format });
    if (signal.aborted) {
      await session.end(gone);
      throw abortedError(signal.reason);
    }
    return session;
  }

  validate(signal: AbortSignal = this.#closed.signal): Promise<BotCheckReport> {
    return checkOverWebSocket({ ...this.#target, conversationId: this.#newId(), signal });
  }

  close(): Promise<void> {
    this.#close ??= this.#shutDown();
    return this.#close;
  }

  async #shutDown(): Promise<void> {
    this.#closed.abort();
    const reason = { reasonCode: 'error', reason: 'the hub is shutting down' } as const;
    await Promise.all([...this.#sessions].map((session) => session.end(reason)));
    await Promise.all(this.#sockets);
    await this.#access.close();
  }

  #sessionOf(
    context: BotConversationContext,
    handlers: BotSessionHandlers,
    accepted: AcceptedSession,
    parts: { reader: MessageReader; log: Logger; audio: CallAudio | undefined; format: MediaFormat | undefined },
  ): WsSession {
    const { conversationId } = context;
    const { reader, log, audio, format = acceptedFormat(undefined) } = parts;
    const clock = this.#clock;
    const { directSTT, directTTS, audioChunkMs: chunkMs, timeouts } = this.#config;
    const session: WsSession = new WsSession(conversationId, accepted, handlers, context.signal, {
      reconnect: (message, goodbye, signal) => this.#connect(context, reader, message, goodbye, signal),
      reader,
      userStream:
        directSTT && audio !== undefined && format !== undefined
          ? new UserStream({ conversationId, format, chunkMs, makeResampler: audio.makeResampler, clock, log })
          : undefined,
      playStreams:
        directTTS && audio !== undefined && format !== undefined
          ? (emit) =>
              new PlayStreams({
                conversationId,
                callRate: audio.sampleRate,
                defaultFormat: format,
                makeResampler: audio.makeResampler,
                newId: this.#newId,
                emit,
                warn: (problem) => reader.warnOnce(problem),
              })
          : undefined,
      clock,
      log,
      newId: this.#newId,
      timeouts,
      onEnded: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  /** Connects and has the session accepted, noting the connection until it is gone. */
  #connect(
    context: BotConversationContext,
    reader: MessageReader,
    message: string,
    goodbye: () => string,
    signal: AbortSignal,
  ): Promise<AcceptedSession> {
    const { acceptMs, disconnectMs: closeMs } = this.#config.timeouts;
    const headers = callHeaders(context.conversationId, context.caller);
    const onOpen = (closed: Promise<void>): void => {
      this.#sockets.add(closed);
      void closed.then(() => this.#sockets.delete(closed));
    };
    return dialWithCredentials(this.#target, headers, signal, (dial: DialOptions) =>
      openSession(dial, { message, goodbye, acceptMs, closeMs, reader, onOpen }),
    );
  }
}

interface CallAudio {
  sampleRate: SampleRate;
  makeResampler: ResamplerFactory;
}

async function audioOf(context: BotConversationContext): Promise<CallAudio> {
  const { sampleRate } = context;
  if (sampleRate === undefined) throw new BotError('bot_failed', 'the call does not say at which rate its audio is');
  return { sampleRate, makeResampler: await loadResampler() };
}

function unknownFormat(name: string | undefined): BotError {
  const problem = `session.accepted names the mediaFormat ${JSON.stringify(name)}, known are ${MEDIA_FORMAT_NAMES.join(', ')}`;
  return new BotError('bot_failed', problem, {
    publicMessage: 'the bot does not understand the audio that is offered',
  });
}
