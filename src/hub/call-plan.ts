import type { BotParameterLayer } from '../bots/parameters.ts';
import type { HubConfig, SipConnectionConfig } from '../config/types.ts';
import { targetUser } from '../dialout/numbers.ts';
import type { DialTarget } from '../dialout/request.ts';
import { PatchbayError } from '../errors.ts';
import { allowsHost, refusedDestination } from '../routing/destinations.ts';
import { type RingPlan, ringPlan } from '../routing/ring-plan.ts';
import { type RouteFacts, route } from '../routing/rules.ts';
import { contactOf } from '../signalling/connection-settings.ts';
import type { GatewayRoute } from '../signalling/dial-gateways.ts';
import type { LegPlan } from '../signalling/leg.ts';
import {
  type CallerId,
  gatewayHost,
  gatewayRoute,
  gatewayTransport,
  isAtGateway,
} from '../signalling/outbound-route.ts';
import { settingsOf } from './connection-settings.ts';

export type PlanErrorCode = 'no_route' | 'destination_not_allowed' | 'no_gateway';

/** Why a call cannot be placed at all. */
export class PlanError extends PatchbayError<PlanErrorCode> {}

export type PlanConfig = Pick<
  HubConfig<BotParameterLayer>,
  'engine' | 'sipConnections' | 'phoneNumbers' | 'routingRules' | 'sip' | 'media'
> & {
  /** Gateways that do not answer are tried last. Absent: nothing is known of them. */
  gatewayDown?(connection: string, gateway: string): boolean;
};

/** What a call by the hub is asked for with. */
export interface PlanRequest {
  target: DialTarget;
  /** Of the caller, as far as they are known. A phone number of the hub as destination takes the place of `user`. */
  caller: { user?: string | undefined; host?: string | undefined; displayName?: string | undefined };
}

/** Who asks for a call: a bot, or for a transfer also a SIP connection. */
type AskedBy = Pick<RouteFacts, 'type' | 'origin'>;

/**
 * Where a dialout or transfer goes, by the first rule that matches.
 * @throws PlanError
 */
export function planByRules(config: PlanConfig, by: AskedBy, request: PlanRequest): LegPlan {
  const { rule, destination, ...rewritten } = decide(config, by, request);
  if ('routingGroup' in destination) throw refusedByRule(rule, targetUser(request.target));
  return planLeg(config, { rule, destination }, rewritten);
}

/**
 * The same of a transfer that a rule sends to a routing group; undefined where it sends it elsewhere.
 * @throws PlanError
 */
export function groupByRules(
  config: PlanConfig & Pick<HubConfig, 'routingGroups'>,
  by: AskedBy,
  request: PlanRequest,
): { rule: string; plan: RingPlan } | undefined {
  const { rule, destination, target, caller } = decide(config, by, request);
  if (!('routingGroup' in destination)) return undefined;
  const numbers = { calling: caller.user ?? '', called: targetUser(target) };
  return { rule, plan: ringPlan(destination, numbers, config.routingGroups) };
}

/** @throws PlanError */
function decide(config: PlanConfig, { type, origin }: AskedBy, request: PlanRequest) {
  const called = targetUser(request.target);
  const facts: RouteFacts = { type, origin, calling: request.caller.user ?? '', called };
  const { rule, destination, ...rewritten } = route(config.routingRules, facts);
  if (rule === undefined) {
    const asking = origin.bot === undefined ? `SIP connection '${origin.sipConnection}'` : `bot '${origin.bot}'`;
    throw new PlanError(
      'no_route',
      `no routing rule of type '${type}' with the origin ${asking} matches a call to '${called}'; add one with a sipConnection or a phoneNumber as destination`,
    );
  }
  if ('reject' in destination || 'bot' in destination) throw refusedByRule(rule, called);
  const target = rewritten.called === called ? request.target : atGateways(rewritten.called);
  const user = rewritten.calling === facts.calling ? request.caller.user : rewritten.calling;
  return { rule, destination, target, caller: { ...request.caller, user } };
}

