import type { Logger } from 'pino';
import { acBotApiConfigSchema } from '../../connectors/bots/ac-bot-api/config.ts';
import { createAcBotApi } from '../../connectors/bots/ac-bot-api/connector.ts';
import { botFrameworkConfigSchema } from '../../connectors/bots/bot-framework/config.ts';
import { createBotFramework } from '../../connectors/bots/bot-framework/connector.ts';
import { dialogflowCxConfigSchema } from '../../connectors/bots/dialogflow/cx/config.ts';
import { createDialogflowCx } from '../../connectors/bots/dialogflow/cx/connector.ts';
import { dialogflowEsConfigSchema } from '../../connectors/bots/dialogflow/es/config.ts';
import { createDialogflowEs } from '../../connectors/bots/dialogflow/es/connector.ts';
import { llmConfigSchema } from '../../connectors/bots/llm/config.ts';
import { createLlmBot } from '../../connectors/bots/llm/connector.ts';
import { deepgramConfigSchema } from '../../connectors/speech/deepgram/config.ts';
import { createDeepgram } from '../../connectors/speech/deepgram/connector.ts';
import { googleConfigSchema } from '../../connectors/speech/google/config.ts';
import { createGoogle } from '../../connectors/speech/google/connector.ts';
import { localSpeechConfig } from '../../connectors/speech/local/config.ts';
import { createLocalSpeech } from '../../connectors/speech/local/connector.ts';
import { createLocalTts } from '../../connectors/speech/local/tts/tts.ts';
import { moonshineConfigSchema } from '../../connectors/speech/moonshine/config.ts';
import { createMoonshine } from '../../connectors/speech/moonshine/connector.ts';
import { openAiSpeechConfigSchema } from '../../connectors/speech/openai-compatible/config.ts';
import { createOpenAiSpeech } from '../../connectors/speech/openai-compatible/connector.ts';
import { checkBot } from '../bots/check.ts';
import { parameterConflicts } from '../bots/parameter-rules.ts';
import { type BotParameterLayer, botParametersSchema, inheritParameters } from '../bots/parameters.ts';
import type { BotCheckReport, BotConnection } from '../bots/port.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { BotConfig, ConnectorSchemas, HubConfig, SpeechServiceConfig } from '../config/types.ts';
import { PatchbayError } from '../errors.ts';
import type { SpeechService, TextToSpeech } from '../speech/ports.ts';

const HEARS_AND_SPEAKS_NOTHING = { directStt: false, directTts: false };

