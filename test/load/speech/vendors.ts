import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';

/** A vendor of the bench, as one of the ways to use it. */
export interface BenchVendor {
  /** Percent of a core that one streaming recognition may cost; undefined: it does not stream. */
  goalCpu: number | undefined;
  /** Starts its fake. @returns the entry in `speechServices` that leads to it */
  startFake(): Promise<Record<string, unknown>>;
}

const google = (settings: { stt?: object }): BenchVendor => ({
  goalCpu: 0.6,
  startFake: async () => (await startFakeGoogle()).settings(settings),
});

export const VENDORS: Readonly<Record<string, BenchVendor>> = {
  deepgram: {
    goalCpu: 0.3,
    startFake: async () => {
      const url = await new FakeDeepgram({ apiKey: 'key' }).listen();
      return { vendor: 'deepgram', apiKey: 'key', url };
    },
  },
  'openai-compatible': {
    goalCpu: undefined,
    startFake: async () => ({ vendor: 'openai-compatible', apiKey: 'key', url: await new FakeOpenAiSpeech().listen() }),
  },
  'google-v1': google({ stt: { api: 'v1' } }),
  'google-v2': google({ stt: { api: 'v2' } }),
  'google-v2-continuous': google({ stt: { api: 'v2', endpointing: 'vendor' } }),
};
