import { randomBytes } from 'node:crypto';
import { lookup, resolveSrv } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { type Clock, systemClock } from '../../../clock.ts';
import { ApplicationLink } from './application-link.ts';
import type { SipCore, SipCounters } from './core.ts';
import { DialogEnder } from './dialog-ender.ts';
import { DialogStore } from './dialogs.ts';
import { defaultLimits, type SipLimits } from './limits.ts';
import { type SipLog, silentLog } from './log.ts';
import { OutgoingInvites } from './outgoing-invites.ts';
import { parseMessage } from './parse.ts';
import type { SipResolver } from './resolve.ts';
import { TimerQueue } from './timer-queue.ts';
import { defaultTiming, type SipTiming } from './timing.ts';
import { TransactionLayer } from './transaction-layer.ts';
import type { DatagramFilter, Hop, TransportEvents, TransportName } from './transport.ts';
import { Transports } from './transports.ts';
import { bracketed } from './uri.ts';
import { UserAgentClient } from './user-agent-client.ts';
import { UserAgentServer } from './user-agent-server.ts';
import type { Rejection } from './validate.ts';

export interface SipAgentOptions {
  /** The local address to listen on, for every transport. */
  readonly host: string;
  /** The port of every transport; 0 lets the kernel choose. */
  readonly port: number;
  readonly transports: readonly TransportName[];
  /** What Via and Contact say; by default `host`, or the first address of the machine where `host` is the wildcard. */
  readonly advertisedHost?: string;
  /** What applications authenticate with; by default a random one per start. */
  readonly secret?: string;
  readonly limits?: Partial<SipLimits>;
  readonly timing?: Partial<SipTiming>;
  readonly log?: SipLog;
  /** The value of Server and User-Agent. */
  readonly product?: string;
  /** Option tags that an INVITE may require (RFC 3261 20.32), in lower case. */
  readonly supported?: readonly string[];
  /**
   * Peers, by IP address, that are answered at the source of their packets whether or not they ask for it (`rport`), and
   * whose Contact is not where requests within a call go to, but that source. Default: none.
   */
  readonly followsSource?: (address: string) => boolean;
  readonly clock?: Clock;
  readonly randomId?: () => string;
  readonly resolver?: SipResolver;
  /** A test's way to lose datagrams: true drops. */
  readonly datagramFilter?: DatagramFilter;
}

export interface SipAgentStats extends Readonly<SipCounters> {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly dialogs: number;
  readonly tcpConnections: number;
  readonly applications: number;
  /** Timers that are running. */
  readonly timers: number;
}

