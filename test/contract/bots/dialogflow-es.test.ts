import { pino } from 'pino';
import { dialogflowEsConfigSchema } from '../../../connectors/bots/dialogflow/es/config.ts';
import { createDialogflowEs } from '../../../connectors/bots/dialogflow/es/connector.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from '../../../connectors/bots/dialogflow/es/fake-agent.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { systemClock } from '../../../src/clock.ts';
import { describeBotContract } from './bot-contract.ts';
import { dialogflowHarness } from './dialogflow-harness.ts';

const account = fakeAccount();

describeBotContract('an agent of Dialogflow ES', async () => {
  const agent = await FakeEsAgent.start(account);
  const config = dialogflowEsConfigSchema.parse({ ...agent.api.access, project: FAKE_ES_PROJECT });
  const connection = createDialogflowEs(
    { id: 'es', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  return dialogflowHarness(connection, agent.api, (texts) => {
    agent.answer = async (request) => ({
      fulfillmentMessages: (await texts(request)).map((text) => ({ text: { text: [text] } })),
    });
  });
}, ['session']);
