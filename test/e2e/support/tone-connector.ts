import type { LocalSpeechConfig } from '../../../connectors/speech/local/config.ts';
import type { SpeechService } from '../../../src/speech/ports.ts';
import { toneSpeech } from './tone-speech.ts';

/** Stands in for the local speech connector in the hubs of the tests: see hub-launcher.ts. */
export function createLocalSpeech({ id }: LocalSpeechConfig): SpeechService {
  return toneSpeech({ id, endpointing: process.env.PATCHBAY_TEST_ENDPOINTING === 'hub' ? 'hub' : 'vendor' });
}
