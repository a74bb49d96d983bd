import type { FakeApi, FakeRequest } from '../../../connectors/bots/dialogflow/fake-api.ts';
import type { BotConnection, HubActivity } from '../../../src/bots/port.ts';
import type { BotHarness } from './bot-contract.ts';
import type { BotScript } from './bot-harness.ts';

type Answer = Parameters<BotScript['answerWith']>[0];

/** The hands of the tests on a fake agent of either edition. */
export function dialogflowHarness(
  connection: BotConnection,
  api: FakeApi,
  say: (texts: (request: FakeRequest) => Promise<readonly string[]>) => void,
): BotHarness {
  let answer: Answer = () => ['Yes.'];
  say(async (request) => answer([asActivity(request)]));
  return {
    connection,
    acknowledges: true,
    carries: ({ type, name, text }) => (type === 'message' ? text : name),
    answerWith(next) {
      answer = next;
    },
    received: (id) => api.requests.filter((request) => request.id === id).map(asActivity),
    ends: () => [],
    conversationIds: () => api.requests.map(({ id }) => id),
    forget() {},
    refuse() {
      api.refusesTokens = true;
    },
    vanish: () => api.close(),
    holdOpening: () => ({ asked: Promise.resolve(), release: () => {} }),
    async dispose() {
      await connection.close();
      await api.close();
    },
  };
}

function asActivity({ query }: FakeRequest): HubActivity {
  const common = { id: '', timestamp: '', language: '' };
  if (query.type === 'text') return { ...common, type: 'message', text: query.text };
  return { ...common, type: 'event', name: query.type === 'event' && query.name === 'WELCOME' ? 'start' : query.type };
}
