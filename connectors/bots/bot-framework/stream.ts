import type { BotError } from '../../../src/bots/port.ts';
import { foundUrl } from './addresses.ts';
import { readActivitySet } from './direct-line.ts';
import { asBotError, DirectLineError } from './errors.ts';
import { pause } from './http.ts';
import type { Receiver, ReceiverDeps } from './receiver.ts';
import { openStreamSocket, type StreamSocket } from './stream-socket.ts';
import { withFreshToken } from './token-keeper.ts';

/** A stream that lasted so long ended for a reason of its own; sooner, and the attempts count together. */
const STEADY_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/**
 * Opens the stream and keeps it: when it ends, the conversation is reconnected from the last watermark on, so that what the bot has
 * said meanwhile comes then.
 * @throws BotError when it cannot be opened at first
 */
export async function openStream(streamUrl: string, deps: ReceiverDeps): Promise<Receiver> {
  const stream = new Stream(deps);
  const socket = await stream.open(streamUrl);
  return { nudge: () => {}, stopped: stream.keep(socket) };
}

class Stream {
  readonly #deps: ReceiverDeps;
  /** Messages that cannot be read; the first one is asked for once more. */
  #unreadable = 0;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /** The first connection, once more through a reconnect where that may help. @throws BotError */
  async open(streamUrl: string): Promise<StreamSocket> {
    const { clock, signal } = this.#deps;
    try {
      return await this.#dial(streamUrl);
    } catch (error) {
      if (!(error instanceof DirectLineError) || !error.retryable || signal.aborted) throw error;
      await pause(clock, FIRST_PAUSE_MS, signal);
      return await this.#again();
    }
  }

  /** Resolves when the signal has aborted, or the stream is lost. */
  async keep(first: StreamSocket): Promise<void> {
    const { clock, log, signal, config } = this.#deps;
    let socket = first;
    let openedAt = clock.now();
    let brokenAt: number | undefined;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      let error: BotError = await socket.closed;
      if (signal.aborted) return;
      log.info({ problem: error.message }, 'the stream of the conversation ended: reconnecting');
      if (brokenAt === undefined || clock.now() - openedAt >= STEADY_MS) {
        brokenAt = clock.now();
        pauseMs = FIRST_PAUSE_MS;
      }
      for (let next: StreamSocket | undefined; next === undefined; ) {
        if (clock.now() - brokenAt >= config.timeouts.reconnectMs) return this.#deps.onLost(lost(error));
        await pause(clock, pauseMs, signal);
        pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
        if (signal.aborted) return;
        try {
          next = await this.#again();
          socket = next;
          openedAt = clock.now();
        } catch (cause) {
          if (signal.aborted) return;
          error = asBotError(cause);
          if (!error.retryable) return this.#deps.onLost(error);
          if (cause instanceof DirectLineError) pauseMs = Math.max(pauseMs, cause.retryAfterMs);
        }
      }
    }
  }

  async #again(): Promise<StreamSocket> {
    const { directLine, keeper, conversationId, signal, watermark } = this.#deps;
    const from = watermark();
    const answer = await withFreshToken(keeper, () =>
      directLine.reconnect(keeper.grant, conversationId, { watermark: from }, signal),
    );
    keeper.take(answer);
    if (answer.streamUrl === undefined) throw unusable('the answer to reconnect names no stream');
    const socket = await this.#dial(answer.streamUrl);
    // Without a watermark the stream begins with the present: what came before is asked for.
    if (from === undefined) {
      this.#deps.onSet(await directLine.activities(keeper.grant, conversationId, undefined, signal));
    }
    return socket;
  }

  async #dial(streamUrl: string): Promise<StreamSocket> {
    const { config, clock, signal } = this.#deps;
    let socket: StreamSocket | undefined;
    socket = await openStreamSocket({
      url: foundUrl(streamUrl, 'ws', config),
      connectMs: config.timeouts.connectMs,
      pingMs: config.timeouts.pingMs,
      clock,
      signal,
      onText: (text) => {
        if (!this.#read(text)) socket?.cut(unusable('a message of the stream cannot be read'));
      },
    });
    return socket;
  }

  /** @returns whether the stream may go on */
  #read(text: string): boolean {
    // Empty messages show that the connection is alive.
    if (text.trim() === '') return true;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    const set = readActivitySet(json);
    if (set !== undefined) {
      this.#deps.onSet(set);
      return true;
    }
    this.#unreadable += 1;
    if (this.#unreadable === 1) return false;
    this.#deps.log.warn({ count: this.#unreadable }, 'a message of the stream cannot be read and was left out');
    return true;
  }
}

function unusable(message: string): DirectLineError {
  return new DirectLineError('bot_failed', message, {
    retryable: true,
    publicMessage: 'the bot gave an unusable answer',
  });
}

function lost(cause: BotError): DirectLineError {
  return new DirectLineError(cause.code, `${cause.message}; it could not be had again`, {
    cause,
    publicMessage: 'the connection to the bot was lost',
  });
}
