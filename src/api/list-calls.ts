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

/** Newest first; ids decide between calls of the same millisecond. */
function compare(a: Cursor, b: Cursor): number {
  if (a.setupTime !== b.setupTime) return a.setupTime < b.setupTime ? 1 : -1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

/**
 * One page of the calls under way and of the recorded ones, newest first. A call that is both is shown as it is now.
 * @returns the page, and where the next begins; undefined: it is the last
 */
export async function listCalls(
  calls: CallsPort,
  query: { limit: number; before: Cursor | undefined },
): Promise<{ calls: CallRecord[]; next: Cursor | undefined }> {
  const { limit, before } = query;
  // One more than the page tells whether there is a next one.
  const recorded = await calls.records.list({ limit: limit + 1, ...(before === undefined ? {} : { before }) });
  const byId = new Map(recorded.map((record) => [record.id, record]));
  for (const live of calls.listLive()) {
    if (before === undefined || compare(live, before) > 0) byId.set(live.id, live);
  }
  const page = [...byId.values()].sort(compare);
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  const next = page.length > limit && last !== undefined ? { setupTime: last.setupTime, id: last.id } : undefined;
  return { calls: shown, next };
}
