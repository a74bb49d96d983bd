import { randomBytes, randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../../../clock.ts';
import {
  type EndpointOptions,
  type MediaBridge,
  type MediaEndpoint,
  type MediaEngine,
  MediaError,
} from '../../../media/port.ts';
import { createBridgeMemory, wipeBridgeMemory } from './bridge-lane.ts';
import {
  MediaWorker,
  type MediaWorkerStats,
  type SpawnWorker,
  spawnMediaWorker,
  type WorkerClient,
} from './media-worker.ts';
import { MemoryPool } from './memory-pool.ts';
import type { CallNews, OpenCall } from './messages.ts';
import { PortPool, type PortRange } from './port-pool.ts';
import { RtpBridge } from './rtp-bridge.ts';
import { type EndpointLog, RtpEndpoint } from './rtp-endpoint.ts';
import { createSharedCall, SharedCall, wipeSharedCall } from './shared-call.ts';
import { createTapMemory, wipeTapMemory } from './tap-ring.ts';

export interface RtpEngineOptions {
  /** IP address that the RTP sockets bind. */
  host: string;
  /** IP address that our SDP tells, where it differs from `host` (NAT, 0.0.0.0). */
  advertisedAddress?: string;
  /** Inclusive; each call takes an even port and the one above it. */
  portRange: PortRange;
  /** Media threads; default: one less than the cores, at least one. */
  workers?: number;
  /** A call without RTP for this long emits `timeout`; default 30,000. Not counted while the call is on hold. */
  timeoutMs?: number;
  /** How long a port rests before another call gets it; default 5,000. */
  drainMs?: number;
  log: EndpointLog;
  clock?: Clock;
  /** Replaces the thread, for tests. */
  spawnWorker?: SpawnWorker;
}

export interface RtpEngineStats {
  endpoints: number;
  portsInUse: number;
  /** Resting ports included. */
  portsIdle: number;
  workers: MediaWorkerStats[];
}

export type RtpEngine = MediaEngine & {
  stats(): RtpEngineStats;
  /** Endpoints that there are ports for now; those of calls that have just ended rest for a while. */
  room(): number;
};

/** Starts the embedded media engine: RTP on worker threads in this process. */
export function startRtpEngine(options: RtpEngineOptions): RtpEngine {
  return new EmbeddedRtpEngine(options);
}

/** Of calls, bridges and taps: as much memory of each is kept for the next ones. */
const MOST_FREE = 512;

type Opened = 'opened' | 'failed' | 'in-use';

class EmbeddedRtpEngine implements MediaEngine {
  private readonly options: RtpEngineOptions;
  private readonly clock: Clock;
  private readonly ports: PortPool;
  private readonly memory = new MemoryPool(createSharedCall, wipeSharedCall, MOST_FREE);
  private readonly lanes = new MemoryPool(createBridgeMemory, wipeBridgeMemory, MOST_FREE);
  private readonly taps = new MemoryPool(createTapMemory, wipeTapMemory, MOST_FREE);
  private readonly workers: MediaWorker[] = [];
  private readonly endpoints = new Set<RtpEndpoint>();
  private readonly opening = new Set<Promise<unknown>>();
  private nextId = 1;
  private closing: Promise<void> | undefined;

  constructor(options: RtpEngineOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.ports = new PortPool(options.portRange, options.drainMs ?? 5000);
    const count = Math.max(1, options.workers ?? availableParallelism() - 1);
    for (let i = 0; i < count; i++) this.workers.push(this.spawn());
  }

  stats(): RtpEngineStats {
    return {
      endpoints: this.endpoints.size,
      portsInUse: this.ports.inUse,
      portsIdle: this.ports.idle,
      workers: this.workers.map((worker) => worker.stats()),
    };
  }

  room(): number {
    return this.ports.rested(this.clock.now());
  }

  createEndpoint(request: EndpointOptions): Promise<MediaEndpoint> {
    const endpoint = this.create(request);
    const settled: Promise<void> = endpoint
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.opening.delete(settled));
    this.opening.add(settled);
    return endpoint;
  }

  async bridge(a: MediaEndpoint, b: MediaEndpoint): Promise<MediaBridge> {
    if (this.closing !== undefined) throw new MediaError('engine_failed', 'the media engine is closed');
    if (!this.made(a) || !this.made(b) || a === b) {
      throw new MediaError('cannot_bridge', 'a bridge takes two endpoints of this engine');
    }
    return RtpBridge.between(a, b, this.lanes);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all(this.opening);
    await Promise.all([...this.endpoints].map((endpoint) => endpoint.close()));
    await Promise.all(this.workers.filter((worker) => !worker.dead).map((worker) => worker.stop()));
  }

  private async create(request: EndpointOptions): Promise<MediaEndpoint> {
    // A port that another program holds is put back behind the others; each is tried once.
    for (let tries = this.ports.idle; tries > 0; tries--) {
      if (this.closing !== undefined) throw new MediaError('engine_failed', 'the media engine is closed');
      const port = this.ports.take(this.clock.now());
      if (port === undefined) break;
      const { endpoint, opened } = await this.open(request, port);
      if (opened === 'opened') return endpoint;
      if (opened === 'failed') throw new MediaError('engine_failed', `cannot open RTP port ${port}`);
    }
    throw new MediaError('no_port', 'all RTP ports are in use', { retryable: true });
  }

  private async open(
    { callId, codecs, near, remote = 'source', telephoneEvents, ...request }: EndpointOptions,
    port: number,
  ): Promise<{ endpoint: RtpEndpoint; opened: Opened }> {
    const { host, advertisedAddress, timeoutMs = 30_000, log } = this.options;
    const memory = this.memory.take();
    const beside = near !== undefined && this.made(near) && !near.closed ? near : undefined;
    const worker = beside?.worker ?? this.leastLoaded();
    const id = this.nextId++;
    const release = () => {
      this.endpoints.delete(endpoint);
      this.ports.release(port, this.clock.now());
      this.memory.release(memory);
    };
    const endpoint: RtpEndpoint = new RtpEndpoint({
      id,
      callId,
      worker,
      shared: new SharedCall(memory),
      local: {
        address: request.advertisedAddress ?? advertisedAddress ?? host,
        port,
        sessionId: randomInt(2 ** 47),
        ...(codecs && { codecs }),
        ...(telephoneEvents === undefined ? {} : { telephoneEvents }),
      },
      taps: this.taps,
      log,
      released: release,
    });
    const random = randomBytes(22);
    const call: OpenCall = {
      type: 'open',
      id,
      memory,
      host,
      port,
      near: beside?.id,
      timeoutMs,
      followSource: remote === 'source',
      ssrc: random.readUInt32BE(0),
      sequence: random.readUInt16BE(4),
      timestamp: random.readUInt32BE(6),
      cname: random.toString('base64url', 10),
    };
    this.endpoints.add(endpoint);
    const opened = await openOn(worker, call, endpoint);
    if (opened !== 'opened') release();
    return { endpoint, opened };
  }

  private made(endpoint: MediaEndpoint): endpoint is RtpEndpoint {
    return endpoint instanceof RtpEndpoint && (endpoint.closed || this.endpoints.has(endpoint));
  }

  private leastLoaded(): MediaWorker {
    let chosen: MediaWorker | undefined;
    for (const [index, worker] of this.workers.entries()) {
      const alive = worker.dead ? this.spawn() : worker;
      this.workers[index] = alive;
      if (chosen === undefined || alive.size < chosen.size) chosen = alive;
    }
    if (chosen === undefined) throw new MediaError('engine_failed', 'the media engine has no worker');
    return chosen;
  }

  private spawn(): MediaWorker {
    return new MediaWorker(this.options.spawnWorker ?? spawnMediaWorker, (cause) => {
      this.options.log.error({ err: cause }, 'a media worker ended; its calls are lost');
    });
  }
}

/** Opens the call's socket; from `opened` on the endpoint itself gets the news. */
function openOn(worker: MediaWorker, call: OpenCall, endpoint: WorkerClient): Promise<Opened> {
  return new Promise((resolve) => {
    const opening: WorkerClient = {
      id: call.id,
      pump() {},
      news(news: CallNews) {
        if (news.type === 'opened') {
          worker.adopt(endpoint);
          resolve('opened');
        } else if (news.type === 'open-failed') {
          worker.forget(call.id);
          resolve(news.code === 'EADDRINUSE' ? 'in-use' : 'failed');
        }
      },
      lost: () => resolve('failed'),
    };
    worker.open(opening, call);
  });
}
