import { z } from 'zod';
import type { BotActivity, BotReasonCode, HubActivity } from '../../../src/bots/port.ts';

/** Activities of one reply beyond this number are dropped. */
export const MAX_ACTIVITIES_PER_REPLY = 200;
/** Deeper nested activities are dropped: nobody downstream has to survive them. */
export const MAX_NESTING = 32;
const MAX_ID_LENGTH = 256;
const MAX_NAME_LENGTH = 256;
const MAX_WARNINGS = 20;

/** The idle life of a conversation where the bot names none that is usable; also the smallest that was documented. */
export const DEFAULT_EXPIRES_SECONDS = 60;
const MAX_EXPIRES_SECONDS = 86_400;

/** A message of the bot, read as far as it can be; `warnings` are for the log and quote nothing of what was said. */
export type Parsed<T> = { ok: true; value: T; warnings: string[] } | { ok: false; problem: string };

export interface CreateAnswer {
  activitiesUrl: string;
  refreshUrl: string | undefined;
  disconnectUrl: string | undefined;
  websocketUrl: string | undefined;
  expiresSeconds: number;
}

const objectSchema = z.record(z.string(), z.unknown());
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.bigint()]);

// ---- hub -> bot ----

/** Body of the request that creates a conversation (section 1.3): `websocketURL` is welcome. */
export function createBody(fields: { id: string; timestamp: string; conversationId: string; botName: string }): string {
  return JSON.stringify({
    conversation: fields.conversationId,
    bot: fields.botName,
    id: fields.id,
    timestamp: fields.timestamp,
    capabilities: ['websocket'],
  });
}

/** Section 1.4. Built once per delivery, so that a retry repeats it byte by byte. */
export function activitiesBody(conversationId: string, activities: readonly HubActivity[]): string {
  return JSON.stringify({ conversation: conversationId, activities: activities.map(hubActivityOnWire) });
}

/** Section 1.5. */
export function refreshBody(conversationId: string): string {
  return JSON.stringify({ conversation: conversationId });
}

/** Section 1.5; the codes of section 7.3. */
export function disconnectBody(conversationId: string, end: { reasonCode: BotReasonCode; reason: string }): string {
  return JSON.stringify({ conversation: conversationId, reason: end.reason, reasonCode: end.reasonCode });
}

/** Only what section 1.4 lists goes out, whatever else the object carries. */
export function hubActivityOnWire(activity: HubActivity): Record<string, unknown> {
  return {
    id: activity.id,
    timestamp: activity.timestamp,
    language: activity.language,
    type: activity.type,
    name: activity.name,
    text: activity.text,
    value: activity.value,
    parameters: activity.parameters,
  };
}

// ---- bot -> hub ----

/** Section 1.3. Only `activitiesURL` is indispensable; keys are found whatever their case. */
export function parseCreateAnswer(body: unknown): Parsed<CreateAnswer> {
  const parsed = objectSchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: `expected a JSON object, got ${kindOf(body)}` };
  const answer = parsed.data;
  const warnings: string[] = [];
  const urlOf = (key: string): string | undefined => {
    const value = field(answer, key);
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    if (value !== undefined && value !== null && value !== '')
      warnings.push(`${key} is ${kindOf(value)}, not a string`);
    return undefined;
  };
  const activitiesUrl = urlOf('activitiesURL');
  if (activitiesUrl === undefined) return { ok: false, problem: 'activitiesURL is missing' };
  const refreshUrl = urlOf('refreshURL');
  if (refreshUrl === undefined) warnings.push('refreshURL is missing: the conversation will not be kept alive');
  const disconnectUrl = urlOf('disconnectURL');
  if (disconnectUrl === undefined) warnings.push('disconnectURL is missing: the bot will not learn when a call ends');
  const websocketUrl = urlOf('websocketURL');
  const expires = expiresOf(answer);
  if (expires === undefined) {
    warnings.push(`expiresSeconds is missing or not a positive number: taking ${DEFAULT_EXPIRES_SECONDS}`);
  }
  return {
    ok: true,
    value: {
      activitiesUrl,
      refreshUrl,
      disconnectUrl,
      websocketUrl,
      expiresSeconds: expires ?? DEFAULT_EXPIRES_SECONDS,
    },
    warnings,
  };
}

/** Section 1.5: the new `expiresSeconds`, or undefined where the bot leaves it as it was. */
export function parseRefreshAnswer(body: unknown): number | undefined {
  const parsed = objectSchema.safeParse(body);
  return parsed.success ? expiresOf(parsed.data) : undefined;
}

/**
 * Section 1.4: the activities of one reply, in order. `{}`, null and an empty body are replies without activities.
 * An activity that cannot be understood is dropped with a warning; the others stay.
 * `newId` names activities that came without an id.
 */
export function parseActivitiesReply(body: unknown, newId: () => string): Parsed<BotActivity[]> {
  if (body === undefined || body === null) return { ok: true, value: [], warnings: [] };
  const parsed = objectSchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: `expected a JSON object, got ${kindOf(body)}` };
  const list = field(parsed.data, 'activities');
  if (list === undefined || list === null) return { ok: true, value: [], warnings: [] };
  if (!Array.isArray(list)) return { ok: false, problem: `activities is ${kindOf(list)}, not an array` };

  const warnings: string[] = [];
  const warn = (text: string): void => {
    if (warnings.length < MAX_WARNINGS) warnings.push(text);
  };
  const activities: BotActivity[] = [];
  for (const [index, item] of list.entries()) {
    if (index >= MAX_ACTIVITIES_PER_REPLY) {
      warn(`${list.length - index} activities beyond the first ${MAX_ACTIVITIES_PER_REPLY} were dropped`);
      break;
    }
    const activity = parseActivity(item, newId, (text) => warn(`activity ${index}: ${text}`));
    if (activity !== undefined) activities.push(activity);
  }
  return { ok: true, value: activities, warnings };
}

/** One activity of the bot (section 1.4, liberal as section 13.2 asks); undefined, with a warning, where it makes no sense. */
export function parseActivity(
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

/** A number, or a string that spells one (`"0.93"`): confidences and times arrive both ways. */
export function liberalNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
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

function expiresOf(answer: Record<string, unknown>): number | undefined {
  const seconds = liberalNumber(field(answer, 'expiresSeconds'));
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, MAX_EXPIRES_SECONDS) : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key as documented, else one that differs in case only. */
export function field(object: Record<string, unknown>, key: string): unknown {
  if (Object.hasOwn(object, key)) return object[key];
  const lower = key.toLowerCase();
  for (const name of Object.keys(object)) if (name.toLowerCase() === lower) return object[name];
  return undefined;
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
