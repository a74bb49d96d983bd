import type { BotParameterLayer } from '../bots/parameters.ts';
import type { HubConfig } from '../config/types.ts';
import { parseTarget, targetUser } from '../dialout/numbers.ts';
import type { DialTarget } from '../dialout/request.ts';
import { originMatches } from '../routing/rules.ts';
import { placeLeg } from '../signalling/legs.ts';
import { LineDirectory } from '../signalling/line-directory.ts';
import type { ReferRoute, TakeoverDeps } from '../signalling/takeover.ts';
import {
  atGateways,
  groupByRules,
  type PlanConfig,
  PlanError,
  type PlanRequest,
  planByRules,
  planLeg,
} from './call-plan.ts';

type TakeoverConfig = PlanConfig & Pick<HubConfig<BotParameterLayer>, 'routingGroups' | 'transfers'>;

/** What parties of calls may do by REFER and by INVITE with Replaces: as far as rules of type transfer name their SIP connection. */
export function createTakeovers(
  config: TakeoverConfig,
  { legs, waiting }: Pick<TakeoverDeps, 'legs' | 'waiting'>,
): TakeoverDeps {
  const takeover: TakeoverDeps = {
    ...{ legs, waiting, lines: new LineDirectory() },
    place: (plan, options) => placeLeg(plan, options, { ...legs, takeover }),
    ringTimeoutMs: config.transfers.ringTimeoutMs,
    mayTransfer: (sipConnection) =>
      sipConnection !== undefined &&
      config.routingRules.some(
        ({ type, origin, destination }) =>
          type === 'transfer' &&
          origin !== undefined &&
          originMatches(origin, { sipConnection }) &&
          !('reject' in destination),
      ),
    route: ({ sipConnection, otherSide }, { target }) => {
      if (sipConnection === undefined) throw new PlanError('no_route', 'the call belongs to no SIP connection');
      return referRoute(config, sipConnection, { target: readTarget(target, config), caller: otherSide });
    },
  };
  return takeover;
}

/** @throws PlanError */
function referRoute(config: TakeoverConfig, sipConnection: string, request: PlanRequest): ReferRoute {
  const byParty = { type: 'transfer', origin: { sipConnection } } as const;
  const group = groupByRules(config, byParty, request);
  if (group !== undefined) {
    const { rule, plan } = group;
    const leg: ReferRoute['leg'] = ({ destination, calling, called }) => {
      const caller = { ...request.caller, user: calling };
      return planLeg(config, { rule, destination }, { target: atGateways(called), caller });
    };
    return { rule, plan, leg };
  }
  const leg = planByRules(config, byParty, request);
  const numbers = { calling: leg.caller.user, called: targetUser(request.target) };
  const destination = { sipConnection: leg.sipConnection };
  return { rule: leg.rule, plan: { kind: 'call', destination, ringTimeoutMs: undefined, ...numbers }, leg: () => leg };
}

/**
 * A telephone names somebody at the hub where it knows no other address: that is whoever is called so at the gateways.
 * @throws PatchbayError `bad_target`
 */
function readTarget(written: string, { sip, media }: TakeoverConfig): DialTarget {
  const target = parseTarget(written);
  if (target.scheme === 'tel' || ![sip.host, media.advertisedAddress].includes(target.host)) return target;
  const port = /:(\d+)$/.exec(target.uri.split(';')[0] ?? '')?.[1];
  return port === undefined || Number(port) === sip.port ? atGateways(target.user) : target;
}
