import { status } from '@grpc/grpc-js';
import { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from '../../../connectors/bots/dialogflow/es/fake-agent.ts';
import type { FakeAccount, FakeApi, FakeRequest } from '../../../connectors/bots/dialogflow/fake-api.ts';
import { type FakeAnswer, FakeLlmServer } from '../../../connectors/bots/llm/fake-server.ts';
import { becomes, type Column, pointless, serverBecomes } from './matrix.ts';

/** The bot's side of a call: greets with `Hello.`, and answers `1` with `You said 1.` */
export interface BotPeer {
  /** Its entry in hub.yaml. */
  settings: object;
  /** The bot hears itself. */
  voice?: true;
  /** When the caller was asked for patience: a slow answer comes then. */
  waited: Promise<void>;
  /** Whether it takes the caller's audio now, where it hears itself. */
  listens?(): boolean;
  close(): Promise<void>;
}

/** One fault in one call. */
export interface BotCell<Peer> {
  /** Before the call, before the caller asks for the first time, or within the last word of that. */
  before: 'the call' | 'the question' | 'the last word';
  act(peer: Peer): void | Promise<void>;
  /** Keys of hub.yaml besides. */
  settings?: object;
  /** What the caller asks first, in words; `1` by default. */
  words?: readonly number[];
  /** What the caller hears; nothing: the call is not answered. Those who hear `SECOND` have asked twice. */
  hears: readonly string[];
  /** What the record has of it; by default just that. */
  says?: readonly string[];
  /** What the caller said, as the record has it, where it is not all. */
  asks?: readonly string[];
  /** Longest silence between what the caller has said and what he hears then; by default `SILENT_MS`. */
  silentMs?: number;
  /** Of a call that the fault ends: why, as the record says. */
  ends?: RegExp;
}

export const GREETING = 'Hello.';
export const FIRST = 'You said 1.';
export const SECOND = 'You said 2.';
export const APOLOGY = 'We are sorry.';
export const PATIENCE = 'One moment.';

export const replyTo = (text: string) => `You said ${text}.`;
export const ALL = [GREETING, FIRST, SECOND];
export const SORRY = [GREETING, APOLOGY];
export const WAITED = [GREETING, PATIENCE, FIRST, SECOND];
export const TEXTS_ONLY = pointless('what comes from the bot is text; the audio is made by the speech service');
export interface BotCase<Peer extends BotPeer> {
  start(account: FakeAccount): Promise<Peer>;
  cells: Column<BotCell<Peer>>;
  /** Of the same faults at other times. */
  more?: Readonly<Record<string, BotCell<Peer>>>;
}

// ---- bot-framework ----

async function startDirectLine() {
  const server = await FakeDirectLine.start();
  const bot = {
    server,
    slow: false,
    waited: Promise.resolve(),
    settings: { connector: 'bot-framework', url: server.origin, secret: server.secret },
    get conversation() {
      const [first] = [...server.conversations.values()].filter(({ started }) => started);
      if (first === undefined) throw new Error('no conversation');
      return first;
    },
    close: () => server.close(),
  };
  server.bot = async ({ type, name, text }, _conversation, say) => {
    if (type === 'event' && name === 'channel') say({ type: 'message', text: GREETING });
    if (type !== 'message') return 200;
    if (bot.slow) await bot.waited;
    bot.slow = false;
    say({ type: 'message', text: replyTo(String(text)) });
    return 200;
  };
  return bot;
}

export const botFramework: BotCase<Awaited<ReturnType<typeof startDirectLine>>> = {
  start: startDirectLine,
  cells: {
    'handshake refused': {
      before: 'the call',
      act: ({ server }) => server.fail('generate', { status: 403, message: 'invalid secret' }),
      hears: [],
      ends: /refuse|403/i,
    },
    'token expired mid-call': {
      before: 'the question',
      // The next request finds the token refused; another one is made with the secret.
      act: ({ server }) => server.fail('post', { status: 403, code: 'TokenExpired', message: 'Token has expired' }),
      hears: ALL,
    },
    'socket frozen': {
      before: 'the question',
      act: ({ conversation }) => conversation.freeze(),
      settings: { timeouts: { pingMs: 1_000 } },
      hears: ALL,
    },
    'socket closed mid-word': { before: 'the question', act: ({ conversation }) => conversation.cut(), hears: ALL },
    429: {
      before: 'the question',
      act: ({ server }) => server.fail('post', { status: 429, headers: { 'retry-after': '0.4' } }),
      hears: ALL,
    },
    'malformed message': {
      before: 'the question',
      act: ({ conversation }) => conversation.sendRaw('{"activities": [{'),
      hears: ALL,
    },
    'slow first byte': {
      before: 'the question',
      act: becomes({ slow: true }),
      hears: WAITED,
    },
    'wrong audio length': TEXTS_ONLY,
  },
};

// ---- dialogflow ----

export interface Agent extends BotPeer {
  api: FakeApi;
  slow: boolean;
}

async function answerOf(agent: Agent, { query }: FakeRequest): Promise<string> {
  if (query.type !== 'text' && query.type !== 'audio') return GREETING;
  if (agent.slow) await agent.waited;
  agent.slow = false;
  return replyTo(query.text);
}

const dialogflowCells: Column<BotCell<Agent>> = {
  'handshake refused': {
    before: 'the call',
    act: ({ api }) => {
      api.refusesTokens = true;
    },
    hears: [],
    ends: /refuses the credentials/,
  },
  'token expired mid-call': {
    before: 'the question',
    act: ({ api }) => void api.faults.push({ code: status.UNAUTHENTICATED }),
    hears: ALL,
  },
  'socket frozen': {
    before: 'the question',
    act: ({ api }) => void api.faults.push('hang'),
    settings: { timeouts: { answerMs: 6_000 } },
    hears: SORRY,
    silentMs: 12_000,
    ends: /does not answer/,
  },
  'socket closed mid-word': { before: 'the question', act: ({ api }) => void api.faults.push('cut'), hears: ALL },
  429: {
    before: 'the question',
    act: ({ api }) => void api.faults.push({ code: status.RESOURCE_EXHAUSTED }),
    hears: ALL,
  },
  'malformed message': {
    before: 'the question',
    act: ({ api }) => void api.faults.push('garbage'),
    hears: SORRY,
    ends: /agent/,
  },
  'slow first byte': {
    before: 'the question',
    act: becomes({ slow: true }),
    hears: WAITED,
  },
  'wrong audio length': TEXTS_ONLY,
};

export const dialogflowCx: BotCase<Agent> = {
  async start(account) {
    const cx = await FakeCxAgent.start(account);
    const settings = { connector: 'dialogflow-cx', ...cx.api.access, agent: FAKE_CX_AGENT };
    const agent = { settings, api: cx.api, slow: false, waited: Promise.resolve(), close: () => cx.api.close() };
    cx.answer = async (request) => [{ messages: [{ text: { text: [await answerOf(agent, request)] } }] }];
    return agent;
  },
  cells: dialogflowCells,
};

export const dialogflowEs: BotCase<Agent> = {
  async start(account) {
    const es = await FakeEsAgent.start(account);
    const settings = { connector: 'dialogflow-es', ...es.api.access, project: FAKE_ES_PROJECT };
    const agent = { settings, api: es.api, slow: false, waited: Promise.resolve(), close: () => es.api.close() };
    es.answer = async (request) => ({ fulfillmentText: await answerOf(agent, request) });
    return agent;
  },
  cells: dialogflowCells,
};

// ---- llm ----

async function startModel() {
  const server = new FakeLlmServer();
  server.apiKey = 'key';
  const url = await server.listen();
  const model = {
    server,
    /** The next answer, in the place of the usual one. */
    next: undefined as FakeAnswer | undefined,
    slow: false,
    waited: Promise.resolve(),
    settings: { connector: 'llm', url, apiKey: 'key', model: 'fake-model', systemPrompt: 'x', welcome: GREETING },
    close: () => server.close(),
  };
  server.answer = async ({ body }) => {
    const { next } = model;
    model.next = undefined;
    if (model.slow) await model.waited;
    model.slow = false;
    return next ?? { text: replyTo(String(body.messages.at(-1)?.content)) };
  };
  return model;
}

const SENTENCE = 'Let me see when the doctor has time for you.';
const PART = `${SENTENCE} The next`;

export const llm: BotCase<Awaited<ReturnType<typeof startModel>>> = {
  start: startModel,
  cells: {
    'handshake refused': {
      before: 'the call',
      act: serverBecomes({ apiKey: 'another' }),
      // The welcome needs no model.
      hears: SORRY,
      ends: /refused/,
    },
    'token expired mid-call': {
      before: 'the question',
      act: serverBecomes({ apiKey: 'another' }),
      hears: SORRY,
      ends: /refused/,
    },
    'socket frozen': {
      before: 'the question',
      act: becomes({ next: { hang: true, text: PART } }),
      settings: { timeouts: { tokenMs: 2_000 } },
      hears: [GREETING, SENTENCE, APOLOGY],
      ends: /cannot be reached/,
    },
    'socket closed mid-word': {
      before: 'the question',
      act: becomes({ next: { reset: true, text: PART } }),
      hears: [GREETING, SENTENCE, APOLOGY],
      ends: /cannot be reached/,
    },
    429: {
      before: 'the question',
      act: becomes({ next: { status: 429, headers: { 'retry-after': '0' } } }),
      hears: ALL,
    },
    'malformed message': {
      before: 'the question',
      act: becomes({ next: { raw: 'data: {"choices": [{\n\n' } }),
      hears: SORRY,
      ends: /unusable answer/,
    },
    'slow first byte': {
      before: 'the question',
      act: becomes({ slow: true }),
      hears: WAITED,
    },
    'wrong audio length': TEXTS_ONLY,
  },
};
