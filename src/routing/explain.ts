import { type CallBlockList, createBlocker } from './block-lists.ts';
import { formatNumberPattern, matchesNumber, type NumberPattern } from './numbers.ts';
import { formatRewrite, type NumberRewriting } from './rewrite.ts';
import { type RoutingGroup, ringPlan, ringPlanInWords } from './ring-plan.ts';
import {
  type CallOrigin,
  leadsThere,
  originMatches,
  type RouteDecision,
  type RouteFacts,
  type RoutingRule,
  route,
} from './rules.ts';

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
  /** Id of the block list that has the caller: the rules are not asked. */
  blockedBy?: string;
  rules: RuleExplanation[];
  /** Whom the call is offered to, and in which order; for a person. */
  destinations: string[];
}

/** Everything that decides where a call goes. */
export interface Routing {
  routingRules: readonly RoutingRule[];
  routingGroups: readonly RoutingGroup[];
  callBlockLists: readonly CallBlockList[];
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
  if (!leadsThere(rule, facts.origin)) {
    reasons.push(
      'bot' in rule.destination
        ? 'the rule leads to a bot, a call that a bot places cannot'
        : 'the rule names no origin: calls from outside go out only by a rule that names theirs',
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

function rewritingInWords({ calling, called }: NumberRewriting): string[] {
  return [
    ...(calling === undefined ? [] : [`calling is rewritten: ${formatRewrite(calling)}`]),
    ...(called === undefined ? [] : [`called is rewritten: ${formatRewrite(called)}`]),
  ];
}

/** The decision of `route`, for every rule whether it matches and why not, and where the decision leads. */
export function explain(routing: Routing, facts: RouteFacts): RouteExplanation {
  const { routingRules: rules, routingGroups: groups, callBlockLists: blockLists } = routing;
  const { sipConnection } = facts.origin;
  const block =
    sipConnection === undefined ? undefined : createBlocker(blockLists)({ sipConnection, callers: [facts.calling] });
  let chosen: string | undefined;
  const explained = rules.map((rule): RuleExplanation => {
    const against = reasonsAgainst(rule, facts);
    if (against.length > 0) return { rule: rule.id, matched: false, chosen: false, reasons: against };
    const reasons = [`matches: ${reasonFor(rule)}`, ...rewritingInWords(rule.rewrite ?? {})];
    const first = chosen === undefined;
    if (first) chosen = rule.id;
    else reasons.push(`not used: rule '${chosen}' comes first`);
    return { rule: rule.id, matched: true, chosen: first, reasons };
  });
  if (block !== undefined) {
    const { calling, called } = facts;
    const decision = { rule: undefined, destination: { reject: block.reject }, calling, called };
    const unused = explained.map((item) => ({ ...item, chosen: false }));
    return { decision, blockedBy: block.id, rules: unused, destinations: [] };
  }
  const decision = route(rules, facts);
  const { destination, calling, called } = decision;
  const destinations =
    'reject' in destination ? [] : ringPlanInWords(ringPlan(destination, { calling, called }, groups));
  return { decision, rules: explained, destinations };
}
