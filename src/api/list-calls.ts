import { type CallFilter, type CallQuery, type CallSummary, matchesFilter } from '../calls/call-query.ts';
import type { CallRecord } from '../calls/record.ts';
import type { CallsPort } from './ports.ts';

/** Where a page ends: the time and id of its last call. */
export interface Cursor {
  setupTime: string;
  id: string;
}

/** `2026-01-31T12:00:00.000Z,<id>` */
export function printCursor(cursor: Cursor): string {
  return `${cursor.setupTime},${cursor.id}`;
}

export function parseCursor(text: string): Cursor | undefined {
  const [, time, id] = /^([^,]{20,35}),(.{1,128})$/s.exec(text) ?? [];
  if (time === undefined || id === undefined || id.includes('\0')) return undefined;
  const date = new Date(time);
  if (!/^\d{4}-\d\d-\d\dT/.test(time) || Number.isNaN(date.getTime())) return undefined;
  return { setupTime: date.toISOString(), id };
}

type Order = (a: Cursor, b: Cursor) => number;

const newestFirst: Order = (a, b) => {
  if (a.setupTime !== b.setupTime) return a.setupTime < b.setupTime ? 1 : -1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
};

export interface PageQuery {
  limit: number;
  first: 'newest' | 'oldest';
  filter: CallFilter;
  /** Undefined: the first page, or the one with this number, from 1. */
  at: { after: Cursor } | { page: number } | undefined;
}

/**
 * One page of the calls under way and of the recorded ones. A call that is both is shown as it is now.
 * @returns the page, and where the next begins; undefined: it is the last
 */
export async function listCalls(
  calls: CallsPort,
  query: PageQuery,
): Promise<{ calls: CallSummary[]; next: Cursor | undefined }> {
  const { limit, first, filter, at } = query;
  const order: Order = first === 'newest' ? newestFirst : (a, b) => newestFirst(b, a);
  const after = at !== undefined && 'after' in at ? at.after : undefined;
  const offset = at !== undefined && 'page' in at ? (at.page - 1) * limit : 0;
  // One more than the page tells whether there is a next one.
  const recorded = await calls.records.list({
    limit: limit + 1,
    first,
    filter,
    ...(after === undefined ? {} : { after }),
    ...(offset === 0 ? {} : { offset }),
  } satisfies CallQuery);
  const byId = new Map<string, CallSummary>(recorded.map((record) => [record.id, record]));
  for (const live of calls.listLive()) {
    // Counted pages are those of the database, in which a call stands from its first moments on.
    const belongs = offset === 0 && matchesFilter(live, filter) && (after === undefined || order(live, after) > 0);
    if (belongs || byId.has(live.id)) byId.set(live.id, summaryOf(live));
  }
  const page = [...byId.values()].sort(order);
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  const next = page.length > limit && last !== undefined ? { setupTime: last.setupTime, id: last.id } : undefined;
  return { calls: shown, next };
}

function summaryOf({ transcript: _transcript, turns: _turns, ...summary }: CallRecord): CallSummary {
  return summary;
}
