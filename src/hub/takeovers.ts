import type { Logger } from 'pino';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { parseTarget } from '../dialout/numbers.ts';
import type { DialTarget } from '../dialout/request.ts';
import type { MediaEngine } from '../media/port.ts';
import type { WaitingSound } from '../media/waiting-sound.ts';
import { originMatches } from '../routing/rules.ts';
import type { SipCaller } from '../signalling/dial-gateways.ts';
import { LineDirectory } from '../signalling/line-directory.ts';
import type { TakeoverDeps } from '../signalling/takeover.ts';
import { atGateways, type PlanConfig, PlanError, planByRules } from './call-plan.ts';

type TakeoverConfig = PlanConfig & Pick<HubConfig<BotParameterLayer>, 'transfers'>;

/** What parties of calls may do by REFER and by INVITE with Replaces: as far as rules of type transfer name their SIP connection. */
export function createTakeovers(
  config: TakeoverConfig,
  deps: { sip: SipCaller; media: MediaEngine; waiting: WaitingSound | undefined; clock: Clock; log: Logger },
): TakeoverDeps {
  const { sip, media, waiting, clock, log } = deps;
  return {
    ...{ sip, waiting, clock, log, engine: media, lines: new LineDirectory() },
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
    plan: ({ sipConnection, otherSide }, { target }) => {
      if (sipConnection === undefined) throw new PlanError('no_route', 'the call belongs to no SIP connection');
      const request = { target: readTarget(target, config), caller: otherSide };
      return planByRules(config, { type: 'transfer', origin: { sipConnection } }, request);
    },
  };
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
