import { z } from 'zod';
import type { BotActivity } from '../../../src/bots/port.ts';
import { isRecord, paramsOf, readActivities } from '../../../src/bots/read-activity.ts';
import {
  attachmentSchema,
  audioUrlOf,
  suggestedActionsSchema,
  withoutMarkdown,
  wordsOfCard,
  wordsOfSuggestions,
} from './speakable.ts';

/** Activities of Direct Line as the hub understands them. Pure. */

const optionalText = z.string().nullish().catch(undefined);

const activitySchema = z.looseObject({
  id: z.coerce.string().max(1_024).optional().catch(undefined),
  type: z.string().max(256),
  name: optionalText,
  text: optionalText,
  speak: optionalText,
  textFormat: optionalText,
  inputHint: optionalText,
  code: optionalText,
  value: z.unknown().optional(),
  from: z.looseObject({ id: optionalText, role: optionalText }).nullish().catch(undefined),
  channelData: z.unknown().optional(),
  attachments: z.array(attachmentSchema).nullish().catch(undefined),
  suggestedActions: suggestedActionsSchema.nullish().catch(undefined),
});
export type IncomingActivity = z.output<typeof activitySchema>;

/** @returns undefined where it is no activity */
export function parseIncoming(item: unknown): IncomingActivity | undefined {
  const parsed = activitySchema.safeParse(item);
  return parsed.success ? parsed.data : undefined;
}

/** The id that a client gave its own activity, which Direct Line repeats in the copy that it sends back. */
export function clientIdOf({ channelData }: IncomingActivity): string | undefined {
  const id = recordOf(channelData).clientActivityID;
  return typeof id === 'string' ? id : undefined;
}

export interface ReaderOptions {
  newId: () => string;
  /** Quotes nothing of what was said. */
  warn: (problem: string) => void;
  handoffTarget: string | undefined;
  speakSuggestedActions: boolean;
}

/** Events that ask for a person, as the frameworks' bots send them; compared in lower case. */
const HANDOFFS = new Set(['handoff.initiate', 'handoff']);

/** `command` activities of the telephony channel. */
const RECORDING_COMMANDS: Readonly<Record<string, string>> = {
  'channel/vnd.microsoft.telephony.recording.start': 'startCallRecording',
  'channel/vnd.microsoft.telephony.recording.stop': 'stopCallRecording',
  'channel/vnd.microsoft.telephony.recording.pause': 'pauseCallRecording',
  'channel/vnd.microsoft.telephony.recording.resume': 'resumeCallRecording',
};

export function isHandoff({ type, name }: IncomingActivity): boolean {
  return (
    type.toLowerCase() === 'handoff' || (type.toLowerCase() === 'event' && HANDOFFS.has(name?.toLowerCase() ?? ''))
  );
}

export function endsConversation({ type }: IncomingActivity): boolean {
  return type.toLowerCase() === 'endofconversation';
}

/** What the bot asks for with one activity; nothing for typing, traces and what else is not for the telephone. */
export function readActivity(activity: IncomingActivity, options: ReaderOptions): BotActivity[] {
  const id = activity.id ?? options.newId();
  const data = recordOf(activity.channelData);
  const base = {
    ...EMPTY,
    id,
    activityParams: paramsOf(data.activityParams, 'activityParams', options.warn),
    sessionParams: paramsOf(data.sessionParams, 'sessionParams', options.warn),
  };
  const nested = Array.isArray(data.activities) ? botApiActivities(data.activities, id, options) : [];
  if (isHandoff(activity)) return [transfer(activity, base, options.handoffTarget), ...nested];
  switch (activity.type.toLowerCase()) {
    case 'message':
      return [...readMessage(activity, base, options), ...nested];
    case 'event':
      return [...readEvent(activity, base, options), ...nested];
    case 'endofconversation': {
      const hangupReason = activity.text?.trim() || activity.code || 'endOfConversation';
      const activityParams = { hangupReason, ...base.activityParams };
      return [...nested, { ...base, type: 'event', name: 'hangup', activityParams }];
    }
    case 'command': {
      const name = RECORDING_COMMANDS[activity.name?.toLowerCase() ?? ''];
      return name === undefined ? nested : [{ ...base, type: 'event', name }, ...nested];
    }
    default:
      return nested;
  }
}

const EMPTY = { text: undefined, name: undefined, value: undefined } as const;
type Base = Omit<BotActivity, 'type'>;

