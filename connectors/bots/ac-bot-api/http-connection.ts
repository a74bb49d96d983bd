import type { Logger } from 'pino';
import type {
  BotCheckReport,
  BotConnection,
  BotConversationContext,
  BotSession,
  BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { type BotAccess, closedError, createAccess } from './access.ts';
import { protocolError } from './answers.ts';
import { AsyncReplies } from './async-replies.ts';
import type { AcBotApiConfig } from './config.ts';
import type { AcBotApiDeps, AcBotApiOptions } from './connector.ts';
import { abortedError } from './http-client.ts';
import { type ConversationAddresses, HttpSession, tellDisconnect } from './http-session.ts';
import { displayUrl, type ResolvedUrl, resolveBotUrl, resolveWebSocketUrl } from './urls.ts';
import { checkOverHttp } from './validate.ts';
import { createBody, parseCreateAnswer } from './wire.ts';
import { callHeaders, dialWithCredentials } from './ws-dial.ts';

/** A bot that speaks HTTP mode (section 1). */
export class HttpConnection implements BotConnection {
  readonly id: string;
  readonly name: string;
  readonly #config: AcBotApiConfig;
  readonly #url: URL;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #access: BotAccess;
  readonly #closed = new AbortController();
  readonly #sessions = new Set<BotSession>();
  /** Creations whose call has gone; each ends the conversation that it may still bring about. */
  readonly #leftBehind = new Set<Promise<void>>();
  #close: Promise<void> | undefined;

  constructor(options: AcBotApiOptions, deps: AcBotApiDeps & { newId: () => string }) {
    const { config } = options;
    this.id = options.id;
    this.name = options.name;
    this.#config = config;
    this.#url = new URL(config.url);
    this.#url.hash = '';
    this.#log = deps.log.child({ bot: options.id });
    this.#clock = deps.clock;
    this.#newId = deps.newId;
    this.#access = createAccess(config, deps, this.#log);
  }

  async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
    if (this.#closed.signal.aborted) throw closedError();
    if (context.signal.aborted) throw abortedError(context.signal.reason);
    const log = this.#log.child({ callId: context.callId, conversationId: context.conversationId });
    const creation = this.#create(context, log);
    const addresses = await this.#unlessGone(creation, context, log);
    if (context.signal.aborted || this.#closed.signal.aborted) {
      await this.#disconnect(addresses, context, log);
      throw abortedError(context.signal.reason);
    }
    const replies = await this.#openReplies(addresses, context, log);
    if (context.signal.aborted || this.#closed.signal.aborted) {
      await Promise.all([
        this.#disconnect(addresses, context, log),
        replies?.close(this.#config.timeouts.disconnectMs),
      ]);
      throw abortedError(context.signal.reason);
    }
    const session = new HttpSession(context.conversationId, addresses, handlers, context.signal, {
      requests: this.#access.requests,
      clock: this.#clock,
      log,
      newId: this.#newId,
      timeouts: this.#config.timeouts,
      replies,
      onEnded: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  validate(signal: AbortSignal = this.#closed.signal): Promise<BotCheckReport> {
    const target = { url: this.#url, access: this.#access, config: this.#config, clock: this.#clock };
    return checkOverHttp({ ...target, signal });
  }

  close(): Promise<void> {
    this.#close ??= this.#shutDown();
    return this.#close;
  }

  async #shutDown(): Promise<void> {
    this.#closed.abort();
    const ends = [...this.#sessions].map((session) =>
      session.end({ reasonCode: 'error', reason: 'the hub is shutting down' }),
    );
    await Promise.all([...ends, ...this.#leftBehind]);
    await this.#access.close();
  }

  async #create(context: BotConversationContext, log: Logger): Promise<ConversationAddresses> {
    const body = createBody({
      id: this.#newId(),
      timestamp: this.#clock.date().toISOString(),
      conversationId: context.conversationId,
      botName: this.#config.botName ?? context.botName,
    });
    const answer = await this.#access.requests({
      step: 'create',
      method: 'POST',
      url: this.#url,
      body,
      timeoutMs: this.#config.timeouts.responseMs,
      signal: this.#closed.signal,
      retries: 1,
    });
    return this.#addressesOf(answer, log);
  }

  /**
   * The creation's result, unless the call ends first. A creation under way then goes on, so that a conversation that
   * it brings about at the bot is ended there.
   */
  #unlessGone(
    creation: Promise<ConversationAddresses>,
    context: BotConversationContext,
    log: Logger,
  ): Promise<ConversationAddresses> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const cleanUp = creation.then(
          (addresses) => this.#disconnect(addresses, context, log),
          (error) => log.debug({ problem: messageOf(error) }, 'no conversation was created for a call that had gone'),
        );
        this.#leftBehind.add(cleanUp);
        void cleanUp.finally(() => this.#leftBehind.delete(cleanUp));
        reject(abortedError(context.signal.reason));
      };
      context.signal.addEventListener('abort', onAbort, { once: true });
      const settle = (act: () => void): void => {
        context.signal.removeEventListener('abort', onAbort);
        act();
      };
      creation.then(
        (addresses) => settle(() => resolve(addresses)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  /** The WebSocket that the bot has named, if it can be opened: without it, replies come in HTTP answers. */
  async #openReplies(
    addresses: ConversationAddresses,
    context: BotConversationContext,
    log: Logger,
  ): Promise<AsyncReplies | undefined> {
    const url = addresses.websocket;
    if (url === undefined) return undefined;
    const target = { url, access: this.#access, config: this.#config, clock: this.#clock };
    const headers = callHeaders(context.conversationId, context.caller);
    const signal = AbortSignal.any([context.signal, this.#closed.signal]);
    try {
      const replies = await dialWithCredentials(target, headers, signal, (dial) => AsyncReplies.open(dial, log));
      this.#leftBehind.add(replies.closed);
      void replies.closed.then(() => this.#leftBehind.delete(replies.closed));
      return replies;
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'websocketURL cannot be opened: replies are taken from HTTP answers');
      return undefined;
    }
  }

  async #disconnect(addresses: ConversationAddresses, context: BotConversationContext, log: Logger): Promise<void> {
    if (addresses.disconnect === undefined) return;
    const end = { reasonCode: 'client-disconnected', reason: 'the call ended before the conversation began' } as const;
    const { disconnectMs } = this.#config.timeouts;
    try {
      const deps = { requests: this.#access.requests };
      await tellDisconnect(deps, addresses.disconnect, context.conversationId, end, disconnectMs, this.#clock);
    } catch (error) {
      log.debug({ problem: messageOf(error) }, 'the bot could not be told that the conversation is over');
    }
  }

  #addressesOf(answer: unknown, log: Logger): ConversationAddresses {
    const parsed = parseCreateAnswer(answer);
    if (!parsed.ok) throw protocolError('create', this.#url, parsed.problem);
    if (parsed.warnings.length > 0) log.warn({ problems: parsed.warnings }, 'bot answer to create is not quite right');
    const { value } = parsed;
    const foreign = new Set<string>();
    const take = (key: string, resolved: ResolvedUrl): URL => {
      if (!resolved.ok) throw protocolError('create', this.#url, `${key} ${resolved.problem}`);
      if (!this.#access.isTrusted(resolved.url)) foreign.add(displayUrl(resolved.url));
      return resolved.url;
    };
    const resolve = (key: string, reference: string): URL => take(key, resolveBotUrl(reference, this.#url));
    const addresses: ConversationAddresses = {
      activities: resolve('activitiesURL', value.activitiesUrl),
      refresh: value.refreshUrl === undefined ? undefined : resolve('refreshURL', value.refreshUrl),
      disconnect: value.disconnectUrl === undefined ? undefined : resolve('disconnectURL', value.disconnectUrl),
      websocket:
        value.websocketUrl === undefined
          ? undefined
          : take('websocketURL', resolveWebSocketUrl(value.websocketUrl, this.#url)),
      expiresSeconds: value.expiresSeconds,
    };
    if (foreign.size > 0) {
      log.warn({ urls: [...foreign] }, 'bot names addresses of another origin: no credentials are sent there');
    }
    return addresses;
  }
}
