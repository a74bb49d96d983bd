import type { Logger } from 'pino';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { Call } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { NewCallRecord } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import type { CallFacts } from '../conversation/ports.ts';
import { createMachineDetector } from '../dialout/machine-detection/detector.ts';
import { targetUri, targetUser } from '../dialout/numbers.ts';
import type { DialledCall, Dialler, DialObserver } from '../dialout/ports.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { MediaEngine } from '../media/port.ts';
import type { Converse } from '../signalling/call-application.ts';
import type { SipCaller } from '../signalling/dial-gateways.ts';
import type { HostedCallObserver } from '../signalling/hosted-call.ts';
import type { LegPlan } from '../signalling/leg.ts';
import { OutboundCall, type OutboundCallOptions } from '../signalling/outbound-call.ts';
import { inviteHeaders } from '../signalling/outbound-route.ts';
import { userAndHost } from '../signalling/sip-headers.ts';
import type { TakeoverDeps } from '../signalling/takeover.ts';
import type { GreetingRecognizer } from '../speech/ports.ts';
import { type PlanConfig, planByRules } from './call-plan.ts';

export interface DiallerDeps {
  config: PlanConfig & Pick<HubConfig<BotParameterLayer>, 'bots' | 'limits'>;
  sip: SipCaller;
  media: MediaEngine;
  converse: Converse;
  registry: CallRegistry;
  /** A new call wants to be watched. */
  observe(): HostedCallObserver;
  /** What lets the callee's side put another party in his place. */
  takeover?: TakeoverDeps | undefined;
  clock: Clock;
  log: Logger;
  /** Whether the bot's recogniser takes dictation, so that its words tell machines from people. */
  dictates(bot: string): boolean;
  /** What hears greetings where it does not; undefined: nothing. */
  greetings?(bot: string): GreetingRecognizer | undefined;
  /** Tests put another in its place. */
  createDetector?: typeof createMachineDetector;
}

/** What bots speak that do not say (`language` of the bot parameters). */
const DEFAULT_LANGUAGE = 'en-US';

type DiallerErrorCode = 'unknown_bot' | 'shutting_down' | 'hub_full';

class DiallerError extends PatchbayError<DiallerErrorCode> {}

/** Places the calls of dialouts: routing, allow list, gateways, then an OutboundCall in the registry. */
export function createDialler(deps: DiallerDeps): Dialler {
  const { config, registry, clock } = deps;
  return {
    check: (request) => {
      planCall(config, request);
    },
    dial(request, observer) {
      const log = deps.log.child({ callId: request.id, conversationId: request.id });
      let plan: LegPlan;
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

function place(request: DialoutRequest, plan: LegPlan, deps: DiallerDeps, dial: DialObserver): OutboundCall {
  const { auth, caller, failoverMs, routes } = plan;
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
      auth,
      failoverMs,
      answerMs: request.answerTimeoutSec * 1_000,
    },
    ...machineDetectionOf(request, deps),
    media: deps.media,
    settings: plan.settings,
    takeover: deps.takeover,
    start: deps.converse({ botId: request.bot, facts, sipConnection: plan.sipConnection }),
    observer: deps.observe(),
    dial,
    clock: deps.clock,
    log,
  });
}

function machineDetectionOf(
  request: DialoutRequest,
  { config, dictates, greetings, createDetector = createMachineDetector }: DiallerDeps,
): Pick<OutboundCallOptions, 'machineDetection'> {
  const { machineDetection: mode, voicemailEndTimeoutSec } = request;
  if (mode === 'disabled') return {};
  const awaitGreetingEnd = mode === 'detect' && voicemailEndTimeoutSec > 0;
  const language = config.bots.find(({ id }) => id === request.bot)?.parameters.language;
  const wordsExpected = dictates(request.bot);
  const recognizer = wordsExpected ? undefined : greetings?.(request.bot);
  const openEar = recognizer && earFor(recognizer, request.id, language ?? DEFAULT_LANGUAGE);
  const detector = createDetector({
    wordsExpected,
    guessesExpected: openEar !== undefined,
    ...(language === undefined ? {} : { language }),
    ...(awaitGreetingEnd ? { greetingEndTimeoutMs: voicemailEndTimeoutSec * 1_000 } : {}),
  });
  return { machineDetection: { mode, detector, awaitGreetingEnd, wordsExpected, openEar } };
}

/** The recogniser gets ready while the telephone rings. undefined: it does not know the language. */
function earFor(
  recognizer: GreetingRecognizer,
  callId: string,
  language: string,
): NonNullable<OutboundCallOptions['machineDetection']>['openEar'] {
  const primary = (tag: string) => tag.toLowerCase().split(/[-_]/u)[0];
  if (!recognizer.languages.some((known) => primary(known) === primary(language))) return undefined;
  recognizer.prepare(language);
  return (heard, signal) => recognizer.listen({ callId, language, ...heard }, signal);
}

function recordOf(request: DialoutRequest, plan: LegPlan | undefined): NewCallRecord {
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
    sipConnection: plan?.sipConnection,
    routingRule: plan?.rule,
    destination: { bot: request.bot },
    conversationId: request.id,
  };
}

type CallRequest = Pick<DialoutRequest, 'bot' | 'target' | 'caller'> &
  Partial<Pick<DialoutRequest, 'callerHost' | 'callerDisplayName'>>;

/** @throws PatchbayError `no_route`, `destination_not_allowed`, `no_gateway`, `unknown_bot` */
function planCall(config: DiallerDeps['config'], request: CallRequest): LegPlan {
  const { bot, target } = request;
  if (!config.bots.some(({ id }) => id === bot)) throw new DiallerError('unknown_bot', `there is no bot '${bot}'`);
  const caller = { user: request.caller, host: request.callerHost, displayName: request.callerDisplayName };
  return planByRules(config, { type: 'call', origin: { bot } }, { target, caller });
}
