import { z } from 'zod';
import type { BotActivity, BotReasonCode, HubActivity } from '../../../src/bots/port.ts';
import { kindOf, readActivities } from '../../../src/bots/read-activity.ts';

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
  return { ok: true, value: readActivities(list, newId, warn), warnings };
}

/** A number, or a string that spells one (`"0.93"`): confidences and times arrive both ways. */
export function liberalNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function expiresOf(answer: Record<string, unknown>): number | undefined {
  const seconds = liberalNumber(field(answer, 'expiresSeconds'));
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, MAX_EXPIRES_SECONDS) : undefined;
}

/** A key as documented, else one that differs in case only. */
export function field(object: Record<string, unknown>, key: string): unknown {
  if (Object.hasOwn(object, key)) return object[key];
  const lower = key.toLowerCase();
  for (const name of Object.keys(object)) if (name.toLowerCase() === lower) return object[name];
  return undefined;
}
