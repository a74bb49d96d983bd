import { type Clock, systemClock } from '../../../src/clock.ts';
import type { SpeechService } from '../../../src/speech/ports.ts';
import type { LocalSpeechConfig } from './config.ts';
import { createLocalGreetings } from './stt/greetings.ts';
import { createLocalStt } from './stt/stt.ts';
import { createLocalTts } from './tts/tts.ts';

export interface LocalSpeechContext {
  clock?: Clock;
  /** The hub's logger (pino's shape). */
  log?: { warn(fields: Record<string, unknown>, message: string): void };
}

/** The speech service that needs no account: recognition by grammar, synthesis by flite and an installed espeak-ng. */
export function createLocalSpeech(config: LocalSpeechConfig, context: LocalSpeechContext = {}): SpeechService {
  const warn = (message: string) => context.log?.warn({ speechService: config.id }, message);
  const tts = createLocalTts({
    id: config.id,
    ...(config.voice === undefined ? {} : { voice: config.voice }),
    ...(config.espeakPath === undefined ? {} : { espeakPath: config.espeakPath }),
    workers: config.ttsWorkers,
    maxTextChars: config.ttsMaxTextChars,
    clock: context.clock ?? systemClock,
    warn,
  });
  const stt = createLocalStt({
    id: config.id,
    ...(config.sttWorkers === undefined ? {} : { workers: config.sttWorkers }),
    clock: context.clock ?? systemClock,
    log: context.log ?? { warn: () => {} },
  });
  const greetings = createLocalGreetings({
    workers: config.greetingWorkers,
    clock: context.clock ?? systemClock,
    log: context.log ?? { warn: () => {} },
  });
  return {
    id: config.id,
    stt,
    tts,
    greetings,
    jobs: () => stt.jobs() + tts.jobs() + greetings.jobs(),
    async warmUp() {
      await Promise.all([tts.warmUp(), stt.warmUp()]);
    },
    async close() {
      await Promise.all([tts.close(), stt.close(), greetings.close()]);
    },
  };
}
