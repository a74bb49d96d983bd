import { matchesNumber, type NumberPattern, normaliseNumber } from './numbers.ts';
import { type NumberRewriting, rewriteNumbers } from './rewrite.ts';

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
  /** The gateways of a SIP connection. */
  | { sipConnection: string }
  /** Through the SIP connection of one of the hub's phone numbers, which is the caller id. */
  | { phoneNumber: string }
  | { routingGroup: string }
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
  /** What the destination gets instead of the numbers that the rule has matched. */
  rewrite?: NumberRewriting | undefined;
  /** The caller's call is recorded. */
  record?: boolean;
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
  /** The numbers as the rule has rewritten them. */
  calling: string;
  called: string;
}

/** RFC 3261 section 21.4.5: nobody of that name here. */
const noRule: RouteDestination = { reject: { code: 404, reason: 'No routing rule matches' } };

export function originMatches(rule: RuleOrigin | undefined, origin: CallOrigin): boolean {
  if (rule === undefined) return true;
  if ('sipConnection' in rule) return rule.sipConnection === origin.sipConnection;
  if ('bot' in rule) return rule.bot === origin.bot;
  return origin.phoneNumber !== undefined && normaliseNumber(rule.phoneNumber) === normaliseNumber(origin.phoneNumber);
}

/**
 * A call that a bot places goes out. A call from outside does so only by a rule that names its origin: who may call at the hub's
 * cost is never left open.
 */
export function leadsThere({ destination, origin: named }: RoutingRule, origin: CallOrigin): boolean {
  if ('reject' in destination) return true;
  if ('bot' in destination) return origin.bot === undefined;
  return origin.bot !== undefined || named !== undefined;
}

function ruleMatches(rule: RoutingRule, facts: RouteFacts): boolean {
  return (
    rule.type === facts.type &&
    leadsThere(rule, facts.origin) &&
    originMatches(rule.origin, facts.origin) &&
    matchesNumber(rule.calling, facts.calling) &&
    matchesNumber(rule.called, facts.called)
  );
}

/** Decides where a call goes: the first rule that matches; where none does, 404. */
export function route(rules: readonly RoutingRule[], facts: RouteFacts): RouteDecision {
  for (const rule of rules) {
    if (!ruleMatches(rule, facts)) continue;
    return { rule: rule.id, destination: rule.destination, ...rewriteNumbers(rule.rewrite ?? {}, facts) };
  }
  return { rule: undefined, destination: noRule, calling: facts.calling, called: facts.called };
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
  if ('routingGroup' in destination) return `routing group ${destination.routingGroup}`;
  return `refused with ${destination.reject.code} ${destination.reject.reason}`;
}
