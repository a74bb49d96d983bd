import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint, MediaEngine } from '../media/port.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { GatewayRoute, SipCaller } from './dial-gateways.ts';
import type { Credentials } from './digest.ts';
import type { HostedCallObserver } from './hosted-call.ts';
import type { CallerId } from './outbound-route.ts';
import type { Party, PartyOptions } from './party.ts';
import { userAndHost } from './sip-headers.ts';
import type { TakeoverDeps } from './takeover.ts';

/** Where a call is to go, and as whom: routing, allow list and caller id have been gone through. */
export interface LegPlan {
  /** Id of the routing rule. */
  rule: string | undefined;
  sipConnection: string;
  caller: CallerId;
  /** Whether the caller id is one that the other side knows to be ours. */
  asserted: boolean;
  routes: readonly [GatewayRoute, ...GatewayRoute[]];
  auth: Credentials | undefined;
  settings: ConnectionSettings;
  failoverMs: number;
}

export interface LegDeps {
  sip: SipCaller;
  media: MediaEngine;
  registry: CallRegistry;
  /** Calls that there may be at a time. */
  limits: { concurrentCalls: number };
  /** A new call wants to be watched. */
  observe(): HostedCallObserver;
  /** What lets the far side of a call put another party in the place of its own; absent: nothing does. */
  takeover?: TakeoverDeps | undefined;
  clock: Clock;
  log: Logger;
}

export interface LegOptions extends Omit<PartyOptions, 'left'> {
  /** Of the call that it is placed for. */
  sessionId: string;
  /** The endpoint that it will be bridged with. */
  near?: MediaEndpoint;
  /** Further header fields of the INVITE. */
  headers?: readonly { name: string; value: string }[];
  /** The same, as the hub itself writes them. */
  ownHeaders?: Readonly<Record<string, string>>;
  /** Max-Forwards of the INVITE (RFC 3261 8.1.1.6), where it goes on with a call that came in. */
  maxForwards?: number;
  /** Ringing for so long is no answer. */
  answerMs: number;
  /** So often the call has got another party, or tried to, before. */
  takeovers?: number;
}

/** A call that is placed for another one: to be bridged with it, where it has a `Party`. */
export interface Leg<P = Party> {
  /** '' until it is known which of several calls it is, and where none was placed. */
  readonly callId: string;
  /** Resolves with the party when it has answered, or with why it has not. Never rejects. */
  readonly outcome: Promise<LegOutcome<P>>;
  /** CANCEL, BYE or neither, as the call stands. Idempotent. */
  end(reason: EndReason): void;
}

export type LegOutcome<P = Party> = { answered: true; party: P } | { answered: false; end: EndReason };

const STOPPING: EndReason = { category: 'shutdown', by: 'hub', text: 'the hub is being stopped', sipStatus: 503 };
const FULL: EndReason = {
  category: 'rejected',
  by: 'hub',
  text: 'the hub has as many calls as limits.concurrentCalls allows',
  sipStatus: 503,
};

/** Why no call can be placed now. */
export function noRoom({ registry, limits }: Pick<LegDeps, 'registry' | 'limits'>): EndReason | undefined {
  if (registry.draining) return STOPPING;
  return registry.size >= limits.concurrentCalls ? FULL : undefined;
}

/** A call that is not even placed, and leaves no record. */
export function refusedLeg(end: EndReason): Leg<never> {
  return { callId: '', outcome: Promise.resolve({ answered: false, end }), end: () => {} };
}

/** What the rules or the allow list do not let through. */
export function forbiddenLeg(error: unknown): Leg<never> {
  return refusedLeg({ category: 'rejected', by: 'hub', text: messageOf(error), sipStatus: 403 });
}

export function recordOfLeg(id: string, plan: LegPlan, sessionId: string): NewCallRecord {
  const [first] = plan.routes;
  return {
    id,
    sipCallId: '',
    direction: 'outbound',
    calling: plan.caller,
    called: userAndHost(first.uri),
    remote: first.gateway,
    sipConnection: plan.sipConnection,
    routingRule: plan.rule,
    destination: { sipConnection: plan.sipConnection },
    conversationId: undefined,
    sessionId,
  };
}
