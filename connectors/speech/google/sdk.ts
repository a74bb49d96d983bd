import type { Duplex } from 'node:stream';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import { SpeechError } from '../../../src/speech/ports.ts';
import type { GoogleConfig } from './config.ts';
import { authOf, channelTrusting, unusable } from './credentials.ts';

/** A bidirectional stream of the SDK; `cancel` ends it on both sides. */
export type GrpcStream = Duplex & { cancel(): void };

/** As the SDK takes them. */
type ClientOptions = Record<string, string | number | object>;

/** What is used of the SDK's clients. */
interface Client {
  initialize(): Promise<unknown>;
  getProjectId(): Promise<string>;
  close(): Promise<void>;
}

export interface SttClient extends Client {
  _streamingRecognize(): GrpcStream;
}

export interface TtsClient extends Client {
  streamingSynthesize(): GrpcStream;
  synthesizeSpeech(request: object, options?: object): Promise<[{ audioContent?: unknown }, ...unknown[]]>;
}

/** A client that was replaced is closed when its last stream has reached its limit. */
const RETIRE_MS = 310_000;

/** The two clients of Google's SDKs: loaded and made when they are first asked for, made anew when a token was refused. */
export interface GoogleSdk {
  /** @throws SpeechError where the credentials cannot be had */
  stt(): Promise<SttClient>;
  /** @throws SpeechError where the credentials cannot be had */
  tts(): Promise<TtsClient>;
  /** The next client has another connection and gets itself a new token. Streams of the old one go on. */
  renew(which: 'stt' | 'tts'): void;
  close(): Promise<void>;
}

export function createGoogleSdk(config: GoogleConfig, clock: Clock): GoogleSdk {
  let stt: Promise<SttClient> | undefined;
  let tts: Promise<TtsClient> | undefined;
  let closed = false;
  const all = new Set<Client>();
  const timers = new Set<() => void>();

  async function opened<C extends Client>(
    make: (options: ClientOptions) => Promise<C>,
    apiEndpoint: string,
  ): Promise<C> {
    if (closed) throw new SpeechError('speech_unavailable', 'the service is closed');
    const client = await make(await optionsOf(config, apiEndpoint));
    try {
      await client.initialize();
    } catch (error) {
      throw unusable(`the credentials cannot be used: ${messageOf(error)}`, error);
    }
    all.add(client);
    return client;
  }

  return {
    stt() {
      stt ??= opened(async (options) => {
        const { v1, v2 } = await import('@google-cloud/speech');
        return config.stt.api === 'v1' ? new v1.SpeechClient(options) : new v2.SpeechClient(options);
      }, sttEndpoint(config)).catch((error) => {
        stt = undefined;
        throw error;
      });
      return stt;
    },
    tts() {
      tts ??= opened(async (options) => {
        const { TextToSpeechClient } = await import('@google-cloud/text-to-speech');
        return new TextToSpeechClient(options);
      }, ttsEndpoint(config)).catch((error) => {
        tts = undefined;
        throw error;
      });
      return tts;
    },
    renew(which) {
      const old: Promise<Client> | undefined = which === 'stt' ? stt : tts;
      if (which === 'stt') stt = undefined;
      else tts = undefined;
      if (old === undefined) return;
      const cancel = clock.after(RETIRE_MS, () => {
        timers.delete(cancel);
        void old.then((client) => {
          all.delete(client);
          return client.close();
        }, ignore);
      });
      timers.add(cancel);
    },
    async close() {
      closed = true;
      for (const cancel of timers) cancel();
      await Promise.allSettled([stt, tts]);
      await Promise.allSettled([...all].map((client) => client.close()));
      all.clear();
    },
  };
}

function ignore(): void {}

/** The host that serves the location ("Specify a regional endpoint" of Cloud Speech-to-Text and Text-to-Speech). */
export function sttEndpoint({ location, stt }: GoogleConfig): string {
  return stt.apiEndpoint ?? (location === 'global' ? 'speech.googleapis.com' : `${location}-speech.googleapis.com`);
}

export function ttsEndpoint({ location, tts }: GoogleConfig): string {
  if (tts.apiEndpoint !== undefined) return tts.apiEndpoint;
  return location === 'global' ? 'texttospeech.googleapis.com' : `${location}-texttospeech.googleapis.com`;
}

async function optionsOf(config: GoogleConfig, endpoint: string): Promise<ClientOptions> {
  const [, host = endpoint, port] = /^(.+?)(?::(\d+))?$/.exec(endpoint) ?? [];
  const auth = await authOf(config);
  const ownTrust = config.caCertificate !== undefined || config.allowSelfSignedCert;
  return {
    auth,
    apiEndpoint: host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(ownTrust ? { sslCreds: await channelTrusting(config, auth) } : {}),
    // A dead connection is noticed, and a live one is not closed between calls by what stands between.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
  };
}
