import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { z } from 'zod';
import {
  type BotActivity,
  type BotConversationContext,
  BotError,
  type BotSession,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { acBotApiConfigSchema } from './config.ts';
import { type AcBotApiConnection, createAcBotApi } from './connector.ts';
import { FakeBotServer, type FakeBotServerOptions } from './fake-bot.ts';

/** A fake bot, a connection to it and the log that the connection writes. */
export interface Rig {
  bot: FakeBotServer;
  connection: AcBotApiConnection;
  logLines: Record<string, unknown>[];
  open(): Promise<OpenedSession>;
  close(): Promise<void>;
}

export interface OpenedSession {
  session: BotSession;
  id: string;
  activities: BotActivity[];
  lost: BotError[];
  abort(): void;
}

export async function makeRig(
  options: { bot?: FakeBotServerOptions; config?: Partial<z.input<typeof acBotApiConfigSchema>>; clock?: Clock } = {},
): Promise<Rig> {
  const bot = await FakeBotServer.start(options.bot);
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  const config = acBotApiConfigSchema.parse({ url: bot.url, ...options.config });
  const connection = createAcBotApi({ id: 'demo', name: 'Demo', config }, { log, clock: options.clock ?? systemClock });
  return {
    bot,
    connection,
    logLines,
    open: () => openSession(connection),
    async close() {
      await connection.close();
      await bot.close();
    },
  };
}

export async function openSession(connection: AcBotApiConnection): Promise<OpenedSession> {
  const controller = new AbortController();
  const context = contextOf(controller.signal);
  const activities: BotActivity[] = [];
  const lost: BotError[] = [];
  const session = await connection.open(context, {
    onActivities: (batch) => activities.push(...batch),
    onLost: (error) => lost.push(error),
  });
  return { session, id: context.conversationId, activities, lost, abort: () => controller.abort() };
}

export function contextOf(signal: AbortSignal = new AbortController().signal): BotConversationContext {
  return { callId: randomUUID(), conversationId: randomUUID(), botName: 'Demo', caller: '+15551230001', signal };
}

export function message(text: string): HubActivity {
  return { id: randomUUID(), timestamp: '2024-01-31T12:00:00.000Z', language: 'en-US', type: 'message', text };
}

/** What `promise` rejects with. @throws when it does not, or with another kind of error */
export async function botErrorOf(promise: Promise<unknown>): Promise<BotError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('expected a rejection');
  if (!(outcome.error instanceof BotError)) throw outcome.error;
  return outcome.error;
}