export interface SipAgent {
  readonly host: string;
  /** The real SIP port, the same for every transport. */
  readonly port: number;
  /** Where drachtio-srf connects to, on 127.0.0.1. */
  readonly applicationPort: number;
  readonly applicationSecret: string;
  stats(): SipAgentStats;
  /** Closes every socket and stops every timer; calls are not ended by BYE. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts an in-process SIP user agent for `drachtio-srf`: `srf.connect({ host: '127.0.0.1', port: agent.applicationPort, secret:
 * agent.applicationSecret })`. Rejects with a `SipAgentError` (`port_in_use`, `cannot_listen`); nothing stays open then.
 */
export async function startSipAgent(options: SipAgentOptions): Promise<SipAgent> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const limits: SipLimits = { ...defaultLimits, ...options.limits };
  const timing: SipTiming = { ...defaultTiming, ...options.timing };
  const randomId = options.randomId ?? (() => randomBytes(12).toString('hex'));
  const secret = options.secret ?? randomBytes(24).toString('base64url');
  const failed = (error: unknown): void => {
    log.error(
      { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'sip: internal error',
    );
  };
  /** One message or timer must not take the others with it. */
  const guarded = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      failed(error);
    }
  };
  const timers = new TimerQueue(clock, failed);
  const counters: SipCounters = { malformed: 0, strayResponses: 0, strayAcks: 0, limited: 0, answeredByAgent: 0 };
  const dialogs = new DialogStore();

  let server: UserAgentServer | undefined;
  let client: UserAgentClient | undefined;
  const receive = (bytes: Buffer, hop: Hop, framing: 'datagram' | 'stream', problem: Rejection | undefined): void => {
    if (server === undefined) return;
    if (framing === 'datagram' && bytes.length > limits.maxDatagramBytes) {
      counters.limited++;
      return;
    }
    // A keep-alive or a STUN probe is not an error of SIP (RFC 5626 4.4).
    if (framing === 'datagram' && (bytes.length < 16 || (bytes[0] ?? 0) < 10)) return;
    const parsed = parseMessage(bytes, framing, {
      maxHeaders: limits.maxHeaders,
      maxLineBytes: limits.maxHeaderLineBytes,
    });
    if (parsed.kind === 'unreadable') {
      counters.malformed++;
      return;
    }
    const found = problem ?? (parsed.problem === undefined ? undefined : { status: 400, reason: parsed.problem });
    if (parsed.message.kind === 'request') server.receive(parsed.message, hop, found);
    else if (found !== undefined) counters.malformed++;
    else if (!transactions.receiveResponse(parsed.message)) counters.strayResponses++;
  };
  const transportEvents: TransportEvents = {
    message: (bytes, hop, framing) => guarded(() => receive(bytes, hop, framing, undefined)),
    lost: (bytes, hop, status, reason) => guarded(() => receive(bytes, hop, 'stream', { status, reason })),
    limited: () => {
      counters.limited++;
    },
  };
  let transports: Transports | undefined;
  const transactions = new TransactionLayer({
    timers,
    timing,
    randomId,
    send: (bytes, hop, lost) => transports?.send(bytes, hop, (error) => guarded(() => lost(error))),
  });

  const tcp = {
    maxHeaderBytes: limits.maxHeaderBytes,
    maxMessageBytes: limits.maxStreamMessageBytes,
    maxConnections: limits.maxTcpConnections,
    maxConnectionsPerAddress: limits.maxTcpConnectionsPerAddress,
    idleMs: limits.tcpIdleMs,
    partialMs: limits.tcpPartialMessageMs,
    connectMs: limits.tcpConnectMs,
    maxQueuedBytes: 4 * 1024 * 1024,
  };
  const opened = await Transports.open(
    { ...options, tcp, timers, filter: options.datagramFilter, log },
    transportEvents,
  );
  transports = opened;
  const advertisedHost = options.advertisedHost ?? reachableHost(options.host);
  const hostports = options.transports
    .map((transport) => `${transport}/${bracketed(advertisedHost)}:${opened.port}`)
    .join(',');

  let link: ApplicationLink;
  let invites: OutgoingInvites | undefined;
  let ender: DialogEnder | undefined;
  try {
    link = await ApplicationLink.open(
      { secret, hostports, timers, log },
      {
        command: (application, message) => client?.command(application, message),
        left: (application) =>
          guarded(() => {
            server?.applicationLeft(application);
            invites?.applicationLeft(application);
            for (const dialog of dialogs.ownedBy(application)) {
              if (dialog.state === 'confirmed') ender?.end(dialog, 'application disconnected', false);
            }
          }),
      },
    );
  } catch (error) {
    await opened.close();
    timers.close();
    throw error;
  }

  const core: SipCore = {
    timing,
    timers,
    limits,
    transactions,
    dialogs,
    transports: opened,
    link,
    counters,
    log,
    advertisedHost,
    product: options.product ?? 'Patchbay',
    supported: options.supported ?? ['100rel', 'replaces', 'norefersub'],
    followsSource: options.followsSource ?? (() => false),
    randomId,
    date: () => clock.date(),
  };
  const resolver = options.resolver ?? systemResolver;
  ender = new DialogEnder(core, resolver);
  invites = new OutgoingInvites(core, ender, resolver);
  server = new UserAgentServer(core, ender, invites, randomBytes(32));
  client = new UserAgentClient(core, resolver, server.responses, invites);

  let closing: Promise<void> | undefined;
  return {
    host: options.host,
    port: opened.port,
    applicationPort: link.port,
    applicationSecret: secret,
    stats: () => ({
      ...counters,
      serverTransactions: transactions.serverCount,
      clientTransactions: transactions.clientCount,
      dialogs: dialogs.size,
      tcpConnections: opened.tcpConnections,
      applications: link.applications.length,
      timers: timers.size,
    }),
    close: () => {
      closing ??= (async () => {
        timers.close();
        await Promise.all([link.close(), opened.close()]);
        dialogs.close();
        transactions.close();
        timers.close();
      })();
      return closing;
    },
  };
}

const systemResolver: SipResolver = {
  addresses: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map((found) => found.address),
  services: resolveSrv,
};

/** The address to advertise for a wildcard: the machine's first that others can reach. */
function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const family = host === '::' ? 'IPv6' : 'IPv4';
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) {
      if (address.family === family && !address.internal) return address.address;
    }
  }
  return family === 'IPv6' ? '::1' : '127.0.0.1';
}
