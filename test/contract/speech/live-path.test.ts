import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { authority, startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import { createLocalStt } from '../../../connectors/speech/local/stt/stt.ts';
import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';
import { describeLiveSpeech } from './live.ts';
import { spokenVoice } from './spoken-voice.ts';
import { sttOptions } from './stt-harness.ts';

/* What live.test.ts does with an account, with servers of the test's own: a way to the vendor that nobody goes is soon no way. */

const signal = new AbortController().signal;

describe("a server of one's own that hears and speaks", async () => {
  const voice = spokenVoice();
  const stt = createLocalStt({ workers: 1, log: { warn: () => {} } });
  const tts = createLocalTts({ id: 'server' });
  const server = new FakeOpenAiSpeech({
    async ear(samples) {
      const session = await stt.open(sttOptions, signal);
      const final = new Promise<string>((resolve) => session.on('final', ({ text }) => resolve(text)));
      session.startUtterance(0);
      for (const frame of spoken(samples)) session.write({ samples: frame, sampleRate: 8000, timestampMs: 0 });
      session.endUtterance(0);
      const text = await final;
      session.close();
      return text;
    },
    async voice(text) {
      const chunks: number[] = [];
      const request = { callId: 'server', text, language: 'en-US', voice: undefined, sampleRate: 24_000 } as const;
      for await (const chunk of tts.synthesize(request, signal)) for (const sample of chunk) chunks.push(sample);
      return Int16Array.from(chunks);
    },
  });
  const environment = {
    OPENAI_SPEECH_URL: await server.listen(),
    OPENAI_SPEECH_KEY: 'key',
    OPENAI_SPEECH_TTS_MODEL: 'flite',
    OPENAI_SPEECH_VOICE: 'slt',
  };
  afterAll(async () => {
    await Promise.all([stt.close(), tts.close(), voice.close(), server.close()]);
  });
  describeLiveSpeech(environment, { voice, frameMs: 1, only: () => true });
});

describe('a fake of Deepgram', async () => {
  const server = new FakeDeepgram();
  const environment = { DEEPGRAM_API_KEY: 'key', DEEPGRAM_URL: await server.listen() };
  afterAll(() => server.close());
  describeLiveSpeech(environment, { only: (name, part) => part === 'stt' && /by the hub/.test(name) });
});

describe.skipIf(authority === undefined)('a fake of Google (needs the program openssl)', async () => {
  const { apiEndpoint, settings, dispose } = await startFakeGoogle();
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-live-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority?.ca ?? '');
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

/** Without the silence that is longer than a pause: the recogniser takes 15 s of an utterance. */
function spoken(samples: Int16Array): Int16Array[] {
  let silent = 0;
  const frames = Array.from({ length: Math.floor(samples.length / 160) }, (_, n) =>
    samples.subarray(n * 160, n * 160 + 160),
  );
  return frames.filter((frame) => {
    silent = frame.every((sample) => sample === 0) ? silent + 1 : 0;
    return silent < 20;
  });
}
