import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { BotCheckReport, BotConnection } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { type AcBotApiConfig, isWebSocketUrl } from './config.ts';
import { HttpConnection } from './http-connection.ts';
import { WsConnection } from './ws-connection.ts';

/** A bot connection of hub.yaml: `config` is what `acBotApiConfigSchema` made of the connector's part. */
export interface AcBotApiOptions {
  id: string;
  name: string;
  config: AcBotApiConfig;
}

export interface AcBotApiDeps {
  log: Logger;
  clock: Clock;
  /** UUIDs of create requests, and of activities and streams that the bot left unnamed. */
  newId?: () => string;
  /** Replaces the connection pool that is otherwise made from the configuration; it is not closed with the connection. */
  dispatcher?: Dispatcher;
}

export interface AcBotApiConnection extends BotConnection {
  /** Sections 1.6 and 13.4: asks the bot whether it is one, with messages for the bot's author. */
  validate(signal?: AbortSignal): Promise<BotCheckReport>;
}

/**
 * Connects to a bot that speaks the AudioCodes Bot API: over HTTP (section 1) or, where the URL is ws or wss, over a
 * WebSocket (sections 2 and 3). Opens nothing by itself.
 */
export function createAcBotApi(options: AcBotApiOptions, deps: AcBotApiDeps): AcBotApiConnection {
  const whole = { newId: randomUUID, ...deps };
  return isWebSocketUrl(options.config.url) ? new WsConnection(options, whole) : new HttpConnection(options, whole);
}
