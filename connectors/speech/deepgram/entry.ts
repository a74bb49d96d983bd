import { speechVendor } from '../../../src/speech/entry.ts';
import { deepgramConfigSchema } from './config.ts';
import { createDeepgram } from './connector.ts';

export const entry = speechVendor({ settings: deepgramConfigSchema, stt: true, tts: true, create: createDeepgram });
