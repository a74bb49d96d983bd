import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';

/** A vendor of the bench: its fake, and the entry in `speechServices` that leads to it. */
export interface BenchVendor {
  /** Percent of a core that one streaming recognition may cost; undefined: it does not stream. */
  goalCpu: number | undefined;
  startFake(): Promise<string>;
  settings(url: string): Record<string, unknown>;
}

export const VENDORS: Readonly<Record<string, BenchVendor>> = {
  deepgram: {
    goalCpu: 0.3,
    startFake: () => new FakeDeepgram({ apiKey: 'key' }).listen(),
    settings: (url) => ({ vendor: 'deepgram', apiKey: 'key', url }),
  },
  'openai-compatible': {
    goalCpu: undefined,
    startFake: () => new FakeOpenAiSpeech().listen(),
    settings: (url) => ({ vendor: 'openai-compatible', apiKey: 'key', url }),
  },
};
