import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { MinuteQuota } from '../../../src/testing-quota.ts';
import { type Ear, FakeEar } from './fake-ear.ts';

const SCOPE = 'https://www.googleapis.com/auth/dialogflow';
const MAX_SESSION_ID = 36;
const MAX_TEXT_CHARS = 256;

/** What goes wrong with one request, on purpose. */
export type FakeFault =
  | { code: number; message?: string }
  /** No answer, ever. */
  | 'hang'
  /** The connection breaks. */
  | 'cut'
  /** Bytes that are no message of the service. */
  | 'garbage'
  /** A message without a result. */
  | 'empty';

/** A request as the API has read it. */
export interface FakeRequest {
  /** Full name, and the id at its end. */
  session: string;
  id: string;
  query:
    | { type: 'text'; text: string }
    | { type: 'event'; name: string; parameters: Record<string, unknown> }
    | { type: 'dtmf'; digits: string }
    /** What was heard. */
    | { type: 'audio'; text: string };
  language: string;
  /** Parameters that are set for the session. */
  parameters: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/** A stream of audio, as a test spoils it. */
export interface FakeAudioStream {
  readonly sessionId: string;
  readonly heardMs: number;
  /** Ends with a status. */
  fail(code: number, message?: string): void;
  /** Sends bytes that are no message of the service. */
  garble(): void;
}

export class FakeStatus extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** As a method of gRPC fails. */
export function statusError(error: unknown): { code: number; details: string; message: string } {
  const { code, message } = error instanceof FakeStatus ? error : { code: 13, message: String(error) };
  return { code, details: message, message };
}

/**
 * Requests of a project in a minute; a stream of audio counts as one.
 * "Quotas": https://cloud.google.com/dialogflow/quotas
 */
export const DIALOGFLOW_LIMITS = {
  CX: { text: 1_200, audio: 600 },
  'ES Essentials': { text: 600, audio: 300 },
  'ES Trial': { text: 180, audio: 100 },
} as const;

export type DialogflowEdition = keyof typeof DIALOGFLOW_LIMITS;

export interface FakeApiOptions {
  edition: DialogflowEdition;
  clock?: Clock;
  service: ServiceDefinition;
  /** Names of the agent's sessions; the id is the last group. */
  session: RegExp;
  /** Names of sessions of any agent. */
  anySession: RegExp;
}

/** A service account that the API knows, and whom a client has to trust. */
export interface FakeAccount {
  clientEmail: string;
  /** PEM, RSA. */
  privateKey: string;
  publicKey: string;
  /** Of the authority that has signed the certificate of localhost. */
  ca: string;
  tls: { key: string; cert: string };
}

/**
 * Google's side of the `Sessions` service: gRPC over TLS by the SDK's own schema, tokens of a service account checked, names and
 * lengths as documented, a quota. An edition adds its methods.
 */
export class FakeApi {
  readonly requests: FakeRequest[] = [];
  /** One for each request, in order; undefined where nothing goes wrong. */
  readonly faults: (FakeFault | undefined)[] = [];
  /** One for each stream of audio, when it is opened. */
  readonly streamFaults: ({ code: number; message?: string } | undefined)[] = [];
  /** Of audio that were opened. */
  streams = 0;
  /** Of audio that hear. */
  readonly hearing = new Set<FakeAudioStream>();
  /** What hears the audio of a stream; tones are words, unless told. */
  ear: (encoding: string, sampleRateHertz: number, sessionId: string) => Ear = (encoding, rate) =>
    new FakeEar(encoding, rate);
  /** Texts of what is heard come so much later. */
  textDelayMs = 0;
  /** Audio of the agent's own, with each answer; undefined: none. */
  outputAudio: Buffer | undefined;
  /** Google ends a stream then. */
  streamLimitMs = 60_000;
  /** Streams that were open for too long. */
  exceeded = 0;
  /** No token is good. */
  refusesTokens = false;
  /** Requests that are still allowed, where that is less than what the edition allows. */
  quota: number | undefined;
  readonly quotas: { text: MinuteQuota; audio: MinuteQuota };
  readonly #options: FakeApiOptions;
  readonly #server = new Server();
  readonly #sockets = new Set<Socket>();
  readonly #tcp = createServer();
  readonly #account: FakeAccount;