function readMessage(activity: IncomingActivity, base: Base, options: ReaderOptions): BotActivity[] {
  const { attachments, inputHint, suggestedActions } = activity;
  const titles = (suggestedActions?.actions ?? []).flatMap(({ title }) => (title?.trim() ? [title.trim()] : []));
  const spoken = activity.speak?.trim() || plainText(activity);
  const cards = activity.speak?.trim() ? [] : (attachments ?? []).map(wordsOfCard);
  const suggestions = options.speakSuggestedActions && !activity.speak?.trim() ? [wordsOfSuggestions(titles)] : [];
  const text = [spoken, ...cards, ...suggestions].filter((part) => part !== '').join(' ');
  const out: BotActivity[] = [];
  if (text !== '') {
    // A message that ignores input is followed by another one; what is suggested is what will probably be said.
    const hints = titles.length === 0 ? {} : { sttContextPhrases: titles };
    const goesOn = inputHint?.toLowerCase() === 'ignoringinput' ? { expectAnotherBotMessage: true } : {};
    out.push({ ...base, type: 'message', text, activityParams: { ...hints, ...goesOn, ...base.activityParams } });
  }
  for (const [index, attachment] of (attachments ?? []).entries()) {
    const url = audioUrlOf(attachment);
    if (url === undefined) continue;
    const activityParams = { playUrlUrl: url, ...(attachment.name ? { playUrlAltText: attachment.name } : {}) };
    out.push({
      ...EMPTY,
      id: `${base.id}#a${index}`,
      type: 'event',
      name: 'playUrl',
      activityParams,
      sessionParams: {},
    });
  }
  const silent = out.length === 0 && Object.keys({ ...base.activityParams, ...base.sessionParams }).length > 0;
  return silent ? [{ ...base, type: 'event', name: 'config' }] : out;
}

function plainText({ text, textFormat }: IncomingActivity): string {
  const trimmed = text?.trim() ?? '';
  const markdown = (textFormat?.toLowerCase() ?? 'markdown') === 'markdown' && !trimmed.startsWith('<speak');
  return markdown ? withoutMarkdown(trimmed) : trimmed;
}

/** Parameters are in `channelData`, or in the value, where Copilot Studio lets its authors write an object. */
function readEvent({ name, value, text }: IncomingActivity, base: Base, options: ReaderOptions): BotActivity[] {
  const object = recordOf(value);
  if (Array.isArray(object.activities)) return botApiActivities(object.activities, base.id, options);
  if (typeof object.type === 'string' && (object.name !== undefined || object.text !== undefined)) {
    return botApiActivities([object], base.id, options);
  }
  const activityParams = { ...recordOf(object.activityParams), ...base.activityParams };
  const sessionParams = { ...recordOf(object.sessionParams), ...base.sessionParams };
  const event = { id: base.id, type: 'event', name, text, value, activityParams, sessionParams };
  return readActivities([event], options.newId, options.warn);
}

/** Activities as the Bot API has them, within one of Direct Line; those without an id are named after it. */
function botApiActivities(list: readonly unknown[], id: string, { warn }: ReaderOptions): BotActivity[] {
  let count = 0;
  return readActivities(list, () => `${id}#${count++}`, warn);
}

const TARGET_KEYS = ['transfertarget', 'targetphonenumber', 'phonenumber', 'target', 'sipuri'];
const REASON_KEYS = ['handoverreason', 'reason', 'message', 'va_agentmessage'];

function transfer({ value, text }: IncomingActivity, base: Base, configured: string | undefined): BotActivity {
  const object = { ...recordOf(value), ...recordOf(recordOf(value).activityParams) };
  const target = asTarget(typeof value === 'string' ? value : pick(object, TARGET_KEYS)) ?? configured;
  const reason = pick(object, REASON_KEYS) ?? text?.trim();
  const activityParams = {
    ...(target === undefined ? {} : { transferTarget: target }),
    ...(reason ? { handoverReason: reason.slice(0, 1_000) } : {}),
    ...base.activityParams,
  };
  return { ...base, type: 'event', name: 'transfer', activityParams };
}

/** `tel:` and `sip:` as they are; a bare number, as the telephony channel writes it, becomes `tel:`. */
function asTarget(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  if (/^(tel|sips?):\S+$/i.test(trimmed)) return trimmed;
  const digits = trimmed.replace(/[\s().-]/g, '');
  return /^\+?\d{2,20}$/.test(digits) ? `tel:${digits}` : undefined;
}

function pick(object: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    for (const [name, value] of Object.entries(object)) {
      if (name.toLowerCase() === key && typeof value === 'string' && value.trim() !== '') return value.trim();
    }
  }
  return undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
