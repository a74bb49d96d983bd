import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { FakeBotServer } from '../../../connectors/bots/ac-bot-api/fake-bot.ts';
import { FakeWsBot } from '../../../connectors/bots/ac-bot-api/fake-ws-bot.ts';
import { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { FakeLlmServer } from '../../../connectors/bots/llm/fake-server.ts';
import { describeLiveBots } from './live.ts';

/* What live.test.ts does with a bot of somebody, with bots of the test's own: a way that nobody goes is soon no way. */

const everything = () => true;
const reply = { type: 'message', text: 'Yes.' };

describe('a language model', async () => {
  const server = new FakeLlmServer();
  const environment = { LLM_URL: await server.listen(), LLM_MODEL: 'fake-model' };
  afterAll(() => server.close());
  describeLiveBots(environment, everything);
});

describe('a bot of the Bot API over HTTP', async () => {
  const bot = await FakeBotServer.start({ token: 'secret', answer: () => [{ id: crypto.randomUUID(), ...reply }] });
  afterAll(() => bot.close());
  describeLiveBots({ AC_BOT_URL: bot.url, AC_BOT_TOKEN: 'secret' }, everything);
});

describe('a bot of the Bot API over WebSocket', async () => {
  const bot = await FakeWsBot.start({ token: 'secret', mediaFormat: undefined, validates: true });
  bot.answer = async () => [reply];
  afterAll(() => bot.close());
  describeLiveBots({ AC_BOT_URL: bot.url, AC_BOT_TOKEN: 'secret' }, everything);
});

describe('Direct Line', async () => {
  const server = await FakeDirectLine.start();
  server.bot = async ({ type }, _conversation, say) => {
    if (type === 'message') say(reply);
    return 200;
  };
  afterAll(() => server.close());
  describeLiveBots({ DIRECT_LINE_SECRET: server.secret, DIRECT_LINE_URL: server.origin }, everything);
});

describe('Dialogflow CX', async () => {
  const account = fakeAccount();
  const { api } = await FakeCxAgent.start(account);
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-live-'));
  const [keyFile, caFile] = [join(folder, 'key.json'), join(folder, 'ca.pem')];
  const key = { type: 'service_account', client_email: account.clientEmail, private_key: account.privateKey };
  writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
  writeFileSync(caFile, account.ca);
  const environment = {
    DIALOGFLOW_CX_AGENT: FAKE_CX_AGENT,
    DIALOGFLOW_KEY_FILE: keyFile,
    DIALOGFLOW_ENDPOINT: api.endpoint,
    DIALOGFLOW_CA_FILE: caFile,
  };
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  describeLiveBots(environment, everything);
});