  constructor(account: FakeAccount, options: FakeApiOptions) {
    this.#account = account;
    this.#options = options;
    const { text, audio } = DIALOGFLOW_LIMITS[options.edition];
    const clock = options.clock ?? systemClock;
    this.quotas = { text: new MinuteQuota(text, clock), audio: new MinuteQuota(audio, clock) };
  }

  get endpoint(): string {
    return `localhost:${(this.#tcp.address() as AddressInfo).port}`;
  }

  /** Keys of hub.yaml that lead here. */
  get access(): { endpoint: string; caCertificate: string; credentials: { clientEmail: string; privateKey: string } } {
    const { ca, clientEmail, privateKey } = this.#account;
    return { endpoint: this.endpoint, caCertificate: ca, credentials: { clientEmail, privateKey } };
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(implementation: UntypedServiceImplementation): Promise<void> {
    this.#server.addService(this.#options.service, implementation);
    const { key, cert } = this.#account.tls;
    const credentials = ServerCredentials.createSsl(null, [
      { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) },
    ]);
    const injector = this.#server.createConnectionInjector(credentials);
    this.#tcp.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      injector.injectConnection(socket);
    });
    this.#tcp.listen(0, '127.0.0.1');
    await once(this.#tcp, 'listening');
  }

  /** All connections break. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nobody is there any more. */
  async close(): Promise<void> {
    this.#server.forceShutdown();
    this.cut();
    if (!this.#tcp.listening) return;
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }

  /** @throws FakeStatus for what the API refuses about every request, whatever it asks */
  admit(metadata: Metadata, kind: 'text' | 'audio'): void {
    const token = /^Bearer (.+)$/.exec(String(metadata.get('authorization')[0] ?? ''))?.[1];
    if (token === undefined || !this.#honours(token)) {
      throw new FakeStatus(status.UNAUTHENTICATED, 'Request had invalid authentication credentials.');
    }
    if (this.quota === 0 || !this.quotas[kind].take()) throw exceeded(kind, this.#options.edition);
    if (this.quota !== undefined) this.quota -= 1;
  }

  /** @throws FakeStatus for what the API refuses in a request */
  check(request: FakeRequest): void {
    const { session, query, language } = request;
    this.known(session);
    if (language === '') throw new FakeStatus(status.INVALID_ARGUMENT, 'languageCode is not set');
    if (query.type === 'text' && query.text.length > MAX_TEXT_CHARS) {
      throw new FakeStatus(status.INVALID_ARGUMENT, `Text length must not exceed ${MAX_TEXT_CHARS} bytes`);
    }
    if (query.type === 'event' && query.name === '') {
      throw new FakeStatus(status.INVALID_ARGUMENT, 'Event name is not set');
    }
    this.requests.push(request);
  }

  /** @throws FakeStatus for a session that the agent cannot have */
  known(session: string): void {
    const id = this.#options.session.exec(session)?.at(-1);
    if (id === undefined) {
      const named = this.#options.anySession.test(session);
      const [code, message] = named
        ? ([status.NOT_FOUND, 'Agent not found'] as const)
        : ([status.INVALID_ARGUMENT, 'Invalid session name'] as const);
      throw new FakeStatus(code, message);
    }
    if (id.length > MAX_SESSION_ID) throw new FakeStatus(status.INVALID_ARGUMENT, 'Session ID is too long');
  }

  #honours(token: string): boolean {
    if (this.refusesTokens) return false;
    const [head = '', body = '', signature = ''] = token.split('.');
    const key = createPublicKey(this.#account.publicKey);
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return false;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const { iss, scope, exp } = claims;
    return iss === this.#account.clientEmail && String(scope).includes(SCOPE) && Number(exp) * 1000 > Date.now();
  }
}

function exceeded(kind: 'text' | 'audio', edition: DialogflowEdition): FakeStatus {
  const of = 'dialogflow.googleapis.com';
  const tier = { CX: 'Cx', 'ES Essentials': 'EnterpriseTier', 'ES Trial': 'StandardTier' }[edition];
  const metric = `${tier}${kind === 'text' ? 'Text' : 'Audio'}QueryOperations`;
  return new FakeStatus(
    status.RESOURCE_EXHAUSTED,
    `Quota exceeded for quota metric '${of}/${metric}' and limit '${metric}PerMinutePerProject' of service '${of}' for consumer 'project_number:1'.`,
  );
}
