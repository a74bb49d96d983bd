import type { Clock } from '../clock.ts';
import { SpeechError, type SpeechService, type SpeechToText } from '../speech/ports.ts';

/** A speech service whose recogniser ends its sessions after a while, as those of clouds do, whoever speaks at that moment. */
export function limitedRecognition(service: SpeechService, limitMs: number, clock: Clock): SpeechService {
  const { stt } = service;
  return stt === undefined ? service : { ...service, stt: limited(stt, limitMs, clock) };
}

function limited(stt: SpeechToText, limitMs: number, clock: Clock): SpeechToText {
  return {
    id: stt.id,
    capabilities: { ...stt.capabilities, sessionLimitMs: limitMs },
    async open(options, signal) {
      const session = await stt.open(options, signal);
      const cancel = clock.after(limitMs, () => {
        session.emit(
          'error',
          new SpeechError('speech_failed', 'the session has reached its limit', { retryable: true }),
        );
        session.close();
      });
      session.once('closed', cancel);
      return session;
    },
  };
}
