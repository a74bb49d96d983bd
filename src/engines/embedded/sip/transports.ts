import type { SipAgentError } from './errors.ts';
import type { SipLog } from './log.ts';
import type { TimerQueue } from './timer-queue.ts';
import type { DatagramFilter, Hop, TransportEvents, TransportName } from './transport.ts';
import { type TcpLimits, TcpTransport } from './transport-tcp.ts';
import { UdpTransport } from './transport-udp.ts';

export interface TransportsOptions {
  readonly host: string;
  /** 0 lets the kernel choose one that is free for every transport. */
  readonly port: number;
  readonly transports: readonly TransportName[];
  readonly tcp: TcpLimits;
  readonly timers: TimerQueue;
  readonly filter?: DatagramFilter | undefined;
  readonly log: SipLog;
}

const portAttempts = 32;

/** The agent's sockets: every transport on the same port. */
export class Transports {
  readonly port: number;
  readonly #udp: UdpTransport | undefined;
  readonly #tcp: TcpTransport | undefined;

  private constructor(udp: UdpTransport | undefined, tcp: TcpTransport | undefined) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = udp?.port ?? tcp?.port ?? 0;
  }

  /** Rejects with a `SipAgentError` that names transport, address and port; nothing stays open then. */
  static async open(options: TransportsOptions, events: TransportEvents): Promise<Transports> {
    for (let attempt = 1; ; attempt++) {
      let udp: UdpTransport | undefined;
      try {
        if (options.transports.includes('udp')) udp = await UdpTransport.listen(options, events);
        const tcp = options.transports.includes('tcp')
          ? await TcpTransport.listen({ ...options, port: udp?.port ?? options.port, limits: options.tcp }, events)
          : undefined;
        return new Transports(udp, tcp);
      } catch (error) {
        await udp?.close();
        const again = options.port === 0 && (error as SipAgentError).code === 'port_in_use' && attempt < portAttempts;
        if (!again) throw error;
      }
    }
  }

  get tcpConnections(): number {
    return this.#tcp?.connectionCount ?? 0;
  }

  has(transport: TransportName): boolean {
    return transport === 'udp' ? this.#udp !== undefined : this.#tcp !== undefined;
  }

  send(bytes: Buffer, hop: Hop, failed: (error: Error) => void): void {
    if (hop.transport === 'udp' && this.#udp) this.#udp.send(bytes, hop.address, hop.port, failed);
    else if (hop.transport === 'tcp' && this.#tcp) this.#tcp.send(bytes, hop, failed);
    else queueMicrotask(() => failed(new Error(`no ${hop.transport} transport`)));
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp?.close(), this.#tcp?.close()]);
  }
}
