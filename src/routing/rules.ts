import { formatNumberPattern, matchesNumber, type NumberPattern, normaliseNumber } from './numbers.ts';

/** Where a call comes from. A call may come both from a SIP connection and through one of the hub's phone numbers. */
export interface CallOrigin {
  /** Id of the SIP connection that allows the source address. */
  sipConnection?: string;
  /** The hub's own phone number that was called, as configured. */
  phoneNumber?: string;
  /** Id of the bot that places the call. */
  bot?: string;
}

/** Which calls a rule is about, by exactly one of the three. */
export type RuleOrigin = { sipConnection: string } | { phoneNumber: string } | { bot: string };

export type RouteDestination =
  | { bot: string }
  /** Only for calls that a bot places: the gateways of a SIP connection. */
  | { sipConnection: string }
  /** Likewise: through the SIP connection of one of the hub's phone numbers, which is the caller id. */
  | { phoneNumber: string }
  | { reject: { code: number; reason: string } };

/** A call that comes in or that a bot places, or a bot's hand-over of its caller. */
export type RuleType = 'call' | 'transfer';

export interface RoutingRule {
  id: string;
  type: RuleType;
  /** Absent: calls of any origin. */
  origin?: RuleOrigin | undefined;
  calling: NumberPattern;
  called: NumberPattern;
  destination: RouteDestination;
}

/** What routing knows about a call. */
export interface RouteFacts {
  type: RuleType;
  origin: CallOrigin;
  /** User part of the caller, percent-decoded; '' when there is none. */
  calling: string;
  /** User part that was called, percent-decoded; '' when there is none. */
  called: string;
}

export interface RouteDecision {
  /** Id of the rule that matched; undefined: none did. */
  rule: string | undefined;
  destination: RouteDestination;
}

/** One rule of an explanation. */
export interface RuleExplanation {
  rule: string;
  matched: boolean;
  /** The rule decides the call: it is the first that matched. */
  chosen: boolean;
  /** For a person: why it does not match (every reason), or why it does. */
  reasons: string[];
}

export interface RouteExplanation {
  decision: RouteDecision;
  rules: RuleExplanation[];
}

/** RFC 3261 section 21.4.5: nobody of that name here. */
const noRule: RouteDestination = { reject: { code: 404, reason: 'No routing rule matches' } };

function originMatches(rule: RuleOrigin | undefined, origin: CallOrigin): boolean {
  if (rule === undefined) return true;
  if ('sipConnection' in rule) return rule.sipConnection === origin.sipConnection;
  if ('bot' in rule) return rule.bot === origin.bot;
  return origin.phoneNumber !== undefined && normaliseNumber(rule.phoneNumber) === normaliseNumber(origin.phoneNumber);
}

/** A call that a bot places goes out, any other call goes to a bot; both may be refused. */
function leadsThere(destination: RouteDestination, origin: CallOrigin): boolean {
  if ('reject' in destination) return true;
  return 'bot' in destination ? origin.bot === undefined : origin.bot !== undefined;
}

function ruleMatches(rule: RoutingRule, facts: RouteFacts): boolean {
  return (
    rule.type === facts.type &&
    leadsThere(rule.destination, facts.origin) &&
    originMatches(rule.origin, facts.origin) &&
    matchesNumber(rule.calling, facts.calling) &&
    matchesNumber(rule.called, facts.called)
  );
}

/** Decides where a call goes: the first rule that matches; where none does, 404. */
export function route(rules: readonly RoutingRule[], facts: RouteFacts): RouteDecision {
  for (const rule of rules) {
    if (ruleMatches(rule, facts)) return { rule: rule.id, destination: rule.destination };
  }
  return { rule: undefined, destination: noRule };
}

function originInWords(origin: CallOrigin): string {
  const parts: string[] = [];
  if (origin.sipConnection !== undefined) parts.push(`SIP connection '${origin.sipConnection}'`);
  if (origin.phoneNumber !== undefined) parts.push(`phone number '${origin.phoneNumber}'`);
  if (origin.bot !== undefined) parts.push(`bot '${origin.bot}'`);
  return parts.length === 0 ? 'no known origin' : parts.join(', ');
}

function numberReason(label: string, pattern: NumberPattern, number: string): string | undefined {
  if (matchesNumber(pattern, number)) return undefined;
  const shown = number === '' ? 'absent' : `'${number}'`;
  switch (pattern.kind) {
    case 'any':
      return undefined;
    case 'prefix':
      return `the ${label} number is ${shown}, the rule wants one that begins with '${pattern.prefix}'`;
    case 'exact':
      return `the ${label} number is ${shown}, the rule wants '${pattern.number}'`;
  }
}

function reasonsAgainst(rule: RoutingRule, facts: RouteFacts): string[] {
  const reasons: string[] = [];
  if (rule.type !== facts.type) reasons.push(`the rule is for ${rule.type}s, this is a ${facts.type}`);
  if (!leadsThere(rule.destination, facts.origin)) {
    reasons.push(
      'bot' in rule.destination
        ? 'the rule leads to a bot, a call that a bot places cannot'
        : 'the rule is for calls that a bot places',
    );
  }
  if (!originMatches(rule.origin, facts.origin)) {
    reasons.push(
      `the call comes from ${originInWords(facts.origin)}, the rule wants ${originInWords(rule.origin ?? {})}`,
    );
  }
  for (const reason of [
    numberReason('calling', rule.calling, facts.calling),
    numberReason('called', rule.called, facts.called),
  ]) {
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

function reasonFor(rule: RoutingRule): string {
  const origin = rule.origin === undefined ? 'any origin' : originInWords(rule.origin);
  return `${origin}, calling ${formatNumberPattern(rule.calling)}, called ${formatNumberPattern(rule.called)}`;
}

/** The decision of `route`, and for every rule whether it matches and why not. */
export function explain(rules: readonly RoutingRule[], facts: RouteFacts): RouteExplanation {
  let chosen: string | undefined;
  const explained = rules.map((rule): RuleExplanation => {
    const against = reasonsAgainst(rule, facts);
    if (against.length > 0) return { rule: rule.id, matched: false, chosen: false, reasons: against };
    const reasons = [`matches: ${reasonFor(rule)}`];
    const first = chosen === undefined;
    if (first) chosen = rule.id;
    else reasons.push(`not used: rule '${chosen}' comes first`);
    return { rule: rule.id, matched: true, chosen: first, reasons };
  });
  return { decision: route(rules, facts), rules: explained };
}

/**
 * The origin of a call that arrives on a SIP connection: the connection, and the hub's phone number where the called
 * number is one that belongs to it.
 */
export function inboundOrigin(
  phoneNumbers: readonly { number: string; sipConnection: string }[],
  sipConnection: string,
  called: string,
): CallOrigin {
  const normalised = normaliseNumber(called);
  const own = phoneNumbers.find(
    (entry) => entry.sipConnection === sipConnection && normaliseNumber(entry.number) === normalised,
  );
  return own === undefined ? { sipConnection } : { sipConnection, phoneNumber: own.number };
}

/** Where a decision leads, in words. */
export function destinationInWords(destination: RouteDestination): string {
  if ('bot' in destination) return `bot ${destination.bot}`;
  if ('sipConnection' in destination) return `SIP connection ${destination.sipConnection}`;
  if ('phoneNumber' in destination) return `phone number ${destination.phoneNumber}`;
  return `refused with ${destination.reject.code} ${destination.reject.reason}`;
}
