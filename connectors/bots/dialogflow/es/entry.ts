import { botConnector } from '../../../../src/bots/entry.ts';
import { dialogflowEsConfigSchema } from './config.ts';
import { createDialogflowEs } from './connector.ts';

export const entry = botConnector({
  schema: dialogflowEsConfigSchema,
  audio: ({ directSTT }) => ({ directStt: directSTT, directTts: false }),
  create: createDialogflowEs,
});
