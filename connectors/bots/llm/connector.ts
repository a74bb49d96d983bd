import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Agent, request } from 'undici';
import {
  type BotCheckReport,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { endpoint, headersOf } from './completions.ts';
import type { LlmConfig } from './config.ts';
import { LlmSession } from './session.ts';

/** Idle connections are kept so long: the next caller's first word does not wait for a handshake. */
const KEEP_ALIVE_MS = 60_000;
const CHECK_MS = 10_000;

export interface LlmOptions {
  id: string;
  name: string;
  config: LlmConfig;
}

export interface LlmDeps {
  log: Logger;
  clock: Clock;
  /** Of activities and of tool calls without one; UUIDs unless told. */
  newId?: () => string;
}

/** A language model as a bot: any server with OpenAI's chat completions. Opens nothing by itself. */
export function createLlmBot(
  { id, name, config }: LlmOptions,
  { log, clock, newId = randomUUID }: LlmDeps,
): BotConnection {
  const dispatcher = new Agent({
    connect: { timeout: config.timeouts.connectMs },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Deadlines are those of the configuration.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const sessions = new Set<LlmSession>();
  let closed = false;
  return {
    id,
    name,
    async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
      if (closed) throw new BotError('bot_unreachable', 'the bot connection is closed');
      if (context.signal.aborted) throw new BotError('bot_conversation_lost', 'the call has ended');
      const session = new LlmSession(config, context, handlers, {
        dispatcher,
        clock,
        newId,
        log: log.child({ callId: context.callId, conversationId: context.conversationId }),
      });
      sessions.add(session);
      context.signal.addEventListener('abort', () => sessions.delete(session), { once: true });
      return {
        send: (activities) => session.send(activities),
        async end() {
          sessions.delete(session);
          await session.end();
        },
      };
    },
    validate: (signal) => check(config, dispatcher, clock, signal),
    async close() {
      closed = true;
      await Promise.all([...sessions].map((session) => session.end()));
      await dispatcher.destroy();
    },
  };
}

/** Asks for the list of models, which costs nothing. */
async function check(config: LlmConfig, dispatcher: Agent, clock: Clock, signal: AbortSignal): Promise<BotCheckReport> {
  const url = endpoint(config, 'models');
  const startedAt = clock.now();
  const step = (ok: boolean, message: string, warning?: true): BotCheckReport => ({
    ok,
    steps: [
      {
        step: 'models',
        ok,
        message,
        ms: Math.round(clock.now() - startedAt),
        ...(warning === undefined ? {} : { warning }),
      },
    ],
  });
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      headers: headersOf(config),
      signal: AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]),
    });
    const text = (await body.text()).slice(0, 1_000_000);
    if (statusCode === 401 || statusCode === 403) {
      return step(false, `the server refuses the key (${statusCode}): check apiKey`);
    }
    if (statusCode !== 200) {
      return step(
        true,
        `the server answers, but has no list of models (${statusCode}); the model '${config.model}' was not looked for`,
        true,
      );
    }
    if (text.includes(JSON.stringify(config.model))) return step(true, `the server has the model '${config.model}'`);
    return step(true, `the server answers, but its list of models does not name '${config.model}'`, true);
  } catch (error) {
    return step(false, `${url.origin} cannot be reached: ${messageOf(error)}`);
  }
}
