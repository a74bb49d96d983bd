import { WebSocket } from 'ws';
import type { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { callOver, DirectLineError, errorForAnswer, errorForNetwork } from './errors.ts';

const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const MAX_PONG_WAIT_MS = 10_000;

export interface StreamSocketOptions {
  url: URL;
  connectMs: number;
  pingMs: number;
  clock: Clock;
  signal: AbortSignal;
  onText: (text: string) => void;
}

export interface StreamSocket {
  /** Resolves with the reason when the connection is gone. */
  readonly closed: Promise<BotError>;
  /** Cuts the connection. */
  cut(reason: BotError): void;
}

/**
 * Opens the stream of a conversation: the URL is authorised by itself. Pings go out every `pingMs`; a connection without any sign of
 * life for half as long after one is cut.
 * @throws BotError
 */
export function openStreamSocket(options: StreamSocketOptions): Promise<StreamSocket> {
  const { url, signal, connectMs } = options;
  if (signal.aborted) return Promise.reject(callOver(signal.reason));
  const where = `stream (${url.origin}${url.pathname})`;
  const ws = new WebSocket(url, {
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: connectMs,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: BotError): void => {
      signal.removeEventListener('abort', onAbort);
      ws.removeAllListeners();
      ws.on('error', () => {}); // giving up a handshake emits one
      ws.terminate();
      reject(error);
    };
    const onAbort = (): void => fail(callOver(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    ws.once('error', (cause) => fail(errorForNetwork(where, cause, false, connectMs)));
    ws.once('unexpected-response', (request, response) => {
      const { statusCode: status = 0 } = response;
      response.destroy();
      request.destroy();
      fail(errorForAnswer(where, { status, code: '', message: '', retryAfterMs: 0 }));
    });
    ws.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      ws.removeAllListeners();
      resolve(watched(ws, where, options));
    });
  });
}

function watched(ws: WebSocket, where: string, { clock, pingMs, signal, onText }: StreamSocketOptions): StreamSocket {
  const { promise: closed, resolve } = Promise.withResolvers<BotError>();
  let reason: BotError | undefined;
  let alive = true;
  let cancelTimer = (): void => {};
  const cut = (why: BotError): void => {
    reason ??= why;
    ws.terminate();
  };
  const onAbort = (): void => {
    reason ??= callOver(signal.reason);
    ws.close(1000);
    cancelTimer();
    cancelTimer = clock.after(1_000, () => ws.terminate());
  };
  const armPing = (): void => {
    cancelTimer = clock.after(pingMs, () => {
      alive = false;
      ws.ping(undefined, undefined, () => {});
      const waitMs = Math.min(MAX_PONG_WAIT_MS, pingMs / 2);
      cancelTimer = clock.after(waitMs, () => {
        if (alive) armPing();
        else cut(gone(`${where}: no sign of life ${waitMs} ms after a ping`));
      });
    });
  };
  ws.on('message', (data, isBinary) => {
    alive = true;
    if (reason === undefined && !isBinary) onText(Buffer.isBuffer(data) ? data.toString('utf8') : String(data));
  });
  for (const event of ['ping', 'pong'] as const) {
    ws.on(event, () => {
      alive = true;
    });
  }
  ws.on('error', (cause) => {
    reason ??= errorForNetwork(where, cause, false, 0);
  });
  ws.on('close', (code, words) => {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
    resolve(reason ?? gone(`${where}: closed with code ${code} ${words.toString('utf8').slice(0, 123)}`.trim()));
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  else armPing();
  return { closed, cut };
}

function gone(message: string): DirectLineError {
  return new DirectLineError('bot_unreachable', message, {
    retryable: true,
    publicMessage: 'the connection to the bot was lost',
  });
}
