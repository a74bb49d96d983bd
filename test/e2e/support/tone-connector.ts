import type { LocalSpeechConfig } from '../../../connectors/speech/local/config.ts';
import type { SpeechService } from '../../../src/speech/ports.ts';
import { instantSpeech, instantVoice } from './instant-speech.ts';
import { deafSpeech, markedWordsSpeech } from './marked-words.ts';
import { toneSpeech } from './tone-speech.ts';

/**
 * Stands in for the local speech connector in the hubs of the tests: see hub-launcher.ts. The ids `instant` and
 * `instant-voice` are services that take no time; `words` understands marked words, `deaf` nothing.
 */
export function createLocalSpeech({ id }: LocalSpeechConfig): SpeechService {
  if (id === 'instant') return instantSpeech(id);
  if (id === 'instant-voice') return instantVoice(id);
  if (id === 'deaf') return deafSpeech(id);
  if (id === 'words') return markedWordsSpeech(id);
  return toneSpeech({ id, endpointing: process.env.PATCHBAY_TEST_ENDPOINTING === 'hub' ? 'hub' : 'vendor' });
}
