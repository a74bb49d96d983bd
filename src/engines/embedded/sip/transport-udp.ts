import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { listenError } from './errors.ts';
import type { SipLog } from './log.ts';
import type { DatagramFilter, TransportEvents } from './transport.ts';

const receiveBufferBytes = 4 * 1024 * 1024;

/** One UDP socket for everything in and out, as symmetric response routing needs it (RFC 3581 4). */
export class UdpTransport {
  readonly #socket: Socket;
  readonly #filter: DatagramFilter | undefined;
  #closed = false;

  private constructor(socket: Socket, filter: DatagramFilter | undefined) {
    this.#socket = socket;
    this.#filter = filter;
  }

  /** Rejects with a `SipAgentError`: `port_in_use` or `cannot_listen`. */
  static listen(
    options: { host: string; port: number; filter?: DatagramFilter | undefined; log: SipLog },
    events: TransportEvents,
  ): Promise<UdpTransport> {
    const socket = createSocket({ type: isIPv6(options.host) ? 'udp6' : 'udp4', recvBufferSize: receiveBufferBytes });
    const transport = new UdpTransport(socket, options.filter);
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => {
        socket.close();
        reject(listenError('udp', options.host, options.port, cause));
      };
      socket.once('error', failed);
      socket.bind({ address: options.host, port: options.port, exclusive: true }, () => {
        socket.off('error', failed);
        socket.on('error', (error) => options.log.warn({ error: error.message }, 'sip: udp socket error'));
        socket.on('message', (bytes, peer) => {
          if (transport.#filter?.('in', bytes, peer)) return;
          events.message(bytes, { transport: 'udp', address: peer.address, port: peer.port }, 'datagram');
        });
        resolve(transport);
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** `failed` is called, later, when the network refuses the datagram. */
  send(bytes: Buffer, address: string, port: number, failed: (error: Error) => void): void {
    if (this.#closed) return;
    if (this.#filter?.('out', bytes, { address, port })) return;
    this.#socket.send(bytes, port, address, (error) => {
      if (error && !this.#closed) failed(error);
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
