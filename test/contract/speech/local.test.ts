import { Worker } from 'node:worker_threads';
import { afterAll } from 'vitest';
import { createLocalStt } from '../../../connectors/speech/local/stt/stt.ts';
import type { DecoderThread } from '../../../connectors/speech/local/stt/stt-pool.ts';
import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import { spokenVoice } from './spoken-voice.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';
import { describeTtsContract } from './tts-contract.ts';

/* Real speech, spoken by the one half and understood by the other: the model is loaded once, as long as no case ends its thread. */
const voice = spokenVoice();
const tts = createLocalTts({ id: 'local' });
let away = false;
let threads: Worker[] = [];
let stt = recogniser();
afterAll(async () => {
  await Promise.all([stt.close(), tts.close(), voice.close()]);
});

function recogniser() {
  const spawn = (): DecoderThread => {
    if (away) return deadThread();
    const url = new URL('../../../connectors/speech/local/stt/stt-worker.ts', import.meta.url);
    const thread = new Worker(url, { execArgv: [] });
    threads.push(thread);
    return thread;
  };
  return createLocalStt({ workers: 1, log: { warn: () => {} }, spawn });
}

/** One that ends before it has done anything. */
function deadThread(): DecoderThread {
  return {
    postMessage() {},
    on(event: string, listener: (value: never) => void) {
      if (event === 'exit') setImmediate(() => listener(undefined as never));
    },
    terminate: async () => {},
  };
}

async function harness(): Promise<SttHarness> {
  const used = stt;
  const end = async () => {
    away = true;
    await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
  };
  return {
    ...{ stt: used, voice },
    break: () => void end(),
    vanish: end,
    async dispose() {
      if (!away) return;
      await used.close();
      away = false;
      threads = [];
      stt = recogniser();
    },
  };
}

// There are no credentials; a thread that does not answer is replaced after 20 s (stt-pool.test.ts); 15 s of an utterance are taken.
describeSttContract('local', harness, { local: true, lacks: ['refuse', 'hang', 'freeze', 'replay', 'deadline'] });

describeTtsContract('local', async () => ({ tts, dispose: async () => {} }), {
  exact: false,
  lacks: ['refuse', 'vanish', 'freeze', 'breakAfter', 'running'],
});
