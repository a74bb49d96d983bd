import { speechVendor } from '../../../src/speech/entry.ts';
import { moonshineConfigSchema } from './config.ts';
import { createMoonshine } from './connector.ts';

export const entry = speechVendor({ settings: moonshineConfigSchema, stt: true, tts: false, create: createMoonshine });
