import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import {
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { check } from './check.ts';
import type { BotFrameworkConfig } from './config.ts';
import { DirectLine, type Grant } from './direct-line.ts';
import { asBotError, callOver } from './errors.ts';
import { persist } from './http.ts';
import { startPolling } from './polling.ts';
import type { ReceiverDeps } from './receiver.ts';
import { DirectLineSession } from './session.ts';
import { openStream } from './stream.ts';
import { TokenKeeper } from './token-keeper.ts';
import { type ConversationAnswer, type DirectLineUser, endOnWire, userOf } from './wire.ts';

/** Idle connections are kept so long: the next caller's first word does not wait for a handshake. */
const KEEP_ALIVE_MS = 60_000;
const MAX_CONNECTIONS = 256;
/** For how long the opening is tried again where Direct Line refuses for the moment. */
const OPENING_RETRY_MS = 1_500;

export interface BotFrameworkOptions {
  id: string;
  name: string;
  config: BotFrameworkConfig;
}

export interface BotFrameworkDeps {
  log: Logger;
  clock: Clock;
  /** Of activities without one; UUIDs unless told. */
  newId?: () => string;
}

/** Bots on Microsoft's Bot Framework and agents of Copilot Studio, through Direct Line 3.0. Opens nothing by itself. */
export function createBotFramework(
  { id, name, config }: BotFrameworkOptions,
  { log, clock, newId = randomUUID }: BotFrameworkDeps,
): BotConnection {
  const dispatcher = new Agent({
    connect: { timeout: config.timeouts.connectMs },
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Deadlines are those of the configuration.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const directLine = new DirectLine({ dispatcher, clock, config, log });
  const opener = new Opener({ directLine, config, clock, log, newId });
  let closing: Promise<void> | undefined;
  return {
    id,
    name,
    honours: ['botFailOnErrors'],
    // Agents of Copilot Studio take keys as what was said (Bot API 8.2).
    ...(config.tokenEndpoint === undefined ? {} : { defaults: { sendDTMFAsText: true } }),
    open: (context, handlers) => opener.open(context, handlers),
    validate: (signal) => check(directLine, config, clock, signal),
    close() {
      closing ??= opener.close().then(() => dispatcher.destroy());
      return closing;
    },
  };
}

interface OpenerDeps {
  directLine: DirectLine;
  config: BotFrameworkConfig;
  clock: Clock;
  log: Logger;
  newId: () => string;
}

interface Started {
  grant: Grant;
  answer: ConversationAnswer;
  conversationId: string;
}

/** Opens conversations and knows those that are open. */
class Opener {
  readonly #deps: OpenerDeps;
  readonly #closed = new AbortController();
  readonly #sessions = new Set<DirectLineSession>();
  /** Conversations that nobody wants any more, on their way to be ended. */
  readonly #leftBehind = new Set<Promise<void>>();

  constructor(deps: OpenerDeps) {
    this.#deps = deps;
  }

  async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
    if (this.#closed.signal.aborted) throw new BotError('bot_unreachable', 'the bot connection is closed');
    if (context.signal.aborted) throw callOver(context.signal.reason);
    const { directLine, config, clock, newId } = this.#deps;
    const log = this.#deps.log.child({ callId: context.callId, conversationId: context.conversationId });
    const user = userOf(config.user, context);
    const { grant, answer, conversationId } = await this.#unlessGone(this.#start(user), context.signal, user);
    const session: DirectLineSession = new DirectLineSession(handlers, context.signal, {
      directLine,
      config,
      user,
      conversationId,
      clock,
      log,
      newId,
      onEnded: () => this.#sessions.delete(session),
    });
    const keeper = new TokenKeeper(grant, {
      directLine,
      conversationId,
      secret: config.secret,
      clock,
      log,
      signal: session.closed,
    });
    keeper.take(answer);
    const deps: ReceiverDeps = {
      directLine,
      keeper,
      conversationId,
      config,
      clock,
      log,
      signal: session.over,
      watermark: () => session.watermark,
      onSet: (set) => session.onSet(set),
      onLost: (error) => session.lose(error),
    };
    this.#sessions.add(session);
    try {
      if (config.transport === 'polling') session.attach(keeper, startPolling(deps));
      else session.attach(keeper, await openStream(streamOf(answer), deps));
      return session;
    } catch (error) {
      session.attach(keeper, { nudge: () => {}, stopped: Promise.resolve() });
      const ended = session.end({ reasonCode: 'error', reason: 'the conversation could not be begun' });
      this.#leaveBehind(ended);
      throw asBotError(error);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const reason = { reasonCode: 'error', reason: 'the hub is shutting down' } as const;
    await Promise.all([...this.#sessions].map((session) => session.end(reason)));
    await Promise.all(this.#leftBehind);
  }

  async #start(user: DirectLineUser): Promise<Started> {
    const { directLine, clock } = this.#deps;
    const signal = this.#closed.signal;
    const limits = { limitMs: OPENING_RETRY_MS, signal };
    const grant = await persist(clock, limits, () => directLine.grant(user, signal));
    const answer = await persist(clock, limits, () => directLine.start(grant, user, signal));
    const { conversationId } = answer;
    if (conversationId === undefined) {
      throw new BotError('bot_failed', 'Direct Line names no conversationId', {
        publicMessage: 'the bot gave an unusable answer',
      });
    }
    return { grant, answer, conversationId };
  }

  /** The conversation, unless the call ends first: what is begun by then is ended when it is there. */
  #unlessGone(starting: Promise<Started>, signal: AbortSignal, user: DirectLineUser): Promise<Started> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#leaveBehind(starting.then((started) => this.#giveBack(started, user)));
        reject(callOver(signal.reason));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void starting
        .then(resolve, (error: unknown) => reject(asBotError(error)))
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #giveBack({ grant, answer, conversationId }: Started, user: DirectLineUser): Promise<void> {
    const { directLine, config } = this.#deps;
    const reason = 'the call ended before the conversation began';
    const activity = endOnWire(user, { reasonCode: 'client-disconnected', reason });
    const current = { ...grant, token: answer.token ?? grant.token };
    const { signal } = new AbortController();
    await directLine.post(current, conversationId, activity, signal, config.timeouts.disconnectMs);
  }

  #leaveBehind(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => {
      this.#deps.log.debug({ problem: asBotError(error).message }, 'a conversation without a call could not be ended');
    });
    this.#leftBehind.add(settled);
    void settled.finally(() => this.#leftBehind.delete(settled));
  }
}

function streamOf({ streamUrl }: ConversationAnswer): string {
  if (streamUrl !== undefined) return streamUrl;
  throw new BotError('bot_failed', 'Direct Line names no stream: transport polling does without', {
    publicMessage: 'the bot gave an unusable answer',
  });
}
