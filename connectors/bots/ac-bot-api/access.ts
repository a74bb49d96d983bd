import type { Logger } from 'pino';
import { Agent, type Dispatcher } from 'undici';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { type Credentials, noCredentials, tokenCredentials } from './auth.ts';
import { type BotRequests, createBotRequests } from './bot-requests.ts';
import type { AcBotApiConfig } from './config.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { oauthCredentials } from './oauth.ts';
import { trustOf } from './tls-trust.ts';
import { toHttpUrl } from './urls.ts';

/**
 * Idle connections are closed before the bot closes them: servers that follow the official samples keep them 30 s and
 * say so; those that say nothing often keep them 5 s.
 */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 25_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** The ways to one bot that all its conversations share, whatever the transport. */
export interface BotAccess {
  readonly requests: BotRequests;
  readonly credentials: Credentials;
  /** Whether the credentials may be sent there: the bot's own origin and `trustedOrigins`; ws counts as http. */
  isTrusted(url: URL): boolean;
  close(): Promise<void>;
}

export function createAccess(
  config: AcBotApiConfig,
  deps: { clock: Clock; dispatcher?: Dispatcher },
  log: Logger,
): BotAccess {
  const ownAgent = deps.dispatcher === undefined ? createAgent(config) : undefined;
  const dispatcher = deps.dispatcher ?? (ownAgent as Agent);
  const http = createHttpClient({ dispatcher, clock: deps.clock, maxReplyBytes: config.maxReplyBytes });
  const credentials = createCredentials(config, http, deps.clock, log);
  const home = toHttpUrl(new URL(config.url)).origin;
  const trustedOrigins = new Set([home, ...config.trustedOrigins.map((url) => new URL(url).origin)]);
  return {
    requests: createBotRequests({ http, credentials, trustedOrigins }),
    credentials,
    isTrusted: (url) => trustedOrigins.has(toHttpUrl(url).origin),
    async close() {
      credentials.close();
      await ownAgent?.destroy();
    },
  };
}

/** What `open` rejects with after `close`. */
export function closedError(): BotError {
  return new BotError('bot_unreachable', 'the bot connection is closed', {
    publicMessage: 'the bot cannot be reached',
  });
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
    connect: { timeout: config.timeouts.connectMs, ...trustOf(config) },
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
