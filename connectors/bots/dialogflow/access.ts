import { getCACertificates } from 'node:tls';
import type { ChannelCredentials, ChannelOptions, Client, Metadata } from '@grpc/grpc-js';
import type { ClientOptions } from 'google-gax';
import { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { messageOf } from '../../../src/errors.ts';
import type { SharedConfig } from './config.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/dialogflow'];
const DEFAULT_HOST = 'dialogflow.googleapis.com';
const HTTPS = 443;
/** Somebody is speaking meanwhile. */
const CONNECT_MS = 2_500;
/** A connection on which others were answered since is not what is broken. */
const SILENT_MS = 1_500;
const CHANNEL_OPTIONS = {
  // After an outage the API is found again soon.
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 5_000,
  // A connection that is dead while something is awaited is noticed.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // Each client has a connection of its own, also beside another one to the same host.
  'grpc.use_local_subchannel_pool': 1,
} as const satisfies ChannelOptions;

/** Where an agent's location is served: https://cloud.google.com/dialogflow/cx/docs/concept/region */
export function hostOf(location: string): string {
  return location === 'global' ? DEFAULT_HOST : `${location}-${DEFAULT_HOST}`;
}

/** How the API is reached. */
export interface Access {
  /** For a client of the SDK. */
  options: ClientOptions;
  address: string;
  credentials: ChannelCredentials;
  channelOptions: ChannelOptions;
  /** Header fields of a request about a session: the API finds the agent's region by them. */
  metadataOf(session: string): Metadata;
}

/**
 * TLS always, and credentials with each request; a service account's key signs the tokens itself, without another request.
 * @throws BotError `bot_rejected` where there are no usable credentials
 */
export async function openAccess(
  { credentials, endpoint, caCertificate }: Pick<SharedConfig, 'credentials' | 'endpoint' | 'caCertificate'>,
  location: string,
): Promise<Access> {
  const { GoogleAuth, grpc } = await import('google-gax');
  const auth = new GoogleAuth({ scopes: SCOPES, ...authOptions(credentials) });
  auth.useJWTAccessWithScope = true;
  auth.defaultServicePath = DEFAULT_HOST;
  const client = await auth.getClient().catch((cause: unknown) => {
    throw new BotError('bot_rejected', `no credentials for Dialogflow: ${messageOf(cause)}`, {
      cause,
      publicMessage: 'there are no usable credentials for the agent',
    });
  });
  const authorities = caCertificate === undefined ? null : [...getCACertificates('default'), caCertificate].join('\n');
  const tls = grpc.credentials.createSsl(authorities === null ? null : Buffer.from(authorities));
  const perCall = grpc.credentials.createFromGoogleCredential({
    getRequestHeaders: async (url) => Object.fromEntries(await client.getRequestHeaders(url)),
  });
  const channelCredentials = grpc.credentials.combineChannelCredentials(tls, perCall);
  const [host = '', port = `${HTTPS}`] = (endpoint ?? hostOf(location)).split(':');
  return {
    options: { auth, sslCreds: channelCredentials, apiEndpoint: host, port: Number(port), ...CHANNEL_OPTIONS },
    address: `${host}:${port}`,
    credentials: channelCredentials,
    channelOptions: CHANNEL_OPTIONS,
    metadataOf(session) {
      const metadata = new grpc.Metadata();
      metadata.set('x-goog-request-params', `session=${encodeURIComponent(session)}`);
      return metadata;
    },
  };
}

function authOptions(credentials: SharedConfig['credentials']) {
  if (credentials === undefined) return {};
  if (credentials.keyFile !== undefined) return { keyFilename: credentials.keyFile };
  return {
    credentials: {
      client_email: credentials.clientEmail ?? '',
      // From the environment the line ends often come as two characters.
      private_key: (credentials.privateKey ?? '').replaceAll('\\n', '\n'),
    },
  };
}

/** A client of an edition's SDK: `initialize` gives the stub of its service. */
export interface SdkClient {
  initialize(): Promise<unknown>;
}

/** The stub of an edition's `Sessions` service, and what its requests need. */
export interface OpenStub<Stub extends Client> {
  readonly stub: Stub;
  readonly metadataOf: Access['metadataOf'];
  /** Requests and streams under way. */
  streams: number;
  /** Something has come from the API. */
  heard(): void;
  /** Milliseconds of the hub's clock: when something has come last, or when it was made. */
  readonly heardAt: number;
}

