import type { Logger } from 'pino';
import {
  type BotActivity,
  BotError,
  type BotReasonCode,
  type BotSession,
  type BotSessionHandlers,
  type HubActivity,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { protocolError } from './answers.ts';
import type { AsyncReplies } from './async-replies.ts';
import type { BotRequests } from './bot-requests.ts';
import type { AcBotApiConfig } from './config.ts';
import { abortedError } from './http-client.ts';
import { activitiesBody, disconnectBody, parseActivitiesReply, parseRefreshAnswer, refreshBody } from './wire.ts';

/** Deliveries that wait for the one under way; a bot that is so far behind gets no more. */
export const MAX_WAITING_DELIVERIES = 100;
/** A conversation is refreshed at half of its idle life, but not more often than this. */
export const MIN_REFRESH_MS = 10_000;

/** The addresses of one conversation, resolved (section 1.3). */
export interface ConversationAddresses {
  activities: URL;
  refresh: URL | undefined;
  disconnect: URL | undefined;
  /** Where the bot sends activities unasked (section 1.7). */
  websocket: URL | undefined;
  expiresSeconds: number;
}

export interface HttpSessionDeps {
  requests: BotRequests;
  clock: Clock;
  log: Logger;
  newId: () => string;
  timeouts: AcBotApiConfig['timeouts'];
  /** Open where the bot sends activities unasked; closed with the session. */
  replies: AsyncReplies | undefined;
  /** After the end has been told to the bot, or given up. */
  onEnded: () => void;
}

/**
 * One conversation in HTTP mode (sections 1.4, 1.5). Requests go out one at a time, in order. An error that is not
 * retryable ends the session: `onLost` is called, then the delivery rejects. After `end()` or the abort of the call's
 * signal no handler is called any more.
 */
export class HttpSession implements BotSession {
  readonly #deps: HttpSessionDeps;
  readonly #conversationId: string;
  readonly #addresses: ConversationAddresses;
  readonly #handlers: BotSessionHandlers;
  /** Aborted by the end of the call, by `end()` and by the loss of the session. */
  readonly #over = new AbortController();
  readonly #releaseSignal: () => void;
  #lost: BotError | undefined;
  #end: Promise<void> | undefined;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #expiresSeconds: number;
  #cancelRefresh: () => void = () => {};

  constructor(
    conversationId: string,
    addresses: ConversationAddresses,
    handlers: BotSessionHandlers,
    signal: AbortSignal,
    deps: HttpSessionDeps,
  ) {
    this.#conversationId = conversationId;
    this.#addresses = addresses;
    this.#handlers = handlers;
    this.#deps = deps;
    this.#expiresSeconds = addresses.expiresSeconds;
    const onAbort = (): void => this.#stop(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#releaseSignal = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    this.#armRefresh();
    setImmediate(() => deps.replies?.listen((body) => this.#receive(body)));
  }

  send(activities: readonly HubActivity[]): Promise<void> {
    if (this.#over.signal.aborted) return Promise.reject(this.#overError());
    if (activities.length === 0) return Promise.resolve();
    if (this.#waiting >= MAX_WAITING_DELIVERIES) {
      return Promise.reject(
        new BotError('bot_unreachable', `${this.#waiting} deliveries wait for the bot already`, { retryable: true }),
      );
    }
    const body = activitiesBody(this.#conversationId, activities);
    return this.#inTurn(() => this.#deliver(body));
  }

  end(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.#end ??= this.#tellEnd(reason);
    return this.#end;
  }

  async #deliver(body: string): Promise<void> {
    const url = this.#addresses.activities;
    try {
      const answer = await this.#deps.requests({
        step: 'activities',
        method: 'POST',
        url,
        body,
        timeoutMs: this.#deps.timeouts.responseMs,
        signal: this.#over.signal,
        retries: 1,
      });
      this.#take(answer, (problem) => {
        throw protocolError('activities', url, problem);
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** A frame of `websocketURL`; one that cannot be read is dropped. */
  #receive(body: unknown): void {
    this.#take(body, (problem) => this.#deps.log.warn({ problem }, 'bot frame dropped'));
  }

  #take(body: unknown, refuse: (problem: string) => void): void {
    if (this.#over.signal.aborted) return;
    const reply = parseActivitiesReply(body, this.#deps.newId);
    if (!reply.ok) {
      refuse(reply.problem);
      return;
    }
    if (reply.warnings.length > 0) this.#deps.log.warn({ problems: reply.warnings }, 'bot reply is not quite right');
    this.#hand(reply.value);
  }

  /** Keeps the conversation alive on the bot's side. Trouble other than a lost conversation shows at the next delivery. */
  async #refresh(url: URL): Promise<void> {
    try {
      const answer = await this.#deps.requests({
        step: 'refresh',
        method: 'POST',
        url,
        body: refreshBody(this.#conversationId),
        timeoutMs: this.#deps.timeouts.responseMs,
        signal: this.#over.signal,
        retries: 1,
      });
      this.#expiresSeconds = parseRefreshAnswer(answer) ?? this.#expiresSeconds;
    } catch (error) {
      if (this.#over.signal.aborted) return;
      if (error instanceof BotError && error.code === 'bot_conversation_lost') this.#failed(error);
      else this.#deps.log.warn({ problem: messageOf(error) }, 'bot conversation could not be refreshed');
    }
  }

  async #tellEnd(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    const { clock, log, timeouts } = this.#deps;
    this.#stop(undefined);
    const url = this.#addresses.disconnect;
    try {
      if (url !== undefined)
        await tellDisconnect(this.#deps, url, this.#conversationId, reason, timeouts.disconnectMs, clock);
    } catch (error) {
      log.debug({ problem: messageOf(error) }, 'the bot could not be told that the conversation is over');
    } finally {
      await this.#deps.replies?.close(timeouts.disconnectMs);
      this.#deps.onEnded();
    }
  }

  /** Runs `work` after all that was handed in before it. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#cancelRefresh();
    this.#waiting += 1;
    const turn = this.#queue.then(() => {
      if (this.#over.signal.aborted) throw this.#overError();
      return work();
    });
    this.#queue = turn
      .catch(() => {})
      .then(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#armRefresh();
      });
    return turn;
  }

  #armRefresh(): void {
    this.#cancelRefresh();
    const url = this.#addresses.refresh;
    if (url === undefined || this.#over.signal.aborted) return;
    const idleMs = Math.max(MIN_REFRESH_MS, this.#expiresSeconds * 500);
    this.#cancelRefresh = this.#deps.clock.after(
      idleMs,
      () => void this.#inTurn(() => this.#refresh(url)).catch(() => {}),
    );
  }

  #hand(activities: readonly BotActivity[]): void {
    if (activities.length === 0 || this.#over.signal.aborted) return;
    try {
      this.#handlers.onActivities(activities);
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the handler of bot activities failed');
    }
  }

  /** Tells apart what ends the session from what does not; returns what the delivery rejects with. */
  #failed(cause: unknown): BotError {
    if (this.#over.signal.aborted) return this.#overError();
    const error =
      cause instanceof BotError
        ? cause
        : new BotError('bot_failed', messageOf(cause), { cause, publicMessage: 'the bot failed' });
    if (error.retryable) return error;
    this.#lost = error;
    this.#stop(error);
    void this.#deps.replies?.close(this.#deps.timeouts.disconnectMs);
    try {
      this.#handlers.onLost(error);
    } catch (thrown) {
      this.#deps.log.error({ err: thrown }, 'the handler of a lost bot session failed');
    }
    return error;
  }

  #overError(): BotError {
    return this.#lost ?? abortedError(this.#over.signal.reason);
  }

  #stop(reason: unknown): void {
    this.#releaseSignal();
    this.#cancelRefresh();
    this.#over.abort(reason);
  }
}

/** Posts the end of a conversation, in `limitMs` at most with its repetition. @throws BotError */
export async function tellDisconnect(
  deps: { requests: BotRequests },
  url: URL,
  conversationId: string,
  end: { reasonCode: BotReasonCode; reason: string },
  limitMs: number,
  clock: Clock,
): Promise<void> {
  const limit = new AbortController();
  const cancel = clock.after(limitMs, () => limit.abort());
  try {
    await deps.requests({
      step: 'disconnect',
      method: 'POST',
      url,
      body: disconnectBody(conversationId, end),
      timeoutMs: limitMs,
      signal: limit.signal,
      retries: 1,
    });
  } finally {
    cancel();
  }
}
