import type { RoutingGroup } from '../routing/ring-plan.ts';
import type { RoutingRule } from '../routing/rules.ts';
import type { Path } from './source.ts';

type Report = (path: Path, message: string) => void;

/** Calls that one call may set off. More is a slip, or a way to make the hub ring half the world. */
const MAX_CALLS = 32;

interface Groups {
  byId: ReadonlyMap<string, RoutingGroup>;
  /** Groups that lead to themselves, directly or by others. */
  circular: ReadonlySet<string>;
}

/**
 * What the entries of a group, and the rules that lead to one, have to agree on: no circles, a bot only where a call may end with
 * one, and a bound on the calls that a group places. References to what does not exist are reported elsewhere.
 * @param groups by index in the file, as `rules`: entries with other faults are not among them
 */
export function checkRouting(
  groups: ReadonlyMap<number, RoutingGroup>,
  rules: ReadonlyMap<number, RoutingRule>,
  report: Report,
): void {
  const byId = new Map([...groups.values()].map((group) => [group.id, group]));
  const circular = new Set<string>();
  for (const [index, group] of groups) {
    const circle = circleOf(group.id, byId, [group.id]);
    if (circle === undefined) continue;
    circular.add(group.id);
    report(['routingGroups', index], `the group leads back to itself: ${circle.join(' -> ')}`);
  }
  const known: Groups = { byId, circular };
  for (const [index, group] of groups) {
    if (circular.has(group.id)) continue;
    checkBots(group, ['routingGroups', index, 'destinations'], known, report);
    const calls = callsOf(group, known);
    if (calls <= MAX_CALLS) continue;
    report(['routingGroups', index], `one call would set off up to ${calls} others; at most ${MAX_CALLS} are allowed`);
  }
  for (const [index, { type, destination }] of rules) {
    if (type !== 'transfer' || !('routingGroup' in destination)) continue;
    if (!endsWithBot(destination.routingGroup, known)) continue;
    report(
      ['routingRules', index, 'destination', 'routingGroup'],
      `a transfer goes to people: group '${destination.routingGroup}' has a bot in it`,
    );
  }
}

function circleOf(goal: string, byId: Groups['byId'], path: readonly string[]): string[] | undefined {
  const at = path.at(-1) ?? goal;
  for (const { target } of byId.get(at)?.destinations ?? []) {
    if (!('routingGroup' in target)) continue;
    if (target.routingGroup === goal) return [...path, goal];
    if (path.includes(target.routingGroup)) continue; // a circle of others, which is theirs to report
    const circle = circleOf(goal, byId, [...path, target.routingGroup]);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** A bot answers always and at once: nothing after it is ever tried, nothing beside it ever rings. */
function checkBots(group: RoutingGroup, path: Path, groups: Groups, report: Report): void {
  const sorted = [...group.destinations.entries()].sort(([, a], [, b]) => a.priority - b.priority);
  for (const [at, [index, { priority, target }]] of sorted.entries()) {
    const bot = 'bot' in target || ('routingGroup' in target && endsWithBot(target.routingGroup, groups));
    if (!bot) continue;
    const together = group.strategy === 'simultaneous';
    const beside = together && sorted.some(([other, one]) => other !== index && one.priority === priority);
    if (beside) {
      report(
        [...path, index],
        'a bot answers at once, nothing would ring: give it a priority of its own, after the others',
      );
    } else if (at < sorted.length - 1) {
      report([...path, index], 'a bot always answers, what comes after it is never tried: give it the last priority');
    }
  }
}

function endsWithBot(id: string, groups: Groups): boolean {
  if (groups.circular.has(id)) return false;
  return (groups.byId.get(id)?.destinations ?? []).some(
    ({ target }) => 'bot' in target || ('routingGroup' in target && endsWithBot(target.routingGroup, groups)),
  );
}

function callsOf(group: RoutingGroup, groups: Groups): number {
  return group.destinations.reduce((sum, { target }) => {
    if ('bot' in target) return sum;
    const inner = 'routingGroup' in target ? groups.byId.get(target.routingGroup) : undefined;
    if (inner === undefined || groups.circular.has(inner.id)) return sum + 1;
    return sum + callsOf(inner, groups);
  }, 0);
}