type StubClass<Stub extends Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => Stub;

/** Gives the class of a service's stubs; loads the SDK and reads its schema, half a second's work, the first time. */
export type StubClassLoader<Stub extends Client> = (access: Access) => Promise<StubClass<Stub>>;

/** The class comes from a first client of the SDK, and serves every agent of the process. @throws BotError */
export function stubClassLoader<Stub extends Client>(
  makeClient: (access: Access) => Promise<SdkClient>,
): StubClassLoader<Stub> {
  let loaded: StubClass<Stub> | undefined;
  return async (access) => {
    if (loaded !== undefined) return loaded;
    try {
      const client = await makeClient(access);
      const stub = (await client.initialize()) as Stub;
      loaded = stub.constructor as StubClass<Stub>;
      stub.close();
      return loaded;
    } catch (cause) {
      throw new BotError('bot_rejected', `the client of Dialogflow cannot be made: ${messageOf(cause)}`, {
        cause,
        publicMessage: 'the connection to the agent cannot be set up',
      });
    }
  };
}

/** Streams of one connection; Google allows a hundred, and lets others wait without a word. */
export const MAX_STREAMS = 90;

/**
 * The connections to the API that all conversations of a bot share: one, and another for each `MAX_STREAMS` that are under way. A
 * connection is made when it is needed, and again, with credentials read anew, when the API has refused them.
 */
export class Connection<Stub extends Client> {
  readonly #openAccess: () => Promise<Access>;
  readonly #loadStubClass: StubClassLoader<Stub>;
  readonly #clock: Clock;
  readonly #opened = new Set<OpenStub<Stub>>();
  #opening: Promise<OpenStub<Stub>> | undefined;
  #closed = false;

  constructor(options: { openAccess: () => Promise<Access>; loadStubClass: StubClassLoader<Stub>; clock: Clock }) {
    this.#clock = options.clock;
    this.#openAccess = options.openAccess;
    this.#loadStubClass = options.loadStubClass;
  }

  /** One with room for another stream. @throws BotError */
  async get(): Promise<OpenStub<Stub>> {
    if (this.#closed) throw closedError();
    for (const open of this.#opened) if (open.streams < MAX_STREAMS) return open;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  /** One that is connected: what is to be heard cannot wait in an attempt to connect. @throws BotError */
  async ready(): Promise<OpenStub<Stub>> {
    const open = await this.get();
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    const cancel = this.#clock.after(CONNECT_MS, () => resolve(new Error(`no connection within ${CONNECT_MS} ms`)));
    open.stub.waitForReady(Date.now() + CONNECT_MS, resolve);
    const error = await promise;
    cancel();
    if (error === undefined) return open;
    this.renew(open);
    throw new BotError('bot_unreachable', `Dialogflow: ${error.message}`, {
      cause: error,
      retryable: true,
      publicMessage: 'the agent cannot be reached',
    });
  }

  /** What was refused is not used any more; requests under way on it go on. */
  renew(refused: OpenStub<Stub>): void {
    if (this.#opened.delete(refused)) refused.stub.close();
  }

  /** It does not answer somebody, and is not used any more where it has been silent for all. */
  doubt(silent: OpenStub<Stub>): void {
    if (this.#clock.now() - silent.heardAt >= SILENT_MS) this.renew(silent);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    for (const { stub } of this.#opened) stub.close();
    this.#opened.clear();
  }

  async #open(): Promise<OpenStub<Stub>> {
    const access = await this.#openAccess();
    const { address, credentials, channelOptions, metadataOf } = access;
    const StubOfService = await this.#loadStubClass(access);
    if (this.#closed) throw closedError();
    const clock = this.#clock;
    const open = {
      ...{
        stub: new StubOfService(address, credentials, channelOptions),
        metadataOf,
        streams: 0,
        heardAt: clock.now(),
      },
      heard() {
        open.heardAt = clock.now();
      },
    };
    this.#opened.add(open);
    return open;
  }
}

function closedError(): BotError {
  return new BotError('bot_unreachable', 'the bot connection is closed');
}
