import { openAiSpeechConfigSchema } from '../../../connectors/speech/openai-compatible/config.ts';
import { createOpenAiSpeech } from '../../../connectors/speech/openai-compatible/connector.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';
import type { SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';
import { describeTtsContract, type TtsHarness } from './tts-contract.ts';

async function rig() {
  const server = new FakeOpenAiSpeech();
  const url = await server.listen();
  const service = createOpenAiSpeech(
    openAiSpeechConfigSchema.parse({
      id: 'oai',
      vendor: 'openai-compatible',
      apiKey: 'key',
      url,
      timeouts: { answerMs: 2_000 },
    }),
  );
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

describeSttContract(
  'openai-compatible',
  async (): Promise<SttHarness> => {
    const { server, service, ...hands } = await rig();
    return {
      ...hands,
      stt: service.stt as SpeechToText,
      freeze: () => {
        server.frozen = true;
      },
      break() {
        server.frozen = true;
        const wait = setInterval(() => {
          if (server.running === 0) return;
          clearInterval(wait);
          server.break();
        }, 5);
      },
    };
  },
  { opensAlone: true, lacks: ['hang'] },
);

describeTtsContract(
  'openai-compatible',
  async (): Promise<TtsHarness> => {
    const { server, service, ...hands } = await rig();
    return {
      ...hands,
      tts: service.tts as TextToSpeech,
      audioOf: (text) => new Int16Array(text.length * 80),
      freeze: () => {
        server.frozen = true;
      },
      breakAfter: (chars) => {
        server.breaksAfterChars = chars;
      },
      running: () => server.running,
    };
  },
  { exact: false },
);
