import type { HubConfig } from '../config/types.ts';
import { ringbackSound } from '../media/waiting-sound.ts';
import { createBlocker } from '../routing/block-lists.ts';
import { ringPlan } from '../routing/ring-plan.ts';
import { inboundOrigin, type RouteFacts, route } from '../routing/rules.ts';
import type { Converse } from '../signalling/call-application.ts';
import { forwardCall } from '../signalling/forward-call.ts';
import { passedHeaders } from '../signalling/forward-headers.ts';
import type { ForwardedCall, InboundOptions, InboundRoute } from '../signalling/inbound.ts';
import type { LegDeps, LegPlan } from '../signalling/leg.ts';
import type { RingCall } from '../signalling/ring.ts';
import { atGateways, type PlanConfig, planLeg } from './call-plan.ts';

type RoutingConfig = PlanConfig & Pick<HubConfig, 'routingGroups' | 'callBlockLists' | 'forwarding' | 'transfers'>;

/** Where calls that come in go, as the configuration says. */
export function inboundRouting(
  config: RoutingConfig,
  deps: LegDeps & { converse: Converse },
): Pick<InboundOptions, 'blockedBy' | 'route' | 'forward' | 'maxHops'> {
  const ringback = ringbackSound(config.transfers.ringbackCountry ?? 'us');
  return {
    blockedBy: createBlocker(config.callBlockLists),
    maxHops: config.forwarding.maxHops,
    route: (call) => inboundRoute(config, call),
    forward: (call) =>
      forwardCall(
        {
          ...{ plan: call.plan, facts: call.facts, sipConnection: call.sipConnection, maxForwards: call.maxForwards },
          planLeg: (ringCall) => planForward(config, call, ringCall),
          headers: (leg) => headersOfCaller(config, call.facts.headers, leg),
        },
        { ...deps, ringback, ringTimeoutMs: config.forwarding.ringTimeoutMs },
      ),
  };
}

export function inboundFacts(
  config: Pick<HubConfig, 'phoneNumbers'>,
  { sipConnection, calling, called }: { sipConnection: string; calling: string; called: string },
): RouteFacts {
  return { type: 'call', origin: inboundOrigin(config.phoneNumbers, sipConnection, called), calling, called };
}

function inboundRoute(
  config: RoutingConfig,
  call: { sipConnection: string; calling: string; called: string },
): InboundRoute {
  const { rule, destination, ...numbers } = route(config.routingRules, inboundFacts(config, call));
  if (rule === undefined) return { kind: 'none' };
  if ('reject' in destination) return { kind: 'reject', rule, ...destination.reject };
  return { kind: 'to', rule, destination, plan: ringPlan(destination, numbers, config.routingGroups) };
}

/** A caller who does not want to be known (RFC 3323 4.1). */
const ANONYMOUS = /^(?:anonymous|unknown|restricted|unavailable)?$/i;

/** @throws PlanError */
function planForward(config: PlanConfig, { rule, facts }: ForwardedCall, ringCall: RingCall): LegPlan {
  const { destination, calling, called } = ringCall;
  const user = ANONYMOUS.test(calling) ? '' : calling;
  const caller = { user, displayName: user === '' ? undefined : facts.callerDisplayName };
  const plan = planLeg(config, { rule, destination }, { target: atGateways(called), caller });
  // What the caller says of himself the hub does not vouch for; what his network asserts goes on as it is.
  return { ...plan, asserted: 'phoneNumber' in destination };
}

/** Header fields of a caller's INVITE that go on with a call that is placed for him. */
export function headersOfCaller(
  config: PlanConfig,
  headers: ReadonlyMap<string, readonly string[]>,
  leg: LegPlan,
): { name: string; value: string }[] {
  const connection = config.sipConnections.find(({ id }) => id === leg.sipConnection);
  const passed = passedHeaders(headers, connection?.passHeaders ?? []);
  // A number of ours as caller id: whoever called us must not be told beside it.
  return leg.asserted ? passed.filter(({ name }) => name !== 'P-Asserted-Identity') : passed;
}
