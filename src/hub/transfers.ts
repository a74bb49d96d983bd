import { readFile } from 'node:fs/promises';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { HubConfig, SipConnectionConfig } from '../config/types.ts';
import { parseTarget } from '../dialout/numbers.ts';
import type { DialTarget } from '../dialout/request.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import { RINGING_TONES, type RingingCountry } from '../media/ringback.ts';
import { musicSound, ringbackSound, type WaitingSound } from '../media/waiting-sound.ts';
import { route } from '../routing/rules.ts';
import type { BotCall, Converse } from '../signalling/call-application.ts';
import { maxForwardsOf } from '../signalling/forward-headers.ts';
import { forbiddenLeg, type Leg, type LegDeps, type LegOptions, type LegPlan } from '../signalling/leg.ts';
import { placeLeg } from '../signalling/legs.ts';
import { escapeUser } from '../signalling/outbound-route.ts';
import { isReferTarget } from '../signalling/refer-messages.ts';
import { ringLeg } from '../signalling/ring.ts';
import { userAndHost } from '../signalling/sip-headers.ts';
import { transferable } from '../signalling/transferable.ts';
import { atGateways, groupByRules, type PlanConfig, PlanError, planByRules, planLeg } from './call-plan.ts';
import { headersOfCaller } from './inbound-routing.ts';

export interface TransfersDeps {
  config: PlanConfig & Pick<HubConfig<BotParameterLayer>, 'bots' | 'forwarding' | 'routingGroups' | 'transfers'>;
  legs: LegDeps;
  waiting: WaitingSounds;
}

/** What somebody hears who waits for another party; the bot is that whose caller he is. */
export type WaitingSounds = (bot: string | undefined) => WaitingSound | undefined;

/**
 * Sounds as configured.
 * @throws PatchbayError `bad_music` where the file cannot be read or played
 */
export async function loadWaitingSounds(
  config: Pick<TransfersDeps['config'], 'bots' | 'transfers'>,
): Promise<WaitingSounds> {
  const { waiting, musicFile, ringbackCountry } = config.transfers;
  if (waiting === 'silence') return () => undefined;
  if (waiting === 'music') {
    const sound = await loadMusic(musicFile ?? '');
    return () => sound;
  }
  const sounds = new Map<RingingCountry, WaitingSound>();
  return (bot) => {
    const language = config.bots.find(({ id }) => id === bot)?.parameters.language;
    const country = ringbackCountry ?? countryOf(language ?? '') ?? 'us';
    const sound = sounds.get(country) ?? ringbackSound(country);
    sounds.set(country, sound);
    return sound;
  };
}

async function loadMusic(file: string): Promise<WaitingSound> {
  const problem = (why: string) =>
    new PatchbayError(
      'bad_music',
      `transfers.musicFile '${file}': ${why}; it must be a WAV file, PCM of 16 bits or G.711`,
    );
  let music: ReturnType<typeof musicSound>;
  try {
    music = musicSound(await readFile(file));
  } catch (error) {
    throw problem(messageOf(error));
  }
  if (music.durationMs < 1) throw problem('it has no audio');
  return music.sound;
}

/** Of a language tag, `de-AT`: its region, or the country that is named as the language is. */
function countryOf(language: string): RingingCountry | undefined {
  const [name = '', ...rest] = language.toLowerCase().split(/[-_]/);
  const region = rest.find((part) => part.length === 2) ?? name;
  return Object.keys(RINGING_TONES).find((country): country is RingingCountry => country === region);
}

/** Lets bots hand their calls over. */
export function transferring(converse: Converse, deps: TransfersDeps): Converse {
  const { config, legs } = deps;
  const { ringTimeoutMs, referTimeoutMs } = config.transfers;
  return (call) => {
    const { botId, facts } = call;
    const connection = config.sipConnections.find(({ id }) => id === call.sipConnection);
    return transferable(converse(call), facts.callId, {
      method: connection?.transferMethod ?? 'invite',
      place: (written, options) => placeTransfer(parseTarget(written), call, options, deps),
      referTo: (written) => referTo(written, call, connection, deps),
      engine: legs.media,
      waiting: deps.waiting(botId),
      ringTimeoutMs,
      referTimeoutMs,
      clock: legs.clock,
    });
  };
}

