import { createRequire } from 'node:module';
import {
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type { FakeAccount } from './fake-account.ts';
import { GoogleQuotas } from './fake-quotas.ts';
import { type FakeCall, FakeRecognition, type Message } from './fake-recognition.ts';
import { Relay } from './fake-relay.ts';
import { type SynthesisRules, speakWhole, streamSpeech } from './fake-synthesis.ts';
import { GRPC, type GrpcStatus } from './status.ts';

export interface FakeGoogleOptions {
  account: FakeAccount;
  /** PEM of a certificate for localhost. */
  tls: { key: string; cert: string };
  clock?: Clock;
  /** v1: 305 s, v2: 300 s. */
  sessionLimitMs?: number;
  audioTimeoutMs?: number;
  location?: string;
}

type UnaryCall = ServerUnaryCall<Message, Message | Uint8Array>;

const require = createRequire(import.meta.url);

const services = new Map<string, ServiceDefinition>();

/** A service as the SDK's own protos define it; bytes go out as they are. */
function serviceOf(pkg: string, path: string): ServiceDefinition {
  const known = services.get(path);
  if (known !== undefined) return known;
  const json = require(`@google-cloud/${pkg}/build/protos/protos.json`) as Parameters<typeof fromJSON>[0];
  const definition = fromJSON(json, { longs: Number, enums: String, oneofs: false });
  let node: unknown = loadPackageDefinition(definition);
  for (const name of path.split('.')) node = (node as Record<string, unknown>)[name];
  const { service } = node as { service: ServiceDefinition };
  const own = Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        responseSerialize: (value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value) : method.responseSerialize(value),
      },
    ]),
  );
  services.set(path, own);
  return own;
}

/**
 * Google's Speech (v1 and v2) and TextToSpeech over gRPC and TLS, from the SDK's protos, with the vendor's rules: credentials,
 * order and size of messages, longest duration, audio timeout, voices and bytes of a text, quotas.
 */
export class FakeGoogle {
  /** Recognition streams, in order. */
  readonly streams: FakeRecognition[] = [];
  /** Texts that were spoken, and how. */
  readonly spoken: { text: string; streamed: boolean }[] = [];
  /** Syntheses at this moment. */
  synthesizing = 0;
  /** The account's keys are taken no more. */
  revoked = false;
  /** So many new calls find their token refused. */
  tokensExpired = 0;
  /** What new calls end with instead. */
  refusesWith: GrpcStatus | undefined;
  /** Takes everything and says nothing. */
  frozen = false;
  garbled = false;
  delayMs = 0;
  breaksAfterChars: number | undefined;
  cutsSamples = false;
  readonly quotas: GoogleQuotas;
  readonly relay = new Relay();
  readonly #options: FakeGoogleOptions;
  readonly #server = new Server();
  /** Syntheses that are streams. */
  #streaming = 0;

  constructor(options: FakeGoogleOptions) {
    this.#options = options;
    this.quotas = new GoogleQuotas(options.clock ?? systemClock);
    this.#server.addService(serviceOf('speech', 'google.cloud.speech.v1.Speech'), {
      streamingRecognize: (call: FakeCall) => this.#recognize(call, 'v1'),
    });
    this.#server.addService(serviceOf('speech', 'google.cloud.speech.v2.Speech'), {
      streamingRecognize: (call: FakeCall) => this.#recognize(call, 'v2'),
    });
    this.#server.addService(serviceOf('text-to-speech', 'google.cloud.texttospeech.v1.TextToSpeech'), {
      streamingSynthesize: (call: FakeCall) => {
        if (this.#refused(call.metadata, (status) => call.emit('error', status))) return;
        const done = this.#started(true);
        for (const event of ['cancelled', 'finish', 'error']) call.on(event, done);
        streamSpeech(call, this.#synthesis(true));
      },
      synthesizeSpeech: (call: UnaryCall, answer: sendUnaryData<Message | Uint8Array>) => {
        if (this.#refused(call.metadata, answer)) return;
        const done = this.#started(false);
        call.on('cancelled', done);
        const answered: typeof answer = (...said) => {
          done();
          answer(...said);
        };
        speakWhole(call, answered, this.#synthesis(false));
      },
    });
  }

  /** @returns host and port, for `apiEndpoint` */
  async listen(): Promise<string> {
    const { key, cert } = this.#options.tls;
    const credentials = ServerCredentials.createSsl(null, [
      { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) },
    ]);
    const port = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    return `localhost:${await this.relay.listen(port)}`;
  }

  async close(): Promise<void> {
    this.#server.forceShutdown();
    await this.relay.close();
  }

  /** Recognition streams that are not over. */
  get open(): FakeRecognition[] {
    return this.streams.filter(({ over }) => !over);
  }

  /** Ends every recognition stream with a status. */
  endAll(code: number, details: string): void {
    for (const stream of this.open) stream.fail(code, details);
  }

  #refused(metadata: Metadata, refuse: (status: GrpcStatus & { metadata: Metadata }) => void): boolean {
    const [authorization] = metadata.get('authorization');
    const expired = this.revoked || this.tokensExpired > 0;
    if (this.tokensExpired > 0) this.tokensExpired -= 1;
    const token = typeof authorization === 'string' && !expired ? authorization : undefined;
    const details = this.#options.account.refusal(token);
    const status = details === undefined ? this.refusesWith : { code: GRPC.UNAUTHENTICATED, details };
    if (status === undefined) return false;
    refuse({ ...status, metadata: new Metadata() });
    return true;
  }

  #recognize(call: FakeCall, api: 'v1' | 'v2'): void {
    const refuse = (status: GrpcStatus) => call.emit('error', status);
    if (this.#refused(call.metadata, refuse)) return;
    const exceeded = this.quotas.recognition(api, this.open.length);
    if (exceeded !== undefined) {
      refuse(exceeded);
      return;
    }
    const { clock = systemClock, sessionLimitMs, audioTimeoutMs = 10_000, location = 'global' } = this.#options;
    this.streams.push(
      new FakeRecognition(call, {
        clock,
        api,
        sessionLimitMs: sessionLimitMs ?? (api === 'v1' ? 305_000 : 300_000),
        audioTimeoutMs,
        location,
        frozen: () => this.frozen,
        garbled: () => this.garbled,
        delayMs: () => this.delayMs,
      }),
    );
  }

  /** @returns what is to be called when the synthesis is over, any number of times */
  #started(streamed: boolean): () => void {
    const streams = streamed ? 1 : 0;
    this.synthesizing += 1;
    this.#streaming += streams;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.synthesizing -= 1;
      this.#streaming -= streams;
    };
  }

  #synthesis(streamed: boolean): SynthesisRules {
    return {
      frozen: () => this.frozen,
      breaksAfterChars: () => this.breaksAfterChars,
      cutsSamples: () => this.cutsSamples,
      garbled: () => this.garbled,
      later: (say) => {
        const { clock = systemClock } = this.#options;
        if (this.delayMs === 0) say();
        else clock.after(this.delayMs, say);
      },
      // What was written goes out before.
      break: () => void setTimeout(() => this.relay.break(), 50),
      onText: (text) => this.spoken.push({ text, streamed }),
      // This one has begun already.
      exceeded: (voice) => this.quotas.synthesis(voice, streamed ? this.#streaming - 1 : undefined),
    };
  }
}
