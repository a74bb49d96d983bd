import { status } from '@grpc/grpc-js';
import type { FakeAccount, FakeApi } from '../../../connectors/bots/dialogflow/fake-api.ts';
import type { Ear, EarEvent } from '../../../connectors/bots/dialogflow/fake-ear.ts';
import { Relay } from '../../../connectors/speech/google/fake-relay.ts';
import { decodeG711 } from '../../../src/media/g711.ts';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import {
  type Agent,
  ALL,
  APOLOGY,
  type BotCase,
  type BotCell,
  dialogflowCx,
  dialogflowEs,
  GREETING,
  replyTo,
  SECOND,
  SORRY,
  WAITED,
} from './bot-peers.ts';
import type { Column } from './matrix.ts';

const FRAME_BYTES = 160;
const FRAME_MS = 20;
/** Silence that ends an utterance. */
const END_FRAMES = 15;

/** Understands `wordFrames` in u-law. */
class WordEar implements Ear {
  readonly #reader = new WordReader();
  #rest: Buffer = Buffer.alloc(0);
  #words: number[] = [];
  heardMs = 0;

  get text(): string {
    return this.#words.join(' ');
  }

  hear(bytes: Buffer): EarEvent[] {
    const events: EarEvent[] = [];
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (; this.#rest.length >= FRAME_BYTES; this.#rest = this.#rest.subarray(FRAME_BYTES)) {
      const samples = new Int16Array(FRAME_BYTES);
      decodeG711('PCMU', this.#rest, 0, FRAME_BYTES, samples);
      this.heardMs += FRAME_MS;
      const word = this.#reader.push(samples);
      if (word !== undefined) {
        this.#words.push(word);
        events.push({ type: 'word', text: this.text });
      }
      if (this.#reader.silentFrames === END_FRAMES && this.#words.length > 0) {
        events.push({ type: 'end', text: this.text });
      }
    }
    return events;
  }
}

export interface HearingAgent extends Agent {
  relay: Relay;
}

/** Longer than what a stream is given of the time before it. */
const SENTENCE = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const SAID = SENTENCE.join(' ');
/** All of it was heard, and answered. */
const WHOLE = {
  words: SENTENCE,
  hears: [GREETING, replyTo(SAID), SECOND],
  asks: [SAID, '2'],
} as const;

function fail({ api }: { api: FakeApi }, code: number): void {
  for (const stream of api.hearing) stream.fail(code);
}

const cells: Column<BotCell<HearingAgent>> = {
  'handshake refused': {
    before: 'the call',
    act: ({ api }) => void api.streamFaults.push({ code: status.PERMISSION_DENIED }),
    words: [],
    hears: SORRY,
    asks: [],
    ends: /refuses the credentials/,
  },
  'token expired mid-call': {
    ...WHOLE,
    before: 'the last word',
    act: (peer) => fail(peer, status.UNAUTHENTICATED),
  },
  'socket frozen': {
    ...WHOLE,
    before: 'the last word',
    act: ({ relay }) => {
      relay.freeze();
      relay.thaw();
    },
    silentMs: 9_000,
  },
  'socket closed mid-word': { ...WHOLE, before: 'the last word', act: ({ relay }) => relay.break() },
  429: {
    ...WHOLE,
    before: 'the last word',
    act: (peer) => {
      fail(peer, status.RESOURCE_EXHAUSTED);
      peer.api.streamFaults.push({ code: status.RESOURCE_EXHAUSTED });
    },
  },
  'malformed message': {
    ...WHOLE,
    before: 'the last word',
    act: ({ api }) => {
      for (const stream of api.hearing) stream.garble();
    },
  },
  'slow first byte': {
    before: 'the question',
    act: (peer) => {
      peer.api.textDelayMs = 100;
      peer.slow = true;
    },
    hears: WAITED,
  },
  'wrong audio length': {
    before: 'the question',
    // The hub speaks: what the agent's own voice says is left alone.
    act: ({ api }) => {
      api.outputAudio = Buffer.alloc(333);
    },
    hears: ALL,
  },
};

/** The same again, when the agent has heard everything; and what does not pass. */
const more: Readonly<Record<string, BotCell<HearingAgent>>> = {
  'socket closed before the answer': {
    before: 'the question',
    act: ({ api }) => void api.faults.push('cut'),
    hears: ALL,
  },
  '429 in the place of the answer': {
    before: 'the question',
    act: ({ api }) => void api.faults.push({ code: status.RESOURCE_EXHAUSTED }),
    hears: ALL,
  },
  'malformed answer': {
    before: 'the question',
    act: ({ api }) => void api.faults.push('garbage'),
    hears: SORRY,
    ends: /the agent has failed/,
  },
  'no answer': {
    before: 'the question',
    act: ({ api }) => void api.faults.push('hang'),
    settings: { timeouts: { answerMs: 4_000 } },
    hears: SORRY,
    ends: /does not answer/,
  },
  'token refused from then on': {
    before: 'the last word',
    act: (peer) => {
      peer.api.refusesTokens = true;
      fail(peer, status.UNAUTHENTICATED);
    },
    hears: SORRY,
    asks: [],
    ends: /refuses the credentials/,
  },
  '429 from then on': {
    before: 'the last word',
    act: (peer) => {
      peer.api.quota = 0;
      fail(peer, status.RESOURCE_EXHAUSTED);
    },
    hears: SORRY,
    asks: [],
    ends: /quota is used up/,
  },
  'sockets frozen from then on': {
    before: 'the last word',
    act: ({ relay }) => relay.freeze(),
    words: SENTENCE,
    hears: [GREETING, APOLOGY],
    asks: [],
    ends: /cannot be reached/,
    silentMs: 15_000,
  },
};

/** An agent that gets the caller's audio; the hub speaks. */
function hearing({ start }: BotCase<Agent>): BotCase<HearingAgent> {
  return {
    async start(account: FakeAccount) {
      const agent = await start(account);
      const { api } = agent;
      api.ear = () => new WordEar();
      const relay = new Relay();
      const endpoint = `localhost:${await relay.listen(Number(api.endpoint.split(':')[1]))}`;
      const close = async () => {
        await relay.close();
        await api.close();
      };
      const settings = { ...agent.settings, endpoint, directSTT: true };
      return Object.assign(agent, {
        relay,
        settings,
        close,
        voice: true,
        listens: () => api.hearing.size > 0,
      } as const);
    },
    cells,
  };
}

export const hearingCx = { ...hearing(dialogflowCx), more };
export const hearingEs = hearing(dialogflowEs);
