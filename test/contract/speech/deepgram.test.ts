import { describe } from 'vitest';
import { deepgramConfigSchema } from '../../../connectors/speech/deepgram/config.ts';
import { createDeepgram } from '../../../connectors/speech/deepgram/connector.ts';
import { FakeDeepgram, fakeSpeech } from '../../../connectors/speech/deepgram/fake-server.ts';
import { testAuthority } from '../../../src/net/testing-certificates.ts';
import type { SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';
import { describeTtsContract, type TtsHarness } from './tts-contract.ts';

const authority = testAuthority();
const tls = authority?.issue('IP:127.0.0.1');

async function rig(stt: Record<string, unknown> = {}, secure = false) {
  const server = new FakeDeepgram(secure && tls !== undefined ? { tls } : {});
  const url = await server.listen();
  const trust = secure ? { caCertificate: authority?.ca } : {};
  const config = deepgramConfigSchema.parse({ id: 'dg', vendor: 'deepgram', apiKey: 'key', url, stt, ...trust });
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

async function recogniser(stt: Record<string, unknown>, secure = false): Promise<SttHarness> {
  const { server, service, ...hands } = await rig(stt, secure);
  return {
    ...hands,
    stt: service.stt as SpeechToText,
    hang: () => {
      server.hangs = true;
    },
    freeze: () => {
      server.frozen = true;
    },
    break: () => server.break(),
  };
}

describeSttContract('Deepgram, endpointed by the hub', () => recogniser({ endpointing: 'hub' }));
describeSttContract('Deepgram, endpointed by the vendor', () => recogniser({ endpointing: 'vendor' }));
describe.skipIf(authority === undefined)('over TLS (needs the program openssl)', () => {
  describeSttContract('Deepgram', () => recogniser({}, true));
});

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
