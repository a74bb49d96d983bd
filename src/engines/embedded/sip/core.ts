import type { ApplicationLink } from './application-link.ts';
import type { MessageMeta, MessageSource } from './application-protocol.ts';
import type { DialogStore } from './dialogs.ts';
import type { SipLimits } from './limits.ts';
import type { SipLog } from './log.ts';
import { type HeaderField, header } from './message.ts';
import type { TimerQueue } from './timer-queue.ts';
import type { SipTiming } from './timing.ts';
import type { TransactionLayer } from './transaction-layer.ts';
import type { Hop, TransportName } from './transport.ts';
import type { Transports } from './transports.ts';
import { bracketed } from './uri.ts';

/** Monotonic counts since the start. */
export interface SipCounters {
  /** Messages that could not be read or broke the grammar, answered or not. */
  malformed: number;
  /** Responses without a transaction. */
  strayResponses: number;
  /** ACKs without a transaction or unacknowledged response. */
  strayAcks: number;
  /** Datagrams, connections and requests refused by a limit. */
  limited: number;
  /** Requests answered by the agent itself, without an application. */
  answeredByAgent: number;
}

/** What the parts of the user agent share. */
export interface SipCore {
  readonly timing: SipTiming;
  readonly timers: TimerQueue;
  readonly limits: SipLimits;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogStore;
  readonly transports: Transports;
  readonly link: ApplicationLink;
  readonly counters: SipCounters;
  readonly log: SipLog;
  /** The host that Via and Contact tell others. */
  readonly advertisedHost: string;
  /** The value of Server and User-Agent: a name without a version. */
  readonly product: string;
  readonly supported: readonly string[];
  /** Where this peer's packets come from counts, not what it says of itself: it is behind a NAT that it does not know of. */
  followsSource(address: string): boolean;
  randomId(): string;
  date(): Date;
}

export function sentBy(core: SipCore): string {
  return `${bracketed(core.advertisedHost)}:${core.transports.port}`;
}

/** Our Contact where the application gives none. */
export function ownContact(core: SipCore, transport: TransportName): string {
  return transport === 'udp' ? `<sip:${sentBy(core)}>` : `<sip:${sentBy(core)};transport=${transport}>`;
}

/** drachtio-server's rule: `@localhost` in an address of the application stands for our own host and port. */
export function replaceLocalhost(core: SipCore, value: string): string {
  return value.replace(/@localhost(?::\d+)?(?=[;>?]|$)/, `@${sentBy(core)}`);
}

export function messageMeta(core: SipCore, source: MessageSource, hop: Hop): MessageMeta {
  return { source, transport: hop.transport, address: hop.address, port: hop.port, time: core.date() };
}

/** Adds a field unless the list has one of that name. */
export function withDefault(headers: HeaderField[], name: string, value: string): void {
  const field = header(name, value);
  if (!headers.some((present) => present.key === field.key)) headers.push(field);
}

/** What a new INVITE may use; `Allow` names methods that the agent or an application answers (RFC 3261 20.5). */
export function allowedMethods(core: SipCore): string {
  const routed = core.link.routedMethods;
  const methods = new Set(['ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', ...routed]);
  return [...(routed.has('INVITE') ? ['INVITE'] : []), ...methods]
    .filter((m, i, all) => all.indexOf(m) === i)
    .join(', ');
}
