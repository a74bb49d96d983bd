import { describe, expect, test } from 'vitest';
import { FakeBot, type FakeConversation } from './fake-bot.ts';
import { type BotActivity, BotError, type BotSession, type HubActivity } from './port.ts';

const start: HubActivity = { id: '1', timestamp: '', language: 'en-US', type: 'event', name: 'start' };

async function opened(bot: FakeBot): Promise<{
  session: BotSession;
  conversation: FakeConversation;
  heard: BotActivity[];
  lost: BotError[];
}> {
  const heard: BotActivity[] = [];
  const lost: BotError[] = [];
  const session = await bot.open(
    { callId: 'c', conversationId: 'v', botName: 'b', caller: '1', signal: new AbortController().signal },
    { onActivities: (batch) => heard.push(...batch), onLost: (error) => lost.push(error) },
  );
  return { session, conversation: bot.conversation, heard, lost };
}

describe('the bot in memory', () => {
  test('answers as it was told, with complete activities', async () => {
    const bot = new FakeBot({ answer: ([first]) => [{ text: `${first?.name}ed` }, { name: 'hangup' }] });
    const { session, heard } = await opened(bot);
    await session.send([start]);
    expect(heard).toMatchObject([
      { type: 'message', text: 'started', activityParams: {}, sessionParams: {} },
      { type: 'event', name: 'hangup' },
    ]);
    expect(new Set(heard.map((activity) => activity.id)).size).toBe(2);
  });

  test('may speak unasked, and is silent after the end', async () => {
    const { session, conversation, heard } = await opened(new FakeBot());
    conversation.say({ text: 'by the way' });
    await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    conversation.say({ text: 'one more thing' });
    conversation.lose();
    expect(heard.map((activity) => activity.text)).toEqual(['by the way']);
    expect(conversation.ended).toEqual({ reasonCode: 'client-disconnected', reason: 'BYE' });
  });

  test('may lose the conversation while it is idle', async () => {
    const { session, conversation, lost } = await opened(new FakeBot());
    conversation.lose();
    conversation.lose();
    expect(lost.map((error) => error.code)).toEqual(['bot_conversation_lost']);
    await expect(session.send([start])).rejects.toBe(lost[0]);
  });

  test('an error that may pass leaves the session as it is', async () => {
    const bot = new FakeBot();
    const { session, conversation, lost } = await opened(bot);
    bot.answer = () => {
      throw new BotError('bot_unreachable', 'for a moment', { retryable: true });
    };
    await expect(session.send([start])).rejects.toMatchObject({ code: 'bot_unreachable' });
    bot.answer = () => [];
    await session.send([start]);
    expect(lost).toEqual([]);
    expect(conversation.received).toHaveLength(2);
  });
});
