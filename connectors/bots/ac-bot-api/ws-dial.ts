import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { BotAccess } from './access.ts';
import type { DialOptions } from './bot-socket.ts';
import type { AcBotApiConfig } from './config.ts';
import { pause, RETRY_DELAY_MS } from './http-client.ts';
import { trustOf } from './tls-trust.ts';

export interface WsTarget {
  url: URL;
  access: BotAccess;
  config: AcBotApiConfig;
  clock: Clock;
}

/** What the upgrade says about the call (section 3.1); a caller that no header can carry is left out. */
export function callHeaders(conversationId: string, caller: string): Record<string, string> {
  const headers: Record<string, string> = { 'AC-Conversation-Id': conversationId };
  const number = caller.replace(/[^\x20-\x7e]/g, '').trim();
  if (number !== '') headers['AC-Caller-Number'] = number.slice(0, 256);
  return headers;
}

/**
 * Runs `connect` with the credentials, and once more as HTTP mode repeats requests: after trouble with the network,
 * 502, 503 or 504, and with a new token after a refusal of one that can be renewed.
 * @throws BotError
 */
export async function dialWithCredentials<T>(
  target: WsTarget,
  headers: Record<string, string>,
  signal: AbortSignal,
  connect: (dial: DialOptions) => Promise<T>,
): Promise<T> {
  const { access, config, url, clock } = target;
  for (let repeated = false, renewed = false; ; ) {
    const authorization = access.isTrusted(url) ? await access.credentials.header(signal) : undefined;
    const dial: DialOptions = {
      url,
      headers: { 'User-Agent': 'patchbay', ...headers, ...(authorization && { Authorization: authorization }) },
      handshakeMs: config.timeouts.handshakeMs,
      maxMessageBytes: config.maxMessageBytes,
      trust: trustOf(config),
      pingMs: config.timeouts.pingMs,
      clock,
      signal,
    };
    try {
      return await connect(dial);
    } catch (error) {
      if (!(error instanceof BotError) || signal.aborted) throw error;
      if (error.code === 'bot_rejected') {
        if (renewed || authorization === undefined || !access.credentials.refused(authorization)) throw error;
        renewed = true;
      } else {
        if (repeated || !error.retryable) throw error;
        repeated = true;
        await pause(clock, RETRY_DELAY_MS, signal);
      }
    }
  }
}
