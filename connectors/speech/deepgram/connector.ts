import { type Clock, systemClock } from '../../../src/clock.ts';
import { hubEndpointed } from '../../../src/speech/hub-endpointed.ts';
import type { SpeechService, SpeechToText } from '../../../src/speech/ports.ts';
import type { DeepgramConfig } from './config.ts';
import { languagesOf } from './languages.ts';
import { createDial } from './socket.ts';
import { DeepgramSttSession } from './stt-session.ts';
import { honoursOf, listenUrl } from './stt-wire.ts';
import { createDeepgramTts } from './tts.ts';

/** From the end of speech to the text, 99 of 100; a figure of the vendor's documentation for Finalize, with the way there. */
const P99_TIME_TO_FINAL_MS = 1_000;

/** Deepgram over its websockets: listen for recognition, speak for synthesis. Opens nothing by itself. */
export function createDeepgram(config: DeepgramConfig, { clock = systemClock }: { clock?: Clock } = {}): SpeechService {
  const closing = new AbortController();
  const dial = createDial(config, clock, closing.signal);
  const tts = createDeepgramTts(config, clock, dial);
  const sessions = new Set<DeepgramSttSession>();
  const own: SpeechToText = {
    id: config.id,
    capabilities: {
      interimResults: true,
      endpointing: 'vendor',
      endpointingMs: config.stt.endpointingMs,
      dictation: true,
      languages: languagesOf(config.stt.model),
      honours: honoursOf(config.stt.model),
      p99TimeToFinalMs: P99_TIME_TO_FINAL_MS,
    },
    async open(options, signal) {
      const socket = await dial(listenUrl(config, options), signal);
      const session = new DeepgramSttSession(socket, options.sampleRate, clock);
      sessions.add(session);
      session.once('closed', () => sessions.delete(session));
      return session;
    },
  };
  return {
    id: config.id,
    stt: config.stt.endpointing === 'hub' ? hubEndpointed(own, clock) : own,
    tts,
    async warmUp() {},
    async close() {
      closing.abort();
      for (const session of sessions) session.close();
      await tts.close();
    },
  };
}
