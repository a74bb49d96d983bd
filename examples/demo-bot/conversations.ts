import { randomUUID } from 'node:crypto';
import { type BotReply, type CallerActivity, type Memory, newMemory, reply } from './dialogue.ts';

/** What a bot sends: a reply with an id of its own. */
export type SentActivity = BotReply & { id: string; timestamp: string };

interface Conversation {
  memory: Memory;
  /** Answers to the latest activities by id: an activity that comes again gets the same answer again. */
  answers: Map<string, SentActivity[]>;
  expiresAt: number;
}

/** Enough for every repetition of a request, and a bound on what one call may occupy. */
const REMEMBERED_ANSWERS = 50;

/** The calls that the bot is in, by conversation id. A call that shows no sign of life is forgotten. */
export class Conversations {
  readonly #conversations = new Map<string, Conversation>();
  readonly #limits: { idleMs: number; max: number };
  readonly #now: () => Date;

  constructor(limits: { idleMs: number; max: number }, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
  }

  get size(): number {
    return this.#conversations.size;
  }

  /** Begins a conversation; false when there are too many. Asked again for the same one, it stays as it is. */
  create(id: string): boolean {
    if (this.touch(id)) return true;
    if (this.#conversations.size >= this.#limits.max) this.forgetIdle();
    if (this.#conversations.size >= this.#limits.max) return false;
    this.#conversations.set(id, { memory: newMemory(), answers: new Map(), expiresAt: this.#nextExpiry() });
    return true;
  }

  /** A sign of life; false when the conversation is not known (any more). */
  touch(id: string): boolean {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) return false;
    if (conversation.expiresAt <= this.#now().getTime()) {
      this.#conversations.delete(id);
      return false;
    }
    conversation.expiresAt = this.#nextExpiry();
    return true;
  }

  /** The answers to these activities, in order; undefined when the conversation is not known. */
  answer(id: string, activities: readonly (CallerActivity & { id: string })[]): SentActivity[] | undefined {
    if (!this.touch(id)) return undefined;
    const conversation = this.#conversations.get(id) as Conversation;
    return activities.flatMap((activity) => {
      const before = conversation.answers.get(activity.id);
      if (before !== undefined) return before;
      const now = this.#now();
      const answers = reply(activity, conversation.memory, now).map((part) => ({
        id: randomUUID() as string,
        timestamp: now.toISOString(),
        ...part,
      }));
      conversation.answers.set(activity.id, answers);
      for (const oldest of conversation.answers.keys()) {
        if (conversation.answers.size <= REMEMBERED_ANSWERS) break;
        conversation.answers.delete(oldest);
      }
      return answers;
    });
  }

  /** Ends a conversation; false when it was not known. */
  end(id: string): boolean {
    return this.#conversations.delete(id);
  }

  forgetIdle(): void {
    const now = this.#now().getTime();
    for (const [id, conversation] of this.#conversations) {
      if (conversation.expiresAt <= now) this.#conversations.delete(id);
    }
  }

  #nextExpiry(): number {
    return this.#now().getTime() + this.#limits.idleMs;
  }
}
