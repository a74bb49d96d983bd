import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { acBotApiConfigSchema } from '../../../connectors/bots/ac-bot-api/config.ts';
import { createAcBotApi } from '../../../connectors/bots/ac-bot-api/connector.ts';
import { botFrameworkConfigSchema } from '../../../connectors/bots/bot-framework/config.ts';
import { createBotFramework } from '../../../connectors/bots/bot-framework/connector.ts';
import { dialogflowCxConfigSchema } from '../../../connectors/bots/dialogflow/cx/config.ts';
import { createDialogflowCx } from '../../../connectors/bots/dialogflow/cx/connector.ts';
import { dialogflowEsConfigSchema } from '../../../connectors/bots/dialogflow/es/config.ts';
import { createDialogflowEs } from '../../../connectors/bots/dialogflow/es/connector.ts';
import { llmConfigSchema } from '../../../connectors/bots/llm/config.ts';
import { createLlmBot } from '../../../connectors/bots/llm/connector.ts';
import type { BotConnection } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import type { BotAbility } from './bot-contract.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** To the bot; with credentials that it refuses; to where nobody is. */
export type Way = 'right' | 'refused' | 'absent';

/** A bot that answers `hello` with something, as the environment leads to it. */
export interface LiveBot {
  name: string;
  /** Undefined: nothing in the environment leads there. */
  open: ((way: Way) => BotConnection) | undefined;
  lacks: readonly BotAbility[];
}

const NOBODY = '127.0.0.1:1';
const REFUSED = 'refused-on-purpose';
const deps = { log: pino({ level: 'silent' }), clock: systemClock };
const names = { id: 'live', name: 'Live' };

/** Which variables lead where stands in the README of each connector. */
export function liveBots(environment: Environment): LiveBot[] {
  return [...acBotApi(environment), ...botFramework(environment), ...dialogflow(environment), llm(environment)];
}

function acBotApi({ AC_BOT_URL: url, AC_BOT_TOKEN: token }: Environment): LiveBot[] {
  const make = (address: string) => (way: Way) => {
    const given = way === 'refused' ? REFUSED : token;
    const config = acBotApiConfigSchema.parse({
      url: way === 'absent' ? `${new URL(address).protocol}//${NOBODY}/bot` : address,
      ...(given === undefined ? {} : { auth: { token: given } }),
    });
    return createAcBotApi({ ...names, config }, deps);
  };
  const lacks = token === undefined ? (['script', 'credentials'] as const) : (['script'] as const);
  return [{ name: 'ac-bot-api', open: url === undefined ? undefined : make(url), lacks }];
}

function botFramework(environment: Environment): LiveBot[] {
  const { DIRECT_LINE_SECRET: secret, DIRECT_LINE_URL: url, COPILOT_TOKEN_ENDPOINT: tokenEndpoint } = environment;
  const withSecret = (transport: string) => (way: Way) => {
    const address = way === 'absent' ? `http://${NOBODY}` : url;
    const config = botFrameworkConfigSchema.parse({
      ...{ secret: way === 'refused' ? REFUSED : secret, transport },
      ...(address === undefined ? {} : { url: address }),
    });
    return createBotFramework({ ...names, config }, deps);
  };
  const withEndpoint = (transport: string) => (way: Way) => {
    const config = botFrameworkConfigSchema.parse({
      ...{ tokenEndpoint: way === 'absent' ? `http://${NOBODY}/token` : tokenEndpoint, transport },
    });
    return createBotFramework({ ...names, config }, deps);
  };
  return ['websocket', 'polling'].flatMap((transport): LiveBot[] => [
    {
      name: `Bot Framework over ${transport}`,
      open: secret === undefined ? undefined : withSecret(transport),
      lacks: ['script'],
    },
    {
      name: `Copilot Studio over ${transport}`,
      open: tokenEndpoint === undefined ? undefined : withEndpoint(transport),
      lacks: ['script', 'credentials'],
    },
  ]);
}

function dialogflow(environment: Environment): LiveBot[] {
  const { DIALOGFLOW_CX_AGENT: agent, DIALOGFLOW_ES_PROJECT: project } = environment;
  const { DIALOGFLOW_KEY_FILE: keyFile, DIALOGFLOW_ENDPOINT: endpoint, DIALOGFLOW_CA_FILE: caFile } = environment;
  const access = {
    ...(keyFile === undefined ? {} : { credentials: { keyFile } }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caFile === undefined ? {} : { caCertificate: readFileSync(caFile, 'utf8') }),
  };
  // An agent knows no conversation that is opened.
  const lacks = ['session', 'script'] as const;
  const cx = () => createDialogflowCx({ ...names, config: dialogflowCxConfigSchema.parse({ ...access, agent }) }, deps);
  const es = () =>
    createDialogflowEs({ ...names, config: dialogflowEsConfigSchema.parse({ ...access, project }) }, deps);
  return [
    { name: 'an agent of Dialogflow CX', open: agent === undefined ? undefined : cx, lacks },
    { name: 'an agent of Dialogflow ES', open: project === undefined ? undefined : es, lacks },
  ];
}

function llm({ LLM_URL: url, LLM_KEY: ownKey, LLM_MODEL: model, OPENAI_API_KEY: account }: Environment): LiveBot {
  const apiKey = url === undefined ? account : ownKey;
  const make = () => {
    const config = llmConfigSchema.parse({
      url: url ?? 'https://api.openai.com/v1',
      ...(apiKey === undefined ? {} : { apiKey }),
      model: model ?? 'gpt-4o-mini',
      systemPrompt: 'You answer the telephone. Say one short sentence.',
      tools: { hangUp: false },
    });
    return createLlmBot({ ...names, config }, deps);
  };
  const open = url === undefined && account === undefined ? undefined : make;
  return { name: 'a language model', open, lacks: ['session', 'batches', 'queue', 'script'] };
}
