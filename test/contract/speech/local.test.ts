import { afterAll } from 'vitest';
import { createLocalStt } from '../../../connectors/speech/local/stt/stt.ts';
import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import { spokenVoice } from './spoken-voice.ts';
import { describeSttContract } from './stt-contract.ts';
import { describeTtsContract } from './tts-contract.ts';

/* Real speech, spoken by the one half and understood by the other: the model is loaded once. */
const voice = spokenVoice();
const stt = createLocalStt({ workers: 1, log: { warn: () => {} } });
const tts = createLocalTts({ id: 'local' });
afterAll(async () => {
  await Promise.all([stt.close(), tts.close(), voice.close()]);
});

describeSttContract('local', async () => ({ stt, voice, dispose: async () => {} }), {
  local: true,
  // It runs in threads of the hub, and takes 15 s of an utterance; stt-pool.test.ts has what becomes of threads.
  lacks: ['refuse', 'vanish', 'hang', 'freeze', 'break', 'replay', 'deadline'],
});

describeTtsContract('local', async () => ({ tts, dispose: async () => {} }), {
  exact: false,
  lacks: ['refuse', 'vanish', 'freeze', 'breakAfter', 'running'],
});
