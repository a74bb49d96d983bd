import type { Logger } from 'pino';
import { checkBot } from '../bots/check.ts';
import type { BotConnectorEntry } from '../bots/entry.ts';
import { parameterConflicts } from '../bots/parameter-rules.ts';
import { type BotParameterLayer, botParametersSchema, inheritParameters } from '../bots/parameters.ts';
import type { BotCheckReport, BotConnection } from '../bots/port.ts';
import { type Clock, systemClock } from '../clock.ts';
import type {
  BotConfig,
  ConnectorNames,
  ConnectorRegistry,
  ConnectorSchemas,
  HubConfig,
  SpeechServiceConfig,
} from '../config/types.ts';
import { PatchbayError } from '../errors.ts';
import type { SpeechVendorEntry } from '../speech/entry.ts';
import type { SpeechService, TextToSpeech } from '../speech/ports.ts';

type Table<Entry> = Readonly<Record<string, () => Promise<{ entry: Entry }>>>;

/** The registry of connectors: what hub.yaml may name, and where it is. Nothing of a connector is loaded before it is named. */
const botConnectors: Table<BotConnectorEntry> = {
  'ac-bot-api': () => import('../../connectors/bots/ac-bot-api/entry.ts'),
  'bot-framework': () => import('../../connectors/bots/bot-framework/entry.ts'),
  'dialogflow-cx': () => import('../../connectors/bots/dialogflow/cx/entry.ts'),
  'dialogflow-es': () => import('../../connectors/bots/dialogflow/es/entry.ts'),
  llm: () => import('../../connectors/bots/llm/entry.ts'),
};

const speechVendors: Table<SpeechVendorEntry> = {
  'openai-compatible': () => import('../../connectors/speech/openai-compatible/entry.ts'),
  deepgram: () => import('../../connectors/speech/deepgram/entry.ts'),
  google: () => import('../../connectors/speech/google/entry.ts'),
  local: () => import('../../connectors/speech/local/entry.ts'),
  moonshine: () => import('../../connectors/speech/moonshine/entry.ts'),
};

export const connectorNames: ConnectorNames = { bots: Object.keys(botConnectors), speech: Object.keys(speechVendors) };

/** Knows all connectors by name, and loads those that a configuration names. */
export const connectorRegistry: ConnectorRegistry<BotParameterLayer> = {
  async load(wanted): Promise<ConnectorSchemas<BotParameterLayer>> {
    const [bots, speech] = await Promise.all([
      entriesOf(botConnectors, wanted.bots),
      entriesOf(speechVendors, wanted.speech),
    ]);
    return {
      names: connectorNames,
      bots: mapValues(bots, ({ schema }) => schema),
      botAudio: mapValues(bots, ({ audio }) => audio),
      speech: mapValues(speech, ({ schema }) => schema),
      botParameters: botParametersSchema,
      inheritParameters: (base, own) => {
        const parameters = inheritParameters(base, own);
        return { parameters, problems: parameterConflicts(parameters) };
      },
    };
  },
};

export async function createBotConnection(bot: BotConfig, deps: { log: Logger; clock: Clock }): Promise<BotConnection> {
  return (await lookUp(botConnectors, bot.connector, 'bot connector')).create(bot, deps);
}

export async function createSpeechService(
  service: SpeechServiceConfig,
  deps: { log: Logger; clock: Clock },
): Promise<SpeechService> {
  return (await lookUp(speechVendors, service.vendor, 'speech vendor')).create(service.settings, deps);
}

/** Checks one bot of the configuration without a hub. @throws PatchbayError `unknown_bot` */
export async function checkConfiguredBot(
  config: HubConfig<BotParameterLayer>,
  id: string,
  deps: { log: Logger; signal: AbortSignal },
): Promise<BotCheckReport> {
  const bot = config.bots.find((one) => one.id === id);
  if (!bot) {
    const known = config.bots.map((one) => one.id).join(', ') || 'none';
    throw new PatchbayError('unknown_bot', `no bot '${id}' in ${config.file}; configured: ${known}`);
  }
  const connection = await createBotConnection(bot, { log: deps.log, clock: systemClock });
  try {
    return await checkBot(connection, { clock: systemClock, signal: deps.signal });
  } finally {
    await connection.close();
  }
}

/** A voice for the scripted caller: the local one, whatever hub.yaml says. */
export async function openCallerVoice(): Promise<{ tts: TextToSpeech; close: () => Promise<void> }> {
  const { createLocalTts } = await import('../../connectors/speech/local/tts/tts.ts');
  const tts = createLocalTts({ id: 'caller' });
  return { tts, close: () => tts.close() };
}

async function lookUp<Entry>(table: Table<Entry>, name: string, what: string): Promise<Entry> {
  const load = Object.hasOwn(table, name) ? table[name] : undefined;
  if (load === undefined) throw new PatchbayError('unknown_connector', `no ${what} '${name}'`);
  return (await load()).entry;
}

/** Names that the table does not have are left out. */
async function entriesOf<Entry>(table: Table<Entry>, wanted: Iterable<string>): Promise<Record<string, Entry>> {
  const known = [...new Set(wanted)].filter((name) => Object.hasOwn(table, name));
  return Object.fromEntries(
    await Promise.all(known.map(async (name) => [name, await lookUp(table, name, '')] as const)),
  );
}

function mapValues<T, R>(table: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value)]));
}
