import type { Socket } from 'node:net';
import esl, { type Connection } from 'drachtio-modesl';
import { messageOf } from '../../errors.ts';
import { FreeSwitchError } from './errors.ts';

export interface EventSocketOptions {
  host: string;
  port: number;
  secret: string;
  /** For the connection and the secret together, and for the answer to each command. */
  timeoutMs: number;
}

/**
 * Our connection to a FreeSWITCH's event socket: the typed edge of drachtio-modesl. It does not reconnect by itself
 * (drachtio-modesl would, after ever longer delays); whoever opened it opens another.
 */
export class EventSocket {
  /** For drachtio-fsmrf. */
  readonly connection: Connection;
  readonly #timeoutMs: number;
  /** Told when the connection ends; among them whoever waits for an answer. */
  readonly #listeners = new Set<(error: FreeSwitchError) => void>();
  #end: FreeSwitchError | undefined;

  private constructor(connection: Connection, timeoutMs: number) {
    this.connection = connection;
    this.#timeoutMs = timeoutMs;
    connection.on('esl::end', () => this.#over('the event socket was closed'));
    connection.on('error', (error: unknown) => this.#over(messageOf(error)));
  }

  /** @throws FreeSwitchError `freeswitch_unreachable`, `freeswitch_not_admitted`, `freeswitch_wrong_secret` */
  static async open(options: EventSocketOptions): Promise<EventSocket> {
    const { host, port, secret, timeoutMs } = options;
    const where = `${host}:${port}`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const connection = new esl.Connection(host, port, secret, resolve);
    connection.reconnectOpts = { maxAttempts: 1 };
    connection.once('esl::connect', () => {
      if (connection.socket) guardSocket(connection.socket, (error) => connection.emit('error', error));
    });
    const refuse = (code: ConstructorParameters<typeof FreeSwitchError>[0], message: string) =>
      reject(new FreeSwitchError(code, message, { retryable: true }));
    connection.on('esl::event::auth::fail', () =>
      refuse('freeswitch_wrong_secret', `FreeSWITCH at ${where} does not accept the secret`),
    );
    connection.on('esl::event::raw::text/rude-rejection', () =>
      refuse('freeswitch_not_admitted', `FreeSWITCH at ${where} does not let this machine in`),
    );
    const timer = setTimeout(
      () => refuse('freeswitch_unreachable', `FreeSWITCH at ${where} does not answer within ${timeoutMs} ms`),
      timeoutMs,
    );
    const opened = new EventSocket(connection, timeoutMs);
    opened.onLost((error) =>
      refuse('freeswitch_unreachable', `there is no connection to FreeSWITCH at ${where}: ${error.message}`),
    );
    try {
      await promise;
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** `listener` is told once when the connection has ended, whoever ended it; at once when it has. */
  onLost(listener: (error: FreeSwitchError) => void): () => void {
    if (this.#end) listener(this.#end);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Our address, as FreeSWITCH sees it. */
  get localAddress(): string | undefined {
    return this.connection.socket?.localAddress;
  }

  get remoteAddress(): string | undefined {
    return this.connection.socket?.remoteAddress;
  }

  /**
   * Runs an API command and returns what it printed.
   * @throws FreeSwitchError `freeswitch_gone`, `freeswitch_silent`
   */
  async api(command: string): Promise<string> {
    if (/[\r\n]/.test(command)) throw new FreeSwitchError('freeswitch_refused', 'a command is one line');
    if (this.#end) throw this.#end;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const timer = setTimeout(() => {
      const error = new FreeSwitchError('freeswitch_silent', `no answer to '${command}' within ${this.#timeoutMs} ms`);
      reject(error);
      this.#over(error.message); // its answers cannot be told apart any more
    }, this.#timeoutMs);
    this.#listeners.add(reject);
    try {
      this.connection.api(command, (reply) => resolve(reply.getBody()));
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(reject);
    }
  }

  /** Idempotent. */
  close(): void {
    this.#over('closed');
  }

  #over(why: string): void {
    if (this.#end) return;
    const error = new FreeSwitchError('freeswitch_gone', why, { retryable: true });
    this.#end = error;
    for (const listener of this.#listeners) listener(error);
    this.#listeners.clear();
    const socket = this.connection.socket;
    this.connection.removeAllListeners();
    try {
      this.connection.disconnect();
    } catch {
      // it has no socket any more
    }
    socket?.destroy();
  }
}

/**
 * What a socket to FreeSWITCH needs as soon as drachtio-modesl reads from it. Commands are written in pieces, which Nagle's algorithm
 * makes 40 ms of each; and the parser throws at a malformed header, which must cost the connection, not the hub.
 */
export function guardSocket(socket: Socket, failed: (error: unknown) => void): void {
  socket.setNoDelay(true);
  for (const parse of socket.listeners('data')) {
    socket.off('data', parse as (chunk: Buffer) => void);
    socket.on('data', (chunk: Buffer) => {
      try {
        parse.call(socket, chunk);
      } catch (error) {
        socket.destroy();
        failed(error);
      }
    });
  }
}
