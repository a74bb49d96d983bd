import { botConnector } from '../../../src/bots/entry.ts';
import { llmConfigSchema } from './config.ts';
import { createLlmBot } from './connector.ts';

export const entry = botConnector({ schema: llmConfigSchema, create: createLlmBot });