/** The registry of connectors: what hub.yaml may name, its schema, and how it is made. Importing a connector starts nothing. */
const botConnectors = {
  'ac-bot-api': {
    schema: acBotApiConfigSchema,
    audio: (settings: unknown) => {
      const { directSTT, directTTS } = acBotApiConfigSchema.parse(settings);
      return { directStt: directSTT, directTts: directTTS };
    },
    create: ({ id, name, settings }: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection =>
      createAcBotApi({ id, name, config: acBotApiConfigSchema.parse(settings) }, deps),
  },
  'bot-framework': {
    schema: botFrameworkConfigSchema,
    audio: () => HEARS_AND_SPEAKS_NOTHING,
    create: ({ id, name, settings }: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection =>
      createBotFramework({ id, name, config: botFrameworkConfigSchema.parse(settings) }, deps),
  },
  'dialogflow-cx': {
    schema: dialogflowCxConfigSchema,
    audio: (settings: unknown) => ({ directStt: dialogflowCxConfigSchema.parse(settings).directSTT, directTts: false }),
    create: ({ id, name, settings }: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection =>
      createDialogflowCx({ id, name, config: dialogflowCxConfigSchema.parse(settings) }, deps),
  },
  'dialogflow-es': {
    schema: dialogflowEsConfigSchema,
    audio: (settings: unknown) => ({ directStt: dialogflowEsConfigSchema.parse(settings).directSTT, directTts: false }),
    create: ({ id, name, settings }: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection =>
      createDialogflowEs({ id, name, config: dialogflowEsConfigSchema.parse(settings) }, deps),
  },
  llm: {
    schema: llmConfigSchema,
    audio: () => HEARS_AND_SPEAKS_NOTHING,
    create: ({ id, name, settings }: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection =>
      createLlmBot({ id, name, config: llmConfigSchema.parse(settings) }, deps),
  },
} as const;

const speechVendors = {
  'openai-compatible': {
    schema: { settings: openAiSpeechConfigSchema, stt: true, tts: true },
    create: ({ settings }: SpeechServiceConfig, { clock }: { clock: Clock }): SpeechService =>
      createOpenAiSpeech(openAiSpeechConfigSchema.parse(settings), { clock }),
  },
  deepgram: {
    schema: { settings: deepgramConfigSchema, stt: true, tts: true },
    create: ({ settings }: SpeechServiceConfig, { clock }: { clock: Clock }): SpeechService =>
      createDeepgram(deepgramConfigSchema.parse(settings), { clock }),
  },
  google: {
    schema: { settings: googleConfigSchema, stt: true, tts: true },
    create: ({ settings }: SpeechServiceConfig, { clock }: { clock: Clock }): SpeechService =>
      createGoogle(googleConfigSchema.parse(settings), { clock }),
  },
  local: {
    schema: { settings: localSpeechConfig, stt: true, tts: true },
    create: ({ settings }: SpeechServiceConfig, deps: { log: Logger; clock: Clock }): SpeechService =>
      createLocalSpeech(localSpeechConfig.parse(settings), deps),
  },
  moonshine: {
    schema: { settings: moonshineConfigSchema, stt: true, tts: false },
    create: ({ settings }: SpeechServiceConfig, deps: { log: Logger; clock: Clock }): SpeechService =>
      createMoonshine(moonshineConfigSchema.parse(settings), deps),
  },
} as const;

export function createBotConnection(entry: BotConfig, deps: { log: Logger; clock: Clock }): BotConnection {
  return lookUp(botConnectors, entry.connector, 'bot connector').create(entry, deps);
}

export function createSpeechService(entry: SpeechServiceConfig, deps: { log: Logger; clock: Clock }): SpeechService {
  return lookUp(speechVendors, entry.vendor, 'speech vendor').create(entry, deps);
}

export const connectorSchemas: ConnectorSchemas<BotParameterLayer> = {
  bots: mapValues(botConnectors, ({ schema }) => schema),
  botAudio: mapValues(botConnectors, ({ audio }) => audio),
  speech: mapValues(speechVendors, ({ schema }) => schema),
  botParameters: botParametersSchema,
  inheritParameters: (base, own) => {
    const parameters = inheritParameters(base, own);
    return { parameters, problems: parameterConflicts(parameters) };
  },
};

/** Checks one bot of the configuration without a hub. @throws PatchbayError `unknown_bot` */
export async function checkConfiguredBot(
  config: HubConfig<BotParameterLayer>,
  id: string,
  deps: { log: Logger; signal: AbortSignal },
): Promise<BotCheckReport> {
  const entry = config.bots.find((bot) => bot.id === id);
  if (!entry) {
    const known = config.bots.map((bot) => bot.id).join(', ') || 'none';
    throw new PatchbayError('unknown_bot', `no bot '${id}' in ${config.file}; configured: ${known}`);
  }
  const connection = createBotConnection(entry, { log: deps.log, clock: systemClock });
  try {
    return await checkBot(connection, { clock: systemClock, signal: deps.signal });
  } finally {
    await connection.close();
  }
}

/** A voice for the scripted caller: the local one, whatever hub.yaml says. */
export async function openCallerVoice(): Promise<{ tts: TextToSpeech; close: () => Promise<void> }> {
  const tts = createLocalTts({ id: 'caller' });
  return { tts, close: () => tts.close() };
}

function lookUp<T extends object>(table: T, name: string, what: string): T[keyof T] {
  if (Object.hasOwn(table, name)) return table[name as keyof T];
  throw new PatchbayError('unknown_connector', `no ${what} '${name}'`);
}

function mapValues<T extends object, R>(table: T, map: (value: T[keyof T]) => R): Record<keyof T, R> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value)])) as Record<keyof T, R>;
}
