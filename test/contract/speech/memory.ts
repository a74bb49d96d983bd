import { systemClock } from '../../../src/clock.ts';
import { FakeStt } from '../../../src/speech/fake-stt.ts';
import { FakeTts } from '../../../src/speech/fake-tts.ts';
import { SpeechError, type SpeechToText, type TextToSpeech } from '../../../src/speech/ports.ts';
import type { SttHarness } from './stt-harness.ts';
import type { TtsHarness } from './tts-contract.ts';

const refused = () => new SpeechError('speech_rejected', 'the credentials were not accepted');
const gone = () => new SpeechError('speech_unavailable', 'nobody is there', { retryable: true });

/** The kit's harness of the fake in memory; `wrap` may break the recogniser to show that the kit notices. */
export function memoryStt(endpointing: 'hub' | 'vendor', wrap = (stt: SpeechToText) => stt): SttHarness {
  const fake = new FakeStt({ clock: systemClock, endpointing, p99TimeToFinalMs: 500, latencyMs: 5 });
  return {
    stt: wrap(fake),
    refuse() {
      fake.refuses = refused();
    },
    async vanish() {
      fake.refuses = gone();
    },
    hang() {
      fake.hangs = true;
    },
    freeze() {
      fake.frozen = true;
      for (const session of fake.sessions) session.frozen = true;
    },
    break: () => fake.current?.fail(),
    async dispose() {
      for (const session of fake.sessions) session.close();
    },
  };
}

/** The same of the synthesiser. */
export function memoryTts(streaming: boolean, wrap = (tts: TextToSpeech) => tts): TtsHarness {
  const fake = new FakeTts({ clock: systemClock, streaming, latencyMs: 5 });
  return {
    tts: wrap(fake),
    audioOf: (text) => Int16Array.from(text, (char) => char.charCodeAt(0)),
    refuse() {
      fake.fault = { afterWords: 0, error: refused() };
    },
    async vanish() {
      fake.fault = { afterWords: 0, error: gone() };
    },
    freeze() {
      fake.hangs = true;
    },
    breakAfter: (chars) => fake.fail(Math.ceil(chars / 5)),
    running: () => fake.requests.filter(({ outcome }) => outcome === 'running').length,
    async dispose() {},
  };
}
