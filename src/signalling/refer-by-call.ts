import { Bridge } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import { messageOf } from '../errors.ts';
import { tellingFailure } from '../routing/ring-plan.ts';
import { bridgedOf, connected } from './bridged.ts';
import type { CallLine } from './call-line.ts';
import { forbiddenLeg, type Leg, type LegPlan } from './leg.ts';
import { inviteHeaders } from './outbound-route.ts';
import type { IncomingRefer, ReplacedDialog } from './refer-messages.ts';
import { acceptRefer, type Reports } from './refer-reports.ts';
import { type RingCall, ring } from './ring.ts';
import type { DialogEvents } from './sip-dialog.ts';
import { phraseOf } from './sip-statuses.ts';
import { placeStandIn, type StandIn } from './stand-in.ts';
import type { ReferRoute, TakeoverDeps } from './takeover.ts';
import { refusal } from './transfer-outcome.ts';

interface Referred {
  line: CallLine;
  refer: IncomingRefer;
  route: ReferRoute;
  reports: Reports;
  /** Aborted when the call of the referrer has ended. */
  signal: AbortSignal;
  deps: TakeoverDeps;
}

/**
 * A REFER: whomever it names is called, one after the other or at once as the route says, and takes the place of its sender. In a
 * bridge the calls that are placed are bridged with the other side; where there is none, with a bot, they get the media of the call.
 * @throws only before the REFER is answered
 */
export async function callInstead(
  line: CallLine,
  refer: IncomingRefer,
  respond: DialogEvents['refer'][1],
  deps: TakeoverDeps,
): Promise<void> {
  const { log } = deps.legs;
  let route: ReferRoute;
  try {
    route = deps.route({ sipConnection: line.sipConnection, otherSide: line.options.otherSide }, refer);
  } catch (error) {
    log.warn({ err: error, target: refer.target }, 'REFER refused');
    respond({ status: refusal(error).sipStatus });
    return;
  }
  const signal = line.beginReplacing();
  if (signal === undefined) {
    respond({ status: 491 });
    return;
  }
  const reports = acceptRefer(line.dialog, refer, respond);
  log.info({ target: refer.target, rule: route.rule }, 'REFER: calling another party');
  const referred: Referred = { line, refer, route, reports, signal, deps };
  let why: number | undefined;
  try {
    why = bridgedOf(line) === undefined ? await standIn(referred) : await passOn(referred);
  } catch (error) {
    log.error({ err: error }, 'a REFER could not be carried out');
    why = 500;
  }
  if (why === undefined) return;
  log.info({ target: refer.target, status: why }, 'REFER: the other party has not come');
  reports.tell(why);
  if (!line.over) line.options.tell(`${refer.target} has not come: ${why} ${phraseOf(why)} (REFER)`);
  line.replacingFailed();
}

/** The other party gets the media and the application of the call. @returns why it is not there, by a final SIP status */
async function standIn({ line, refer, route, reports, signal, deps }: Referred): Promise<number | undefined> {
  const { endpoint } = line.options;
  let offer: Promise<string> | undefined;
  const localSdp = () => {
    offer ??= endpoint.offer();
    return offer;
  };
  const place = (plan: LegPlan): Leg<StandIn> =>
    placeStandIn(
      plan,
      {
        ...{ line, localSdp, answerMs: deps.ringTimeoutMs },
        headers: { ...inviteHeadersOf(plan), ...headersOf(refer) },
        rings: () => reports.tell(180),
      },
      deps.legs,
    );
  const result = await ring(route.plan, placing(route, place, deps), signal);
  if (result.kind !== 'answered') return statusOf(result.kind === 'failed' ? result.failures : []);
  const { leg, party } = result;
  try {
    await endpoint.acceptAnswer(party.remoteSdp);
  } catch (error) {
    deps.legs.log.info({ err: error }, 'REFER: the description of the other party cannot be used');
    leg.end({ category: 'media-failure', by: 'hub', text: messageOf(error), sipStatus: 488 });
    return 488;
  }
  if (line.over) {
    leg.end(signal.reason as EndReason);
    return undefined;
  }
  reports.tell(200);
  const { sipConnection, settings } = party.plan;
  const text = `The call goes on with ${refer.target} (REFER)`;
  line.replace({ dialog: party.dialog, sipConnection, settings, text, left: party.stands() });
  return undefined;
}

