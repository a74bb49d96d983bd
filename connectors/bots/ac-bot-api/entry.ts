import { botConnector } from '../../../src/bots/entry.ts';
import { acBotApiConfigSchema } from './config.ts';
import { createAcBotApi } from './connector.ts';

export const entry = botConnector({
  schema: acBotApiConfigSchema,
  audio: ({ directSTT, directTTS }) => ({ directStt: directSTT, directTts: directTTS }),
  create: createAcBotApi,
});
