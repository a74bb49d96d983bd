import { pino } from 'pino';
import { dialogflowCxConfigSchema } from '../../../connectors/bots/dialogflow/cx/config.ts';
import { createDialogflowCx } from '../../../connectors/bots/dialogflow/cx/connector.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { systemClock } from '../../../src/clock.ts';
import { describeBotContract } from './bot-contract.ts';
import { dialogflowHarness } from './dialogflow-harness.ts';

const account = fakeAccount();

describeBotContract('an agent of Dialogflow CX', async () => {
  const agent = await FakeCxAgent.start(account);
  const config = dialogflowCxConfigSchema.parse({ ...agent.api.access, agent: FAKE_CX_AGENT });
  const connection = createDialogflowCx(
    { id: 'cx', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  return dialogflowHarness(connection, agent.api, (texts) => {
    agent.answer = async (request) => [
      { messages: (await texts(request)).map((text) => ({ text: { text: [text] } })) },
    ];
  });
}, ['session']);
