import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { botFrameworkConfigSchema } from '../../../connectors/bots/bot-framework/config.ts';
import { createBotFramework } from '../../../connectors/bots/bot-framework/connector.ts';
import type { BotActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { eventually } from './eventually.ts';

const { DIRECT_LINE_SECRET: secret, COPILOT_TOKEN_ENDPOINT: tokenEndpoint } = process.env;
const accounts = [{ secret }, { tokenEndpoint }].filter((entry) => Object.values(entry).some((value) => value));

test.skipIf(accounts.length === 0)(
  'a real bot answers, over a stream and by polling',
  { timeout: 120_000 },
  async () => {
    for (const account of accounts) {
      for (const transport of ['websocket', 'polling'] as const) {
        const config = botFrameworkConfigSchema.parse({ ...account, transport });
        const deps = { log: pino({ level: 'silent' }), clock: systemClock };
        const connection = createBotFramework({ id: 'live', name: 'Live', config }, deps);
        const activities: BotActivity[] = [];
        const context = { callId: 'live', conversationId: randomUUID(), botName: 'Live', caller: '+15550123' };
        const session = await connection.open(
          { ...context, signal: new AbortController().signal },
          { onActivities: (batch) => activities.push(...batch), onLost: (error) => expect.unreachable(error.message) },
        );
        const whole = { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US' } as const;
        await session.send([
          { ...whole, type: 'event', name: 'start', parameters: { caller: '+15550123' } },
          { ...whole, id: randomUUID(), type: 'message', text: 'Hello' },
        ]);
        await eventually(() => activities.some(({ text }) => text !== undefined), 'an answer', 30_000);
        await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
        await connection.close();
      }
    }
  },
);
