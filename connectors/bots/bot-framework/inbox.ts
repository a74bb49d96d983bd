import type { BotActivity } from '../../../src/bots/port.ts';
import {
  clientIdOf,
  endsConversation,
  type IncomingActivity,
  isHandoff,
  parseIncoming,
  type ReaderOptions,
  readActivity,
} from './incoming.ts';
import type { ActivitySet } from './wire.ts';

/** Ids that are remembered, to know an activity again that comes a second time. */
const MAX_SEEN = 2_000;

/** What one set of activities came to. */
export interface Taken {
  activities: BotActivity[];
  /** The bot has asked for a person in its framework's own way. */
  handoff: boolean;
  /** The bot has ended the conversation; what follows is not heard any more. */
  ended: boolean;
  /** Items that are no activities. */
  unreadable: number;
}

/**
 * Keeps the watermark and hands out each activity of the bot once: a replay after a reconnect, or a poll beside a stream, brings
 * some a second time, and Direct Line sends back what the hub has sent.
 */
export class Inbox {
  readonly #userId: string;
  readonly #options: ReaderOptions;
  readonly #seen = new Set<string>();
  readonly #echoes = new Set<string>();
  #watermark: string | undefined;

  constructor(userId: string, options: ReaderOptions) {
    this.#userId = userId;
    this.#options = options;
  }

  /** To be repeated verbatim; undefined until the first one has come. */
  get watermark(): string | undefined {
    return this.#watermark;
  }

  /** Whether Direct Line has sent back the activity to which the hub gave this id: it has been delivered. */
  hasEcho(clientId: string): boolean {
    return this.#echoes.has(clientId);
  }

  take(set: ActivitySet): Taken {
    if (set.watermark !== undefined) this.#watermark = set.watermark;
    const taken: Taken = { activities: [], handoff: false, ended: false, unreadable: 0 };
    for (const item of set.activities) {
      const activity = parseIncoming(item);
      if (activity === undefined) taken.unreadable += 1;
      else if (!taken.ended && this.#isNew(activity)) this.#read(activity, taken);
    }
    return taken;
  }

  #read(activity: IncomingActivity, taken: Taken): void {
    if (activity.from?.id === this.#userId || activity.from?.role === 'user') {
      remember(this.#echoes, clientIdOf(activity));
      return;
    }
    taken.activities.push(...readActivity(activity, this.#options));
    taken.handoff ||= isHandoff(activity);
    taken.ended = endsConversation(activity);
  }

  #isNew({ id }: IncomingActivity): boolean {
    if (id === undefined) return true;
    if (this.#seen.has(id)) return false;
    remember(this.#seen, id);
    return true;
  }
}

function remember(set: Set<string>, id: string | undefined): void {
  if (id === undefined) return;
  set.add(id);
  if (set.size <= MAX_SEEN) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}
