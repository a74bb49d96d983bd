import { z } from 'zod';
import type { BotReasonCode, HubActivity } from '../../../src/bots/port.ts';
import type { BotFrameworkConfig } from './config.ts';

/* The objects of Direct Line API 3.0 ("API reference"), read liberally and written strictly. */

const seconds = z.coerce.number().positive().max(31_536_000).optional().catch(undefined);

/** Conversation object: of starting, reconnecting, generating and refreshing. */
export const conversationSchema = z.looseObject({
  conversationId: z.string().min(1).max(512).optional().catch(undefined),
  token: z.string().min(1).max(16_384).optional().catch(undefined),
  expires_in: seconds,
  streamUrl: z.string().min(1).max(16_384).optional().catch(undefined),
});
export type ConversationAnswer = z.output<typeof conversationSchema>;

/** ActivitySet object; the activities themselves are read one by one. */
export const activitySetSchema = z.looseObject({
  activities: z.array(z.unknown()).nullish(),
  watermark: z.coerce.string().nullish().catch(undefined),
});
export interface ActivitySet {
  activities: readonly unknown[];
  /** Undefined: the one before stays valid. */
  watermark: string | undefined;
}

/** Copilot Studio's regional channel settings. */
export const regionalSettingsSchema = z.looseObject({ channelUrlsById: z.looseObject({ directline: z.string() }) });

/** ErrorResponse object of the Bot Framework. */
export const errorResponseSchema = z.looseObject({
  error: z.looseObject({ code: z.string().catch(''), message: z.string().catch('') }),
});

export interface DirectLineUser {
  id: string;
  name: string;
}

/** `dl_` begins the ids that a token may hold fast ("Authentication in Direct Line API 3.0"). */
export function userOf(
  kind: BotFrameworkConfig['user'],
  { conversationId, caller }: { conversationId: string; caller: string },
): DirectLineUser {
  const number = caller.replace(/[^\w.+@-]/g, '').slice(0, 128);
  return { id: `dl_${kind === 'caller' && number !== '' ? number : conversationId}`, name: caller.slice(0, 256) };
}

export type OutgoingActivity = Readonly<Record<string, unknown>> & { readonly type: string };

export interface WriterOptions {
  user: DirectLineUser;
  start: BotFrameworkConfig['start'];
  copilotStudio: boolean;
}

/** What an activity of the hub is in Direct Line: more than one where the agent learns its variables first. */
export function activitiesOnWire(activity: HubActivity, options: WriterOptions): OutgoingActivity[] {
  const { id, language, timestamp, parameters = {} } = activity;
  const write = (fields: OutgoingActivity, channelData = parameters, suffix = ''): OutgoingActivity => ({
    ...fields,
    from: { ...options.user, role: 'user' },
    locale: language,
    localTimestamp: timestamp,
    channelData: { ...channelData, clientActivityID: `${id}${suffix}` },
  });
  if (activity.type === 'message') return [write({ type: 'message', textFormat: 'plain', text: activity.text ?? '' })];
  if (activity.name?.toLowerCase() !== 'start') {
    return [write({ type: 'event', name: activity.name, value: activity.value })];
  }
  const { start, copilotStudio } = options;
  const context = copilotStudio ? [write({ type: 'event', name: 'pvaSetContext', value: parameters }, {}, '-c')] : [];
  if (start.text !== undefined) return [...context, write({ type: 'message', textFormat: 'plain', text: start.text })];
  if (copilotStudio) {
    const fields = { type: 'event', name: start.name ?? 'startConversation', value: start.value };
    return [...context, write(fields, { ...parameters, postBack: true })];
  }
  return [write({ type: 'event', name: start.name ?? 'channel', value: start.value ?? 'telephony' })];
}

/** What came of a handoff that the bot asked for (event `handoff.status` of the handoff protocol). */
export function handoffStatus(activity: HubActivity): HubActivity {
  const outcome = typeof activity.value === 'object' && activity.value !== null ? activity.value : {};
  const { status, reason } = outcome as { status?: unknown; reason?: unknown };
  const state = status === 'answered' ? 'accepted' : status === 'ended' ? 'completed' : 'failed';
  return {
    ...activity,
    name: 'handoff.status',
    value: { state, message: typeof reason === 'string' ? reason : '' },
    parameters: { ...activity.parameters, transferStatus: activity.value },
  };
}

/** EndOfConversationCodes of the Bot Framework's activity schema. */
const END_CODES: Partial<Record<BotReasonCode, string>> = {
  'client-disconnected': 'userCancelled',
  'bot-disconnected': 'completedSuccessfully',
  transferred: 'completedSuccessfully',
};

/** The end of the call: `endOfConversation`, the reason in `text` and in `channelData` (Bot API 7.2). */
export function endOnWire(
  user: DirectLineUser,
  { reasonCode, reason }: { reasonCode: BotReasonCode; reason: string },
): OutgoingActivity {
  return {
    type: 'endOfConversation',
    from: { ...user, role: 'user' },
    code: END_CODES[reasonCode] ?? 'unknown',
    text: reason,
    channelData: { reasonCode, reason },
  };
}
