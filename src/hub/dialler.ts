import type { Logger } from 'pino';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { Call } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig, SipConnectionConfig } from '../config/types.ts';
import type { CallFacts } from '../conversation/ports.ts';
import { createMachineDetector } from '../dialout/machine-detection/detector.ts';
import { targetUri, targetUser } from '../dialout/numbers.ts';
import type { DialledCall, Dialler, DialObserver } from '../dialout/ports.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { MediaEngine } from '../media/port.ts';
import { allowsHost, refusedDestination } from '../routing/destinations.ts';
import { route } from '../routing/rules.ts';
import type { Converse } from '../signalling/call-application.ts';
import type { GatewayRoute, SipCaller } from '../signalling/dial-gateways.ts';
import type { InboundCallObserver } from '../signalling/inbound-call.ts';
import { OutboundCall, type OutboundCallOptions } from '../signalling/outbound-call.ts';
import { type CallerId, gatewayHost, gatewayRoute, inviteHeaders, isAtGateway } from '../signalling/outbound-route.ts';
import { userAndHost } from '../signalling/sip-headers.ts';

export interface DiallerDeps {
  config: Pick<
    HubConfig<BotParameterLayer>,
    'bots' | 'sipConnections' | 'phoneNumbers' | 'routingRules' | 'limits' | 'sip' | 'media'
  >;
  sip: SipCaller;
  media: MediaEngine;
  converse: Converse;
  registry: CallRegistry;
  /** A new call wants to be watched. */
  observe(): InboundCallObserver;
  clock: Clock;
  log: Logger;
  /** Whether the bot's recogniser takes dictation, so that its words tell machines from people. */
  dictates(bot: string): boolean;
  /** Tests put another in its place. */
  createDetector?: typeof createMachineDetector;
}

type DiallerErrorCode =
  | 'no_route'
  | 'destination_not_allowed'
  | 'no_gateway'
  | 'unknown_bot'
  | 'shutting_down'
  | 'hub_full';

class DiallerError extends PatchbayError<DiallerErrorCode> {}

/** What is known of a call before it is placed. */
interface Plan {
  rule: string;
  connection: SipConnectionConfig;
  caller: CallerId;
  /** Whether the caller id is one that the other side knows to be ours. */
  asserted: boolean;
  routes: [GatewayRoute, ...GatewayRoute[]];
}

/** Places the calls of dialouts: routing, allow list, gateways, then an OutboundCall in the registry. */
export function createDialler(deps: DiallerDeps): Dialler {
  const { config, registry, clock } = deps;
  return {
    check: (request) => {
      planCall(config, request);
    },
    dial(request, observer) {
      const log = deps.log.child({ callId: request.id, conversationId: request.id });
      let plan: Plan;
      try {
        plan = planCall(config, request);
        if (registry.draining) throw new DiallerError('shutting_down', 'the hub is being stopped');
        if (registry.size >= config.limits.concurrentCalls) {
          throw new DiallerError('hub_full', 'the hub has as many calls as limits.concurrentCalls allows');
        }
      } catch (error) {
        return refuse(request, error, { ...deps, log }, observer);
      }
      const call = place(request, plan, { ...deps, log }, observer);
      registry.add(call);
      return call;
    },
  };

  function refuse(
    request: DialoutRequest,
    error: unknown,
    { log }: { log: Logger },
    observer: DialObserver,
  ): DialledCall {
    const text = messageOf(error);
    log.warn({ err: error, bot: request.bot, target: targetUri(request.target) }, 'dialout cannot be dialled');
    const end: EndReason = { category: 'dial-failed', by: 'hub', text };
    new Call(recordOf(request, undefined), clock, deps.observe()).end(end);
    queueMicrotask(() => observer.ended({ status: 'failed', reasonCode: 'error', reason: text, end }));
    return { cancel: () => {} };
  }
}

function place(request: DialoutRequest, plan: Plan, deps: DiallerDeps, dial: DialObserver): OutboundCall {
  const { connection, caller, routes } = plan;
  const { log } = deps;
  const { headers, refused } = inviteHeaders({
    caller,
    to: routes[0].uri,
    asserted: plan.asserted,
    extra: request.sipHeaders,
  });
  if (refused.length > 0) log.warn({ names: refused }, 'header fields of the dialout were left out');
  const record = recordOf(request, plan);
  const facts: CallFacts = {
    callId: request.id,
    conversationId: request.id,
    caller: record.calling.user,
    callerHost: record.calling.host,
    callerDisplayName: record.calling.displayName,
    callee: record.called.user,
    calleeHost: record.called.host,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])),
    dialout: { target: targetUri(request.target), metadata: request.metadata },
  };
  log.info({ bot: request.bot, rule: plan.rule, called: record.called.user, gateways: routes.length }, 'dialling');
  return new OutboundCall({
    sip: deps.sip,
    record,
    route: {
      routes,
      headers,
      auth: connection.auth,
      failoverMs: connection.failoverTimeoutMs,
      answerMs: request.answerTimeoutSec * 1_000,
    },
    ...machineDetectionOf(request, deps),
    media: deps.media,
    start: deps.converse({ botId: request.bot, facts }),
    observer: deps.observe(),
    dial,
    clock: deps.clock,
    log,
  });
}

