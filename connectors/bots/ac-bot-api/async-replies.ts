import type { Logger } from 'pino';
import { messageOf } from '../../../src/errors.ts';
import { type BotSocket, type DialOptions, dialBot } from './bot-socket.ts';
import { MessageReader } from './message-reader.ts';

/** Frames that came before anybody listened; beyond this number they are dropped. */
const MAX_EARLY = 200;

/**
 * The WebSocket over which a bot in HTTP mode sends activities unasked (section 1.7). Frames go one way only. When it
 * closes, replies come in HTTP answers alone.
 */
export class AsyncReplies {
  readonly #socket: BotSocket;
  readonly #early: Record<string, unknown>[];
  readonly #receiver: { take: (body: Record<string, unknown>) => void };

  /** @throws BotError */
  static async open(dial: DialOptions, log: Logger): Promise<AsyncReplies> {
    const reader = new MessageReader(log);
    const early: Record<string, unknown>[] = [];
    const receiver = {
      take: (body: Record<string, unknown>): void => {
        if (early.length < MAX_EARLY) early.push(body);
        else reader.warnOnce(`more than ${MAX_EARLY} frames before the conversation began`);
      },
    };
    let socket: BotSocket | undefined;
    const read = (text: string): void => {
      try {
        const message = reader.read(text);
        if (message?.type === 'activities') receiver.take(message.body);
        else if (message !== undefined) reader.warnOnce(`${message.type} ignored: only activities come this way`);
      } catch (error) {
        log.warn({ problem: messageOf(error) }, 'websocketURL given up: replies are taken from HTTP answers');
        socket?.terminate();
      }
    };
    socket = await dialBot(dial, {
      onMessage: read,
      onClosed: (error) => {
        log.info({ problem: error.message }, 'websocketURL was closed: replies are taken from HTTP answers');
      },
    });
    return new AsyncReplies(socket, early, receiver);
  }

  private constructor(
    socket: BotSocket,
    early: Record<string, unknown>[],
    receiver: { take: (body: Record<string, unknown>) => void },
  ) {
    this.#socket = socket;
    this.#early = early;
    this.#receiver = receiver;
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  /** Hands over what has come and what will come. */
  listen(take: (body: Record<string, unknown>) => void): void {
    this.#receiver.take = take;
    for (const body of this.#early.splice(0)) take(body);
  }

  /** Idempotent. */
  close(limitMs: number): Promise<void> {
    return this.#socket.close(limitMs);
  }
}
