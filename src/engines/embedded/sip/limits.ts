/** Bounds on everything that somebody outside can fill. */
export interface SipLimits {
  /** Larger datagrams are dropped unread. */
  readonly maxDatagramBytes: number;
  /** Header block and body of a message on a stream; 513 and close above. */
  readonly maxStreamMessageBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxHeaderLineBytes: number;
  /** Requests without a final response; more get 503 with Retry-After. */
  readonly maxUnfinishedRequests: number;
  readonly maxUnfinishedRequestsPerSource: number;
  /** Server transactions in any state, finished ones included. */
  readonly maxServerTransactions: number;
  readonly maxTcpConnections: number;
  readonly maxTcpConnectionsPerAddress: number;
  readonly tcpIdleMs: number;
  readonly tcpPartialMessageMs: number;
  readonly tcpConnectMs: number;
  /** Requests above it go over TCP where UDP was not asked for by name (RFC 3261 18.1.1). */
  readonly maxUdpRequestBytes: number;
  /** An INVITE that the application does not answer for so long ends with 408. */
  readonly inviteAnswerMs: number;
  /** The Retry-After of 503 responses. */
  readonly retryAfterSeconds: number;
}

export const defaultLimits: SipLimits = {
  maxDatagramBytes: 65_535,
  maxStreamMessageBytes: 262_144,
  maxHeaderBytes: 65_536,
  maxHeaders: 256,
  maxHeaderLineBytes: 16_384,
  maxUnfinishedRequests: 4_000,
  maxUnfinishedRequestsPerSource: 2_000,
  maxServerTransactions: 100_000,
  maxTcpConnections: 1_000,
  maxTcpConnectionsPerAddress: 200,
  tcpIdleMs: 900_000,
  tcpPartialMessageMs: 32_000,
  tcpConnectMs: 4_000,
  maxUdpRequestBytes: 1_300,
  inviteAnswerMs: 180_000,
  retryAfterSeconds: 5,
};
