import { type BotActivity, BotError } from '../../../src/bots/port.ts';
import { isRecord, readActivities } from '../../../src/bots/read-activity.ts';

/** An answer of an agent, or a part of one. */
export interface Answer {
  activities: BotActivity[];
  /** More will follow. */
  partial: boolean;
  /** For the log: what could not be understood, or has failed at the agent. Nothing of what was said. */
  warnings: string[];
}

/** @throws BotError `bot_failed` where there is none */
export function answerOrThrow(answer: Answer | undefined): Answer {
  if (answer !== undefined) return answer;
  throw new BotError('bot_failed', 'Dialogflow: an answer without a result', {
    publicMessage: 'the agent gave an unusable answer',
  });
}

/** Puts the messages of an answer together as activities, in order. */
export class AnswerBuilder {
  readonly activities: BotActivity[] = [];
  readonly warnings: string[] = [];
  readonly #newId: () => string;
  #hangUp = false;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  say(text: string, activityParams: Record<string, unknown> = {}): void {
    if (text.trim() !== '') this.#push({ type: 'message', text, activityParams });
  }

  event(name: string, activityParams: Record<string, unknown> = {}): void {
    this.#push({ type: 'event', name, activityParams });
  }

  /** The conversation ends after all that this answer says, and not before a transfer that it asks for. */
  hangUp(): void {
    this.#hangUp = true;
  }

  /** A custom payload (Bot API 4.2): activities, parameters alone, or one activity. Others are for other channels. */
  payload(payload: Readonly<Record<string, unknown>>): void {
    const { activities, ...rest } = payload;
    const warn = (text: string) => void this.warnings.push(`custom payload: ${text}`);
    if (Array.isArray(activities)) this.activities.push(...readActivities(activities, this.#newId, warn));
    else if (activities !== undefined) warn('activities is not a list');
    if (isRecord(rest.sessionParams) || isRecord(rest.activityParams) || typeof rest.type === 'string') {
      const type = typeof rest.type === 'string' ? rest.type : 'event';
      const name = rest.name ?? (type === 'event' ? 'config' : undefined);
      this.activities.push(...readActivities([{ ...rest, type, name }], this.#newId, warn));
    }
  }

  answer(partial: boolean): Answer {
    const transfers = this.activities.some(({ name }) => /^(transfer|handover)$/i.test(name ?? ''));
    if (this.#hangUp && !transfers) this.event('hangup');
    return { activities: this.activities, partial, warnings: this.warnings };
  }

  #push(activity: Pick<BotActivity, 'type' | 'activityParams'> & Partial<BotActivity>): void {
    this.activities.push({
      id: this.#newId(),
      name: undefined,
      text: undefined,
      value: undefined,
      sessionParams: {},
      ...activity,
    });
  }
}
