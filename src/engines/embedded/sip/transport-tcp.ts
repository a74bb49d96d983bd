import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { listenError } from './errors.ts';
import type { SipLog } from './log.ts';
import { type FramerLimits, StreamFramer } from './stream-framer.ts';
import type { TimerHandle, TimerQueue } from './timer-queue.ts';
import type { Connection, Hop, TransportEvents } from './transport.ts';

export interface TcpLimits extends FramerLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** A connection without any octet for so long is closed. */
  readonly idleMs: number;
  /** The longest time from the first octet of a message to its last. */
  readonly partialMs: number;
  readonly connectMs: number;
  /** A peer that lets so many octets pile up unread is cut off. */
  readonly maxQueuedBytes: number;
}

interface TcpConnection extends Connection {
  readonly socket: Socket;
  readonly key: string;
  open: boolean;
  connected: boolean;
  readonly hop: Hop;
  idle: TimerHandle | undefined;
  partial: TimerHandle | undefined;
  failures: ((error: Error) => void)[];
}

/**
 * SIP over TCP (RFC 3261 18): one listener, connections reused in both directions. TLS differs only in the two places that make
 * sockets: `createServer` in `listen` and `netConnect` in `#open`.
 */
export class TcpTransport {
  readonly #server: Server;
  readonly #limits: TcpLimits;
  readonly #timers: TimerQueue;
  readonly #events: TransportEvents;
  readonly #log: SipLog;
  readonly #localHost: string;
  readonly #connections = new Set<TcpConnection>();
  /** By remote address and port, for requests; the youngest wins. */
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #perAddress = new Map<string, number>();
  #closed = false;

  private constructor(
    server: Server,
    options: { host: string; limits: TcpLimits; timers: TimerQueue; log: SipLog },
    events: TransportEvents,
  ) {
    this.#server = server;
    this.#limits = options.limits;
    this.#timers = options.timers;
    this.#log = options.log;
    this.#localHost = options.host;
    this.#events = events;
  }

  /** Rejects with a `SipAgentError`: `port_in_use` or `cannot_listen`. */
  static listen(
    options: { host: string; port: number; limits: TcpLimits; timers: TimerQueue; log: SipLog },
    events: TransportEvents,
  ): Promise<TcpTransport> {
    const server = createServer({ noDelay: true });
    const transport = new TcpTransport(server, options, events);
    server.on('connection', (socket) => transport.#accept(socket));
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => reject(listenError('tcp', options.host, options.port, cause));
      server.once('error', failed);
      server.listen({ host: options.host, port: options.port, exclusive: true }, () => {
        server.off('error', failed);
        server.on('error', (error) => options.log.warn({ error: error.message }, 'sip: tcp listener error'));
        resolve(transport);
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Sends over the hop's connection, else over an open connection to that peer, else over a new one. */
  send(bytes: Buffer, hop: Hop, failed: (error: Error) => void): void {
    if (this.#closed) return;
    const key = `${hop.address}|${hop.port}`;
    const given = hop.connection;
    let connection = given !== undefined && this.#isOurs(given) && given.open ? given : this.#byPeer.get(key);
    if (connection === undefined) {
      if (this.#connections.size >= this.#limits.maxConnections) {
        queueMicrotask(() => failed(new Error('too many TCP connections')));
        return;
      }
      connection = this.#open(hop.address, hop.port);
    }
    if (connection.socket.writableLength > this.#limits.maxQueuedBytes) {
      connection.socket.destroy(new Error('peer does not read'));
      queueMicrotask(() => failed(new Error('peer does not read')));
      return;
    }
    if (!connection.connected) connection.failures.push(failed);
    connection.socket.write(bytes);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.socket.destroy();
    await closed;
  }

  #isOurs(connection: Connection): connection is TcpConnection {
    return this.#connections.has(connection as TcpConnection);
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const held = this.#perAddress.get(address) ?? 0;
    if (
      this.#closed ||
      address === '' ||
      this.#connections.size >= this.#limits.maxConnections ||
      held >= this.#limits.maxConnectionsPerAddress
    ) {
      if (!this.#closed) this.#events.limited();
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#adopt(socket, address, socket.remotePort ?? 0, true);
  }

  #open(address: string, port: number): TcpConnection {
    const localAddress = this.#localHost === '0.0.0.0' || this.#localHost === '::' ? undefined : this.#localHost;
    const socket = netConnect({ host: address, port, noDelay: true, ...(localAddress ? { localAddress } : {}) });
    const connection = this.#adopt(socket, address, port, false);
    const limit = this.#timers.schedule(this.#limits.connectMs, () => socket.destroy(new Error('connect timed out')));
    socket.once('connect', () => {
      limit.cancel();
      connection.connected = true;
      connection.failures = [];
    });
    socket.once('close', () => limit.cancel());
    return connection;
  }

  #adopt(socket: Socket, address: string, port: number, connected: boolean): TcpConnection {
    const key = `${address}|${port}`;
    const connection: TcpConnection = {
      socket,
      key,
      open: true,
      connected,
      remoteAddress: address,
      remotePort: port,
      get hop(): Hop {
        return { transport: 'tcp', address, port, connection };
      },
      idle: undefined,
      partial: undefined,
      failures: [],
    };
    this.#connections.add(connection);
    this.#byPeer.set(key, connection);
    if (connected) this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    const framer = new StreamFramer(this.#limits);
    this.#touch(connection);
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('data', (chunk) => this.#received(connection, framer, chunk));
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      connection.open = false;
      connection.idle?.cancel();
      connection.partial?.cancel();
      this.#connections.delete(connection);
      if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
      if (connected) {
        const left = (this.#perAddress.get(address) ?? 1) - 1;
        if (left === 0) this.#perAddress.delete(address);
        else this.#perAddress.set(address, left);
      }
      const reason = failure ?? new Error('connection closed');
      if (failure) this.#log.debug({ peer: key, error: failure.message }, 'sip: tcp connection failed');
      const failures = connection.failures;
      connection.failures = [];
      if (!this.#closed) for (const failed of failures) failed(reason);
    });
    return connection;
  }

  #touch(connection: TcpConnection): void {
    connection.idle?.cancel();
    connection.idle = this.#timers.schedule(this.#limits.idleMs, () => connection.socket.destroy());
  }

  #received(connection: TcpConnection, framer: StreamFramer, chunk: Buffer): void {
    this.#touch(connection);
    for (const frame of framer.push(chunk)) {
      if (this.#closed) return;
      switch (frame.kind) {
        case 'message':
          connection.partial?.cancel();
          connection.partial = undefined;
          this.#events.message(frame.bytes, connection.hop, 'stream');
          break;
        case 'ping':
          connection.socket.write('\r\n');
          break;
        case 'lost':
          if (frame.bytes) this.#events.lost(frame.bytes, connection.hop, frame.status, frame.reason);
          else this.#events.limited();
          connection.socket.end(() => connection.socket.destroy());
          return;
      }
    }
    if (!framer.partial) {
      connection.partial?.cancel();
      connection.partial = undefined;
    } else {
      connection.partial ??= this.#timers.schedule(this.#limits.partialMs, () => {
        this.#log.debug({ peer: connection.key }, 'sip: half a message timed out');
        connection.socket.destroy();
      });
    }
  }
}
