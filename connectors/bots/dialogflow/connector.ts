import { randomUUID } from 'node:crypto';
import type { Client } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import {
  type BotCheckReport,
  type BotCheckStep,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotSession,
  type BotSessionHandlers,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { Connection, type OpenStub, openAccess, type StubClassLoader } from './access.ts';
import type { SharedConfig } from './config.ts';
import { botErrorOf } from './errors.ts';
import { type AgentPort, DialogflowSession } from './session.ts';

const CHECK_MS = 10_000;

export interface DialogflowDeps {
  log: Logger;
  clock: Clock;
  /** Of activities; UUIDs unless told. */
  newId?: () => string;
}

/** What the editions do each in their own way. */
export interface Edition<Stub extends Client> {
  config: SharedConfig;
  /** Of the agent: where the API serves it. */
  location: string;
  loadStubClass: StubClassLoader<Stub>;
  agent: AgentPort<Stub>;
  /** Asks the agent something outside of every conversation. @returns what it understood. @throws ServiceError, BotError */
  check(open: OpenStub<Stub>, signal: AbortSignal): Promise<string>;
}

/** An agent of Dialogflow as a bot. The SDK is loaded, and the API connected to, when the first conversation opens. */
export function createDialogflowBot<Stub extends Client>(
  { id, name }: { id: string; name: string },
  edition: (newId: () => string) => Edition<Stub>,
  { log, clock, newId = randomUUID }: DialogflowDeps,
): BotConnection {
  const { config, location, loadStubClass, agent, check } = edition(newId);
  const connection = new Connection<Stub>({
    openAccess: () => openAccess(config, location),
    ...{ loadStubClass, clock },
  });
  const sessions = new Set<DialogflowSession<Stub>>();
  let closed = false;
  return {
    id,
    name,
    ...(config.directSTT ? { audio: { directStt: true, directTts: false } } : {}),
    async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
      if (closed) throw new BotError('bot_unreachable', 'the bot connection is closed');
      if (context.signal.aborted) throw new BotError('bot_conversation_lost', 'the call has ended');
      await connection.get();
      if (context.signal.aborted) throw new BotError('bot_conversation_lost', 'the call has ended');
      const session = new DialogflowSession(config, context, handlers, {
        ...{ connection, agent, clock, newId },
        log: log.child({ callId: context.callId, conversationId: context.conversationId }),
      });
      sessions.add(session);
      context.signal.addEventListener('abort', () => sessions.delete(session), { once: true });
      const { userAudio } = session;
      return {
        ...(userAudio === undefined ? {} : { userAudio }),
        send: (activities) => session.send(activities),
        async end() {
          sessions.delete(session);
          await session.end();
        },
      };
    },
    validate: (signal) =>
      validate({ connection, check, clock }, AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)])),
    async close() {
      closed = true;
      await Promise.all([...sessions].map((session) => session.end()));
      await connection.close();
    },
  };
}

async function validate<Stub extends Client>(
  { connection, check, clock }: { connection: Connection<Stub>; clock: Clock } & Pick<Edition<Stub>, 'check'>,
  signal: AbortSignal,
): Promise<BotCheckReport> {
  const steps: BotCheckStep[] = [];
  const step = async <T>(name: string, run: () => Promise<{ message: string; value: T }>): Promise<T | undefined> => {
    const startedAt = clock.now();
    const done = (ok: boolean, message: string) =>
      void steps.push({ step: name, ok, message, ms: Math.round(clock.now() - startedAt) });
    try {
      const { message, value } = await run();
      done(true, message);
      return value;
    } catch (cause) {
      const error = botErrorOf(cause);
      done(false, error.publicMessage === error.message ? error.message : `${error.publicMessage}: ${error.message}`);
      return undefined;
    }
  };
  const open = await step('credentials', async () => ({
    message: 'there are credentials',
    value: await connection.get(),
  }));
  if (open !== undefined) {
    await step('agent', async () => ({ message: await check(open, signal), value: undefined }));
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}
