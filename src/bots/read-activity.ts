import { z } from 'zod';
import type { BotActivity } from './port.ts';

/** Activities of one reply beyond this number are dropped. */
export const MAX_ACTIVITIES_PER_REPLY = 200;
/** Deeper nested activities are dropped: nobody downstream has to survive them. */
export const MAX_NESTING = 32;
const MAX_ID_LENGTH = 256;
const MAX_NAME_LENGTH = 256;

const objectSchema = z.record(z.string(), z.unknown());
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.bigint()]);

/**
 * The activities of one reply as bots write them in JSON (Bot API 1.4, liberal as section 13.2 asks), in order. One that cannot
 * be understood is dropped with a warning; the others stay. `newId` names activities that came without an id; warnings
 * quote nothing of what was said.
 */
export function readActivities(
  list: readonly unknown[],
  newId: () => string,
  warn: (text: string) => void,
): BotActivity[] {
  if (list.length > MAX_ACTIVITIES_PER_REPLY) {
    warn(
      `${list.length - MAX_ACTIVITIES_PER_REPLY} activities beyond the first ${MAX_ACTIVITIES_PER_REPLY} were dropped`,
    );
  }
  return list.slice(0, MAX_ACTIVITIES_PER_REPLY).flatMap((item, index) => {
    const activity = readActivity(item, newId, (text) => warn(`activity ${index}: ${text}`));
    return activity === undefined ? [] : [activity];
  });
}

/** One of them; undefined, with a warning, where it makes no sense. */
export function readActivity(
  item: unknown,
  newId: () => string,
  warn: (text: string) => void,
): BotActivity | undefined {
  const parsed = objectSchema.safeParse(item);
  if (!parsed.success) {
    warn(`dropped: expected an object, got ${kindOf(item)}`);
    return undefined;
  }
  if (!nestsWithin(item, MAX_NESTING)) {
    warn(`dropped: nested deeper than ${MAX_NESTING} levels`);
    return undefined;
  }
  const raw = parsed.data;
  const text = textOf(raw.text);
  if (text === undefined && raw.text !== undefined && raw.text !== null) {
    warn(`text is ${kindOf(raw.text)} and was ignored`);
  }
  const name = nameOf(raw.name);
  const type = typeOf(raw.type, { name, text });
  if (type === undefined) {
    warn('dropped: type is neither "message" nor "event"');
    return undefined;
  }
  if (type === 'event' && name === undefined) {
    warn('dropped: an event without a name');
    return undefined;
  }
  const activityParams = paramsOf(raw.activityParams, 'activityParams', warn);
  return {
    id: idOf(raw.id) ?? newId(),
    type,
    name: type === 'event' ? name : undefined,
    text,
    value: raw.value,
    activityParams:
      type === 'event' && name?.toLowerCase() === 'senddtmf' ? withDtmfDigits(activityParams) : activityParams,
    sessionParams: paramsOf(raw.sessionParams, 'sessionParams', warn),
  };
}

function typeOf(
  value: unknown,
  content: { name: string | undefined; text: string | undefined },
): BotActivity['type'] | undefined {
  if (value === undefined || value === null) {
    if (content.name !== undefined) return 'event';
    return content.text === undefined ? undefined : 'message';
  }
  if (typeof value !== 'string') return undefined;
  switch (value.trim().toLowerCase()) {
    case 'message':
      return 'message';
    case 'event':
      return 'event';
    default:
      return undefined;
  }
}

/** Any scalar, as a string. */
export function idOf(value: unknown): string | undefined {
  const parsed = scalarSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const id = String(parsed.data);
  return id === '' || id.length > MAX_ID_LENGTH ? undefined : id;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.trim();
  return name === '' || name.length > MAX_NAME_LENGTH ? undefined : name;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** An object, without what could reach a prototype; empty, with a warning, for anything else. */
export function paramsOf(value: unknown, key: string, warn: (text: string) => void): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) {
    warn(`${key} is ${kindOf(value)} and was ignored`);
    return {};
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([name]) => name !== '__proto__'));
}

/** Third-party bots write `dtmf` where section 6.2 says `dtmfDigits`, and digits as a number. */
function withDtmfDigits(params: Record<string, unknown>): Record<string, unknown> {
  const { dtmf, ...others } = params;
  const named = params.dtmfDigits === undefined ? others : params;
  const digits = params.dtmfDigits ?? dtmf;
  return digits === undefined ? params : { ...named, dtmfDigits: typeof digits === 'number' ? String(digits) : digits };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const inner of Object.values(value)) if (!nestsWithin(inner, levels - 1)) return false;
  return true;
}

/** What a value is, for messages: `a string`, `an array`, `nothing`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`;
}
