import { FakeBot } from '../../../src/bots/fake-bot.ts';
import { type BotConnection, BotError } from '../../../src/bots/port.ts';
import type { AudioFrame } from '../../../src/media/audio.ts';
import { type AudioBotHarness, speechOf } from './audio-contract.ts';
import type { BotHarness } from './bot-contract.ts';
import type { BotScript } from './bot-harness.ts';

type Wrap = (connection: BotConnection) => BotConnection;

/** The kit's harness of the fake in memory; `wrap` may break the connection to show that the kit notices. */
export async function memoryHarness(wrap: Wrap = (connection) => connection): Promise<BotHarness> {
  return harnessOf(new FakeBot(), wrap);
}

/** The same of a fake that hears and speaks itself. */
export async function memoryAudioHarness(wrap: Wrap = (connection) => connection): Promise<AudioBotHarness> {
  const bot = new FakeBot({ audio: { directStt: true, directTts: true } });
  const find = (id: string) => bot.conversations.find((conversation) => conversation.context.conversationId === id);
  return {
    ...harnessOf(bot, wrap),
    patienceMs: 200,
    heard(id) {
      const heard = find(id)?.heard ?? [];
      const frames = heard.filter((item): item is AudioFrame => typeof item !== 'string');
      return {
        starts: heard.filter((item) => item === 'start').length,
        stops: heard.filter((item) => item === 'stop').length,
        samples: Int16Array.from(frames.flatMap(({ samples }) => [...samples])),
      };
    },
    hear(id, utterance) {
      for (const event of speechOf(utterance)) find(id)?.hear(event);
    },
    play(id, { streamId, altText, pieces }) {
      const conversation = find(id);
      conversation?.play({ type: 'start', streamId, altText, activityParams: {} });
      for (const piece of pieces) {
        if (typeof piece === 'string') conversation?.play({ type: 'mark', streamId, markId: piece });
        else conversation?.play({ type: 'audio', streamId, samples: piece });
      }
      conversation?.play({ type: 'stop', streamId });
    },
    marks: (id) => find(id)?.marks ?? [],
  };
}

function harnessOf(bot: FakeBot, wrap: Wrap): BotHarness {
  const forgotten = new Set<string>();
  let gone = false;
  let answer: Parameters<BotScript['answerWith']>[0] = () => [];
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
    acknowledges: true,
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
