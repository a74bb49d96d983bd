import { speechVendor } from '../../../src/speech/entry.ts';
import { googleConfigSchema } from './config.ts';
import { createGoogle } from './connector.ts';

export const entry = speechVendor({ settings: googleConfigSchema, stt: true, tts: true, create: createGoogle });
