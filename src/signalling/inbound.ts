import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Call } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallDestination, NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { CallFacts } from '../conversation/ports.ts';
import type { MediaEngine } from '../media/port.ts';
import type { CallBlockList } from '../routing/block-lists.ts';
import type { RingPlan } from '../routing/ring-plan.ts';
import { createBlockedCalls } from './blocked-calls.ts';
import type { Converse, StartApplication } from './call-application.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { maxForwardsOf } from './forward-headers.ts';
import type { HostedCallObserver } from './hosted-call.ts';
import type { InboundAuth } from './inbound-auth.ts';
import { InboundCall } from './inbound-call.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { takeOver } from './invite-replaces.ts';
import { reasonHeader } from './reason-header.ts';
import { parseNameAddr } from './sip-headers.ts';
import type { TakeoverDeps } from './takeover.ts';

/** Where a call goes, decided by the routing rules. */
export type InboundRoute =
  | { kind: 'to'; rule: string; destination: CallDestination; plan: RingPlan }
  | { kind: 'reject'; rule: string; code: number; reason: string | undefined }
  | { kind: 'none' };

/** A call that goes on to others, as it came in. */
export interface ForwardedCall {
  callId: string;
  /** Where it came in. */
  sipConnection: string;
  rule: string;
  plan: RingPlan;
  facts: CallFacts;
  /** Of the calls that are placed for it. */
  maxForwards: number;
}

export interface InboundOptions {
  registry: CallRegistry;
  media: MediaEngine;
  converse: Converse;
  /** Offers a call to others than a bot. */
  forward(call: ForwardedCall): StartApplication;
  /** How often a call may be passed on (RFC 3261 8.1.1.6). */
  maxHops: number;
  /** A new call wants to be watched. */
  observe(): HostedCallObserver;
  /** Told of every INVITE that leads nowhere, whether or not it leaves a record. */
  refused(reason: InboundRefusal): void;
  /** The SIP connection that allows calls from this address, undefined: none does. */
  connectionOf(address: string): string | undefined;
  /** The block list that has the caller, undefined: none has. */
  blockedBy(call: { sipConnection: string; callers: readonly string[] }): CallBlockList | undefined;
  /** Asks for the credentials of connections that have some; absent: none has. */
  auth?: InboundAuth;
  /** What the configuration says of a connection's calls. */
  settingsOf(connection: string): ConnectionSettings;
  /** What lets a party, or an INVITE with Replaces, put another in its place; absent: nothing does. */
  takeover?: TakeoverDeps | undefined;
  route(call: { sipConnection: string; calling: string; called: string }): InboundRoute;
  /** Asked for every new call; a reason when the hub is full or calls come too fast. */
  admit(): 'concurrent-calls' | 'calls-per-second' | undefined;
  clock: Clock;
  log: Logger;
}

export type InboundRefusal =
  | 'not-allowed'
  | 'blocked'
  | 'not-authenticated'
  | 'draining'
  | 'concurrent-calls'
  | 'calls-per-second'
  | 'rule'
  | 'no-route'
  | 'too-many-hops';

/**
 * Answers every INVITE outside a dialog: allowed source, nobody's nuisance, room for it, route, then an InboundCall. The order is
 * that of cost and of trust: a stranger learns nothing but 403 and leaves no record.
 */
export function inboundHandler(options: InboundOptions): (invite: IncomingInvite) => void {
  const blocked = createBlockedCalls(options);
  return (invite) => {
    const connection = options.connectionOf(invite.source.address);
    if (connection === undefined) {
      options.log.warn(
        { remote: invite.remote, to: invite.target.user },
        'INVITE from an address that no SIP connection allows',
      );
      options.refused('not-allowed');
      invite.reject(403);
      return;
    }
    const callers = [invite.from.user, ...assertedUsers(invite.headers)];
    const list = options.blockedBy({ sipConnection: connection, callers });
    if (list !== undefined) {
      blocked(invite, connection, list);
      return;
    }
    if (!mayCome(invite, connection, options)) return;
    if (options.takeover !== undefined && takeOver(invite, connection, options.takeover)) return;
    routeCall(invite, connection, options);
  };
}

/** Credentials, and room for one more call. */
function mayCome(invite: IncomingInvite, connection: string, options: InboundOptions): boolean {
  const { registry, log } = options;
  const admission = options.auth?.admit(invite, connection) ?? 'admitted';
  if (admission === 'refused') options.refused('not-authenticated');
  if (admission !== 'admitted') return false;
  if (registry.draining) {
    options.refused('draining');
    invite.reject(503, { reason: 'Shutting Down', headers: { 'Retry-After': '30' } });
    return false;
  }
  const full = options.admit();
  if (full === undefined) return true;
  log.warn({ remote: invite.remote, live: registry.size, limit: full }, 'INVITE refused: limit of calls reached');
  options.refused(full);
  invite.reject(503, { reason: 'Too Many Calls', headers: { 'Retry-After': '5' } });
  return false;
}

