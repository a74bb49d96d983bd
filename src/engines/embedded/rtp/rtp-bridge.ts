import { type KeyPress, type MediaBridge, MediaError } from '../../../media/port.ts';
import type { LaneNumber } from './bridge-lane.ts';
import type { MemoryPool } from './memory-pool.ts';

/** What a bridge needs of an endpoint. */
export interface BridgeSide {
  readonly closed: boolean;
  readonly bridge: RtpBridge | undefined;
  /** Resolves when its worker has joined it, or when the endpoint has ended. */
  join(bridge: RtpBridge, memory: SharedArrayBuffer, side: LaneNumber): Promise<void>;
  /** Resolves when the worker touches the memory of the bridge no more. */
  part(): Promise<void>;
  /** A key of the other party, where keys go to this one another way than RTP; the workers see to all others. */
  passKey(press: KeyPress): void;
}

/** The main thread's handle on two calls that hear each other; the audio passes between their workers. */
export class RtpBridge implements MediaBridge {
  closed = false;
  private readonly sides: readonly [BridgeSide, BridgeSide];
  private readonly pool: MemoryPool;
  private readonly memory: SharedArrayBuffer;
  private parted: Promise<void> | undefined;

  private constructor(a: BridgeSide, b: BridgeSide, pool: MemoryPool) {
    this.sides = [a, b];
    this.pool = pool;
    this.memory = pool.take();
  }

  /** @throws MediaError `endpoint_closed`, `cannot_bridge` */
  static async between(a: BridgeSide, b: BridgeSide, pool: MemoryPool): Promise<RtpBridge> {
    for (const side of [a, b]) {
      if (side.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
      if (side.bridge !== undefined) throw new MediaError('cannot_bridge', 'the media endpoint is bridged already');
    }
    const bridge = new RtpBridge(a, b, pool);
    await Promise.all([a.join(bridge, bridge.memory, 0), b.join(bridge, bridge.memory, 1)]);
    if (bridge.closed) throw new MediaError('endpoint_closed', 'a media endpoint closed while it was bridged');
    return bridge;
  }

  /** A key of one side's party. */
  keyPressed(by: BridgeSide, press: KeyPress): void {
    if (this.closed) return;
    const [a, b] = this.sides;
    (by === a ? b : a).passKey(press);
  }

  close(): Promise<void> {
    this.parted ??= this.part();
    return this.parted;
  }

  private async part(): Promise<void> {
    this.closed = true;
    await Promise.all(this.sides.map((side) => side.part()));
    this.pool.release(this.memory);
  }
}