/** @throws PlanError where it leads nowhere */
function placeTransfer(target: DialTarget, call: BotCall, options: LegOptions, { config, legs }: TransfersDeps): Leg {
  const byBot = { type: 'transfer', origin: { bot: call.botId } } as const;
  const caller = partyOf(call);
  const group = groupByRules(config, byBot, { target, caller });
  const goingOn = (plan: LegPlan) => withCallersFields(plan, call, options, config);
  if (group === undefined) {
    const plan = planByRules(config, byBot, { target, caller });
    return placeLeg(plan, goingOn(plan), legs);
  }
  const { progress: _, ...quiet } = options; // who of several is heard before the answer would be chance
  return ringLeg(group.plan, ({ destination, calling, called, ringTimeoutMs }) => {
    try {
      const request = { target: atGateways(called), caller: { ...caller, user: calling } };
      const plan = planLeg(config, { rule: group.rule, destination }, request);
      const { headers, maxForwards } = goingOn(plan);
      return placeLeg(plan, { ...quiet, headers, maxForwards, answerMs: ringTimeoutMs ?? options.answerMs }, legs);
    } catch (error) {
      return forbiddenLeg(error);
    }
  });
}

/** With what of the caller's INVITE goes on, where the bot has not said it otherwise, and one hop less. */
function withCallersFields(
  plan: LegPlan,
  { facts }: BotCall,
  options: LegOptions,
  config: TransfersDeps['config'],
): LegOptions & Required<Pick<LegOptions, 'headers' | 'maxForwards'>> {
  const { headers = [] } = options;
  const { maxHops } = config.forwarding;
  if (facts.dialout !== undefined) return { ...options, headers, maxForwards: maxHops };
  const said = new Set(headers.map(({ name }) => name.toLowerCase()));
  const passed = headersOfCaller(config, facts.headers, plan).filter(({ name }) => !said.has(name.toLowerCase()));
  const hops = Math.min(maxForwardsOf(facts.headers), maxHops);
  return { ...options, headers: [...passed, ...headers], maxForwards: Math.max(0, hops - 1) };
}

/** Who is on the line: the caller, or of a dialout the callee. */
function partyOf({ facts }: BotCall): { user: string; displayName: string | undefined } {
  if (facts.dialout !== undefined) return { user: facts.callee, displayName: undefined };
  return { user: facts.caller, displayName: facts.callerDisplayName };
}

/** @throws PatchbayError `bad_target`, PlanError `destination_not_allowed` */
function referTo(
  written: string,
  call: BotCall,
  connection: SipConnectionConfig | undefined,
  { config }: Pick<TransfersDeps, 'config'>,
): string {
  const uri = /^\+\d+$/.test(written) ? `tel:${written}` : written;
  if (!isReferTarget(uri)) {
    throw new PatchbayError(
      'bad_target',
      written === ''
        ? "the transfer has no transferTarget: expected 'tel:' and a number, or 'sip:user@host'"
        : `'${written}' is no target of a transfer: expected 'tel:' and a number, or 'sip:user@host'`,
    );
  }
  const called = userAndHost(uri).user;
  const facts = { type: 'transfer', origin: { bot: call.botId }, calling: partyOf(call).user, called } as const;
  const { rule, destination } = route(config.routingRules, facts);
  if (rule !== undefined && 'reject' in destination) {
    throw new PlanError('destination_not_allowed', `routing rule '${rule}' refuses transfers to '${called}'`);
  }
  if (connection?.referTo !== 'sip' || !/^tel:/i.test(uri)) return `<${uri}>`;
  const number = called.replace(/[-.()]/g, '');
  const host = hostOf(connection.gateways[0]) ?? call.facts.callerHost;
  return `<sip:${escapeUser(number)}@${host};user=phone>`;
}

/** Host and port of a gateway. */
function hostOf(gateway: string | undefined): string | undefined {
  return /^sips?:(?:[^@]*@)?(\[[^\]]*\](?::\d+)?|[^;?]*)/i.exec(gateway ?? '')?.[1];
}
