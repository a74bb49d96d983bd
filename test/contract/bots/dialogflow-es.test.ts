import { pino } from 'pino';
import { dialogflowEsConfigSchema } from '../../../connectors/bots/dialogflow/es/config.ts';
import { createDialogflowEs } from '../../../connectors/bots/dialogflow/es/connector.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from '../../../connectors/bots/dialogflow/es/fake-agent.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { systemClock } from '../../../src/clock.ts';
import { type AudioBotHarness, describeAudioContract, hearing } from './audio-contract.ts';
import { describeBotContract } from './bot-contract.ts';
import { AGENT_LACKS, dialogflowAudioHarness } from './dialogflow-audio-harness.ts';
import { dialogflowHarness } from './dialogflow-harness.ts';

const account = fakeAccount();

async function harness(directSTT: boolean): Promise<AudioBotHarness> {
  const agent = await FakeEsAgent.start(account);
  const config = dialogflowEsConfigSchema.parse({ ...agent.api.access, directSTT, project: FAKE_ES_PROJECT });
  const connection = createDialogflowEs(
    { id: 'es', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  const texts = dialogflowHarness(connection, agent.api, (say) => {
    agent.answer = async (request) => ({
      fulfillmentMessages: (await say(request)).map((text) => ({ text: { text: [text] } })),
    });
  });
  return dialogflowAudioHarness(texts, agent.api);
}

describeBotContract('an agent of Dialogflow ES', () => harness(false), ['session']);
describeBotContract('an agent of Dialogflow ES that hears', async () => hearing(await harness(true)), ['session']);
describeAudioContract('an agent of Dialogflow ES that hears', () => harness(true), AGENT_LACKS);
