import { FakeEndpoint, type FakeEndpointOptions } from './fake-endpoint.ts';
import { type EndpointOptions, type MediaBridge, type MediaEndpoint, type MediaEngine, MediaError } from './port.ts';

export interface FakeEngineOptions extends FakeEndpointOptions {
  /** Endpoints at a time; more fail with `no_port`. */
  maxEndpoints?: number;
}

/**
 * A whole media engine without sockets: SDP is negotiated as in the real ones, and from `answer` on one frame per 20 ms
 * of the clock goes each way. A test plays the caller through the endpoint's `caller`.
 */
export class FakeMediaEngine implements MediaEngine {
  /** All that were made, closed ones included. */
  readonly endpoints: FakeEndpoint[] = [];
  private readonly options: FakeEngineOptions;
  private closed = false;

  constructor(options: FakeEngineOptions) {
    this.options = options;
  }

  async createEndpoint(request: EndpointOptions): Promise<FakeEndpoint> {
    if (this.closed) throw new MediaError('engine_failed', 'the media engine is closed');
    const open = this.endpoints.filter((endpoint) => !endpoint.closed).length;
    if (open >= (this.options.maxEndpoints ?? Number.POSITIVE_INFINITY)) {
      throw new MediaError('no_port', 'all RTP ports are in use', { retryable: true });
    }
    const endpoint = new FakeEndpoint(request, 40_000 + 2 * this.endpoints.length, this.options);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  async bridge(a: MediaEndpoint, b: MediaEndpoint): Promise<MediaBridge> {
    if (this.closed) throw new MediaError('engine_failed', 'the media engine is closed');
    const [one, other] = [a, b].map((endpoint) => this.endpoints.find((mine) => mine === endpoint));
    if (one === undefined || other === undefined || one === other) {
      throw new MediaError('cannot_bridge', 'a bridge takes two endpoints of this engine');
    }
    return new FakeBridge(one, other);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }
}

class FakeBridge implements MediaBridge {
  closed = false;
  private readonly sides: readonly [FakeEndpoint, FakeEndpoint];

  constructor(a: FakeEndpoint, b: FakeEndpoint) {
    this.sides = [a, b];
    for (const side of this.sides) {
      if (side.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
      if (side.bridged) throw new MediaError('cannot_bridge', 'the media endpoint is bridged already');
    }
    const part = () => void this.close();
    a.join(b, part);
    b.join(a, part);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const side of this.sides) side.part();
  }
}
