import type { BotActivity } from '../bots/port.ts';

/** Activities as a bot connector hands them over, for tests. */
export function botMessage(
  text: string,
  activityParams: Record<string, unknown> = {},
  sessionParams: Record<string, unknown> = {},
): BotActivity {
  return { id: 'm', type: 'message', name: undefined, text, value: undefined, activityParams, sessionParams };
}

export function botEvent(
  name: string,
  activityParams: Record<string, unknown> = {},
  sessionParams: Record<string, unknown> = {},
): BotActivity {
  return { id: 'e', type: 'event', name, text: undefined, value: undefined, activityParams, sessionParams };
}
