import { pino } from 'pino';
import { dialogflowCxConfigSchema } from '../../../connectors/bots/dialogflow/cx/config.ts';
import { createDialogflowCx } from '../../../connectors/bots/dialogflow/cx/connector.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { systemClock } from '../../../src/clock.ts';
import { type AudioBotHarness, describeAudioContract, hearing } from './audio-contract.ts';
import { describeBotContract } from './bot-contract.ts';
import { AGENT_LACKS, dialogflowAudioHarness } from './dialogflow-audio-harness.ts';
import { dialogflowHarness } from './dialogflow-harness.ts';

const account = fakeAccount();

async function harness(directSTT: boolean): Promise<AudioBotHarness> {
  const agent = await FakeCxAgent.start(account);
  const config = dialogflowCxConfigSchema.parse({ ...agent.api.access, directSTT, agent: FAKE_CX_AGENT });
  const connection = createDialogflowCx(
    { id: 'cx', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  const texts = dialogflowHarness(connection, agent.api, (say) => {
    agent.answer = async (request) => [{ messages: (await say(request)).map((text) => ({ text: { text: [text] } })) }];
  });
  return dialogflowAudioHarness(texts, agent.api);
}

describeBotContract('an agent of Dialogflow CX', () => harness(false), ['session']);
describeBotContract('an agent of Dialogflow CX that hears', async () => hearing(await harness(true)), ['session']);
describeAudioContract('an agent of Dialogflow CX that hears', () => harness(true), AGENT_LACKS);
