import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { dialogflowCxConfigSchema } from '../../../connectors/bots/dialogflow/cx/config.ts';
import { createDialogflowCx } from '../../../connectors/bots/dialogflow/cx/connector.ts';
import { dialogflowEsConfigSchema } from '../../../connectors/bots/dialogflow/es/config.ts';
import { createDialogflowEs } from '../../../connectors/bots/dialogflow/es/connector.ts';
import type { BotActivity, BotConnection } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';

/*
 * Google's own service: with DIALOGFLOW_CX_AGENT (full name) or DIALOGFLOW_ES_PROJECT in the environment, and
 * DIALOGFLOW_KEY_FILE where the machine has no application default credentials. The agent answers `hello` with something.
 */
const { DIALOGFLOW_CX_AGENT: agent, DIALOGFLOW_ES_PROJECT: project, DIALOGFLOW_KEY_FILE: keyFile } = process.env;
const deps = { log: pino({ level: 'silent' }), clock: systemClock };
const credentials = keyFile === undefined ? {} : { credentials: { keyFile } };

async function greets(bot: BotConnection): Promise<void> {
  const signal = new AbortController().signal;
  const activities: BotActivity[] = [];
  try {
    expect(await bot.validate?.(signal)).toMatchObject({ ok: true });
    const session = await bot.open(
      { callId: 'live', conversationId: randomUUID(), botName: 'live', caller: '+15550100', signal },
      { onActivities: (list) => activities.push(...list), onLost: () => {} },
    );
    const common = { id: '1', timestamp: new Date().toISOString(), language: 'en' };
    await session.send([{ ...common, type: 'message', text: 'hello' }]);
    await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    expect(activities.length).toBeGreaterThan(0);
  } finally {
    await bot.close();
  }
}

test.skipIf(agent === undefined)('an agent of Dialogflow CX', async () => {
  const config = dialogflowCxConfigSchema.parse({ agent, ...credentials });
  await greets(createDialogflowCx({ id: 'live', name: 'live', config }, deps));
});

test.skipIf(project === undefined)('an agent of Dialogflow ES', async () => {
  const config = dialogflowEsConfigSchema.parse({ project, ...credentials });
  await greets(createDialogflowEs({ id: 'live', name: 'live', config }, deps));
});
