import { describe } from 'vitest';
import { googleConfigSchema } from '../../../connectors/speech/google/config.ts';
import { createGoogle } from '../../../connectors/speech/google/connector.ts';
import { authority, startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import { fakeSpeech } from '../../../connectors/speech/google/fake-synthesis.ts';
import type { SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { splitSentences } from '../../../src/speech/sentences.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';
import { describeTtsContract, type TtsHarness } from './tts-contract.ts';

/** What is spoken sentence by sentence: white space between sentences is not. */
function sentences(text: string): string {
  const pieces = splitSentences(text, { maxChars: 300, firstMaxChars: 120, language: 'en-US' });
  return pieces.map((piece) => piece.text).join('');
}

async function rig(settings: { stt?: object; tts?: object }) {
  const fake = await startFakeGoogle();
  const service = createGoogle(googleConfigSchema.parse(fake.settings(settings)));
  return {
    server: fake.server,
    service,
    refuse: () => {
      fake.server.revoked = true;
    },
    vanish: () => fake.server.close(),
    async dispose() {
      await service.close();
      await fake.dispose();
    },
  };
}

describe.skipIf(authority === undefined)('Google over gRPC and TLS (needs the program openssl)', () => {
  for (const api of ['v1', 'v2'] as const) {
    for (const endpointing of ['hub', 'vendor'] as const) {
      describeSttContract(`Google ${api}, endpointed by the ${endpointing}`, async (): Promise<SttHarness> => {
        const { server, service, ...hands } = await rig({ stt: { api, endpointing } });
        return {
          ...hands,
          stt: service.stt as SpeechToText,
          hang: () => {
            server.frozen = true;
          },
          freeze: () => {
            server.frozen = true;
          },
          break: () => server.relay.break(),
        };
      });
    }
  }

  for (const [kind, voice] of [
    ['streamed', 'Chirp3-HD-Kore'],
    ['whole', 'en-US-Neural2-F'],
  ] as const) {
    describeTtsContract(
      `Google, ${kind}`,
      async (): Promise<TtsHarness> => {
        const { server, service, ...hands } = await rig({ tts: { voice } });
        return {
          ...hands,
          tts: service.tts as TextToSpeech,
          audioOf: (text) => fakeSpeech(kind === 'whole' ? sentences(text) : text),
          freeze: () => {
            server.frozen = true;
          },
          breakAfter: (chars) => {
            server.breaksAfterChars = chars;
          },
          running: () => server.synthesizing,
        };
      },
      { exact: true },
    );
  }
});
