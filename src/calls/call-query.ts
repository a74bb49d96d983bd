import type { CallRecord } from './record.ts';

/** A record as it stands in lists: without what was said, which may be long. */
export type CallSummary = Omit<CallRecord, 'transcript' | 'turns'>;

export const timeOperators = ['>=', '>', '<=', '<', '='] as const;
export type TimeOperator = (typeof timeOperators)[number];

/** Which calls are wanted; all conditions hold together. */
export interface CallFilter {
  /** `time` is ISO 8601, UTC. */
  setupTime?: readonly { operator: TimeOperator; time: string }[];
  conversationId?: string;
  id?: string;
}

/** A stretch of the list of calls. Calls of the same millisecond are in the order of their ids. */
export interface CallQuery {
  limit: number;
  /** Default: newest. */
  first?: 'newest' | 'oldest';
  /** Of the last call of the page before: what comes after it in the order. */
  after?: { setupTime: string; id: string };
  /** Calls that are left out at the beginning. */
  offset?: number;
  filter?: CallFilter;
}

/** Whether a call is wanted. */
export function matchesFilter(call: CallSummary, filter: CallFilter): boolean {
  return (
    (filter.id === undefined || call.id === filter.id) &&
    (filter.conversationId === undefined || call.conversationId === filter.conversationId) &&
    (filter.setupTime ?? []).every(({ operator, time }) => compares(call.setupTime, operator, time))
  );
}

/** ISO 8601 of the same form compares as text. */
function compares(a: string, operator: TimeOperator, b: string): boolean {
  switch (operator) {
    case '>=':
      return a >= b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    case '<':
      return a < b;
    case '=':
      return a === b;
  }
}
