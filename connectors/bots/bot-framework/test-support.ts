import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import type { z } from 'zod';
import {
  type BotActivity,
  type BotConnection,
  BotError,
  type BotSession,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { botFrameworkConfigSchema } from './config.ts';
import { createBotFramework } from './connector.ts';
import type { FakeConversation } from './fake-conversation.ts';
import { FakeDirectLine } from './fake-server.ts';

type Settings = Partial<z.input<typeof botFrameworkConfigSchema>>;

/** An emulator, a connection to it, and all that the connection logs. */
export class Rig {
  readonly server: FakeDirectLine;
  readonly connection: BotConnection;
  readonly log: string[] = [];

  private constructor(server: FakeDirectLine, settings: Settings) {
    this.server = server;
    const account = settings.tokenEndpoint === undefined ? { secret: server.secret, url: server.origin } : {};
    const config = botFrameworkConfigSchema.parse({ ...account, pollMs: 50, ...settings });
    const log = pino({ level: 'trace' }, { write: (line: string) => void this.log.push(line) });
    this.connection = createBotFramework({ id: 'bot', name: 'Bot', config }, { log, clock: systemClock });
  }

  static async start(settings: Settings | ((server: FakeDirectLine) => Settings) = {}): Promise<Rig> {
    const server = await FakeDirectLine.start();
    return new Rig(server, typeof settings === 'function' ? settings(server) : settings);
  }

  async open(): Promise<Talk> {
    const conversationId = randomUUID();
    const abort = new AbortController();
    const [activities, lost]: [BotActivity[], BotError[]] = [[], []];
    const session = await this.connection.open(
      { callId: 'call', conversationId, botName: 'Bot', caller: '+15550123', signal: abort.signal },
      { onActivities: (batch) => activities.push(...batch), onLost: (error) => lost.push(error) },
    );
    const conversation = [...this.server.conversations.values()].filter(({ started }) => started).at(-1);
    if (conversation === undefined) throw new Error('the emulator has no conversation');
    return { session, conversation, activities, lost, texts: () => activities.map(({ text }) => text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    await this.server.close();
  }
}

export interface Talk {
  session: BotSession;
  conversation: FakeConversation;
  activities: BotActivity[];
  lost: BotError[];
  texts(): (string | undefined)[];
}

export function message(text: string): HubActivity {
  return { id: randomUUID(), timestamp: '2026-01-31T12:00:00.000Z', language: 'en-US', type: 'message', text };
}

/** Says something as the bot, unasked. */
export function botSays({ conversation }: Talk, ...texts: readonly string[]): void {
  for (const text of texts) conversation.add({ type: 'message', text, from: { id: 'bot', role: 'bot' } });
}

export async function until(condition: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(condition, { timeout: 8_000, interval: 5 });
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<BotError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BotError);
  return error as BotError;
}
