/** The transports that the agent has. A TLS transport is one more stream transport: see `TcpTransport`. */
export type TransportName = 'udp' | 'tcp';

/** A stream connection, as far as transactions and dialogs care. */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly open: boolean;
}

/** Where a message came from or goes to. */
export interface Hop {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** Used while it is open; otherwise a connection to address and port is opened (RFC 3261 18.2.2). */
  readonly connection?: Connection | undefined;
}

/** `reply` reaches the sender for octets that cannot become a transaction. */
export interface TransportEvents {
  message(bytes: Buffer, hop: Hop, framing: 'datagram' | 'stream'): void;
  /** A stream that cannot be cut any further; `bytes` is its last header block. The transport closes the connection. */
  lost(bytes: Buffer, hop: Hop, status: 400 | 513, reason: string): void;
  /** A datagram or connection was refused by a limit. */
  limited(): void;
}

/** Decides for each datagram whether the network loses it: a test's way to damage UDP in both directions. */
export type DatagramFilter = (
  direction: 'in' | 'out',
  bytes: Buffer,
  peer: { address: string; port: number },
) => boolean;
