import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { z } from 'zod';
import type {
  BotActivity,
  BotConversationContext,
  BotError,
  BotPlayEvent,
  BotSession,
  BotSpeechEvent,
} from '../../../src/bots/port.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { acBotApiConfigSchema } from './config.ts';
import { type AcBotApiConnection, createAcBotApi } from './connector.ts';
import { FakeWsBot, type FakeWsBotOptions, type FakeWsConversation } from './fake-ws-bot.ts';

export interface WsOpened {
  session: BotSession;
  id: string;
  activities: BotActivity[];
  speech: BotSpeechEvent[];
  plays: BotPlayEvent[];
  lost: BotError[];
  abort(): void;
  /** The bot's side. */
  bot: FakeWsConversation;
}

export interface WsRig {
  bot: FakeWsBot;
  connection: AcBotApiConnection;
  logLines: Record<string, unknown>[];
  open(sampleRate?: SampleRate): Promise<WsOpened>;
  close(): Promise<void>;
}

export const VOICE = { directSTT: true, directTTS: true } as const;

/** A fake bot over WebSocket and a connection to it; `close` fails when a connection is left over. */
export async function makeWsRig(
  options: { bot?: FakeWsBotOptions; config?: Partial<z.input<typeof acBotApiConfigSchema>>; clock?: Clock } = {},
): Promise<WsRig> {
  const bot = await FakeWsBot.start(options.bot);
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  const config = acBotApiConfigSchema.parse({ url: bot.url, ...options.config });
  const connection = createAcBotApi({ id: 'demo', name: 'Demo', config }, { log, clock: options.clock ?? systemClock });
  return {
    bot,
    connection,
    logLines,
    open: (sampleRate) => openWs(bot, connection, sampleRate),
    async close() {
      await connection.close();
      await eventually(() => bot.openConnections === 0, 'all connections closed');
      await bot.close();
    },
  };
}

export async function openWs(
  bot: FakeWsBot,
  connection: AcBotApiConnection,
  sampleRate: SampleRate = 8000,
): Promise<WsOpened> {
  const controller = new AbortController();
  const context = wsContext(controller.signal, sampleRate);
  const opened = {
    activities: [] as BotActivity[],
    speech: [] as BotSpeechEvent[],
    plays: [] as BotPlayEvent[],
    lost: [] as BotError[],
  };
  const session = await connection.open(context, {
    onActivities: (batch) => opened.activities.push(...batch),
    onLost: (error) => opened.lost.push(error),
    onSpeech: (event) => opened.speech.push(event),
    onPlay: (event) => opened.plays.push(event),
  });
  const conversation = bot.conversations.get(context.conversationId);
  if (conversation === undefined) throw new Error('the bot knows nothing of the conversation');
  return { session, id: context.conversationId, ...opened, abort: () => controller.abort(), bot: conversation };
}

export function wsContext(
  signal: AbortSignal = new AbortController().signal,
  sampleRate: SampleRate = 8000,
): BotConversationContext {
  const conversationId = randomUUID();
  return { callId: randomUUID(), conversationId, botName: 'Demo', caller: '+15551230001', sampleRate, signal };
}

/** Frames of 20 ms. */
export function framesOf(samples: Int16Array, sampleRate: SampleRate): AudioFrame[] {
  const length = sampleRate / 50;
  return Array.from({ length: Math.floor(samples.length / length) }, (_, n) => ({
    samples: samples.subarray(n * length, (n + 1) * length),
    sampleRate,
    timestampMs: 20 * n,
  }));
}

/** All audio of these events, joined. */
export function playedSamples(events: readonly BotPlayEvent[]): Int16Array {
  return Int16Array.from(events.flatMap((event) => (event.type === 'audio' ? [...event.samples] : [])));
}
