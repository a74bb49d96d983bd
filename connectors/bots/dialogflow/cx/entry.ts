import { botConnector } from '../../../../src/bots/entry.ts';
import { dialogflowCxConfigSchema } from './config.ts';
import { createDialogflowCx } from './connector.ts';

export const entry = botConnector({
  schema: dialogflowCxConfigSchema,
  audio: ({ directSTT }) => ({ directStt: directSTT, directTts: false }),
  create: createDialogflowCx,
});
