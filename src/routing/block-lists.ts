import { type NumberPattern, normaliseNumber } from './numbers.ts';

/** Callers that are refused before anything else is done for them. */
export interface CallBlockList {
  id: string;
  numbers: readonly NumberPattern[];
  /** Absent: of all SIP connections. */
  sipConnections?: readonly string[] | undefined;
  reject: { code: number; reason: string };
}

/**
 * Tells the first list that has one of the caller's numbers; a call costs the same however long the lists are.
 * @returns a function of the SIP connection and of the user parts of everything that says who calls (From, P-Asserted-Identity)
 */
export function createBlocker(
  lists: readonly CallBlockList[],
): (call: { sipConnection: string; callers: readonly string[] }) => CallBlockList | undefined {
  const compiled = lists.map((list) => ({ list, has: numberSet(list.numbers) }));
  return ({ sipConnection, callers }) => {
    if (compiled.length === 0) return undefined;
    const numbers = callers.map(normaliseNumber);
    return compiled.find(
      ({ list, has }) =>
        (list.sipConnections === undefined || list.sipConnections.includes(sipConnection)) && numbers.some(has),
    )?.list;
  };
}

/** Whether one of the patterns matches a number that is normalised. */
function numberSet(patterns: readonly NumberPattern[]): (number: string) => boolean {
  const exact = new Set<string>();
  const prefixes = new Set<string>();
  let longest = -1;
  for (const pattern of patterns) {
    if (pattern.kind === 'exact') exact.add(pattern.number);
    else {
      const prefix = pattern.kind === 'any' ? '' : pattern.prefix;
      prefixes.add(prefix);
      longest = Math.max(longest, prefix.length);
    }
  }
  return (number) => {
    if (exact.has(number)) return true;
    for (let length = 0; length <= Math.min(longest, number.length); length += 1) {
      if (prefixes.has(number.slice(0, length))) return true;
    }
    return false;
  };
}
