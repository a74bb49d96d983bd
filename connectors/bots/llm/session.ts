import type { Logger } from 'pino';
import {
  type BotActivity,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { type CompletionsDeps, complete } from './completions.ts';
import type { LlmConfig } from './config.ts';
import { History } from './history.ts';
import { SentenceStream } from './sentence-stream.ts';
import { definitionsOf, runTool } from './tools.ts';
import { fillVariables } from './variables.ts';
import { ToolCalls } from './wire.ts';

/** Rounds of tool calls within one answer. */
const MAX_ROUNDS = 8;

export interface LlmSessionDeps extends CompletionsDeps {
  log: Logger;
  newId: () => string;
}

/**
 * A conversation with a model. Inputs are taken at once and answered in order; one that comes while the answer to another is
 * still being made takes its place, and the model then answers both.
 */
export class LlmSession implements BotSession {
  readonly #config: LlmConfig;
  readonly #handlers: BotSessionHandlers;
  readonly #deps: LlmSessionDeps;
  readonly #history: History;
  readonly #over = new AbortController();
  /** Of the start event; before it, what is known without one. */
  #variables: Readonly<Record<string, unknown>>;
  #lost: BotError | undefined;
  /** Ends the answer that is being made. */
  #answering: AbortController | undefined;
  #answered: Promise<void> = Promise.resolve();

  constructor(config: LlmConfig, context: BotConversationContext, handlers: BotSessionHandlers, deps: LlmSessionDeps) {
    this.#config = config;
    this.#handlers = handlers;
    this.#deps = deps;
    this.#history = new History(config.historyMessages);
    this.#variables = { caller: context.caller, vaigConversationId: context.conversationId };
    const onAbort = () => this.#over.abort(context.signal.reason);
    context.signal.addEventListener('abort', onAbort, { once: true });
    this.#over.signal.addEventListener('abort', () => context.signal.removeEventListener('abort', onAbort));
    if (context.signal.aborted) onAbort();
  }

  async send(activities: readonly HubActivity[]): Promise<void> {
    if (this.#over.signal.aborted) {
      throw this.#lost ?? new BotError('bot_conversation_lost', 'the conversation is over');
    }
    const inputs = activities.filter((activity) => this.#take(activity));
    if (inputs.length > 0) this.#answer();
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#answered;
  }

  /** @returns whether the model has something to answer */
  #take({ type, name, text, value, parameters = {} }: HubActivity): boolean {
    const interrupted = parameters.interruptedPrompt as { id?: unknown; playedMs?: unknown } | undefined;
    if (typeof interrupted?.id === 'string' && typeof interrupted.playedMs === 'number') {
      this.#stopAnswering();
      this.#history.interrupted(interrupted.id, interrupted.playedMs);
    }
    if (type === 'message') return this.#input(text ?? '');
    switch (name?.toLowerCase()) {
      case 'start':
        return this.#onStart(parameters);
      case 'dtmf':
        return this.#input(`DTMF-${String(value)}`);
      case 'nouserinput':
        return this.#input(`NO-USER-INPUT-${String(value)}`);
      case 'transferstatus':
        return this.#input(`TRANSFER-STATUS ${JSON.stringify(value)}`);
      case 'voicemail':
      case 'machinedetection':
      case 'answeringmachinedetection':
        return this.#input('VOICEMAIL-DETECTED');
      default:
        return false;
    }
  }

  #input(text: string): boolean {
    if (text.trim() === '') return false;
    this.#history.user(text);
    return true;
  }

  #onStart(parameters: Readonly<Record<string, unknown>>): boolean {
    this.#variables = { ...this.#variables, ...parameters };
    if (this.#config.welcome === undefined) return this.#input('CALL-STARTED');
    this.#say(fillVariables(this.#config.welcome, this.#variables), false);
    return false;
  }

  #stopAnswering(): void {
    this.#answering?.abort();
    this.#answering = undefined;
  }

  #answer(): void {
    this.#stopAnswering();
    const answering = new AbortController();
    this.#answering = answering;
    const before = this.#answered;
    this.#answered = (async () => {
      await before;
      await this.#generate(AbortSignal.any([answering.signal, this.#over.signal]));
    })();
  }

  async #generate(signal: AbortSignal): Promise<void> {
    try {
      for (let round = 1; !signal.aborted; round += 1) {
        const goesOn = await this.#round(signal, round < MAX_ROUNDS);
        if (!goesOn) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#lose(error instanceof BotError ? error : new BotError('bot_failed', String(error), { cause: error }));
    }
  }

  /** One request. @returns whether the model is to be asked again, with the results of its tools */
  async #round(signal: AbortSignal, mayCall: boolean): Promise<boolean> {
    const sentences = new SentenceStream();
    const calls = new ToolCalls();
    const tools = mayCall ? definitionsOf(this.#config.tools) : [];
    const content = fillVariables(this.#config.systemPrompt, this.#variables);
    const messages = [{ role: 'system', content } as const, ...this.#history.messages()];
    for await (const chunk of complete(this.#config, { messages, tools }, this.#deps, signal)) {
      if (signal.aborted) return false;
      if (chunk.type === 'text') for (const sentence of sentences.push(chunk.text)) this.#say(sentence, true);
      if (chunk.type === 'tool') calls.add(chunk);
    }
    if (signal.aborted) return false;
    const wanted = calls.all(this.#deps.newId);
    const rest = sentences.flush();
    if (rest !== '') this.#say(rest, wanted.length > 0);
    if (wanted.length === 0) return false;
    this.#history.call(wanted);
    let last = false;
    for (const call of wanted) {
      const outcome = await runTool(call, this.#config.tools, this.#deps.dispatcher, signal);
      this.#deps.log.info({ tool: call.function.name }, 'tool');
      this.#history.result(call.id, outcome.result);
      if (signal.aborted) continue;
      if (outcome.activity !== undefined) this.#tell({ type: 'event', ...outcome.activity });
      last ||= outcome.last === true;
    }
    return !last;
  }

  /** @param more whether the bot goes on, so that the turn stays with it */
  #say(text: string, more: boolean): void {
    const id = this.#tell({ type: 'message', text, activityParams: more ? { expectAnotherBotMessage: true } : {} });
    this.#history.say(id, text);
  }

  #tell(activity: Partial<BotActivity> & Pick<BotActivity, 'type'>): string {
    const id = this.#deps.newId();
    try {
      this.#handlers.onActivities([
        { name: undefined, text: undefined, value: undefined, activityParams: {}, sessionParams: {}, ...activity, id },
      ]);
    } catch (error) {
      this.#deps.log.error({ err: error }, 'an activity of the bot could not be taken');
    }
    return id;
  }

  #lose(error: BotError): void {
    if (this.#over.signal.aborted) return;
    this.#lost = error;
    this.#over.abort(error);
    this.#handlers.onLost(error);
  }
}
