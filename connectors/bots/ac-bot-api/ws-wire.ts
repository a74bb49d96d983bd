import type { BotReasonCode, BotSpeechEvent, HubActivity } from '../../../src/bots/port.ts';
import { idOf, isRecord, kindOf, paramsOf } from '../../../src/bots/read-activity.ts';
import type { MediaFormatName } from './media-formats.ts';
import { field, hubActivityOnWire, liberalNumber } from './wire.ts';

// ---- hub -> bot (sections 2 and 3.3); every message carries `conversationId` ----

export interface SessionFields {
  conversationId: string;
  botName: string;
  caller: string;
  /** Whether the bot is to send audio. */
  expectAudioMessages: boolean;
  supportedMediaFormats: readonly MediaFormatName[];
}

export function initiateMessage(fields: SessionFields): string {
  const { conversationId, botName, caller, expectAudioMessages, supportedMediaFormats } = fields;
  return JSON.stringify({
    type: 'session.initiate',
    conversationId,
    botName,
    caller,
    expectAudioMessages,
    supportedMediaFormats,
  });
}

export function resumeMessage(conversationId: string): string {
  return JSON.stringify({ type: 'session.resume', conversationId });
}

export function validateMessage(conversationId: string): string {
  return JSON.stringify({ type: 'connection.validate', conversationId });
}

export function endMessage(conversationId: string, end: { reasonCode: BotReasonCode; reason: string }): string {
  return JSON.stringify({
    type: 'session.end',
    conversationId,
    reasonCode: end.reasonCode,
    reason: end.reason,
  });
}

export function activitiesMessage(conversationId: string, activities: readonly HubActivity[]): string {
  return JSON.stringify({ type: 'activities', conversationId, activities: activities.map(hubActivityOnWire) });
}

export function userStreamMessage(conversationId: string, what: 'start' | 'stop'): string {
  return JSON.stringify({ type: `userStream.${what}`, conversationId });
}

/** What stands before the base64 of every audio chunk, and after it. */
export function userChunkFrame(conversationId: string): { before: string; after: string } {
  const whole = JSON.stringify({ type: 'userStream.chunk', conversationId, audioChunk: '' });
  return { before: whole.slice(0, -2), after: '"}' };
}

/** A mark of the bot as it wrote it: it gets the same key and value back (the keys are not documented). */
export interface WireMark {
  key: string;
  value: unknown;
}

/** `markId` in any case, and the bot's own key where it uses another. */
export function markReachedMessage(conversationId: string, streamId: string, markId: string, mark: WireMark): string {
  return JSON.stringify({
    type: 'playStream.mark.reached',
    conversationId,
    streamId,
    markId,
    [mark.key]: mark.value,
  });
}

// ---- bot -> hub (section 3.4) ----

export type BotMessage =
  | { type: 'connection.validated'; success: boolean }
  | { type: 'session.accepted'; mediaFormat: string | undefined }
  | { type: 'session.error'; reason: string }
  | { type: 'userStream.started' }
  | { type: 'userStream.stopped' }
  | { type: 'speech'; event: BotSpeechEvent }
  | {
      type: 'playStream.start';
      streamId: string | undefined;
      mediaFormat: string | undefined;
      altText: string | undefined;
      activityParams: Record<string, unknown>;
    }
  | { type: 'playStream.chunk'; streamId: string | undefined; audioChunk: string }
  | { type: 'playStream.mark.set'; streamId: string | undefined; markId: string; mark: WireMark }
  | { type: 'playStream.stop'; streamId: string | undefined }
  /** To be read by `parseActivitiesReply`. */
  | { type: 'activities'; body: Record<string, unknown> }
  | { type: 'unknown'; name: string };

export type ParsedMessage =
  | { ok: true; message: BotMessage }
  /** `broken`: not a message at all, as opposed to one that lacks something. */
  | { ok: false; broken: boolean; problem: string };

const MAX_TYPE_LENGTH = 128;
const MAX_REASON_LENGTH = 512;
const MARK_KEYS = ['markId', 'mark', 'markName', 'id', 'name'] as const;

