import { readFileSync } from 'node:fs';
import { deepgramConfigSchema } from '../../../connectors/speech/deepgram/config.ts';
import { createDeepgram } from '../../../connectors/speech/deepgram/connector.ts';
import { googleConfigSchema } from '../../../connectors/speech/google/config.ts';
import { createGoogle } from '../../../connectors/speech/google/connector.ts';
import { createFakeAccount } from '../../../connectors/speech/google/fake-account.ts';
import { createMoonshine } from '../../../connectors/speech/moonshine/connector.ts';
import { openAiSpeechConfigSchema } from '../../../connectors/speech/openai-compatible/config.ts';
import { createOpenAiSpeech } from '../../../connectors/speech/openai-compatible/connector.ts';
import type { SpeechService } from '../../../src/speech/ports.ts';
import type { SttKind } from './stt-contract.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** To the vendor; with credentials that it refuses; to where nobody is. */
export type Way = 'right' | 'refused' | 'absent';

/** A way to use a vendor, as the environment leads to it. */
export interface LiveService {
  name: string;
  /** Undefined: nothing in the environment leads there. */
  open: ((way: Way) => SpeechService) | undefined;
  /** Its parts that the kits are run on. */
  parts: readonly ('stt' | 'tts')[];
  stt?: SttKind;
  /** It asks for no credentials. */
  free?: true;
}

const NOBODY = '127.0.0.1:1';
const REFUSED = 'refused-on-purpose';

/** Which variables lead where stands in the README of each connector. */
export function liveServices(environment: Environment): LiveService[] {
  return [...google(environment), ...deepgram(environment), ...openAi(environment), moonshine(environment)];
}

function google(environment: Environment): LiveService[] {
  const {
    GOOGLE_APPLICATION_CREDENTIALS: keyFile,
    GOOGLE_SPEECH_ENDPOINT: endpoint,
    GOOGLE_SPEECH_CA_FILE: caFile,
  } = environment;
  const make =
    (settings: { stt?: object; tts?: object }) =>
    (way: Way): SpeechService => {
      const apiEndpoint = way === 'absent' ? NOBODY : endpoint;
      const at = apiEndpoint === undefined ? {} : { apiEndpoint };
      const config = googleConfigSchema.parse({
        ...{ id: 'google', vendor: 'google' },
        ...(way === 'refused' ? { credentials: { keyFile: createFakeAccount().keyFile } } : {}),
        ...(way !== 'refused' && endpoint !== undefined ? { credentials: { keyFile } } : {}),
        ...(caFile === undefined ? {} : { caCertificate: readFileSync(caFile, 'utf8') }),
        stt: { ...at, ...settings.stt },
        tts: { ...at, ...settings.tts },
      });
      return createGoogle(config);
    };
  const open = (settings: object) => (keyFile === undefined ? undefined : make(settings));
  const recognition = (['v1', 'v2'] as const).flatMap((api) =>
    (['hub', 'vendor'] as const).map(
      (endpointing): LiveService => ({
        name: `Google ${api}, endpointed by the ${endpointing}`,
        open: open({ stt: { api, endpointing } }),
        parts: ['stt'],
      }),
    ),
  );
  return [
    ...recognition,
    { name: 'Google, streamed', open: open({ tts: { voice: 'Chirp3-HD-Kore' } }), parts: ['tts'] },
    { name: 'Google, whole', open: open({ tts: { voice: 'en-US-Neural2-F' } }), parts: ['tts'] },
  ];
}

function deepgram({ DEEPGRAM_API_KEY: key, DEEPGRAM_URL: url }: Environment): LiveService[] {
  const make =
    (endpointing: 'hub' | 'vendor') =>
    (way: Way): SpeechService => {
      const address = way === 'absent' ? `ws://${NOBODY}` : url;
      const config = deepgramConfigSchema.parse({
        ...{ id: 'deepgram', vendor: 'deepgram', stt: { endpointing } },
        apiKey: way === 'refused' ? REFUSED : key,
        ...(address === undefined ? {} : { url: address }),
      });
      return createDeepgram(config);
    };
  const open = (endpointing: 'hub' | 'vendor') => (key === undefined ? undefined : make(endpointing));
  return [
    { name: 'Deepgram, endpointed by the hub', open: open('hub'), parts: ['stt', 'tts'] },
    { name: 'Deepgram, endpointed by the vendor', open: open('vendor'), parts: ['stt'] },
  ];
}

function openAi(environment: Environment): LiveService[] {
  const { OPENAI_API_KEY: account, OPENAI_SPEECH_URL: url, OPENAI_SPEECH_KEY: ownKey } = environment;
  const {
    OPENAI_SPEECH_STT_MODEL: sttModel,
    OPENAI_SPEECH_TTS_MODEL: ttsModel,
    OPENAI_SPEECH_VOICE: voice,
  } = environment;
  const key = url === undefined ? account : ownKey;
  const make = (way: Way): SpeechService => {
    const apiKey = way === 'refused' ? REFUSED : key;
    const config = openAiSpeechConfigSchema.parse({
      ...{ id: 'openai', vendor: 'openai-compatible' },
      url: way === 'absent' ? `http://${NOBODY}/v1` : (url ?? 'https://api.openai.com/v1'),
      ...(apiKey === undefined ? {} : { apiKey }),
      stt: sttModel === undefined ? {} : { model: sttModel },
      tts: { ...(ttsModel === undefined ? {} : { model: ttsModel }), ...(voice === undefined ? {} : { voice }) },
    });
    return createOpenAiSpeech(config);
  };
  const open = url === undefined && account === undefined ? undefined : make;
  const free = key === undefined ? ({ free: true } as const) : {};
  return [{ name: 'openai-compatible', open, parts: ['stt', 'tts'], stt: { opensAlone: true }, ...free }];
}

/** It needs no account: it is left out because it takes a minute. */
function moonshine({ MOONSHINE_LIVE: wanted }: Environment): LiveService {
  const make = () => createMoonshine({ id: 'moonshine', vendor: 'moonshine', workers: 1 });
  const open = wanted === undefined ? undefined : make;
  // Of a minute that is nearly all silence it understands nothing.
  const lacks = ['refuse', 'vanish', 'replay'] as const;
  return { name: 'moonshine', open, parts: ['stt'], stt: { local: true, lacks }, free: true };
}
