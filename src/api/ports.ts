import type { FastifyBaseLogger } from 'fastify';
import type { Access } from '../access/access.ts';
import type { BotCheckReport } from '../bots/port.ts';
import type { CallRecord, CallRecordStore } from '../calls/record.ts';
import type { Clock } from '../clock.ts';
import type { DialoutView } from '../dialout/dialout-store.ts';
import type { EventDelivery } from '../dialout/notifications/ports.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import type { Cidr } from '../routing/cidr.ts';
import type { RouteExplanation } from '../routing/explain.ts';
import type { RuleType } from '../routing/rules.ts';
import type { EventsPort } from './event-routes.ts';
import type { RecordingsPort } from './recording-routes.ts';
import type { SipConnectionsPort } from './sip-connection-routes.ts';

/** What the API asks the rest of the hub; handed in by the composition root. */
export interface ApiDependencies {
  version: string;
  log: FastifyBaseLogger;
  http: HttpFacts;
  access: ApiAccess;
  calls: CallsPort;
  routing: RoutingPort;
  sipConnections: SipConnectionsPort;
  recordings: RecordingsPort;
  bots: BotsPort;
  readiness: ReadinessPort;
  metrics: { readonly contentType: string; text(): Promise<string> };
  /** Absent: this hub places no calls, and has no such routes. */
  dialouts?: DialoutsPort;
  /** Absent: there is no stream of events. */
  events?: EventsPort;
}

export interface HttpFacts {
  /** Where a proxy makes the hub reachable. */
  publicUrl?: string | undefined;
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: readonly Cidr[];
}

/** Who the clients are, and how they prove it. */
export type ApiAccess = Pick<Access, 'authenticator' | 'directory' | 'tokens' | 'audit' | 'notificationSecretOf'>;

export interface CallsPort {
  /** Calls under way, as their records are now. */
  listLive(): readonly CallRecord[];
  records: Pick<CallRecordStore, 'get' | 'list'>;
  /**
   * Ends a call that is under way, or cancels a dialout that waits; `by` is the id of an API client. Resolves when that
   * has begun: `elsewhere`: another node has the call, and cannot be told.
   */
  end(id: string, by: string): Promise<'ending' | 'ended' | 'elsewhere' | 'unknown'>;
}

export interface DialoutsPort {
  clock: Pick<Clock, 'date'>;
  /** A UUID. */
  newId(): string;
  /** How long a dialout of this bot may wait. */
  maxQueueMs(bot: string): number;
  /** @throws PatchbayError where the URL must not be used, with a `publicMessage` that says why */
  checkUrl(url: string): void;
  /**
   * Resolves when it is on disk. `repeated`: the id is that of an earlier request of the client with the same key.
   * @throws PatchbayError `queue_full`, `rate_limited` (with `retryAfterMs`), `idempotency_conflict`, `draining`; and
   * for what cannot be dialled `bad_target`, `no_route`, `destination_not_allowed`, `no_gateway`
   */
  submit(
    request: DialoutRequest,
    options: { idempotencyKey?: string; fingerprint?: string },
  ): Promise<{ conversationId: string; repeated: boolean }>;
  /** The dialout as it stands. */
  get(id: string): Promise<DialoutView | undefined>;
  /** Its events and the attempts to tell the dialer of them. */
  notificationsOf(id: string): Promise<readonly EventDelivery[]>;
}

export interface BotsPort {
  /** Ids of the configured bots. */
  ids(): readonly string[];
  /** For people; may be that of several. */
  nameOf(id: string): string;
  /** Never rejects for an id of `ids()`. */
  check(id: string): Promise<BotCheckReport>;
}

export interface RoutingPort {
  /** Ids, for the message about one that does not exist. */
  sipConnections(): readonly string[];
  explain(
    call: ({ sipConnection: string } | { bot: string }) & { type: RuleType; calling: string; called: string },
  ): RouteExplanation;
}

export interface ReadinessPort {
  /** True from the first signal to stop on. */
  draining(): boolean;
  checks: readonly ReadinessCheck[];
}

export interface ReadinessCheck {
  name: string;
  /** Rejects with the reason for which the hub cannot take calls. */
  run(): Promise<void>;
}
