import { botConnector } from '../../../src/bots/entry.ts';
import { botFrameworkConfigSchema } from './config.ts';
import { createBotFramework } from './connector.ts';

export const entry = botConnector({ schema: botFrameworkConfigSchema, create: createBotFramework });
