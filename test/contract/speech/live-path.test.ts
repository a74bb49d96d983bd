import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { authority, startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';
import { describeLiveSpeech } from './live.ts';

/* What live.test.ts does with an account, with servers of the test's own: a way to the vendor that nobody goes is soon no way. */

const signal = new AbortController().signal;

describe("a server of one's own", async () => {
  const tts = createLocalTts({ id: 'server' });
  const server = new FakeOpenAiSpeech({
    // The kit listens for speech.
    async voice(text) {
      const chunks: number[] = [];
      const request = { callId: 'server', text, language: 'en-US', voice: 'kal', sampleRate: 24_000 } as const;
      for await (const chunk of tts.synthesize(request, signal)) for (const sample of chunk) chunks.push(sample);
      return Int16Array.from(chunks);
    },
  });
  const environment = {
    OPENAI_SPEECH_URL: await server.listen(),
    OPENAI_SPEECH_KEY: 'key',
    OPENAI_SPEECH_TTS_MODEL: 'flite',
    OPENAI_SPEECH_VOICE: 'kal',
  };
  afterAll(async () => {
    await Promise.all([tts.close(), server.close()]);
  });
  describeLiveSpeech(environment, { only: () => true });
});

describe('a fake of Deepgram', async () => {
  const server = new FakeDeepgram();
  const environment = { DEEPGRAM_API_KEY: 'key', DEEPGRAM_URL: await server.listen() };
  afterAll(() => server.close());
  describeLiveSpeech(environment, { only: (name, part) => part === 'stt' && /by the hub/.test(name) });
});

describe.skipIf(authority === undefined)('a fake of Google (needs the program openssl)', async () => {
  if (authority === undefined) {
    test.skip('the kits', () => {});
    return;
  }
  const { apiEndpoint, settings, dispose } = await startFakeGoogle();
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-live-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.ca);
  const environment = {
    GOOGLE_APPLICATION_CREDENTIALS: settings().credentials.keyFile,
    GOOGLE_SPEECH_ENDPOINT: apiEndpoint,
    GOOGLE_SPEECH_CA_FILE: caFile,
  };
  afterAll(async () => {
    await dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  describeLiveSpeech(environment, { only: (name) => name === 'Google v2, endpointed by the hub' });
});
