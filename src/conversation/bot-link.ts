import type { BotConnection, BotPlayEvent, BotSession, BotSpeechEvent, HubActivity } from '../bots/port.ts';
import { BotError } from '../bots/port.ts';
import type { EndReason } from '../calls/end-reason.ts';
import { botReasonCode } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { SampleRate } from '../media/audio.ts';
import type { OutgoingActivity } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import type { CallFacts } from './ports.ts';

/** The last activity of a conversation is given up after this time. */
const FAREWELL_LIMIT_MS = 2000;
/** A bot that does not let go is left behind after this time. */
const CLOSE_LIMIT_MS = 5000;

export interface BotLinkOptions {
  bot: BotConnection;
  facts: CallFacts;
  /** Of the call's audio. */
  sampleRate: SampleRate;
  clock: Clock;
  newId: () => string;
  emit: (event: ConversationEvent) => void;
  /** Milliseconds that the caller heard of a prompt; undefined when it never began. */
  playedMsOf: (promptId: number) => number | undefined;
  /** From bots that hear or speak themselves. */
  onSpeech?: (event: BotSpeechEvent) => void;
  onPlay?: (event: BotPlayEvent) => void;
  signal: AbortSignal;
}

/** The bot session of one conversation: opened, sent to and ended as the reducer says. */
export class BotLink {
  readonly #options: BotLinkOptions;
  readonly #abort = new AbortController();
  #opening: Promise<BotSession | undefined> | undefined;
  #session: BotSession | undefined;
  #farewell: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(options: BotLinkOptions) {
    this.#options = options;
    // What is under way ends with the conversation, but for the last activity.
    const onAbort = () => void Promise.resolve(this.#farewell).finally(() => this.#abort.abort(options.signal.reason));
    options.signal.addEventListener('abort', onAbort, { once: true });
  }

  /** Undefined until the session is open. */
  get session(): BotSession | undefined {
    return this.#session;
  }

  open(): void {
    const { bot, facts, sampleRate, emit, onSpeech, onPlay } = this.#options;
    const context = {
      callId: facts.callId,
      conversationId: facts.conversationId,
      botName: bot.name,
      caller: facts.caller,
      sampleRate,
      signal: this.#abort.signal,
    };
    const handlers = {
      onActivities: (activities: Extract<ConversationEvent, { type: 'botActivities' }>['activities']) =>
        emit({ type: 'botActivities', activities }),
      onLost: (error: BotError) => emit({ type: 'botLost', code: error.code, message: error.publicMessage }),
      ...(onSpeech === undefined ? {} : { onSpeech }),
      ...(onPlay === undefined ? {} : { onPlay }),
    };
    this.#opening = attempt(() => bot.open(context, handlers)).then(
      (session) => {
        this.#session = session;
        emit({ type: 'botOpened' });
        return session;
      },
      (error: unknown) => {
        emit({ type: 'botOpenFailed', ...failure(error) });
        return undefined;
      },
    );
  }

  /** @param failOnErrors what would be tried again has failed */
  send(requestId: number, activities: readonly OutgoingActivity[], failOnErrors = false): void {
    void this.#send(requestId, activities, failOnErrors);
  }

  async #send(requestId: number, activities: readonly OutgoingActivity[], failOnErrors: boolean): Promise<void> {
    const { emit } = this.#options;
    try {
      const session = await this.#opening;
      if (session === undefined) throw new BotError('bot_unreachable', 'the session is not open');
      const complete = activities.map((activity) => this.#complete(activity));
      await (failOnErrors ? session.send(complete, { failOnErrors }) : session.send(complete));
      emit({ type: 'botSent', requestId });
    } catch (error) {
      emit({ type: 'botSendFailed', requestId, ...failure(error) });
    }
  }

  /** Tells the bot that the conversation is over, also when its session opens only now. Resolves when it is told. */
  end(reason: EndReason, farewell?: readonly OutgoingActivity[]): void {
    if (this.#ending !== undefined) return;
    this.#farewell = farewell === undefined ? undefined : this.#sayFarewell(farewell);
    this.#ending = this.#end(reason);
  }

  async #sayFarewell(farewell: readonly OutgoingActivity[]): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(FAREWELL_LIMIT_MS, limit.resolve);
    const sending = attempt(async () => this.#session?.send(farewell.map((activity) => this.#complete(activity))));
    await Promise.race([sending.catch(() => undefined), limit.promise]);
    cancel();
  }

  async #end(reason: EndReason): Promise<void> {
    await this.#farewell;
    const session = await this.#opening;
    await session?.end({ reasonCode: botReasonCode(reason), reason: reason.text });
  }

  /** Resolves when nothing is under way any more. */
  async closed(): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(CLOSE_LIMIT_MS, limit.resolve);
    await Promise.race([Promise.resolve(this.#ending).catch(() => undefined), limit.promise]);
    cancel();
  }

  #complete(activity: OutgoingActivity): HubActivity {
    const { interrupted, parameters, ...rest } = activity;
    const complete: HubActivity = {
      id: this.#options.newId(),
      timestamp: this.#options.clock.date().toISOString(),
      ...rest,
    };
    const extended = { ...parameters, ...(interrupted === undefined ? {} : this.#interruption(interrupted)) };
    if (Object.keys(extended).length > 0) complete.parameters = extended;
    return complete;
  }

  /** Extension: what the caller heard of the prompt that this input cut short. */
  #interruption(interrupted: NonNullable<OutgoingActivity['interrupted']>): Record<string, unknown> {
    const { promptId, activityId, text } = interrupted;
    return {
      interruptedPrompt: { id: activityId, text, playedMs: Math.round(this.#options.playedMsOf(promptId) ?? 0) },
    };
  }
}

/** Turns a throw into a rejection. */
async function attempt<T>(run: () => Promise<T>): Promise<T> {
  return await run();
}

function failure(error: unknown): { code: string; message: string } {
  if (error instanceof PatchbayError) return { code: error.code, message: error.publicMessage };
  return { code: 'bot_failed', message: messageOf(error) };
}
