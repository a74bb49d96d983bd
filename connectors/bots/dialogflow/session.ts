import type { Client } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import {
  type BotActivity,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
  type BotUserAudio,
  type HubActivity,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { SampleRate } from '../../../src/media/audio.ts';
import type { Connection, OpenStub } from './access.ts';
import type { Answer } from './answer.ts';
import type { AudioCall } from './calls.ts';
import type { SharedConfig } from './config.ts';
import { botErrorOf, STATUS, statusOf } from './errors.ts';
import type { AudioCallHandlers } from './heard.ts';
import { type Question, questionOf } from './question.ts';
import { SpeechStream } from './speech-stream.ts';

/** Before the one repetition of a request that was not taken; somebody is waiting on the telephone. */
const RETRY_MS = 300;
/** Before the hub has said anything. */
const DEFAULT_LANGUAGE = 'en';

/** How an edition asks its agent. */
export interface AgentPort<Stub extends Client> {
  /**
   * The parts of the answer, as they come.
   * @throws ServiceError of gRPC, or BotError
   */
  ask(open: OpenStub<Stub>, question: Question, conversation: Conversation, signal: AbortSignal): AsyncIterable<Answer>;
  /** Opens a stream of the caller's audio. */
  listen(open: OpenStub<Stub>, question: Question, conversation: Conversation, on: AudioCallHandlers): AudioCall;
}

export interface Conversation {
  /** Id of the agent's session; at most 36 characters. */
  id: string;
  /** Nothing has been asked before. */
  first: boolean;
}

/** Of one answer. */
interface Progress {
  /** A part of it has come. */
  heard: boolean;
  /** The hub was told to wait for the rest. */
  expecting: boolean;
}

export interface DialogflowSessionDeps<Stub extends Client> {
  connection: Connection<Stub>;
  agent: AgentPort<Stub>;
  clock: Clock;
  log: Logger;
  newId: () => string;
}

/**
 * A conversation with an agent: a request for each input, one after another. An agent keeps its session by itself; nothing
 * opens it and nothing ends it.
 */
export class DialogflowSession<Stub extends Client> implements Omit<BotSession, 'userAudio'> {
  readonly #config: SharedConfig;
  readonly #handlers: BotSessionHandlers;
  readonly #deps: DialogflowSessionDeps<Stub>;
  readonly #over = new AbortController();
  readonly #conversation: Conversation;
  /** Of the call, for webhooks. */
  #facts: Record<string, unknown>;
  #failure: BotError | undefined;
  #queue: Promise<void> = Promise.resolve();
  readonly #speech: SpeechStream | undefined;
  /** Of the call, as the hub last said. */
  #language: string;
  /** Of the answer to what was heard. */
  #spoken: Progress = { heard: false, expecting: false };
  #waiting: (() => void)[] = [];

  constructor(
    config: SharedConfig,
    context: BotConversationContext,
    handlers: BotSessionHandlers,
    deps: DialogflowSessionDeps<Stub>,
  ) {
    this.#config = config;
    this.#handlers = handlers;
    this.#deps = deps;
    this.#conversation = { id: context.conversationId, first: true };
    this.#facts = { vaigConversationId: context.conversationId, caller: context.caller };
    this.#language = config.language ?? DEFAULT_LANGUAGE;
    this.#speech = config.directSTT ? this.#listen(context.sampleRate ?? 8000) : undefined;
    const onAbort = () => this.#over.abort(context.signal.reason);
    context.signal.addEventListener('abort', onAbort, { once: true });
    this.#over.signal.addEventListener('abort', () => {
      context.signal.removeEventListener('abort', onAbort);
      this.#speech?.close();
      this.#onIdle();
    });
    if (context.signal.aborted) onAbort();
  }

  get userAudio(): BotUserAudio | undefined {
    return this.#speech;
  }

  send(activities: readonly HubActivity[]): Promise<void> {
    return this.#inOrder(() => this.#sendNow(activities));
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#queue;
  }

  /** One question at a time, and none beside an answer to what was heard. */
  #inOrder(run: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(async () => {
      const speech = this.#speech;
      speech?.hold();
      try {
        while (speech?.answering === true) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        await run();
      } finally {
        speech?.release();
      }
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  #onIdle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #listen(sampleRate: SampleRate): SpeechStream {
    const { connection, agent, clock, log } = this.#deps;
    const { recognition, timeouts } = this.#config;
    let open: OpenStub<Stub> | undefined;
    return new SpeechStream({
      ...{ sampleRate, clock, log, renewMs: recognition.renewMs, answerMs: timeouts.answerMs },
      ready: async () => {
        open = await connection.ready();
      },
      open: (format, on) => {
        if (open === undefined) throw new BotError('bot_unreachable', 'the API is not connected');
        const question = { query: { type: 'audio', format }, language: this.#language, event: undefined } as const;
        return agent.listen(open, { ...question, payload: this.#facts }, this.#conversation, on);
      },
      renewConnection: () => {
        if (open !== undefined) connection.renew(open);
      },
      doubtConnection: () => {
        if (open !== undefined) connection.doubt(open);
      },
      onSpeech: (event) => this.#call(() => this.#handlers.onSpeech?.(event)),
      onAnswer: (answer) => {
        this.#conversation.first = false;
        this.#deliver(answer, this.#spoken);
        if (!answer.partial) this.#spoken = { heard: false, expecting: false };
      },
      onUnanswered: (text) => {
        this.#speech?.hold();
        const activity = { id: '', timestamp: '', language: this.#language, type: 'message', text } as const;
        void this.#inOrder(() => this.#sendNow([activity])).catch((error: unknown) => this.#lose(botErrorOf(error)));
      },
      onLost: (error) => this.#lose(error),
      onIdle: () => this.#onIdle(),
    });
  }

  #lose(error: BotError): void {
    if (this.#over.signal.aborted) return;
    this.#failure = error;
    this.#over.abort(error);
    this.#call(() => this.#handlers.onLost(error));
  }

  #call(handler: () => void): void {
    if (this.#over.signal.aborted && this.#failure === undefined) return;
    try {
      handler();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'what the bot has told could not be taken');
    }
  }

  async #sendNow(activities: readonly HubActivity[]): Promise<void> {
    for (const activity of activities) {
      this.#checkOpen();
      const { type, name, parameters = {} } = activity;
      this.#language = this.#config.language ?? activity.language;
      if (type === 'event' && name?.toLowerCase() === 'start') this.#facts = { ...this.#facts, ...parameters };
      const question = questionOf(activity, this.#config, this.#facts);
      if (question !== undefined) await this.#ask(question);
    }
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#over.signal.aborted) throw new BotError('bot_conversation_lost', 'the conversation is over');
  }

  async #ask(question: Question): Promise<void> {
    const { connection, clock, log } = this.#deps;
    const progress: Progress = { heard: false, expecting: false };
    for (let attempt = 1, renewed = false; ; attempt += 1) {
      const open = await connection.get();
      try {
        await this.#attempt(open, question, progress);
        this.#conversation.first = false;
        return;
      } catch (cause) {
        const error = botErrorOf(cause);
        this.#checkOpen();
        const mayRepeat = !progress.heard && attempt <= 2;
        if (mayRepeat && statusOf(cause) === STATUS.UNAUTHENTICATED && !renewed) {
          renewed = true;
          log.warn('the agent refuses the credentials: they are read anew');
          connection.renew(open);
        } else if (mayRepeat && error.retryable && attempt === 1) {
          log.warn({ code: error.code, error: error.message }, 'a request to the agent is repeated');
          await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
          this.#checkOpen();
        } else {
          if (!error.retryable) this.#failure = error;
          throw error;
        }
      }
    }
  }

  async #attempt(open: OpenStub<Stub>, question: Question, progress: Progress): Promise<void> {
    const { agent, clock } = this.#deps;
    const { answerMs } = this.#config.timeouts;
    const late = new AbortController();
    let cancelDeadline = clock.after(answerMs, () => late.abort());
    open.streams += 1;
    try {
      const signal = AbortSignal.any([late.signal, this.#over.signal]);
      for await (const answer of agent.ask(open, question, this.#conversation, signal)) {
        cancelDeadline();
        cancelDeadline = clock.after(answerMs, () => late.abort());
        progress.heard = true;
        open.heard();
        this.#deliver(answer, progress);
      }
    } catch (cause) {
      if (!late.signal.aborted) throw cause;
      throw new BotError('bot_unreachable', `Dialogflow: no answer for ${answerMs} ms`, {
        cause,
        publicMessage: 'the agent does not answer',
      });
    } finally {
      open.streams -= 1;
      cancelDeadline();
    }
    if (!progress.heard) {
      throw new BotError('bot_failed', 'Dialogflow: the request ended without an answer', {
        retryable: true,
        publicMessage: 'the agent has failed',
      });
    }
  }

  /** After a part that says something the turn stays with the bot until the rest is there, also where the rest says nothing. */
  #deliver({ activities, partial, warnings }: Answer, progress: Progress): void {
    const { log, newId } = this.#deps;
    for (const warning of warnings) log.warn(warning);
    if (this.#over.signal.aborted) return;
    const none = { id: newId(), text: undefined, value: undefined, activityParams: {}, sessionParams: {} };
    const says = activities.some(isReply);
    const all = [...activities];
    if (partial && says) {
      progress.expecting = true;
      all.push({ ...none, type: 'event', name: 'expectAnotherBotMessage' });
    } else if (!partial && progress.expecting && !says) {
      all.unshift({ ...none, type: 'message', name: undefined, text: '' });
    }
    if (all.length > 0) this.#call(() => this.#handlers.onActivities(all));
  }
}

function isReply({ type, name }: BotActivity): boolean {
  return type === 'message' || name?.toLowerCase() === 'playurl';
}
