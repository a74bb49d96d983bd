import { speechVendor } from '../../../src/speech/entry.ts';
import { localSpeechConfig } from './config.ts';
import { createLocalSpeech } from './connector.ts';

export const entry = speechVendor({ settings: localSpeechConfig, stt: true, tts: true, create: createLocalSpeech });
