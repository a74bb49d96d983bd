import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord, NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint, MediaEngine } from '../media/port.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { GatewayRoute, SipCaller } from './dial-gateways.ts';
import type { Credentials } from './digest.ts';
import type { InboundCallObserver } from './inbound-call.ts';
import { OutboundCall } from './outbound-call.ts';
import { type CallerId, inviteHeaders } from './outbound-route.ts';
import { Party, type PartyOptions } from './party.ts';
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
  observe(): InboundCallObserver;
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
  /** Max-Forwards of the INVITE (RFC 3261 8.1.1.6), where it goes on with a call that came in. */
  maxForwards?: number;
  /** Ringing for so long is no answer. */
  answerMs: number;
}

/** A call that is placed to be bridged with another. */
export interface Leg {
  /** '' until it is known which of several calls it is, and where none was placed. */
  readonly callId: string;
  /** Resolves with the party when it has answered, or with why it has not. Never rejects. */
  readonly outcome: Promise<LegOutcome>;
  /** CANCEL, BYE or neither, as the call stands. Idempotent. */
  end(reason: EndReason): void;
}

export type LegOutcome = { answered: true; party: Party } | { answered: false; end: EndReason };

const STOPPING: EndReason = { category: 'shutdown', by: 'hub', text: 'the hub is being stopped', sipStatus: 503 };
const FULL: EndReason = {
  category: 'rejected',
  by: 'hub',
  text: 'the hub has as many calls as limits.concurrentCalls allows',
  sipStatus: 503,
};

/**
 * Places a call that a bot or a routing rule asks for, with a record of its own in the session of the call that it is for. It rings
 * and answers by itself; `Bridge.join` makes its party heard.
 */
export function placeLeg(plan: LegPlan, options: LegOptions, deps: LegDeps): Leg {
  const { registry } = deps;
  const callId = randomUUID();
  const refusal = registry.draining ? STOPPING : registry.size >= deps.limits.concurrentCalls ? FULL : undefined;
  if (refusal !== undefined) return refusedLeg(refusal);
  const log = deps.log.child({ callId, sessionId: options.sessionId });
  const { headers, refused } = inviteHeaders({
    caller: plan.caller,
    to: plan.routes[0].uri,
    asserted: plan.asserted,
    extra: options.headers ?? [],
  });
  if (refused.length > 0) log.warn({ names: refused }, 'header fields of the call were left out');
  const outcome = Promise.withResolvers<LegOutcome>();
  const record = recordOf(callId, plan, options.sessionId);
  log.info({ rule: plan.rule, called: record.called.user, gateways: plan.routes.length }, 'dialling');
  const call = new OutboundCall({
    sip: deps.sip,
    record,
    route: {
      routes: plan.routes,
      headers: options.maxForwards === undefined ? headers : { ...headers, 'Max-Forwards': `${options.maxForwards}` },
      auth: plan.auth,
      failoverMs: plan.failoverMs,
      answerMs: options.answerMs,
    },
    media: deps.media,
    near: options.near,
    settings: plan.settings,
    takeover: deps.takeover,
    start: (context) => {
      const party = new Party(context, options);
      context.control.answer().then(
        () => outcome.resolve({ answered: true, party }),
        (error: unknown) => party.end({ category: 'dial-failed', by: 'hub', text: messageOf(error) }),
      );
      return party;
    },
    observer: untilEnded(deps.observe(), ({ end }) => {
      if (end !== undefined) outcome.resolve({ answered: false, end });
    }),
    clock: deps.clock,
    log,
  });
  registry.add(call);
  return { callId, outcome: outcome.promise, end: (reason) => call.terminate(reason) };
}

/** A call that is not even placed, and leaves no record. */
export function refusedLeg(end: EndReason): Leg {
  return { callId: '', outcome: Promise.resolve({ answered: false, end }), end: () => {} };
}

/** What the rules or the allow list do not let through. */
export function forbiddenLeg(error: unknown): Leg {
  return refusedLeg({ category: 'rejected', by: 'hub', text: messageOf(error), sipStatus: 403 });
}

function recordOf(id: string, plan: LegPlan, sessionId: string): NewCallRecord {
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

function untilEnded(observer: InboundCallObserver, changed: (record: CallRecord) => void): InboundCallObserver {
  return {
    changed(record) {
      observer.changed(record);
      changed(record);
    },
    answered: (setupMs) => observer.answered(setupMs),
    media: (stats) => observer.media(stats),
    turn: (ledger) => observer.turn(ledger),
  };
}
