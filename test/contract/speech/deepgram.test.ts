import { deepgramConfigSchema } from '../../../connectors/speech/deepgram/config.ts';
import { createDeepgram } from '../../../connectors/speech/deepgram/connector.ts';
import { FakeDeepgram, fakeSpeech } from '../../../connectors/speech/deepgram/fake-server.ts';
import type { SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';
import { describeTtsContract, type TtsHarness } from './tts-contract.ts';

async function rig(stt: Record<string, unknown> = {}) {
  const server = new FakeDeepgram();
  const url = await server.listen();
  const config = deepgramConfigSchema.parse({ id: 'dg', vendor: 'deepgram', apiKey: 'key', url, stt });
  const service = createDeepgram(config);
  return {
    server,
    service,
    refuse: () => {
      server.apiKey = 'another';
    },
    vanish: () => server.close(),
    async dispose() {
      await service.close();
      await server.close();
    },
  };
}

for (const endpointing of ['hub', 'vendor'] as const) {
  describeSttContract(`Deepgram, endpointed by the ${endpointing}`, async (): Promise<SttHarness> => {
    const { server, service, ...hands } = await rig({ endpointing });
    return {
      ...hands,
      stt: service.stt as SpeechToText,
      hang: () => {
        server.hangs = true;
      },
      break: () => server.break(),
    };
  });
}

describeTtsContract(
  'Deepgram',
  async (): Promise<TtsHarness> => {
    const { server, service, ...hands } = await rig();
    return {
      ...hands,
      tts: service.tts as TextToSpeech,
      audioOf: fakeSpeech,
      freeze: () => {
        server.frozen = true;
      },
      breakAfter: (chars) => {
        server.breaksAfterChars = chars;
      },
      running: () => server.sockets.size,
    };
  },
  { exact: true },
);
