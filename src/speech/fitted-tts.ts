import type { TextToSpeech } from './ports.ts';
import { fitSsml } from './ssml.ts';

/** A service that gets of SSML what it takes. @param onLost told of what was taken away, in words */
export function fittedTts(tts: TextToSpeech, onLost: (what: string) => void): TextToSpeech {
  return {
    id: tts.id,
    get capabilities() {
      return tts.capabilities;
    },
    synthesize(request, signal) {
      const { text, lost } = fitSsml(request.text, tts.capabilities.ssml);
      if (lost !== undefined) onLost(lost);
      return tts.synthesize({ ...request, text }, signal);
    },
  };
}
