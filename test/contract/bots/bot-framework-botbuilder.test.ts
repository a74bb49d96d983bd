import { randomUUID } from 'node:crypto';
import { ActivityHandler, ActivityTypes, CardFactory, EventFactory, InputHints, MessageFactory } from 'botbuilder';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { botFrameworkConfigSchema } from '../../../connectors/bots/bot-framework/config.ts';
import { createBotFramework } from '../../../connectors/bots/bot-framework/connector.ts';
import { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';
import type { BotActivity, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { BotBuilderBot } from './botbuilder.ts';
import { eventually } from './eventually.ts';

/** What a reader of Microsoft's pages writes, with what the telephone needs in `channelData`. */
function receptionist(seen: string[]): ActivityHandler {
  const handler = new ActivityHandler();
  handler.onMembersAdded(async (context, next) => {
    seen.push(`members ${context.activity.membersAdded?.map(({ id }) => (id === 'bot' ? 'bot' : 'caller')).join()}`);
    await next();
  });
  handler.onEvent(async (context, next) => {
    const { name, value, channelData } = context.activity;
    seen.push(`${name} ${JSON.stringify(value)}`);
    if (name === 'channel') {
      const welcome = MessageFactory.text(`Hello ${channelData.caller}.`);
      welcome.channelData = { sessionParams: { bargeIn: true }, activityParams: { voiceName: 'anna' } };
      await context.sendActivity(welcome);
    }
    if (name === 'DTMF') await context.sendActivity(`You pressed ${value}.`);
    await next();
  });
  handler.onMessage(async (context, next) => {
    switch (context.activity.text) {
      case 'slowly':
        await context.sendActivity({ type: ActivityTypes.Typing });
        await context.sendActivity(MessageFactory.text('One moment.', undefined, InputHints.IgnoringInput));
        await context.sendActivity(MessageFactory.text('**Done**', 'All is done.'));
        break;
      case 'cards': {
        const card = CardFactory.heroCard('Opening hours', 'Nine to five', [], ['Book', 'Leave']);
        await context.sendActivity(MessageFactory.attachment(card));
        await context.sendActivity(
          MessageFactory.suggestedActions(['Red', 'Blue'], 'Which [colour](https://x.example)?'),
        );
        break;
      }
      case 'agent':
        await context.sendActivity(EventFactory.createHandoffInitiation(context, { targetPhoneNumber: '+1 555 0100' }));
        break;
      case 'break':
        throw new Error('the bot is broken');
      default: {
        const goodbye = MessageFactory.text('Goodbye.');
        goodbye.channelData = {
          activities: [{ type: 'event', name: 'sendDtmf', activityParams: { dtmfDigits: '1' } }],
        };
        await context.sendActivity(goodbye);
        await context.sendActivity({ type: ActivityTypes.EndOfConversation, text: 'all said' });
      }
    }
    await next();
  });
  return handler;
}

async function conversation(transport: 'websocket' | 'polling') {
  const server = await FakeDirectLine.start();
  const seen: string[] = [];
  const bot = await BotBuilderBot.start(receptionist(seen), server);
  const config = botFrameworkConfigSchema.parse({ secret: server.secret, url: server.origin, transport, pollMs: 50 });
  const deps = { log: pino({ level: 'silent' }), clock: systemClock };
  const connection = createBotFramework({ id: 'reception', name: 'Reception', config }, deps);
  const activities: BotActivity[] = [];
  const session = await connection.open(
    {
      callId: 'c',
      conversationId: randomUUID(),
      botName: 'Reception',
      caller: '+15550123',
      signal: new AbortController().signal,
    },
    { onActivities: (batch) => activities.push(...batch), onLost: (error) => expect.unreachable(error.message) },
  );
  return {
    seen,
    session,
    async say(activity: Partial<HubActivity>, count: number): Promise<BotActivity[]> {
      const before = activities.length;
      const whole = {
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        language: 'en-US',
        type: 'message',
      } as const;
      await session.send([{ ...whole, ...activity }]);
      await eventually(() => activities.length >= before + count, `${count} activities`);
      return activities.slice(before);
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await bot.close();
      await server.close();
    },
  };
}

test.each(['websocket', 'polling'] as const)(
  'a bot on botbuilder holds a whole conversation: %s',
  async (transport) => {
    await using talk = await conversation(transport);
    const start = { type: 'event', name: 'start', parameters: { caller: '+15550123' } } as const;
    expect(await talk.say(start, 1)).toMatchObject([
      { text: 'Hello +15550123.', sessionParams: { bargeIn: true }, activityParams: { voiceName: 'anna' } },
    ]);
    expect((await talk.say({ type: 'event', name: 'DTMF', value: '5' }, 1))[0]?.text).toBe('You pressed 5.');
    expect(await talk.say({ text: 'slowly' }, 2)).toMatchObject([
      { text: 'One moment.', activityParams: { expectAnotherBotMessage: true } },
      { text: 'All is done.', activityParams: {} },
    ]);
    expect(await talk.say({ text: 'cards' }, 2)).toMatchObject([
      { text: 'Opening hours. Nine to five.' },
      { text: 'Which colour?', activityParams: { sttContextPhrases: ['Red', 'Blue'] } },
    ]);
    expect(await talk.say({ text: 'agent' }, 1)).toMatchObject([
      { type: 'event', name: 'transfer', activityParams: { transferTarget: 'tel:+15550100' } },
    ]);
    const busy = { status: 'failed', reasonCode: 'busy', reason: 'nobody is free' };
    await talk.say({ type: 'event', name: 'transferStatus', value: busy }, 0);
    expect(await talk.say({ text: 'bye' }, 3)).toMatchObject([
      { text: 'Goodbye.' },
      { name: 'sendDtmf', activityParams: { dtmfDigits: '1' } },
      { name: 'hangup', activityParams: { hangupReason: 'all said' } },
    ]);
    await talk.session.end({ reasonCode: 'bot-disconnected', reason: 'all said' });
    expect(talk.seen).toEqual([
      'members caller,bot',
      'channel "telephony"',
      'DTMF "5"',
      'handoff.status {"state":"failed","message":"nobody is free"}',
    ]);
  },
);