function refusedByRule(rule: string, called: string): PlanError {
  return new PlanError('destination_not_allowed', `routing rule '${rule}' refuses calls to '${called}'`);
}

/**
 * A call by a SIP connection, or by that of one of the hub's phone numbers.
 * @throws PlanError `destination_not_allowed`, `no_gateway`
 */
export function planLeg(
  config: PlanConfig,
  { rule, destination }: { rule: string; destination: { sipConnection: string } | { phoneNumber: string } },
  { target, caller }: PlanRequest,
): LegPlan {
  const number = 'phoneNumber' in destination ? destination.phoneNumber : undefined;
  const id =
    'sipConnection' in destination
      ? destination.sipConnection
      : config.phoneNumbers.find((entry) => entry.number === number)?.sipConnection;
  const connection = config.sipConnections.find((entry) => entry.id === id);
  const [first, ...others] = connection?.gateways ?? [];
  if (connection === undefined || first === undefined) {
    throw new PlanError('no_gateway', `the SIP connection of routing rule '${rule}' has no gateways`);
  }
  const gateways = downLast([first, ...others], (gateway) => config.gatewayDown?.(connection.id, gateway) === true);
  const settings = settingsOf(connection, config);
  const [route, ...alternatives] = routesTo(target, connection, gateways);
  const withContact = (each: GatewayRoute): GatewayRoute =>
    settings.contactHost === undefined ? each : { ...each, headers: contactOf(settings, gatewayTransport(each.proxy)) };
  const own = number ?? config.phoneNumbers.find((entry) => entry.sipConnection === connection.id)?.number;
  const { auth } = connection;
  const callerId: CallerId = {
    user: number ?? caller.user ?? own ?? auth?.username ?? '',
    host: caller.host ?? (auth === undefined ? localHost(config) : gatewayHost(first)),
    displayName: caller.displayName,
  };
  return {
    rule,
    sipConnection: connection.id,
    caller: callerId,
    asserted: number !== undefined || auth !== undefined,
    routes: [withContact(route), ...alternatives.map(withContact)],
    auth,
    settings,
    failoverMs: connection.failoverTimeoutMs,
  };
}

/** In order as they are, but for those that are down. */
function downLast(gateways: [string, ...string[]], isDown: (gateway: string) => boolean): [string, ...string[]] {
  const [first = gateways[0], ...others] = gateways.toSorted((a, b) => Number(isDown(a)) - Number(isDown(b)));
  return [first, ...others];
}

/** Whoever is called so at the gateways of the SIP connection. */
export function atGateways(user: string): DialTarget {
  return { scheme: 'tel', number: user };
}

/** @throws PlanError `destination_not_allowed` */
function routesTo(
  target: DialTarget,
  connection: SipConnectionConfig,
  gateways: readonly [string, ...string[]],
): LegPlan['routes'] {
  const list = connection.destinations ?? (connection.auth === undefined ? undefined : []);
  const refused = (why: string) =>
    new PlanError('destination_not_allowed', `SIP connection '${connection.id}' does not allow the call: ${why}`);
  const user = targetUser(target);
  if (target.scheme === 'sip' && allowsHost(list, user, target.host)) {
    return [{ gateway: target.uri, uri: target.uri, proxy: target.uri }];
  }
  const why = refusedDestination(list, user);
  if (why !== undefined) throw refused(why);
  const usable = target.scheme === 'tel' ? gateways : gateways.filter((gateway) => isAtGateway(target.uri, gateway));
  const [first, ...others] = usable.map((gateway) => gatewayRoute(gateway, user, /^\+\d+$/.test(user)));
  if (first !== undefined) return [first, ...others];
  throw refused(
    `'${target.scheme === 'sip' ? target.host : ''}' is none of its gateways, and 'destinations' does not name it ('sip:*@host')`,
  );
}

/** The hub's own address as callees see it; `localhost` stands for the SIP agent's. */
function localHost({ sip, media }: PlanConfig): string {
  return media.advertisedAddress ?? (sip.host === '0.0.0.0' || sip.host === '::' ? 'localhost' : sip.host);
}
