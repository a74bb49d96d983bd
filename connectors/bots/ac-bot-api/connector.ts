import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Agent, type Dispatcher } from 'undici';
import {
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { protocolError } from './answers.ts';
import { type Credentials, noCredentials, tokenCredentials } from './auth.ts';
import { type BotRequests, createBotRequests } from './bot-requests.ts';
import type { AcBotApiConfig } from './config.ts';
import { abortedError, createHttpClient, type HttpClient } from './http-client.ts';
import { type ConversationAddresses, HttpSession, tellDisconnect } from './http-session.ts';
import { oauthCredentials } from './oauth.ts';
import { displayUrl, resolveBotUrl } from './urls.ts';
import { validateHttpBot } from './validate.ts';
import { createBody, parseCreateAnswer } from './wire.ts';

/**
 * Idle connections are closed before the bot closes them: servers that follow the official samples keep them 30 s and
 * say so; those that say nothing often keep them 5 s.
 */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 25_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** A bot connection of hub.yaml: `config` is what `acBotApiConfigSchema` made of the connector's part. */
export interface AcBotApiOptions {
  id: string;
  name: string;
  config: AcBotApiConfig;
}

export interface AcBotApiDeps {
  log: Logger;
  clock: Clock;
  /** UUIDs of create requests and of activities that the bot left unnamed. */
  newId?: () => string;
  /** Replaces the connection pool that is otherwise made from the configuration; it is not closed with the connection. */
  dispatcher?: Dispatcher;
}

export interface AcBotApiConnection extends BotConnection {
  /** Section 1.6: asks the bot whether it is one. @throws BotError with a message for the bot's author */
  validate(signal?: AbortSignal): Promise<void>;
}

/** Connects to a bot that speaks the AudioCodes Bot API in HTTP mode (Bot API section 1). Opens nothing by itself. */
export function createAcBotApi(options: AcBotApiOptions, deps: AcBotApiDeps): AcBotApiConnection {
  return new HttpConnection(options, deps);
}

class HttpConnection implements AcBotApiConnection {
  readonly id: string;
  readonly name: string;
  readonly #config: AcBotApiConfig;
  readonly #url: URL;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #ownAgent: Agent | undefined;
  readonly #credentials: Credentials;
  readonly #requests: BotRequests;
  readonly #trustedOrigins: ReadonlySet<string>;
  readonly #closed = new AbortController();
  readonly #sessions = new Set<BotSession>();
  /** Creations whose call has gone; each ends the conversation that it may still bring about. */
  readonly #leftBehind = new Set<Promise<void>>();
  #close: Promise<void> | undefined;

  constructor(options: AcBotApiOptions, deps: AcBotApiDeps) {
    const { config } = options;
    this.id = options.id;
    this.name = options.name;
    this.#config = config;
    this.#url = new URL(config.url);
    this.#url.hash = '';
    this.#log = deps.log.child({ bot: options.id });
    this.#clock = deps.clock;
    this.#newId = deps.newId ?? randomUUID;
    this.#ownAgent = deps.dispatcher === undefined ? createAgent(config) : undefined;
    const dispatcher = deps.dispatcher ?? (this.#ownAgent as Agent);
    const http = createHttpClient({ dispatcher, clock: deps.clock, maxReplyBytes: config.maxReplyBytes });
    this.#credentials = createCredentials(config, http, deps.clock, this.#log);
    this.#trustedOrigins = new Set([this.#url.origin, ...config.trustedOrigins.map((url) => new URL(url).origin)]);
    this.#requests = createBotRequests({
      http,
      credentials: this.#credentials,
      trustedOrigins: this.#trustedOrigins,
    });
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
    const session = new HttpSession(context.conversationId, addresses, handlers, context.signal, {
      requests: this.#requests,
      clock: this.#clock,
      log,
      newId: this.#newId,
      timeouts: this.#config.timeouts,
      onEnded: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  validate(signal: AbortSignal = this.#closed.signal): Promise<void> {
    return validateHttpBot(this.#requests, this.#url, { timeoutMs: this.#config.timeouts.checkMs, signal });
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
    this.#credentials.close();
    await this.#ownAgent?.destroy();
  }

  async #create(context: BotConversationContext, log: Logger): Promise<ConversationAddresses> {
    const body = createBody({
      id: this.#newId(),
      timestamp: this.#clock.date().toISOString(),
      conversationId: context.conversationId,
      botName: this.#config.botName ?? context.botName,
    });
    const answer = await this.#requests({
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

  async #disconnect(addresses: ConversationAddresses, context: BotConversationContext, log: Logger): Promise<void> {
    if (addresses.disconnect === undefined) return;
    const end = { reasonCode: 'client-disconnected', reason: 'the call ended before the conversation began' } as const;
    const { disconnectMs } = this.#config.timeouts;
    try {
      const deps = { requests: this.#requests };
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
    if (value.websocketUrl !== undefined) log.debug('websocketURL is ignored: replies are taken from HTTP answers');
    const foreign = new Set<string>();
    const resolve = (key: string, reference: string): URL => {
      const resolved = resolveBotUrl(reference, this.#url);
      if (!resolved.ok) throw protocolError('create', this.#url, `${key} ${resolved.problem}`);
      if (!this.#trustedOrigins.has(resolved.url.origin)) foreign.add(displayUrl(resolved.url));
      return resolved.url;
    };
    const addresses: ConversationAddresses = {
      activities: resolve('activitiesURL', value.activitiesUrl),
      refresh: value.refreshUrl === undefined ? undefined : resolve('refreshURL', value.refreshUrl),
      disconnect: value.disconnectUrl === undefined ? undefined : resolve('disconnectURL', value.disconnectUrl),
      expiresSeconds: value.expiresSeconds,
    };
    if (foreign.size > 0) {
      log.warn({ urls: [...foreign] }, 'bot names addresses of another origin: no credentials are sent there');
    }
    return addresses;
  }
}

function createAgent(config: AcBotApiConfig): Agent {
  return new Agent({
    connections: config.maxConnections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: config.timeouts.connectMs, rejectUnauthorized: !config.allowSelfSignedCert },
  });
}

function createCredentials(config: AcBotApiConfig, http: HttpClient, clock: Clock, log: Logger): Credentials {
  const { token, oauth } = config.auth;
  if (oauth !== undefined) {
    return oauthCredentials(oauth, {
      http,
      clock,
      timeoutMs: config.timeouts.checkMs,
      onError: (error) => log.warn({ problem: messageOf(error) }, 'the access token could not be renewed in time'),
    });
  }
  return token === undefined ? noCredentials : tokenCredentials(token);
}

function closedError(): BotError {
  return new BotError('bot_unreachable', 'the bot connection is closed', {
    publicMessage: 'the bot cannot be reached',
  });
}
