import { type Clock, systemClock } from '../../clock.ts';
import {
  type EndpointOptions,
  type MediaBridge,
  type MediaEndpoint,
  type MediaEngine,
  MediaError,
} from '../../media/port.ts';
import { type AudioServer, startAudioServer } from './audio-server.ts';
import { assertBridgeable, ChannelBridge } from './bridge.ts';
import { type DrachtioAddress, DrachtioLink } from './drachtio-link.ts';
import { FreeSwitchEndpoint } from './endpoint.ts';
import { LoopWatch } from './loop-watch.ts';
import { type EngineLog, FreeSwitchServer, type FreeSwitchServerOptions, plainAddress } from './server.ts';

export interface FreeSwitchEngineOptions {
  drachtio: DrachtioAddress;
  servers: readonly FreeSwitchServerOptions[];
  /** Where FreeSWITCH brings the audio; port 0 lets the system choose. */
  audioSocket: { host: string; port: number; advertisedAddress?: string | undefined };
  /** A call without RTP for this long emits `timeout`; default 30,000. Not counted while the call is on hold. */
  timeoutMs?: number;
  log: EngineLog;
  clock?: Clock;
}

export interface FreeSwitchEngineStats {
  endpoints: number;
  servers: { name: string; up: boolean; calls: number; maxCalls: number; lastError: string | undefined }[];
}

export type FreeSwitchEngine = MediaEngine & {
  stats(): FreeSwitchEngineStats;
  /** Calls that there is room for on the servers that are up. */
  room(): number;
  /** For readiness. @throws MediaError `engine_failed` when there is no way to carry a call */
  assertUsable(): void;
};

/**
 * Connects to drachtio-server and to every FreeSWITCH. Those that are not there are tried on; calls are taken as soon as one is.
 * @throws PatchbayError `sip_agent_unreachable`, or the system's error when the audio socket's port cannot be had
 */
export async function startFreeSwitchEngine(options: FreeSwitchEngineOptions): Promise<FreeSwitchEngine> {
  const { log, clock = systemClock, audioSocket } = options;
  await using starting = new AsyncDisposableStack();
  const drachtio = starting.adopt(new DrachtioLink(log), (link) => link.close());
  await drachtio.connect(options.drachtio);
  const loop = starting.adopt(new LoopWatch(clock), (watch) => watch.stop());
  const servers: FreeSwitchServer[] = [];
  const audio = starting.adopt(
    await startAudioServer({
      host: audioSocket.host,
      port: audioSocket.port,
      admits: (address) => servers.some((server) => server.admits(address)),
      onWarning: (message, fields) => log.warn(fields, message),
    }),
    (server) => server.close(),
  );
  for (const server of options.servers) {
    servers.push(
      new FreeSwitchServer(server, {
        srf: drachtio.srf,
        listenAddress: audioSocket.host === 'localhost' ? '127.0.0.1' : audioSocket.host,
        advertisedAddress: audioSocket.advertisedAddress ?? specific(audioSocket.host),
        clock,
        log,
      }),
    );
  }
  starting.defer(async () => void (await Promise.all(servers.map((server) => server.close()))));
  await Promise.all(servers.map((server) => server.firstAttempt));
  const parts = starting.move();
  return new Engine({ servers, audio, drachtio, loop, timeoutMs: options.timeoutMs ?? 30_000, clock, log }, () =>
    parts.disposeAsync(),
  );
}

interface EngineParts {
  servers: readonly FreeSwitchServer[];
  audio: AudioServer;
  drachtio: DrachtioLink;
  loop: LoopWatch;
  timeoutMs: number;
  clock: Clock;
  log: EngineLog;
}

class Engine implements FreeSwitchEngine {
  readonly #parts: EngineParts;
  readonly #dispose: () => Promise<void>;
  readonly #endpoints = new Set<FreeSwitchEndpoint>();
  #closing: Promise<void> | undefined;

  constructor(parts: EngineParts, dispose: () => Promise<void>) {
    this.#parts = parts;
    this.#dispose = dispose;
  }

  stats(): FreeSwitchEngineStats {
    const servers = this.#parts.servers.map(({ name, up, calls, maxCalls, lastError }) => ({
      name,
      up,
      calls,
      maxCalls,
      lastError: lastError?.message,
    }));
    return { endpoints: this.#endpoints.size, servers };
  }

  room(): number {
    return this.#parts.servers.reduce(
      (sum, { up, calls, maxCalls }) => sum + (up ? Math.max(0, maxCalls - calls) : 0),
      0,
    );
  }

  assertUsable(): void {
    const { drachtio, servers } = this.#parts;
    if (!drachtio.connected) throw new MediaError('engine_failed', 'no connection to drachtio-server');
    if (!servers.some(({ up }) => up)) throw new MediaError('engine_failed', 'no FreeSWITCH can be reached');
  }

  async createEndpoint(options: EndpointOptions): Promise<MediaEndpoint> {
    if (this.#closing !== undefined) throw new MediaError('engine_failed', 'the media engine is closed');
    this.assertUsable();
    const { audio, timeoutMs, loop, clock, log, servers } = this.#parts;
    const { near } = options;
    const neighbours = near instanceof FreeSwitchEndpoint && !near.closed ? [near.server] : [];
    const server = chooseServer(neighbours, []) ?? chooseServer(servers, []);
    if (server === undefined) throw new MediaError('no_port', 'all FreeSWITCHes are full', { retryable: true });
    const another = (failed: readonly FreeSwitchServer[]) =>
      this.#closing === undefined ? chooseServer(servers, failed) : undefined;
    const endpoint = new FreeSwitchEndpoint(options, server, { audio, another, timeoutMs, loop, clock, log });
    this.#endpoints.add(endpoint);
    endpoint.once('closed', () => this.#endpoints.delete(endpoint));
    return endpoint;
  }

  async bridge(a: MediaEndpoint, b: MediaEndpoint): Promise<MediaBridge> {
    if (!(a instanceof FreeSwitchEndpoint && b instanceof FreeSwitchEndpoint)) {
      throw new MediaError('cannot_bridge', 'an endpoint belongs to another engine');
    }
    assertBridgeable(a, b);
    const bridge = new ChannelBridge(a, b, this.#parts.log, () => {
      a.enterBridge(undefined);
      b.enterBridge(undefined);
    });
    a.enterBridge(bridge, b);
    b.enterBridge(bridge, a);
    await bridge.update();
    return bridge;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    await Promise.all([...this.#endpoints].map((endpoint) => endpoint.close()));
    await this.#dispose();
  }
}

/** What the choice between servers is made by. */
export interface Loaded {
  up: boolean;
  calls: number;
  maxCalls: number;
  load: number;
}

/** The one with the smallest share of its room taken, of those that are up, have room and are not `excluded`. */
export function chooseServer<Server extends Loaded>(
  servers: readonly Server[],
  excluded: readonly Server[],
): Server | undefined {
  let best: Server | undefined;
  for (const server of servers) {
    if (!server.up || server.calls >= server.maxCalls || excluded.includes(server)) continue;
    if (best === undefined || server.load < best.load) best = server;
  }
  return best;
}

/** The address that a listener is reached by, where it listens on one only. */
function specific(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1';
  return host === '0.0.0.0' || host === '::' ? undefined : plainAddress(host);
}
