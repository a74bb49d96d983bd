import { type NumberRewriting, type Numbers, rewriteNumbers } from './rewrite.ts';
import type { RouteDestination } from './rules.ts';

/** Why a destination did not bring anybody, as far as routing tells apart. */
export const failureCauses = ['busy', 'no-answer', 'unreachable', 'not-found', 'declined', 'refused'] as const;
export type FailureCause = (typeof failureCauses)[number];

/** A callee who does not want the call is not called again by another way. */
export const defaultFailOn: readonly FailureCause[] = ['busy', 'no-answer', 'unreachable', 'not-found', 'refused'];

/** What is tried after another has failed: these causes, and these final statuses. */
export type FailOn = readonly (FailureCause | number)[];

/** Where a call leaves the hub: by a SIP connection, or by that of one of the hub's numbers and as that number. */
export type OutwardDestination = { sipConnection: string } | { phoneNumber: string };

export interface RoutingGroup {
  id: string;
  /** `priority`: one after the other; `simultaneous`: all of the same priority at once, and the first that answers has the call. */
  strategy: 'priority' | 'simultaneous';
  /** A failure of another kind ends the group. */
  failOn: FailOn;
  destinations: readonly GroupDestination[];
}

export interface GroupDestination {
  /** Lower ones come first; the same in the order of the file. */
  priority: number;
  target: OutwardDestination | { bot: string } | { routingGroup: string };
  rewrite: NumberRewriting;
  /** Instead of `forwarding.ringTimeoutMs`. */
  ringTimeoutMs?: number | undefined;
}

/** Whom a call is offered to, groups laid out. */
export type RingPlan =
  | ({ kind: 'call'; destination: OutwardDestination; ringTimeoutMs: number | undefined } & Numbers)
  | ({ kind: 'bot'; bot: string } & Numbers)
  /** Stages one after the other, those in a stage at once. */
  | { kind: 'group'; group: string; failOn: FailOn; stages: readonly (readonly RingPlan[])[] };

/**
 * Lays out where a destination leads. The references of the groups have been checked: all are there, and none leads back to itself.
 * @param numbers as the rule has left them; each group and destination may change them further
 */
export function ringPlan(
  destination: Exclude<RouteDestination, { reject: unknown }>,
  numbers: Numbers,
  groups: readonly RoutingGroup[],
  ringTimeoutMs?: number,
): RingPlan {
  if ('bot' in destination) return { kind: 'bot', bot: destination.bot, ...numbers };
  if (!('routingGroup' in destination)) return { kind: 'call', destination, ringTimeoutMs, ...numbers };
  const group = groups.find(({ id }) => id === destination.routingGroup);
  return {
    kind: 'group',
    group: destination.routingGroup,
    failOn: group?.failOn ?? [],
    stages: group === undefined ? [] : stagesOf(group, numbers, groups, ringTimeoutMs),
  };
}

function stagesOf(
  { strategy, destinations }: RoutingGroup,
  numbers: Numbers,
  groups: readonly RoutingGroup[],
  ringTimeoutMs: number | undefined,
): RingPlan[][] {
  const stages: { priority: number; plans: RingPlan[] }[] = [];
  for (const { priority, target, rewrite, ...own } of destinations.toSorted((a, b) => a.priority - b.priority)) {
    const plan = ringPlan(target, rewriteNumbers(rewrite, numbers), groups, own.ringTimeoutMs ?? ringTimeoutMs);
    const last = stages.at(-1);
    if (strategy === 'simultaneous' && last?.priority === priority) last.plans.push(plan);
    else stages.push({ priority, plans: [plan] });
  }
  return stages.map(({ plans }) => plans);
}

/** RFC 3261 21.4 to 21.6; 607 and 608: RFC 8197, RFC 8688. `status` undefined: nobody has answered the INVITE at all. */
export function causeOf(status: number | undefined): FailureCause {
  if (status === undefined) return 'unreachable';
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 408:
    case 480:
    case 487:
      return 'no-answer';
    case 404:
    case 410:
    case 484:
    case 604:
      return 'not-found';
    case 403:
    case 603:
    case 607:
    case 608:
      return 'declined';
    default:
      return status >= 500 && status < 600 ? 'unreachable' : 'refused';
  }
}

export function goesOn(failOn: FailOn, status: number | undefined): boolean {
  return failOn.includes(causeOf(status)) || (status !== undefined && failOn.includes(status));
}

/** The better a status tells the caller what is the matter, the lower. */
const rank: Readonly<Record<FailureCause, number>> = {
  busy: 1,
  declined: 2,
  'no-answer': 3,
  'not-found': 4,
  refused: 5,
  unreachable: 6,
};

/**
 * The failure to tell the caller, of all that there were: a callee's own word before a network's (RFC 3261 16.7, step 6), and of
 * several such the first. Undefined where there is none.
 */
export function tellingFailure<T extends { sipStatus?: number }>(failures: readonly T[]): T | undefined {
  return failures.toSorted((a, b) => rank[causeOf(a.sipStatus)] - rank[causeOf(b.sipStatus)])[0];
}

/** Each destination in words, one line each; what belongs to a group is indented below it. */
export function ringPlanInWords(plan: RingPlan, indent = ''): string[] {
  switch (plan.kind) {
    case 'bot':
      return [`${indent}bot ${plan.bot}`];
    case 'call': {
      const { destination, calling, called, ringTimeoutMs } = plan;
      const way =
        'sipConnection' in destination
          ? `SIP connection ${destination.sipConnection}, as ${calling === '' ? 'nobody' : calling}`
          : `phone number ${destination.phoneNumber}`;
      const limit = ringTimeoutMs === undefined ? '' : `, at most ${ringTimeoutMs} ms`;
      return [`${indent}${called} by ${way}${limit}`];
    }
    case 'group': {
      const { group, failOn, stages } = plan;
      const lines = stages.flatMap((stage, index) => {
        const label = `${indent}  ${index + 1}.`;
        if (stage.length > 1)
          return [`${label} at once:`, ...stage.flatMap((one) => ringPlanInWords(one, `${indent}     `))];
        const [first = '', ...rest] = stage.flatMap((one) => ringPlanInWords(one, `${indent}     `));
        return [`${label} ${first.trimStart()}`, ...rest];
      });
      return [`${indent}routing group ${group}, on after ${failOn.join(', ') || 'no failure'}:`, ...lines];
    }
  }
}
