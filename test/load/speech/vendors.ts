import { subscribe } from 'node:diagnostics_channel';
import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';
import type { MarkedWordReader } from '../../e2e/support/marked-words.ts';

/** A vendor of the bench, as one of the ways to use it. */
export interface BenchVendor {
  /** Percent of a core that one streaming recognition may cost; undefined: it does not stream. */
  goalCpu: number | undefined;
  /** Of a fake over HTTP: milliseconds from each request to the end of its answer, those since the last question. */
  ownMs?(): number[];
  /** Starts its fake, which hears words of `wordFrames` unless told. @returns the entry in `speechServices` that leads to it */
  startFake(ear?: () => MarkedWordReader): Promise<Record<string, unknown>>;
}

const served: number[] = [];

function timeRequests(): void {
  const startedAt = new WeakMap<object, number>();
  subscribe('http.server.request.start', (message) => {
    startedAt.set((message as { request: object }).request, performance.now());
  });
  subscribe('http.server.response.finish', (message) => {
    const at = startedAt.get((message as { request: object }).request);
    if (at !== undefined) served.push(performance.now() - at);
  });
}

const google = (settings: { stt?: object }): BenchVendor => ({
  goalCpu: 0.6,
  startFake: async () => {
    const fake = await startFakeGoogle();
    fake.server.quotas.raise();
    return fake.settings(settings);
  },
});

export const VENDORS: Readonly<Record<string, BenchVendor>> = {
  deepgram: {
    goalCpu: 0.3,
    startFake: async (ear) => {
      const fake = new FakeDeepgram({ apiKey: 'key', ...(ear && { ear }) });
      fake.limits = { '/v1/listen': Number.POSITIVE_INFINITY, '/v1/speak': Number.POSITIVE_INFINITY };
      return { vendor: 'deepgram', apiKey: 'key', url: await fake.listen() };
    },
  },
  'openai-compatible': {
    goalCpu: undefined,
    ownMs: () => served.splice(0),
    startFake: async () => {
      timeRequests();
      const fake = new FakeOpenAiSpeech();
      fake.quotas.speech.limit = fake.quotas.transcription.limit = Number.POSITIVE_INFINITY;
      return { vendor: 'openai-compatible', apiKey: 'key', url: await fake.listen() };
    },
  },
  'google-v1': google({ stt: { api: 'v1' } }),
  'google-v2': google({ stt: { api: 'v2' } }),
  'google-v2-continuous': google({ stt: { api: 'v2', endpointing: 'vendor' } }),
};
