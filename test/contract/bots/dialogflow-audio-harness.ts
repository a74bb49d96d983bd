import type { FakeApi } from '../../../connectors/bots/dialogflow/fake-api.ts';
import type { Ear, EarEvent } from '../../../connectors/bots/dialogflow/fake-ear.ts';
import { decodeG711, encodeG711 } from '../../../src/media/g711.ts';
import type { AudioAbility, AudioBotHarness, KitUtterance } from './audio-contract.ts';
import type { BotHarness } from './bot-contract.ts';

/** An agent that hears does not speak itself here, and forgets what was not finished at the stop. */
export const AGENT_LACKS: readonly AudioAbility[] = ['speaks', 'tail'];

const FRAME_MS = 20;

/** The agent's own confidence, whatever is said. */
const CONFIDENCE = 0.75;

/** What an agent has heard of one conversation. */
class KitEar {
  starts = 0;
  readonly codes: Buffer[] = [];
  readonly utterances: KitUtterance[] = [];

  /** The ear of one more stream: it understands what the test says that it does, at the next audio. */
  stream(): Ear {
    this.starts += 1;
    let heardMs = 0;
    return {
      text: '',
      get heardMs() {
        return heardMs;
      },
      hear: (bytes) => {
        heardMs += FRAME_MS;
        this.codes.push(bytes);
        return this.utterances.splice(0, 1).flatMap(({ hypothesis, text }): EarEvent[] => [
          { type: 'word', text: hypothesis },
          { type: 'end', text },
        ]);
      },
    };
  }
}

/** The hands of the tests on a fake agent that gets the caller's audio. */
export function dialogflowAudioHarness(harness: BotHarness, api: FakeApi): AudioBotHarness {
  const ears = new Map<string, KitEar>();
  const earOf = (id: string) => {
    const ear = ears.get(id) ?? new KitEar();
    ears.set(id, ear);
    return ear;
  };
  api.ear = (_encoding, _rate, sessionId) => earOf(sessionId).stream();
  return {
    ...harness,
    heard(id) {
      const { starts, codes } = earOf(id);
      const hearing = [...api.hearing].filter(({ sessionId }) => sessionId === id).length;
      return { starts, stops: starts - hearing, samples: decoded(Buffer.concat(codes)) };
    },
    hear: (id, utterance) => void earOf(id).utterances.push(utterance),
    speechOf: ({ hypothesis, text }) => [
      { type: 'started' },
      { type: 'hypothesis', text: hypothesis },
      { type: 'stopped' },
      { type: 'recognition', text, confidence: CONFIDENCE },
    ],
    coded(samples) {
      const codes = Buffer.alloc(samples.length);
      encodeG711('PCMU', samples, codes, 0);
      return decoded(codes);
    },
    play() {},
    marks: () => [],
  };
}

function decoded(codes: Buffer): Int16Array {
  const samples = new Int16Array(codes.length);
  decodeG711('PCMU', codes, 0, codes.length, samples);
  return samples;
}