function machineDetectionOf(
  request: DialoutRequest,
  { config, dictates, createDetector = createMachineDetector }: DiallerDeps,
): Pick<OutboundCallOptions, 'machineDetection'> {
  const { machineDetection: mode, voicemailEndTimeoutSec } = request;
  if (mode === 'disabled') return {};
  const awaitGreetingEnd = mode === 'detect' && voicemailEndTimeoutSec > 0;
  const language = config.bots.find(({ id }) => id === request.bot)?.parameters.language;
  const wordsExpected = dictates(request.bot);
  const detector = createDetector({
    wordsExpected,
    ...(language === undefined ? {} : { language }),
    ...(awaitGreetingEnd ? { greetingEndTimeoutMs: voicemailEndTimeoutSec * 1_000 } : {}),
  });
  return { machineDetection: { mode, detector, awaitGreetingEnd, wordsExpected } };
}

function recordOf(request: DialoutRequest, plan: Plan | undefined): NewCallRecord {
  const called = plan === undefined ? { user: targetUser(request.target), host: '' } : userAndHost(plan.routes[0].uri);
  return {
    id: request.id,
    sipCallId: '',
    direction: 'outbound',
    calling: plan?.caller ?? {
      user: request.caller ?? '',
      host: request.callerHost ?? '',
      displayName: request.callerDisplayName,
    },
    called,
    remote: plan?.routes[0].gateway ?? '',
    sipConnection: plan?.connection.id,
    routingRule: plan?.rule,
    destination: { bot: request.bot },
    conversationId: request.id,
  };
}

type CallRequest = Pick<DialoutRequest, 'bot' | 'target' | 'caller'> &
  Partial<Pick<DialoutRequest, 'callerHost' | 'callerDisplayName'>>;

/** @throws PatchbayError `no_route`, `destination_not_allowed`, `no_gateway`, `unknown_bot` */
function planCall(config: DiallerDeps['config'], request: CallRequest): Plan {
  const { bot, target } = request;
  if (!config.bots.some(({ id }) => id === bot)) throw new DiallerError('unknown_bot', `there is no bot '${bot}'`);
  const called = targetUser(target);
  const facts = { type: 'call', origin: { bot }, calling: request.caller ?? '', called } as const;
  const { rule, destination } = route(config.routingRules, facts);
  if (rule === undefined) {
    throw new DiallerError(
      'no_route',
      `no routing rule with the origin bot '${bot}' matches a call to '${called}'; add one with a sipConnection or a phoneNumber as destination`,
    );
  }
  if ('reject' in destination || 'bot' in destination) {
    throw new DiallerError('destination_not_allowed', `routing rule '${rule}' refuses calls to '${called}'`);
  }
  const number = 'phoneNumber' in destination ? destination.phoneNumber : undefined;
  const id =
    'sipConnection' in destination
      ? destination.sipConnection
      : config.phoneNumbers.find((entry) => entry.number === number)?.sipConnection;
  const connection = config.sipConnections.find((entry) => entry.id === id);
  const [first, ...others] = connection?.gateways ?? [];
  if (connection === undefined || first === undefined) {
    throw new DiallerError('no_gateway', `the SIP connection of routing rule '${rule}' has no gateways`);
  }
  const routes = routesTo(target, connection, [first, ...others]);
  const own = number ?? config.phoneNumbers.find((entry) => entry.sipConnection === connection.id)?.number;
  const caller: CallerId = {
    user: number ?? request.caller ?? own ?? connection.auth?.username ?? '',
    host: request.callerHost ?? (connection.auth === undefined ? localHost(config) : gatewayHost(first)),
    displayName: request.callerDisplayName,
  };
  return { rule, connection, caller, asserted: number !== undefined || connection.auth !== undefined, routes };
}

/** @throws PatchbayError `destination_not_allowed` */
function routesTo(
  target: DialoutRequest['target'],
  connection: SipConnectionConfig,
  gateways: readonly [string, ...string[]],
): Plan['routes'] {
  const list = connection.destinations ?? (connection.auth === undefined ? undefined : []);
  const refused = (why: string) =>
    new DiallerError('destination_not_allowed', `SIP connection '${connection.id}' does not allow the call: ${why}`);
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
function localHost({ sip, media }: DiallerDeps['config']): string {
  return media.advertisedAddress ?? (sip.host === '0.0.0.0' || sip.host === '::' ? 'localhost' : sip.host);
}