function routeCall(invite: IncomingInvite, connection: string, options: InboundOptions): void {
  const id = randomUUID();
  const route = options.route({ sipConnection: connection, calling: invite.from.user, called: invite.target.user });
  const callLog = options.log.child({ callId: id, sipCallId: invite.callId });
  const record = recordOf(id, invite, connection, route);
  if (route.kind === 'none') {
    const text = `no routing rule matches a call from ${invite.from.user} to ${invite.target.user}`;
    refuse({ invite, record, status: 404, text, why: 'no-route', log: callLog }, options);
    return;
  }
  if (route.kind === 'reject') {
    const { code: status, reason: words, rule } = route;
    refuse({ invite, record, status, words, text: `refused by rule ${rule}`, why: 'rule', log: callLog }, options);
    return;
  }
  const { plan, rule } = route;
  const hops = maxForwardsOf(invite.headers);
  if (plan.kind !== 'bot' && hops <= 0) {
    const text = 'the call has been passed on too often: it goes in circles';
    refuse({ invite, record, status: 483, text, why: 'too-many-hops', log: callLog }, options);
    return;
  }
  const facts = factsOf(invite, record, plan);
  const maxForwards = Math.min(hops, options.maxHops) - 1;
  const start =
    plan.kind === 'bot'
      ? ringingAtOnce(options.converse({ botId: plan.bot, facts, sipConnection: connection }))
      : options.forward({ callId: id, sipConnection: connection, rule, plan, facts, maxForwards });
  callLog.info({ ...record.destination, rule, remote: record.remote }, 'call');
  options.registry.add(
    new InboundCall({
      ...{ invite, record, start },
      settings: options.settingsOf(connection),
      media: options.media,
      takeover: options.takeover,
      observer: options.observe(),
      clock: options.clock,
      log: record.conversationId === undefined ? callLog : callLog.child({ conversationId: record.conversationId }),
    }),
  );
}

function recordOf(id: string, invite: IncomingInvite, connection: string, route: InboundRoute): NewCallRecord {
  const toBot = route.kind === 'to' && route.plan.kind === 'bot';
  return {
    id,
    sipCallId: invite.callId,
    direction: 'inbound',
    calling: { user: invite.from.user, host: invite.from.host, displayName: invite.from.displayName },
    called: invite.target,
    remote: invite.remote,
    sipConnection: connection,
    routingRule: route.kind === 'none' ? undefined : route.rule,
    destination: route.kind === 'to' ? route.destination : route.kind === 'reject' ? { reject: route.code } : undefined,
    conversationId: toBot ? randomUUID() : undefined,
  };
}

/** The numbers as the rule has rewritten them, where a bot has the call at once. */
function factsOf(invite: IncomingInvite, record: NewCallRecord, plan: RingPlan): CallFacts {
  const numbers = plan.kind === 'bot' ? plan : { calling: invite.from.user, called: invite.target.user };
  return {
    callId: record.id,
    conversationId: record.conversationId ?? record.id,
    caller: numbers.calling,
    callerHost: invite.from.host,
    callerDisplayName: invite.from.displayName,
    callee: numbers.called,
    calleeHost: invite.target.host,
    headers: invite.headers,
  };
}

interface Refusal {
  invite: IncomingInvite;
  record: NewCallRecord;
  status: number;
  /** Of the status line, instead of the standard ones. */
  words?: string | undefined;
  text: string;
  why: InboundRefusal;
  log: Logger;
}

/** A call that is refused by its route still leaves a record: somebody will ask why it did not ring. */
function refuse({ invite, record, status, words, text, why, log }: Refusal, options: InboundOptions): void {
  log.info({ sipStatus: status, rule: record.routingRule, called: invite.target.user }, text);
  const reason: EndReason = { category: 'rejected', by: 'hub', text, sipStatus: status };
  invite.reject(status, { reason: words, headers: { Reason: reasonHeader(reason) } });
  options.refused(why);
  new Call(record, options.clock, options.observe()).end(reason);
}

function ringingAtOnce(start: StartApplication): StartApplication {
  return (call) => {
    call.control.progress?.('ringing');
    return start(call);
  };
}

/** User parts of what the network in front of us vouches for (RFC 3325 9.1). */
function assertedUsers(headers: IncomingInvite['headers']): string[] {
  return (headers.get('p-asserted-identity') ?? [])
    .flatMap((value) => value.split(',').map((one) => parseNameAddr(one).user))
    .filter((user) => user !== '');
}
