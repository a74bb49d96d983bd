import { EventEmitter } from 'node:events';
import { createLocalStt } from '../../../connectors/speech/local/stt/stt.ts';
import type { SpeechService, SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';
import { toneSpeech } from './tone-speech.ts';

/**
 * Speech services that take no time of their own, for rigs that measure the hub's: the voice is the tones of
 * `toneSpeech`, there at once, and the hub finds the ends of utterances.
 */

/** The recogniser understands every utterance as `hello`, in the moment in which it is over. */
export function instantSpeech(id: string): SpeechService {
  return {
    ...toneSpeech({ id, endpointing: 'hub' }),
    stt: {
      id,
      capabilities: { interimResults: false, endpointing: 'hub', dictation: true, languages: undefined },
      open: async () => new InstantSession(),
    },
  };
}

/** The recogniser is the production one. */
export function instantVoice(id: string): SpeechService {
  const stt = createLocalStt({ id, log: { warn: () => {} } });
  return {
    ...toneSpeech({ id, endpointing: 'hub' }),
    stt,
    warmUp: () => stt.warmUp(),
    close: () => stt.close(),
  };
}

class InstantSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;

  write(): void {}

  startUtterance(): void {}

  endUtterance(): void {
    if (this.closed) return;
    this.emit('final', { text: 'hello', confidence: 1, alternatives: [], rejected: false, raw: undefined });
  }

  cancelUtterance(): void {}

  updateHints(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('closed');
  }
}
