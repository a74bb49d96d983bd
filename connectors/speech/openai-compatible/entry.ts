import { speechVendor } from '../../../src/speech/entry.ts';
import { openAiSpeechConfigSchema } from './config.ts';
import { createOpenAiSpeech } from './connector.ts';

export const entry = speechVendor({
  settings: openAiSpeechConfigSchema,
  stt: true,
  tts: true,
  create: createOpenAiSpeech,
});