/** One frame of the bot, read as liberally as section 13.2 asks: keys and types in any case, numbers as strings. */
export function parseBotMessage(text: string): ParsedMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return broken('it is not JSON');
  }
  if (!isRecord(json)) return broken(`expected a JSON object, got ${kindOf(json)}`);
  const type = field(json, 'type');
  if (typeof type !== 'string' || type.trim() === '') {
    if (Array.isArray(field(json, 'activities'))) return ok({ type: 'activities', body: json });
    return broken('it has no type');
  }
  return read(type.trim().slice(0, MAX_TYPE_LENGTH), json);
}

function read(type: string, json: Record<string, unknown>): ParsedMessage {
  const streamId = idOf(field(json, 'streamId'));
  switch (type.toLowerCase()) {
    case 'connection.validated':
      return ok({ type: 'connection.validated', success: isTrue(field(json, 'success')) });
    case 'session.accepted':
    case 'session.resumed':
      return ok({ type: 'session.accepted', mediaFormat: textOf(field(json, 'mediaFormat')) });
    case 'session.error':
      return ok({ type: 'session.error', reason: (textOf(field(json, 'reason')) ?? '').slice(0, MAX_REASON_LENGTH) });
    case 'userstream.started':
      return ok({ type: 'userStream.started' });
    case 'userstream.stopped':
      return ok({ type: 'userStream.stopped' });
    case 'userstream.speech.started':
      return ok({ type: 'speech', event: { type: 'started' } });
    case 'userstream.speech.stopped':
      return ok({ type: 'speech', event: { type: 'stopped' } });
    case 'userstream.speech.committed':
      return ok({ type: 'speech', event: { type: 'committed' } });
    case 'userstream.speech.hypothesis':
    case 'userstream.speech.recognition':
      return readSpeech(type, json);
    case 'playstream.start':
      return ok({
        type: 'playStream.start',
        streamId,
        mediaFormat: textOf(field(json, 'mediaFormat')),
        altText: textOf(field(json, 'altText')),
        activityParams: paramsOf(field(json, 'activityParams'), 'activityParams', () => {}),
      });
    case 'playstream.chunk': {
      const audioChunk = field(json, 'audioChunk');
      if (typeof audioChunk !== 'string') return incomplete(`${type} has no audioChunk`);
      return ok({ type: 'playStream.chunk', streamId, audioChunk });
    }
    case 'playstream.mark.set':
      return readMark(type, json, streamId);
    case 'playstream.stop':
      return ok({ type: 'playStream.stop', streamId });
    case 'activities':
      return ok({ type: 'activities', body: json });
    default:
      return ok({ type: 'unknown', name: type });
  }
}

/** `alternatives: [{ text, confidence }]`, or both flat, as one bridge writes them (section 3.4). */
function readSpeech(type: string, json: Record<string, unknown>): ParsedMessage {
  const alternatives = field(json, 'alternatives');
  const best: unknown = Array.isArray(alternatives) ? alternatives[0] : undefined;
  const source = isRecord(best) ? best : json;
  const text = typeof best === 'string' ? best : field(source, 'text');
  if (typeof text !== 'string') return incomplete(`${type} has no text`);
  if (/hypothesis$/i.test(type)) return ok({ type: 'speech', event: { type: 'hypothesis', text } });
  const confidence = liberalNumber(field(source, 'confidence'));
  const usable = confidence !== undefined && confidence >= 0 && confidence <= 1 ? confidence : undefined;
  return ok({ type: 'speech', event: { type: 'recognition', text, confidence: usable } });
}

function readMark(type: string, json: Record<string, unknown>, streamId: string | undefined): ParsedMessage {
  for (const key of MARK_KEYS) {
    const value = field(json, key);
    const markId = idOf(isRecord(value) ? (field(value, 'id') ?? field(value, 'name')) : value);
    if (markId === undefined) continue;
    return ok({ type: 'playStream.mark.set', streamId, markId, mark: { key, value } });
  }
  return incomplete(`${type} has no markId`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true');
}

function ok(message: BotMessage): ParsedMessage {
  return { ok: true, message };
}

function broken(problem: string): ParsedMessage {
  return { ok: false, broken: true, problem };
}

function incomplete(problem: string): ParsedMessage {
  return { ok: false, broken: false, problem };
}
