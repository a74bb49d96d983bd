import type { FastifyBaseLogger } from 'fastify';
import type { Access } from '../access/access.ts';
import type { BotCheckReport } from '../bots/port.ts';
import type { CallRecord, CallRecordStore } from '../calls/record.ts';
import type { Cidr } from '../routing/cidr.ts';
import type { RouteExplanation } from '../routing/rules.ts';

/** What the API asks the rest of the hub; handed in by the composition root. */
export interface ApiDependencies {
  version: string;
  log: FastifyBaseLogger;
  http: HttpFacts;
  access: ApiAccess;
  calls: CallsPort;
  routing: RoutingPort;
  bots: BotsPort;
  readiness: ReadinessPort;
  metrics: { readonly contentType: string; text(): Promise<string> };
}

export interface HttpFacts {
  /** Where a proxy makes the hub reachable. */
  publicUrl?: string | undefined;
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: readonly Cidr[];
}

/** Who the clients are, and how they prove it. */
export type ApiAccess = Pick<Access, 'authenticator' | 'directory' | 'tokens' | 'notificationSecretOf'>;

export interface CallsPort {
  /** Calls under way, as their records are now. */
  listLive(): readonly CallRecord[];
  records: Pick<CallRecordStore, 'get' | 'list'>;
}

export interface BotsPort {
  /** Ids of the configured bots. */
  ids(): readonly string[];
  /** Never rejects for an id of `ids()`. */
  check(id: string): Promise<BotCheckReport>;
}

export interface RoutingPort {
  /** Ids, for the message about one that does not exist. */
  sipConnections(): readonly string[];
  explain(call: { sipConnection: string; calling: string; called: string }): RouteExplanation;
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
