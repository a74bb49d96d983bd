import { pino } from 'pino';
import { botFrameworkConfigSchema } from '../../../connectors/bots/bot-framework/config.ts';
import { createBotFramework } from '../../../connectors/bots/bot-framework/connector.ts';
import type { FakeActivity, FakeConversation } from '../../../connectors/bots/bot-framework/fake-conversation.ts';
import { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';
import type { HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { type BotHarness, describeBotContract } from './bot-contract.ts';
import type { BotScript } from './bot-harness.ts';

/** What the bot reads, in the words of the hub. */
function asHubActivity({ type, name, text, locale, localTimestamp, channelData }: FakeActivity): HubActivity {
  const { clientActivityID: id, ...parameters } = channelData as Record<string, unknown>;
  return {
    id: String(id),
    timestamp: String(localTimestamp),
    language: String(locale),
    type: type as HubActivity['type'],
    ...(name === undefined ? {} : { name: name === 'channel' ? 'start' : String(name) }),
    ...(text === undefined ? {} : { text: String(text) }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

const isEnd = ({ type }: FakeActivity) => type === 'endOfConversation';

async function harness(transport: 'websocket' | 'polling'): Promise<BotHarness> {
  const server = await FakeDirectLine.start();
  const config = botFrameworkConfigSchema.parse({ secret: server.secret, url: server.origin, transport, pollMs: 50 });
  const connection = createBotFramework(
    { id: 'bot', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  let answer: Parameters<BotScript['answerWith']>[0] = () => [];
  server.bot = async (activity, _conversation, say) => {
    if (isEnd(activity)) return 200;
    const texts = await answer([asHubActivity(activity)]);
    say(...texts.map((text) => ({ type: 'message', text })));
    return 200;
  };
  const received = (id: string) => server.of(id)?.received ?? [];
  return {
    connection,
    acknowledges: false,
    answerWith(next) {
      answer = next;
    },
    received: (id) =>
      received(id)
        .filter((activity) => !isEnd(activity))
        .map(asHubActivity),
    ends: (id) =>
      received(id)
        .filter(isEnd)
        .map(({ channelData }) => channelData as { reasonCode: string; reason: string }),
    conversationIds: () =>
      [...server.conversations.values()].filter(({ started }) => started).map(({ userId }) => (userId ?? '').slice(3)),
    forget(id) {
      const conversation = server.of(id) as FakeConversation;
      conversation.forgotten = true;
    },
    refuse() {
      server.secret = 'another';
    },
    vanish: () => server.close(),
    holdOpening: () => server.hold('start'),
    async dispose() {
      await connection.close();
      await server.close();
    },
  };
}

describeBotContract('Bot Framework over a stream', () => harness('websocket'));
describeBotContract('Bot Framework by polling', () => harness('polling'));
