import { FakeBot } from '../../../src/bots/fake-bot.ts';
import { type BotConnection, BotError } from '../../../src/bots/port.ts';
import type { BotHarness } from './bot-contract.ts';

/** The kit's harness of the fake in memory; `wrap` may break the connection to show that the kit notices. */
export async function memoryHarness(
  wrap: (connection: BotConnection) => BotConnection = (connection) => connection,
): Promise<BotHarness> {
  const bot = new FakeBot();
  const forgotten = new Set<string>();
  let gone = false;
  let answer: Parameters<BotHarness['answerWith']>[0] = () => [];
  const find = (id: string) => bot.conversations.find((conversation) => conversation.context.conversationId === id);
  bot.answer = async (activities, conversation) => {
    if (gone) throw new BotError('bot_unreachable', 'nobody is there', { retryable: true });
    if (forgotten.has(conversation.context.conversationId)) {
      throw new BotError('bot_conversation_lost', 'the conversation is not known');
    }
    return (await answer(activities)).map((text) => ({ text }));
  };
  return {
    connection: wrap(bot),
    answerWith(next) {
      answer = next;
    },
    received: (id) => find(id)?.received ?? [],
    ends: (id) => {
      const ended = find(id)?.ended;
      return ended === undefined ? [] : [ended];
    },
    conversationIds: () => bot.conversations.map((conversation) => conversation.context.conversationId),
    forget(id) {
      forgotten.add(id);
    },
    refuse() {
      bot.openError = new BotError('bot_rejected', 'the credentials were not accepted');
    },
    async vanish() {
      gone = true;
      bot.openError = new BotError('bot_unreachable', 'nobody is there', { retryable: true });
    },
    holdOpening() {
      const { promise, resolve } = Promise.withResolvers<void>();
      bot.openGate = promise;
      return { asked: Promise.resolve(), release: resolve };
    },
    dispose: () => bot.close(),
  };
}
