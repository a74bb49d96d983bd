import { pino } from 'pino';
import { llmConfigSchema } from '../../../connectors/bots/llm/config.ts';
import { createLlmBot } from '../../../connectors/bots/llm/connector.ts';
import { FakeLlmServer, type FakeRequest } from '../../../connectors/bots/llm/fake-server.ts';
import type { HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { type BotHarness, describeBotContract } from './bot-contract.ts';
import type { BotScript } from './bot-harness.ts';

/** What of an activity a model gets to read. */
function carries({ type, name, text }: HubActivity): string {
  return type === 'message' ? (text ?? '') : name === 'start' ? 'CALL-STARTED' : '';
}

async function llmHarness(): Promise<BotHarness> {
  const server = new FakeLlmServer();
  const url = await server.listen();
  const config = llmConfigSchema.parse({ url, model: 'fake-model', systemPrompt: 'conversation {vaigConversationId}' });
  const connection = createLlmBot(
    { id: 'llm', name: 'Kit', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  const inputs = ({ body }: FakeRequest) =>
    body.messages.flatMap((message) => (message.role === 'user' ? message.content.split('\n') : []));
  const asActivity = (text: string): HubActivity => ({ id: '', timestamp: '', language: '', type: 'message', text });
  let answer: Parameters<BotScript['answerWith']>[0] = () => ['Yes.'];
  server.answer = async (request) => {
    const texts = await answer(inputs(request).slice(-1).map(asActivity));
    return { text: texts.join(' ') };
  };
  const of = (id: string) => server.requests.filter(({ body }) => body.messages[0]?.content?.includes(id));
  return {
    connection,
    acknowledges: false,
    carries,
    answerWith(next) {
      answer = next;
    },
    received(id) {
      const last = of(id).at(-1);
      return last === undefined ? [] : inputs(last).map(asActivity);
    },
    ends: () => [],
    conversationIds: () => server.requests.map(({ body }) => body.messages[0]?.content ?? ''),
    forget() {},
    refuse() {
      server.apiKey = 'another';
    },
    vanish: () => server.close(),
    holdOpening: () => ({ asked: Promise.resolve(), release: () => {} }),
    async dispose() {
      await connection.close();
      await server.close();
    },
  };
}

describeBotContract('a language model', llmHarness, ['session', 'batches', 'queue']);
