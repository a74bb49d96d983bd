import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acBotApiConfigSchema } from '../../../connectors/bots/ac-bot-api/config.ts';
import { type AcBotApiConnection, createAcBotApi } from '../../../connectors/bots/ac-bot-api/connector.ts';
import { type DemoBot, startDemoBot } from '../../../examples/demo-bot/server.ts';
import { parseBotParameters } from '../../../src/bots/parameters.ts';
import type { BotActivity, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';

const log = pino({ level: 'silent' });
let bot: DemoBot;
const connections: AcBotApiConnection[] = [];

beforeEach(async () => {
  bot = await startDemoBot({ host: '127.0.0.1', port: 0, token: 'demo', log });
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  await bot.close();
});

function connect(token: string): AcBotApiConnection {
  const config = acBotApiConfigSchema.parse({ url: bot.url, auth: { token } });
  const connection = createAcBotApi({ id: 'demo', name: 'Demo', config }, { log, clock: systemClock });
  connections.push(connection);
  return connection;
}

async function call() {
  const activities: BotActivity[] = [];
  const session = await connect('demo').open(
    { callId: 'c', conversationId: randomUUID(), botName: 'Demo', caller: '1', signal: new AbortController().signal },
    { onActivities: (batch) => activities.push(...batch), onLost: (error) => expect.unreachable(error.message) },
  );
  const say = async (activity: Partial<HubActivity>): Promise<BotActivity[]> => {
    const before = activities.length;
    const whole = {
      id: randomUUID(),
      timestamp: new Date().toISOString(),
      language: 'en-US',
      type: 'message',
    } as const;
    await session.send([{ ...whole, ...activity }]);
    return activities.slice(before);
  };
  return { session, say };
}

test('the connector and the demo bot understand each other through a whole call', async () => {
  const { session, say } = await call();
  const [greeting] = await say({ type: 'event', name: 'start', parameters: { caller: '1' } });
  expect(greeting?.text).toContain('demo bot');
  expect((await say({ text: 'opening hours' }))[0]?.text).toContain('You said: opening hours');
  expect((await say({ type: 'event', name: 'DTMF', value: '5' }))[0]?.text).toBe('Key 5.');
  expect((await say({ text: 'goodbye' })).map((activity) => activity.name)).toEqual([undefined, 'hangup']);
  await session.end({ reasonCode: 'bot-disconnected', reason: 'the caller said goodbye' });
});

test('the settings that the demo bot sends are those that the hub knows', async () => {
  const { session, say } = await call();
  const [greeting] = await say({ type: 'event', name: 'start' });
  const parsed = parseBotParameters(greeting?.sessionParams ?? {}, 'session');
  expect(parsed.warnings).toEqual([]);
  expect(Object.keys(parsed.values).toSorted()).toEqual(Object.keys(greeting?.sessionParams ?? {}).toSorted());
  await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
});

test('the demo bot passes the connectivity check, with its token only', async () => {
  expect(await connect('demo').validate()).toMatchObject({ ok: true });
  expect(await connect('wrong').validate()).toMatchObject({
    ok: false,
    steps: [{ message: expect.stringContaining('the credentials were not accepted') }],
  });
});
