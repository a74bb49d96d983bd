import { randomUUID } from 'node:crypto';
import type { CallRecord } from '../calls/record.ts';
import { messageOf } from '../errors.ts';
import type { HostedCallObserver } from './hosted-call.ts';
import {
  type Leg,
  type LegDeps,
  type LegOptions,
  type LegOutcome,
  type LegPlan,
  noRoom,
  recordOfLeg,
  refusedLeg,
} from './leg.ts';
import { OutboundCall } from './outbound-call.ts';
import { inviteHeaders } from './outbound-route.ts';
import { Party } from './party.ts';

/**
 * Places a call that a bot or a routing rule asks for, with a record of its own in the session of the call that it is for. It rings
 * and answers by itself; `Bridge.join` makes its party heard.
 */
export function placeLeg(plan: LegPlan, options: LegOptions, deps: LegDeps): Leg {
  const { registry } = deps;
  const callId = randomUUID();
  const refusal = noRoom(deps);
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
  const record = recordOfLeg(callId, plan, options.sessionId);
  log.info({ rule: plan.rule, called: record.called.user, gateways: plan.routes.length }, 'dialling');
  const call = new OutboundCall({
    sip: deps.sip,
    record,
    route: {
      routes: plan.routes,
      headers: {
        ...headers,
        ...options.ownHeaders,
        ...(options.maxForwards === undefined ? {} : { 'Max-Forwards': `${options.maxForwards}` }),
      },
      auth: plan.auth,
      failoverMs: plan.failoverMs,
      answerMs: options.answerMs,
    },
    media: deps.media,
    near: options.near,
    settings: plan.settings,
    takeover: deps.takeover,
    takeovers: options.takeovers,
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

function untilEnded(observer: HostedCallObserver, changed: (record: CallRecord) => void): HostedCallObserver {
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
