import pino from 'pino';
import { acBotApiConfigSchema } from '../../../connectors/bots/ac-bot-api/config.ts';
import { createAcBotApi } from '../../../connectors/bots/ac-bot-api/connector.ts';
import { FakeBotServer } from '../../../connectors/bots/ac-bot-api/fake-bot.ts';
import type { HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { type BotHarness, describeBotContract } from './bot-contract.ts';
import { eventually } from './eventually.ts';

async function httpHarness(): Promise<BotHarness> {
  const bot = await FakeBotServer.start({ token: 'secret' });
  const config = acBotApiConfigSchema.parse({ url: bot.url, auth: { token: 'secret' } });
  const connection = createAcBotApi(
    { id: 'kit', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  return {
    connection,
    acknowledges: true,
    answerWith(answer) {
      bot.answer = async (activities) =>
        (await answer(activities as unknown as HubActivity[])).map((text, index) => ({
          id: `${String(activities[0]?.id)}-${index}`,
          type: 'message',
          text,
        }));
    },
    received: (id) => (bot.conversations.get(id)?.received ?? []) as unknown as HubActivity[],
    ends: (id) => bot.conversations.get(id)?.ends ?? [],
    conversationIds: () => [...bot.conversations.keys()],
    forget(id) {
      const conversation = bot.conversations.get(id);
      if (conversation !== undefined) conversation.forgotten = true;
    },
    refuse() {
      bot.token = 'another';
    },
    vanish: () => bot.close(),
    holdOpening() {
      const { promise, resolve } = Promise.withResolvers<void>();
      bot.next('create', { kind: 'hold', until: promise });
      return { asked: eventually(() => bot.count('create') === 1, 'the request'), release: resolve };
    },
    async dispose() {
      await connection.close();
      await bot.close();
    },
  };
}

describeBotContract('ac-bot-api over HTTP', httpHarness);
