import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Call, type CallObserver } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { CallFacts } from '../conversation/ports.ts';
import type { MediaEngine } from '../media/port.ts';
import type { Converse, StartApplication } from './call-application.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { InboundAuth } from './inbound-auth.ts';
import { InboundCall, type InboundCallObserver } from './inbound-call.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { reasonHeader } from './reason-header.ts';

/** Where a call goes, decided by the routing rules. */
export type InboundRoute =
  | { kind: 'bot'; rule: string; bot: string }
  | { kind: 'reject'; rule: string; code: number; reason: string | undefined }
  | { kind: 'none' };

export interface InboundOptions {
  registry: CallRegistry;
  media: MediaEngine;
  converse: Converse;
  /** A new call wants to be watched. */
  observe(): InboundCallObserver;
  /** Told of every INVITE that reaches no bot, whether or not it leaves a record. */
  refused(reason: InboundRefusal): void;
  /** The SIP connection that allows calls from this address, undefined: none does. */
  connectionOf(address: string): string | undefined;
  /** Asks for the credentials of connections that have some; absent: none has. */
  auth?: InboundAuth;
  /** What the configuration says of a connection's calls. */
  settingsOf(connection: string): ConnectionSettings;
  route(call: { sipConnection: string; calling: string; called: string }): InboundRoute;
  /** Asked for every new call; a reason when the hub is full or calls come too fast. */
  admit(): 'concurrent-calls' | 'calls-per-second' | undefined;
  clock: Clock;
  log: Logger;
}

export type InboundRefusal =
  | 'not-allowed'
  | 'not-authenticated'
  | 'draining'
  | 'concurrent-calls'
  | 'calls-per-second'
  | 'rule'
  | 'no-route';

/**
 * Answers every INVITE outside a dialog: allowed source, room for it, route, then an InboundCall. The order is that of
 * cost and of trust: a stranger learns nothing but 403 and leaves no record.
 */
export function inboundHandler(options: InboundOptions): (invite: IncomingInvite) => void {
  const { registry, clock, log } = options;

  return (invite) => {
    const connection = options.connectionOf(invite.source.address);
    if (connection === undefined) {
      log.warn(
        { remote: remoteOf(invite), to: invite.target.user },
        'INVITE from an address that no SIP connection allows',
      );
      options.refused('not-allowed');
      invite.reject(403);
      return;
    }
    const admission = options.auth?.admit(invite, connection) ?? 'admitted';
    if (admission === 'refused') options.refused('not-authenticated');
    if (admission !== 'admitted') return;
    if (registry.draining) {
      options.refused('draining');
      invite.reject(503, { reason: 'Shutting Down', headers: { 'Retry-After': '30' } });
      return;
    }
    const full = options.admit();
    if (full) {
      log.warn(
        { remote: remoteOf(invite), live: registry.size, limit: full },
        'INVITE refused: limit of calls reached',
      );
      options.refused(full);
      invite.reject(503, { reason: 'Too Many Calls', headers: { 'Retry-After': '5' } });
      return;
    }

    const id = randomUUID();
    const route = options.route({ sipConnection: connection, calling: invite.from.user, called: invite.target.user });
    const record: NewCallRecord = {
      id,
      sipCallId: invite.callId,
      direction: 'inbound',
      calling: { user: invite.from.user, host: invite.from.host, displayName: invite.from.displayName },
      called: invite.target,
      remote: remoteOf(invite),
      sipConnection: connection,
      routingRule: route.kind === 'none' ? undefined : route.rule,
      destination:
        route.kind === 'bot' ? { bot: route.bot } : route.kind === 'reject' ? { reject: route.code } : undefined,
      conversationId: route.kind === 'bot' ? randomUUID() : undefined,
    };
    const callLog = log.child({ callId: id, sipCallId: invite.callId });

    if (route.kind !== 'bot') {
      const sipStatus = route.kind === 'reject' ? route.code : 404;
      const text =
        route.kind === 'reject'
          ? `refused by rule ${route.rule}`
          : `no routing rule matches a call from ${invite.from.user} to ${invite.target.user}`;
      callLog.info({ sipStatus, rule: record.routingRule, called: invite.target.user }, text);
      const reason: EndReason = { category: 'rejected', by: 'hub', text, sipStatus };
      const words = route.kind === 'reject' ? route.reason : undefined;
      invite.reject(sipStatus, { reason: words, headers: { Reason: reasonHeader(reason) } });
      options.refused(route.kind === 'reject' ? 'rule' : 'no-route');
      recordRefusal(record, reason, clock, options.observe());
      return;
    }

    const conversationId = record.conversationId ?? id;
    const facts: CallFacts = {
      callId: id,
      conversationId,
      caller: invite.from.user,
      callerHost: invite.from.host,
      callerDisplayName: invite.from.displayName,
      callee: invite.target.user,
      calleeHost: invite.target.host,
      headers: invite.headers,
    };
    callLog.info({ bot: route.bot, rule: route.rule, remote: record.remote }, 'call');
    registry.add(
      new InboundCall({
        invite,
        record,
        settings: options.settingsOf(connection),
        media: options.media,
        start: ringingAtOnce(options.converse({ botId: route.bot, facts })),
        observer: options.observe(),
        clock,
        log: callLog.child({ conversationId }),
      }),
    );
  };
}

function ringingAtOnce(start: StartApplication): StartApplication {
  return (call) => {
    call.control.progress?.('ringing');
    return start(call);
  };
}

/** A call that was refused by its route still leaves a record: somebody will ask why it did not ring. */
function recordRefusal(record: NewCallRecord, reason: EndReason, clock: Clock, observer: CallObserver): void {
  new Call(record, clock, observer).end(reason);
}

function remoteOf(invite: IncomingInvite): string {
  const { transport, address, port } = invite.source;
  return `${transport}/${address.includes(':') ? `[${address}]` : address}:${port}`;
}
