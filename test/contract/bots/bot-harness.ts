import { equal, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type BotActivity,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotErrorCode,
  type BotSession,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { eventually } from './eventually.ts';

/** What a test decides about a bot, and sees of it, where that is a fake. */
export interface BotScript {
  /** What the bot answers from now on: texts of messages. A promise delays it. */
  answerWith(answer: (activities: readonly HubActivity[]) => readonly string[] | Promise<readonly string[]>): void;
  /** What the bot has taken in this conversation, without repetitions. */
  received(conversationId: string): readonly HubActivity[];
  /** How often, and why, the bot was told that this conversation is over. */
  ends(conversationId: string): readonly { reasonCode: string; reason: string }[];
  /** Every conversation that the bot has ever been asked for. */
  conversationIds(): readonly string[];
  /** The bot forgets this conversation. */
  forget(conversationId: string): void;
  /** New conversations are accepted only after `release()`; `asked` resolves when the bot was asked for one. */
  holdOpening(): { asked: Promise<void>; release(): void };
}

/** A connection under test and the hands of a test on the bot behind it. Without a script it is a real bot, which answers `hello`. */
export interface BotHarness extends Partial<BotScript> {
  connection: BotConnection;
  /** Whether a delivery is over only when the bot has answered it, as over HTTP; otherwise when it was sent. */
  acknowledges: boolean;
  /** What of an activity reaches the bot; absent: all of it. */
  carries?(activity: HubActivity): unknown;
  /** The bot refuses new conversations because of the credentials. */
  refuse(): void;
  /** Nobody is there any more. */
  vanish(): Promise<void>;
  /** How long the bot may take for anything; without it as long as real sockets may. */
  patienceMs?: number;
  dispose(): Promise<void>;
}

export interface Opened {
  session: BotSession;
  id: string;
  activities: BotActivity[];
  calls: { activities: number; lost: BotError[] };
  texts(): (string | undefined)[];
  abort(): void;
}

export async function openOne(harness: BotHarness, options: { throwing?: boolean } = {}): Promise<Opened> {
  const controller = new AbortController();
  const context = contextOf(controller.signal);
  const activities: BotActivity[] = [];
  const calls: Opened['calls'] = { activities: 0, lost: [] };
  const session = await harness.connection.open(context, {
    onActivities(batch) {
      calls.activities += 1;
      activities.push(...batch);
      if (options.throwing === true) throw new Error('the handler is broken');
    },
    onLost(error) {
      calls.lost.push(error);
    },
  });
  return {
    session,
    id: context.conversationId,
    activities,
    calls,
    texts: () => activities.map((activity) => activity.text),
    abort: () => controller.abort(),
  };
}

export const silentHandlers = { onActivities: () => {}, onLost: () => {} };

export function contextOf(signal = new AbortController().signal): BotConversationContext {
  return { callId: randomUUID(), conversationId: randomUUID(), botName: 'Kit', caller: '+15551230001', signal };
}

export function message(text: string): HubActivity {
  return { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'message', text };
}

export function event(name: string, parameters: Record<string, unknown>): HubActivity {
  return { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'event', name, parameters };
}

/** Fails unless `promise` rejects with a BotError, of this code where one is given. */
export async function rejectsWith(code: BotErrorCode | undefined, promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  ok(outcome !== undefined, 'expected a rejection');
  ok(outcome.error instanceof BotError, `expected a BotError, got ${String(outcome.error)}`);
  if (code !== undefined) equal(outcome.error.code, code);
}

/** A bot whose hands the case needs. @throws Error where the kind should have named them among what it lacks */
export function scripted(harness: BotHarness): BotHarness & BotScript {
  const hands = ['answerWith', 'received', 'ends', 'conversationIds', 'forget', 'holdOpening'] as const;
  if (hands.some((hand) => harness[hand] === undefined)) {
    throw new Error('the bot has no script, and its kind does not say so');
  }
  return harness as BotHarness & BotScript;
}

/** The bot forgets the conversation; that is found out at the next delivery at the latest. */
export async function loseOne(harness: BotHarness, { id, session, calls }: Opened): Promise<void> {
  scripted(harness).forget(id);
  const next = session.send([message('still there?')]);
  if (harness.acknowledges) await rejectsWith('bot_conversation_lost', next);
  else await next.catch(() => {});
  await eventually(() => calls.lost.length > 0, 'the loss', harness.patienceMs);
  await rejectsWith('bot_conversation_lost', session.send([message('really?')]));
}

/** A delivery that the end overtakes: it rejects, unless it was over when it was sent. */
export async function dropped(harness: BotHarness, sent: Promise<void>): Promise<void> {
  if (harness.acknowledges) await rejectsWith(undefined, sent);
  else await sent.catch(() => {});
}

export function isReply({ type, text }: BotActivity): boolean {
  return type === 'message' && text !== undefined && text !== '';
}

export function gateOf(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
