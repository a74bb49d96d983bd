import type { Logger } from 'pino';
import {
  type BotActivity,
  BotError,
  type BotPlayEvent,
  type BotReasonCode,
  type BotSession,
  type BotSessionHandlers,
  type BotUserAudio,
  type HubActivity,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import type { AcBotApiConfig } from './config.ts';
import { abortedError } from './http-client.ts';
import type { MessageReader } from './message-reader.ts';
import type { PlayStreams } from './play-streams.ts';
import type { UserStream } from './user-stream.ts';
import { parseActivitiesReply } from './wire.ts';
import { type AcceptedSession, sessionError } from './ws-handshake.ts';
import { activitiesMessage, type BotMessage, endMessage, resumeMessage } from './ws-wire.ts';

/** Deliveries that wait for the connection; a bot that is so far behind gets no more. */
export const MAX_WAITING_DELIVERIES = 100;
/** A connection that was resumed and breaks again within this time is not resumed once more. */
export const MIN_RESUMED_MS = 30_000;
/** After the end of the call, the bot is told by the session itself when nobody else has done so for this long. */
export const END_GRACE_MS = 5_000;

export interface WsSessionDeps {
  /** Connects anew and asks with this message. @throws BotError */
  reconnect(message: string, goodbye: () => string, signal: AbortSignal): Promise<AcceptedSession>;
  reader: MessageReader;
  /** Where the bot recognises by itself. */
  userStream: UserStream | undefined;
  /** Where the bot synthesises by itself. */
  playStreams: ((emit: (event: BotPlayEvent) => void) => PlayStreams) | undefined;
  clock: Clock;
  log: Logger;
  newId: () => string;
  timeouts: AcBotApiConfig['timeouts'];
  /** After the connection is gone for good. */
  onEnded: () => void;
}

interface Delivery {
  text: string;
  resolve(): void;
  reject(error: BotError): void;
}

/**
 * One conversation over a WebSocket (sections 2 and 3). A connection that breaks is resumed once, with the deliveries
 * that wait; when that fails, `onLost` is called. After `end()` or the abort of the call's signal no handler is
 * called any more. Nothing is handed over before the turn of the event loop after the one in which it was made.
 */
export class WsSession implements BotSession {
  readonly userAudio?: BotUserAudio;
  readonly markReached?: (markId: string) => void;
  readonly #deps: WsSessionDeps;
  readonly #conversationId: string;
  readonly #handlers: BotSessionHandlers;
  readonly #play: PlayStreams | undefined;
  /** Aborted by the end of the call, by `end()` and by the loss of the session. */
  readonly #over = new AbortController();
  readonly #releaseSignal: () => void;
  /** Undefined while the connection is being resumed. */
  #connection: AcceptedSession | undefined;
  #resuming: Promise<void> | undefined;
  #resumedAt: number | undefined;
  #waiting: Delivery[] = [];
  readonly #underWay = new Set<Delivery>();
  #lost: BotError | undefined;
  #end: Promise<void> | undefined;
  #cancelGrace: () => void = () => {};
  #goodbye: { reasonCode: BotReasonCode; reason: string } = { reasonCode: 'error', reason: 'the bot was given up' };

  constructor(
    conversationId: string,
    accepted: AcceptedSession,
    handlers: BotSessionHandlers,
    signal: AbortSignal,
    deps: WsSessionDeps,
  ) {
    this.#conversationId = conversationId;
    this.#handlers = handlers;
    this.#deps = deps;
    this.#connection = accepted;
    if (deps.userStream !== undefined) this.userAudio = deps.userStream;
    this.#play = deps.playStreams?.((event) => this.#call(() => handlers.onPlay?.(event)));
    if (this.#play !== undefined) this.markReached = (markId) => this.#tellMark(markId);
    const onAbort = (): void => this.#callEnded(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#releaseSignal = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    setImmediate(() => {
      if (this.#connection === accepted) this.#attach(accepted);
    });
  }

  send(activities: readonly HubActivity[]): Promise<void> {
    if (this.#over.signal.aborted) return Promise.reject(this.#overError());
    if (activities.length === 0) return Promise.resolve();
    const waiting = this.#waiting.length + this.#underWay.size;
    if (waiting >= MAX_WAITING_DELIVERIES) {
      const problem = `${waiting} deliveries wait for the bot already`;
      return Promise.reject(new BotError('bot_unreachable', problem, { retryable: true }));
    }
    const text = activitiesMessage(this.#conversationId, activities);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      this.#deliver();
    });
  }

  end(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.#end ??= this.#tellEnd(reason);
    return this.#end;
  }

  async #tellEnd(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.#cancelGrace();
    this.#goodbye = reason;
    this.#stop(undefined);
    try {
      await this.#resuming;
      const socket = this.#connection?.socket;
      if (socket === undefined) return;
      if (this.#lost === undefined) socket.send(endMessage(this.#conversationId, reason));
      await socket.close(this.#deps.timeouts.disconnectMs);
    } finally {
      this.#deps.onEnded();
    }
  }

  #deliver(): void {
    const socket = this.#connection?.socket;
    if (socket === undefined || socket.closedWith !== undefined) return;
    for (const delivery of this.#waiting.splice(0)) {
      this.#underWay.add(delivery);
      socket.send(delivery.text, (error) => {
        // Where it failed the connection has broken: the delivery waits for the next one.
        if (error === undefined && this.#underWay.delete(delivery)) delivery.resolve();
      });
    }
  }

  #attach(accepted: AcceptedSession): void {
    const { socket, early } = accepted;
    socket.listener = {
      onMessage: (text) => this.#read(text),
      onClosed: (error) => this.#broken(error),
    };
    this.#deps.userStream?.attach({
      send: (text) => socket.send(text),
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
    });
    for (const message of early.splice(0)) this.#handle(message);
    if (socket.closedWith !== undefined) this.#broken(socket.closedWith);
  }

  #read(text: string): void {
    try {
      const message = this.#deps.reader.read(text);
      if (message !== undefined) this.#handle(message);
    } catch (error) {
      this.#lose(asBotError(error));
    }
  }

  #handle(message: BotMessage): void {
    if (this.#over.signal.aborted) return;
    const { reader, userStream } = this.#deps;
    switch (message.type) {
      case 'activities':
        this.#readActivities(message.body);
        return;
      case 'session.error':
        this.#lose(sessionError(message.reason));
        return;
      case 'userStream.started':
        userStream?.onStarted();
        return;
      case 'userStream.stopped':
        userStream?.onStopped();
        return;
      case 'speech':
        if (userStream === undefined) reader.warnOnce('speech events are ignored: directSTT is off');
        else this.#call(() => this.#handlers.onSpeech?.(message.event));
        return;
      case 'playStream.start':
      case 'playStream.chunk':
      case 'playStream.mark.set':
      case 'playStream.stop':
        if (this.#play === undefined) reader.warnOnce('audio of the bot is ignored: directTTS is off');
        else this.#play.handle(message);
        return;
      case 'session.accepted':
      case 'connection.validated':
      case 'unknown':
        return;
    }
  }

  #readActivities(body: Record<string, unknown>): void {
    const reply = parseActivitiesReply(body, this.#deps.newId);
    if (!reply.ok) {
      this.#deps.reader.warnOnce(`activities dropped: ${reply.problem}`);
      return;
    }
    for (const warning of reply.warnings) this.#deps.reader.warnOnce(warning);
    this.#hand(reply.value);
  }

  #hand(activities: readonly BotActivity[]): void {
    if (activities.length > 0) this.#call(() => this.#handlers.onActivities(activities));
  }

  #tellMark(markId: string): void {
    const message = this.#play?.reached(markId);
    if (message !== undefined && !this.#over.signal.aborted) this.#connection?.socket.send(message);
  }

  /** The connection is gone although nobody wanted it to be. */
  #broken(error: BotError): void {
    if (this.#over.signal.aborted) return;
    this.#connection = undefined;
    this.#waiting = [...this.#underWay, ...this.#waiting];
    this.#underWay.clear();
    this.#deps.userStream?.detach();
    this.#play?.interrupt();
    const { clock, log } = this.#deps;
    const tooSoon = this.#resumedAt !== undefined && clock.now() - this.#resumedAt < MIN_RESUMED_MS;
    if (error.code !== 'bot_unreachable' || tooSoon) {
      this.#lose(error);
      return;
    }
    log.warn({ problem: error.message }, 'bot connection broke: resuming the session');
    this.#resuming = this.#resume(error).finally(() => {
      this.#resuming = undefined;
    });
  }

  async #resume(broken: BotError): Promise<void> {
    const { clock, log, timeouts } = this.#deps;
    const limit = new AbortController();
    const cancel = clock.after(timeouts.resumeMs, () => limit.abort());
    const goodbye = (): string => endMessage(this.#conversationId, this.#goodbye);
    const signal = AbortSignal.any([limit.signal, this.#over.signal]);
    try {
      const accepted = await this.#deps.reconnect(resumeMessage(this.#conversationId), goodbye, signal);
      this.#connection = accepted;
      if (this.#over.signal.aborted) return;
      log.info('bot session resumed');
      this.#resumedAt = clock.now();
      this.#deliver();
      this.#attach(accepted);
    } catch (error) {
      if (!this.#over.signal.aborted) this.#lose(notResumed(broken, error, limit.signal.aborted, timeouts.resumeMs));
    } finally {
      cancel();
    }
  }

  #lose(error: BotError): void {
    if (this.#over.signal.aborted) return;
    this.#lost = error;
    const socket = this.#connection?.socket;
    this.#stop(error);
    this.#call(() => this.#handlers.onLost(error), true);
    if (socket === undefined) this.#deps.onEnded();
    else void socket.close(this.#deps.timeouts.disconnectMs).then(() => this.#deps.onEnded());
  }

  #callEnded(reason: unknown): void {
    this.#stop(reason);
    const reasonCode = 'client-disconnected' as const;
    this.#cancelGrace = this.#deps.clock.after(END_GRACE_MS, () => {
      void this.end({ reasonCode, reason: 'the call ended' });
    });
  }

  #stop(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#releaseSignal();
    this.#over.abort(reason);
    this.#deps.userStream?.close();
    this.#play?.close();
    const deliveries = [...this.#underWay, ...this.#waiting.splice(0)];
    this.#underWay.clear();
    for (const delivery of deliveries) delivery.reject(this.#overError());
  }

  #call(handler: () => void, afterEnd = false): void {
    if (this.#over.signal.aborted && !afterEnd) return;
    try {
      handler();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the handler of a bot session failed');
    }
  }

  #overError(): BotError {
    return this.#lost ?? abortedError(this.#over.signal.reason);
  }
}

function asBotError(error: unknown): BotError {
  return error instanceof BotError ? error : new BotError('bot_failed', messageOf(error), { cause: error });
}

/** The failure path: why the connection broke, and why it could not be resumed. */
function notResumed(broken: BotError, cause: unknown, late: boolean, limitMs: number): BotError {
  const why = late ? `not within ${limitMs} ms` : messageOf(cause);
  const code =
    cause instanceof BotError && !late && cause.code === 'bot_failed' ? 'bot_conversation_lost' : broken.code;
  return new BotError(code, `${broken.message}; it could not be resumed: ${why}`, {
    cause,
    publicMessage: 'the connection to the bot was lost',
  });
}
