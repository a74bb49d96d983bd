import { WebSocket } from 'ws';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { errorForStatus, protocolError } from './answers.ts';
import { abortedError } from './http-client.ts';
import { networkError } from './network-error.ts';
import type { trustOf } from './tls-trust.ts';
import { displayUrl } from './urls.ts';

/** The longest wait for a sign of life after a ping. */
const MAX_PONG_WAIT_MS = 10_000;
/** Close codes that refuse the credentials: policy violation (RFC 6455 7.4.1), unauthorized (IANA registry), and the habit. */
const REFUSING_CODES = new Set([1008, 3000, 4001, 4401]);

export interface DialOptions {
  url: URL;
  headers: Record<string, string>;
  /** TCP, TLS and the upgrade. */
  handshakeMs: number;
  maxMessageBytes: number;
  trust: ReturnType<typeof trustOf>;
  pingMs: number;
  clock: Clock;
  signal: AbortSignal;
}

/** Who listens to a socket; may change over its life. */
export interface BotSocketListener {
  onMessage(text: string): void;
  /** Once; nothing comes after it. */
  onClosed(error: BotError): void;
}

/**
 * Opens a WebSocket to the bot. `listener` hears everything from the first frame on.
 * @throws BotError: an answer other than 101 is classified like those of HTTP mode
 */
export function dialBot(options: DialOptions, listener: BotSocketListener): Promise<BotSocket> {
  const { url, signal, clock } = options;
  if (signal.aborted) return Promise.reject(abortedError(signal.reason));
  return new Promise((resolve, reject) => {
    const where = `upgrade (${displayUrl(url)})`;
    const ws = new WebSocket(url, {
      headers: options.headers,
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: false,
      followRedirects: false,
      ...options.trust,
    });
    const settle = (): void => {
      cancelDeadline();
      signal.removeEventListener('abort', onAbort);
      ws.removeAllListeners();
      ws.on('error', () => {}); // giving up a handshake emits one
    };
    const fail = (error: BotError): void => {
      settle();
      ws.terminate();
      reject(error);
    };
    const onAbort = (): void => fail(abortedError(signal.reason));
    const cancelDeadline = clock.after(options.handshakeMs, () =>
      fail(
        new BotError('bot_unreachable', `${where}: not complete within ${options.handshakeMs} ms`, {
          publicMessage: 'the bot did not answer in time',
        }),
      ),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    ws.once('error', (cause) => fail(upgradeError(where, cause)));
    ws.once('unexpected-response', (request, response) => {
      const { statusCode: status = 0 } = response;
      const { location } = response.headers;
      response.destroy();
      request.destroy();
      fail(
        status >= 200 && status <= 299
          ? protocolError('upgrade', url, `answered ${status} rather than 101: is this the address of a WebSocket?`)
          : errorForStatus('upgrade', url, { status, location }),
      );
    });
    ws.once('open', () => {
      settle();
      resolve(new BotSocket(ws, options, listener));
    });
  });
}

function upgradeError(where: string, cause: Error): BotError {
  if (!('code' in cause)) {
    // ws says so where the answer is HTTP but no proper upgrade.
    return new BotError('bot_failed', `${where}: ${cause.message}`, {
      cause,
      publicMessage: 'the bot gave an unusable answer',
    });
  }
  return networkError(where, cause);
}

/** An open WebSocket that watches over its own life: pings, and ends when no sign of life follows. */
export class BotSocket {
  listener: BotSocketListener;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #pingMs: number;
  #closedWith: BotError | undefined;
  #problem: BotError | undefined;
  #cancelTimer: () => void = () => {};
  /** Something came since the last ping. */
  #alive = true;

  constructor(ws: WebSocket, options: DialOptions, listener: BotSocketListener) {
    this.#ws = ws;
    this.#url = options.url;
    this.#clock = options.clock;
    this.#pingMs = options.pingMs;
    this.listener = listener;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    ws.on('message', (data) => {
      this.#alive = true;
      if (this.#closedWith === undefined) this.listener.onMessage(textOf(data));
    });
    ws.on('pong', () => {
      this.#alive = true;
    });
    ws.on('ping', () => {
      this.#alive = true;
    });
    ws.on('error', (cause) => {
      this.#problem ??= socketError(this.#where, cause, options.maxMessageBytes);
    });
    ws.on('close', (code, reason) => {
      this.#cancelTimer();
      this.#gone(this.#problem ?? closeError(this.#where, code, reason.toString('utf8')));
      resolve();
    });
    this.#armPing();
  }

  /** What ended it; undefined while it is open. */
  get closedWith(): BotError | undefined {
    return this.#closedWith;
  }

  /** Bytes that were sent and have not left the process. */
  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** `onSent` is told when the text has left the process, or why it never will. */
  send(text: string, onSent?: (error: Error | undefined) => void): void {
    if (onSent === undefined) this.#ws.send(text, ignoreError);
    else this.#ws.send(text, (error) => onSent(error ?? undefined));
  }

  /** Says goodbye, and cuts the connection where the bot does not answer within `limitMs`. The listener hears nothing more. */
  async close(limitMs: number): Promise<void> {
    this.#mute();
    this.#ws.close(1000);
    const cancel = this.#clock.after(limitMs, () => this.#ws.terminate());
    await this.closed;
    cancel();
  }

  /** Cuts the connection. The listener hears nothing more. */
  terminate(): void {
    this.#mute();
    this.#ws.terminate();
  }

  get #where(): string {
    return `WebSocket (${displayUrl(this.#url)})`;
  }

  #mute(): void {
    this.#cancelTimer();
    this.listener = deafListener;
  }

  #gone(error: BotError): void {
    if (this.#closedWith !== undefined) return;
    this.#closedWith = error;
    this.listener.onClosed(error);
  }

  #armPing(): void {
    this.#cancelTimer = this.#clock.after(this.#pingMs, () => {
      this.#alive = false;
      this.#ws.ping(undefined, undefined, ignoreError);
      const waitMs = Math.min(MAX_PONG_WAIT_MS, this.#pingMs / 2);
      this.#cancelTimer = this.#clock.after(waitMs, () => {
        if (this.#alive) return this.#armPing();
        const error = new BotError('bot_unreachable', `${this.#where}: no sign of life ${waitMs} ms after a ping`, {
          publicMessage: 'the bot does not answer any more',
        });
        this.#problem ??= error;
        this.#gone(error);
        this.#ws.terminate();
      });
    });
  }
}

const deafListener: BotSocketListener = { onMessage: () => {}, onClosed: () => {} };

function ignoreError(): void {}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}

function closeError(where: string, code: number, reason: string): BotError {
  const words = `${where}: closed by the bot with code ${code}${reason === '' ? '' : ` (${reason.slice(0, 123)})`}`;
  if (REFUSING_CODES.has(code)) {
    return new BotError('bot_rejected', words, { publicMessage: 'the bot refused the request' });
  }
  return new BotError('bot_unreachable', words, { publicMessage: 'the bot closed the connection' });
}

function socketError(where: string, cause: Error, maxMessageBytes: number): BotError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    return new BotError('bot_failed', `${where}: a message is longer than ${maxMessageBytes} bytes (maxMessageBytes)`, {
      cause,
      publicMessage: 'the bot sent a message that is too long',
    });
  }
  if (typeof code === 'string' && code.startsWith('WS_ERR_')) {
    return new BotError('bot_failed', `${where}: ${cause.message}`, {
      cause,
      publicMessage: 'the bot does not keep to the WebSocket protocol',
    });
  }
  return networkError(where, cause);
}