/** The other side of the bridge goes on with the other party, and the call of the referrer ends. @returns the same */
async function passOn({ line, refer, route, reports, signal, deps }: Referred): Promise<number | undefined> {
  const { media, log } = deps.legs;
  const place = (plan: LegPlan, answerMs: number): Leg => {
    const near = bridgedOf(line)?.partner.media;
    return deps.place(plan, {
      ...{ answerMs, sessionId: line.options.sessionId(), takeovers: line.attempts, ownHeaders: headersOf(refer) },
      ...(near === undefined ? {} : { near }),
      progress: ({ status }) => {
        if (status === 180) reports.tell(180);
      },
    });
  };
  const result = await ring(route.plan, placing(route, place, deps), signal);
  if (result.kind !== 'answered') return statusOf(result.kind === 'failed' ? result.failures : []);
  const { leg, party } = result;
  const mine = bridgedOf(line);
  if (mine === undefined) {
    // whoever was to go on has hung up
    leg.end(CALLED_FOR_NOBODY);
    return 480;
  }
  line.stopWaiting();
  await mine.bridge.close();
  try {
    await Bridge.join(media, mine.partner, party);
  } catch (error) {
    log.warn({ err: error }, 'REFER: the other party cannot be bridged');
    const failed: EndReason = { category: 'media-failure', by: 'hub', text: messageOf(error) };
    leg.end(failed);
    await Bridge.join(media, mine.partner, mine.party).catch(() => {
      mine.partner.partnerLeft(failed);
      mine.application.end(failed);
    });
    return 500;
  }
  reports.tell(200);
  line.options.tell(`${refer.target} has taken its place (REFER)`);
  log.info({ a: mine.partner.callId, b: party.callId }, 'REFER: the other party has taken the place');
  await line.partyLeft();
  mine.application.end(connected(line));
  return undefined;
}

const CALLED_FOR_NOBODY: EndReason = {
  category: 'bridge-ended',
  by: 'hub',
  text: 'whoever was to go on with it has hung up',
};

/** Places the calls of a route; `place` gets how long one may ring. */
function placing<P>(
  route: ReferRoute,
  place: (plan: LegPlan, answerMs: number) => Leg<P>,
  { legs, ringTimeoutMs }: TakeoverDeps,
): (call: RingCall) => Leg<P> {
  return (call) => {
    try {
      return place(route.leg(call), call.ringTimeoutMs ?? ringTimeoutMs);
    } catch (error) {
      legs.log.warn({ err: error, called: call.called }, 'REFER: not called');
      return forbiddenLeg(error);
    }
  };
}

/** The failure that says most, as the far side is told. */
function statusOf(failures: readonly EndReason[]): number {
  return tellingFailure(failures)?.sipStatus ?? 480;
}

function inviteHeadersOf(plan: LegPlan): Readonly<Record<string, string>> {
  return inviteHeaders({ caller: plan.caller, to: plan.routes[0].uri, asserted: plan.asserted, extra: [] }).headers;
}

function headersOf({ referredBy, replaces }: IncomingRefer): Record<string, string> {
  return {
    ...(referredBy === '' ? {} : { 'Referred-By': referredBy }),
    ...(replaces === undefined ? {} : { Require: 'replaces', Replaces: replacesValue(replaces) }),
  };
}

function replacesValue({ callId, toTag, fromTag, earlyOnly }: ReplacedDialog): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`;
}
