import { FakeDeepgram, fakeSpeech } from '../../../connectors/speech/deepgram/fake-server.ts';
import { FakeOpenAiSpeech } from '../../../connectors/speech/openai-compatible/fake-server.ts';
import { type Column, listening, type Pointless, pointless, serverBecomes } from './matrix.ts';

/** A speech service's side of a call: hears the words of `wordFrames`, and makes 10 ms of each character of a text. */
export interface SpeechPeer {
  /** Its entry in hub.yaml, but for the id. */
  settings: object;
  /** Texts that it was asked to say. */
  spoken(): readonly string[];
  /** Whether somebody is listened to. */
  listens?(): boolean;
  /** What it makes of a text at 8 kHz, where that can be known. */
  audioOf?(text: string): Int16Array;
  close(): Promise<void>;
}

/** What goes wrong with one side of a service. */
export interface SpeechFault<Peer> {
  before: 'the call' | 'the sentence' | 'the second word';
  act(peer: Peer): void;
  /** Why the call went on with the other service, as the record says; absent: it did not. */
  why?: RegExp;
  /** Of speech: the caller hears some of the text before the whole of it. */
  hearsSome?: true;
  /** There is no other service. */
  alone?: true;
  /** The service has been listening for so long before. */
  ageMs?: number;
}

export interface SpeechCell<Peer> {
  stt: SpeechFault<Peer> | Pointless;
  tts: SpeechFault<Peer>;
}

export interface SpeechCase<Peer extends SpeechPeer> {
  /** @param place of the two services in the call */
  start(place: 'first' | 'spare'): Promise<Peer>;
  cells: Column<SpeechCell<Peer>>;
  /** Of the same faults, those that do not pass. */
  more?: Readonly<Record<string, SpeechCell<Peer>>>;
  /** How fast time runs, for all but the fakes' sockets; 3 unless told. */
  hurry?: number;
}

export const UPWARDS = pointless('the audio goes to the service; what comes from there is text');

/** The same happens to hearing and speaking. */
function both<Peer>(fault: SpeechFault<Peer>): SpeechCell<Peer> {
  return { stt: fault, tts: fault };
}

/** Of the fakes' time: late, and still in time. */
const SLOW_MS = 100;

// ---- deepgram ----

export async function startDeepgram(stt: object = {}) {
  const { url, ...peer } = await listening(new FakeDeepgram());
  return {
    ...peer,
    settings: { vendor: 'deepgram', apiKey: 'key', url, stt },
    spoken: () => peer.server.spoken,
    audioOf: fakeSpeech,
  };
}

export const deepgram: SpeechCase<Awaited<ReturnType<typeof startDeepgram>>> = {
  start: () => startDeepgram(),
  cells: {
    'handshake refused': both({
      before: 'the call',
      act: serverBecomes({ apiKey: 'another' }),
      why: /401/,
    }),
    // The key is shown at the handshake alone: a socket that breaks after it has expired cannot be had again.
    'token expired mid-call': both({
      before: 'the sentence',
      act: ({ server }) => {
        server.apiKey = 'another';
        server.break();
      },
      why: /401|Deepgram/,
    }),
    'socket frozen': {
      stt: {
        before: 'the second word',
        act: serverBecomes({ frozen: true }),
        why: /its text is late|does not answer|no text within/,
      },
      tts: {
        before: 'the sentence',
        act: serverBecomes({ frozen: true }),
        why: /no audio for/,
      },
    },
    'socket closed mid-word': {
      stt: { before: 'the second word', act: ({ server }) => server.break(), why: /Deepgram/ },
      tts: {
        before: 'the sentence',
        act: serverBecomes({ breaksAfterChars: 5 }),
        why: /Deepgram/,
        hearsSome: true,
      },
    },
    429: both({
      before: 'the call',
      act: serverBecomes({ refusesWith: 429 }),
      why: /429/,
    }),
    'malformed message': {
      stt: {
        before: 'the second word',
        act: ({ server }) => server.say('{"type":'),
        why: /no message of its protocol/,
      },
      tts: {
        before: 'the sentence',
        act: serverBecomes({ garbled: true }),
        why: /no JSON/,
      },
    },
    'slow first byte': both({
      before: 'the sentence',
      act: serverBecomes({ delayMs: SLOW_MS }),
    }),
    'wrong audio length': {
      stt: UPWARDS,
      tts: {
        before: 'the sentence',
        act: serverBecomes({ cutsSamples: true }),
      },
    },
  },
};

// ---- openai-compatible ----

async function startOpenAi() {
  const { url, ...peer } = await listening(new FakeOpenAiSpeech());
  return {
    ...peer,
    settings: { vendor: 'openai-compatible', apiKey: 'key', url, tts: { format: 'wav' } },
    spoken: () => peer.server.speech.map(({ input }) => String(input)),
  };
}

export const openAi: SpeechCase<Awaited<ReturnType<typeof startOpenAi>>> = {
  start: startOpenAi,
  cells: {
    'handshake refused': both({ before: 'the call', act: serverBecomes({ apiKey: 'another' }), why: /401/ }),
    'token expired mid-call': both({ before: 'the sentence', act: serverBecomes({ apiKey: 'another' }), why: /401/ }),
    'socket frozen': {
      stt: {
        before: 'the sentence',
        act: serverBecomes({ frozen: true }),
        why: /its text is late|no text within/,
      },
      tts: {
        before: 'the sentence',
        act: serverBecomes({ frozen: true }),
        why: /no audio for/,
      },
    },
    'socket closed mid-word': {
      stt: {
        before: 'the sentence',
        act: serverBecomes({ breaks: true }),
        why: /the speech server/,
      },
      tts: {
        before: 'the sentence',
        act: serverBecomes({ breaksAfterChars: 5 }),
        why: /the speech server/,
        hearsSome: true,
      },
    },
    429: both({
      before: 'the sentence',
      act: serverBecomes({ status: 429 }),
      why: /429/,
    }),
    'malformed message': both({
      before: 'the sentence',
      act: serverBecomes({ garbled: true }),
      why: /the speech server/,
    }),
    'slow first byte': both({
      before: 'the sentence',
      act: serverBecomes({ delayMs: SLOW_MS }),
    }),
    'wrong audio length': {
      stt: UPWARDS,
      tts: {
        before: 'the sentence',
        act: serverBecomes({ cutsSamples: true }),
      },
    },
  },
};
