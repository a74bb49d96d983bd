import { googleConfigSchema } from '../../../connectors/speech/google/config.ts';
import { createGoogle } from '../../../connectors/speech/google/connector.ts';
import { authority, startFakeGoogle } from '../../../connectors/speech/google/fake.test-support.ts';
import type { FakeGoogle } from '../../../connectors/speech/google/fake-server.ts';
import { fakeSpeech } from '../../../connectors/speech/google/fake-synthesis.ts';
import { becomes } from './matrix.ts';
import { type SpeechCase, type SpeechCell, type SpeechFault, type SpeechPeer, UPWARDS } from './speech-peers.ts';

interface GooglePeer extends SpeechPeer {
  server: FakeGoogle;
}

type Fault = SpeechFault<GooglePeer>;

/** Late, and still in time. */
const SLOW_MS = 250;
/** A stream that ends sooner has failed, whatever it says. */
const LIVED_MS = 5_300;
const REFUSED = 'Request had invalid authentication credentials.';
const QUOTA = { code: 8, details: 'Quota exceeded for quota metric Streaming requests' };

const server =
  (values: Partial<FakeGoogle>) =>
  ({ server: google }: GooglePeer) =>
    becomes<FakeGoogle>(values)(google);

const late = /its text is late|no text within/;

/** The connection carries nothing any more, in the middle of the second word. */
export const FROZEN: Fault = {
  before: 'the second word',
  act: ({ server: { relay } }) => relay.freeze(),
  why: /late|answer|no text/,
};

/** @param whole the voice is made in one piece, sentence by sentence */
function cellsOf(whole: boolean): SpeechCase<GooglePeer>['cells'] {
  const some = whole ? {} : ({ hearsSome: true } as const);
  const spoken = (act: Fault['act'], why?: RegExp): Fault => ({
    before: 'the sentence',
    act,
    ...(why === undefined ? {} : { why }),
  });
  const heard = (act: Fault['act'], why?: RegExp): Fault => ({ ...spoken(act, why), before: 'the second word' });
  return {
    'handshake refused': {
      stt: { before: 'the call', act: server({ revoked: true }), why: /Google refuses the credentials/ },
      tts: { before: 'the call', act: server({ revoked: true }), why: /invalid authentication credentials/ },
    },
    'token expired mid-call': {
      stt: { ...heard(({ server: google }) => google.endAll(16, REFUSED)), ageMs: LIVED_MS },
      tts: spoken(server({ tokensExpired: 1 })),
    },
    'socket frozen': {
      stt: { ...FROZEN, why: late },
      tts: spoken(({ server: google }) => google.relay.freeze(), /no audio for 1200 ms/),
    },
    'socket closed mid-word': {
      stt: heard(({ server: google }) => google.relay.break(), /Google: /),
      tts: { ...spoken(server({ breaksAfterChars: 5 }), /Google: /), ...some },
    },
    429: {
      stt: heard(({ server: google }) => {
        google.refusesWith = QUOTA;
        google.endAll(QUOTA.code, QUOTA.details);
      }, /Quota exceeded/),
      tts: spoken(server({ refusesWith: QUOTA }), /Quota exceeded/),
    },
    'malformed message': {
      stt: heard(server({ garbled: true }), /Google: .*(?:parsing|pars)/i),
      tts: spoken(server({ garbled: true }), /Google: .*(?:parsing|pars)/i),
    },
    'slow first byte': { stt: spoken(server({ delayMs: SLOW_MS })), tts: spoken(server({ delayMs: SLOW_MS })) },
    'wrong audio length': { stt: UPWARDS, tts: spoken(server({ cutsSamples: true })) },
  };
}

/** What does not pass, and what is too late. */
const more: Readonly<Record<string, SpeechCell<GooglePeer>>> = {
  'token refused from then on': {
    stt: {
      before: 'the second word',
      ageMs: LIVED_MS,
      act: ({ server: google }) => {
        google.revoked = true;
        google.endAll(16, REFUSED);
      },
      why: /Google refuses the credentials/,
    },
    tts: { before: 'the sentence', act: server({ revoked: true }), why: /invalid authentication credentials/ },
  },
  'first byte too late': {
    stt: { before: 'the second word', act: server({ delayMs: 4_000 }), why: late },
    tts: { before: 'the sentence', act: server({ delayMs: 4_000 }), why: /no audio for 1200 ms/ },
  },
};

/** Its settings for recognition and for speech besides those that lead there. */
async function startGoogle(stt: object, tts: object = {}): Promise<GooglePeer> {
  const fake = await startFakeGoogle();
  const { id: _, ...settings } = fake.settings({ stt, tts });
  return {
    ...{ server: fake.server, settings, audioOf: fakeSpeech, close: () => fake.dispose() },
    // The first stream tries out whether Google takes all this.
    listens: () => fake.server.streams[0]?.over === true,
    spoken: () => fake.server.spoken.map(({ text }) => text),
  };
}

function google(api: 'v1' | 'v2', voice: string): SpeechCase<GooglePeer> {
  return {
    // Its tokens, and its connection, need time as it is.
    hurry: 1,
    start: () => startGoogle({ api }, { voice }),
    cells: cellsOf(!voice.startsWith('Chirp3-HD')),
    more: api === 'v1' ? more : {},
  };
}

type Endpointing = 'hub' | 'vendor';

/** Two services of Google's of which each finds the ends of what is said, or leaves that to the hub. */
export function googleEnding(first: Endpointing, spare: Endpointing): Pick<SpeechCase<GooglePeer>, 'start' | 'hurry'> {
  const endpointing = { first, spare };
  return { hurry: 1, start: (place) => startGoogle({ endpointing: endpointing[place] }) };
}

export const hasGoogle = authority !== undefined;
/** Voices that are streamed. */
export const googleV1 = google('v1', 'Chirp3-HD-Kore');
/** Voices that are made whole. */
export const googleV2 = google('v2', 'Neural2-C');

/** Loads the SDKs, as a hub does when it starts, and speaks with them once. */
export async function loadGoogle(): Promise<void> {
  const fake = await startFakeGoogle();
  const { stt, tts, ...service } = createGoogle(googleConfigSchema.parse(fake.settings()));
  const { signal } = new AbortController();
  const request = { callId: 'c', text: 'hi', language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
  for await (const _ of tts?.synthesize(request, signal) ?? []);
  const line = { callId: 'c', language: 'en-US', sampleRate: 8000 } as const;
  const call = { ...line, contextPhrases: [], contextBoost: 0, vendorOptions: {} };
  (await stt?.open(call, signal))?.close();
  await service.close();
  await fake.dispose();
}
