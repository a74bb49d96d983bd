import type { AudioFrame } from '../media/audio.ts';
import {
  type BotActivity,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotPlayEvent,
  type BotReasonCode,
  type BotSession,
  type BotSessionHandlers,
  type BotSpeechEvent,
  type BotUserAudio,
  type HubActivity,
} from './port.ts';

/** What a scripted bot says: the parts of an activity that matter, the rest is filled in. */
export type FakeReply = Partial<BotActivity>;

export type FakeAnswer = (
  activities: readonly HubActivity[],
  conversation: FakeConversation,
) => readonly FakeReply[] | Promise<readonly FakeReply[]>;

export interface FakeBotOptions {
  id?: string;
  name?: string;
  /** The bot's side of the conversation; says nothing by default. A BotError that it throws is what `send` rejects with. */
  answer?: FakeAnswer;
  /** The audio that the bot handles itself; none by default. */
  audio?: { directStt: boolean; directTts: boolean };
}

/** A bot in memory, for tests of whatever talks to bots: it keeps the port's promises without a network. */
export class FakeBot implements BotConnection {
  readonly id: string;
  readonly name: string;
  readonly audio?: { readonly directStt: boolean; readonly directTts: boolean };
  /** Every conversation that was opened, oldest first. */
  readonly conversations: FakeConversation[] = [];
  /** May be replaced at any time. */
  answer: FakeAnswer;
  /** `open` rejects with it while it is set. */
  openError: BotError | undefined;
  /** `open` waits for it: a bot that takes its time. */
  openGate: Promise<void> = Promise.resolve();
  #closed = false;
  #ids = 0;

  constructor(options: FakeBotOptions = {}) {
    this.id = options.id ?? 'fake';
    this.name = options.name ?? 'Fake';
    this.answer = options.answer ?? (() => []);
    if (options.audio !== undefined) this.audio = options.audio;
  }

  /** The latest conversation. @throws when none was opened */
  get conversation(): FakeConversation {
    const last = this.conversations.at(-1);
    if (last === undefined) throw new Error('no conversation was opened');
    return last;
  }

  async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
    if (this.#closed) throw new BotError('bot_unreachable', 'the bot connection is closed');
    if (context.signal.aborted) throw callGone(context.signal);
    await unlessAborted(this.openGate, context.signal);
    if (this.openError !== undefined) throw this.openError;
    const conversation = new FakeConversation(this, context, handlers);
    this.conversations.push(conversation);
    return conversation;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const end = { reasonCode: 'error', reason: 'the hub is shutting down' } as const;
    await Promise.all(this.conversations.map((conversation) => conversation.end(end)));
  }

  complete(reply: FakeReply): BotActivity {
    this.#ids += 1;
    return {
      id: `bot-${this.#ids}`,
      type: reply.name === undefined ? 'message' : 'event',
      name: undefined,
      text: undefined,
      value: undefined,
      activityParams: {},
      sessionParams: {},
      ...reply,
    };
  }
}

/** One conversation with the fake: the session that the hub holds, and what a test sees and does on the bot's side. */
export class FakeConversation implements BotSession {
  readonly context: BotConversationContext;
  /** All that the hub has delivered, in order. */
  readonly received: HubActivity[] = [];
  readonly userAudio?: BotUserAudio;
  readonly markReached?: (markId: string) => void;
  /** The caller's audio as the hub wrote it while it was wanted, and when that was. */
  readonly heard: ('start' | 'stop' | AudioFrame)[] = [];
  /** Marks that the hub has reported. */
  readonly marks: string[] = [];
  /** Set once the hub has told the end. */
  ended: { reasonCode: BotReasonCode; reason: string } | undefined;
  /** What the hub's handlers threw: nothing, when all is well. */
  readonly handlerErrors: unknown[] = [];
  readonly #bot: FakeBot;
  readonly #handlers: BotSessionHandlers;
  readonly #over = new AbortController();
  #lost: BotError | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(bot: FakeBot, context: BotConversationContext, handlers: BotSessionHandlers) {
    this.#bot = bot;
    this.context = context;
    this.#handlers = handlers;
    const onAbort = (): void => this.#over.abort(context.signal.reason);
    context.signal.addEventListener('abort', onAbort, { once: true });
    this.#over.signal.addEventListener('abort', () => context.signal.removeEventListener('abort', onAbort), {
      once: true,
    });
    if (context.signal.aborted) onAbort();
    if (bot.audio?.directStt === true) this.userAudio = this.#listen();
    if (bot.audio?.directTts === true) {
      this.markReached = (markId) => {
        if (!this.#over.signal.aborted) this.marks.push(markId);
      };
    }
  }

  send(activities: readonly HubActivity[]): Promise<void> {
    if (activities.length === 0 && !this.#over.signal.aborted) return Promise.resolve();
    const turn = this.#queue.then(() => this.#deliver(activities));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async end(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.ended ??= reason;
    this.#over.abort();
  }

  /** The bot says something unasked. Nothing happens after the end. */
  say(...replies: readonly FakeReply[]): void {
    if (replies.length === 0) return;
    this.#call(() => this.#handlers.onActivities(replies.map((reply) => this.#bot.complete(reply))));
  }

  /** The bot tells what it hears. Nothing happens after the end, or where the hub recognises itself. */
  hear(event: BotSpeechEvent): void {
    if (this.#bot.audio?.directStt === true) this.#call(() => this.#handlers.onSpeech?.(event));
  }

  /** The bot speaks by itself. Nothing happens after the end, or where the hub synthesises itself. */
  play(event: BotPlayEvent): void {
    if (this.#bot.audio?.directTts === true) this.#call(() => this.#handlers.onPlay?.(event));
  }

  /** The bot loses the conversation, at once. */
  lose(error = new BotError('bot_conversation_lost', 'the conversation is not known')): void {
    if (this.#over.signal.aborted) return;
    this.#lost = error;
    this.#over.abort(error);
    try {
      this.#handlers.onLost(error);
    } catch (thrown) {
      this.handlerErrors.push(thrown);
    }
  }

  #call(handler: () => void): void {
    if (this.#over.signal.aborted) return;
    try {
      handler();
    } catch (error) {
      this.handlerErrors.push(error);
    }
  }

  #listen(): BotUserAudio {
    let wanted = false;
    const want = (next: boolean): void => {
      if (wanted === next || this.#over.signal.aborted) return;
      wanted = next;
      this.heard.push(next ? 'start' : 'stop');
    };
    return {
      start: () => want(true),
      write: (frame) => {
        if (wanted && !this.#over.signal.aborted) this.heard.push({ ...frame, samples: frame.samples.slice() });
      },
      stop: () => want(false),
    };
  }

  async #deliver(activities: readonly HubActivity[]): Promise<void> {
    this.#assertAlive();
    this.received.push(...activities);
    try {
      const answer = Promise.resolve(this.#bot.answer(activities, this));
      const replies = await unlessAborted(answer, this.#over.signal);
      this.say(...replies);
    } catch (error) {
      this.#assertAlive();
      if (error instanceof BotError && !error.retryable) this.lose(error);
      throw error;
    }
  }

  #assertAlive(): void {
    if (this.#over.signal.aborted) throw this.#lost ?? callGone(this.#over.signal);
  }
}

function callGone(signal: AbortSignal): BotError {
  return new BotError('bot_conversation_lost', 'the call ended before the bot answered', { cause: signal.reason });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(callGone(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
