import { FRAME_MS } from '../../../media/audio.ts';
import type { TapFrame } from '../../../media/port.ts';
import type { MemoryPool } from './memory-pool.ts';
import { FRAME_SAMPLES, SAMPLE_RATE } from './shared-call.ts';
import { TapRing } from './tap-ring.ts';

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;

/** The main thread's end of a tap. Its memory is taken for the first listener and kept until the endpoint's end. */
export class EndpointTap {
  private pumping = false;
  private listener: ((frame: TapFrame) => void) | undefined;
  private readonly memory: SharedArrayBuffer;
  private readonly pool: MemoryPool;
  private readonly ring: TapRing;
  private readonly said = new Int16Array(FRAME_SAMPLES);
  private readonly heard = new Int16Array(FRAME_SAMPLES);
  private readonly frame: { -readonly [K in keyof TapFrame]: TapFrame[K] };

  constructor(pool: MemoryPool) {
    this.pool = pool;
    this.memory = pool.take();
    this.ring = new TapRing(this.memory);
    this.frame = { said: this.said, heard: this.heard, sampleRate: SAMPLE_RATE, timestampMs: 0, saidAtMs: 0 };
  }

  /** One listener; undefined: nobody. `start` and `stop` tell the worker. */
  listen(
    listener: ((frame: TapFrame) => void) | undefined,
    start: (memory: SharedArrayBuffer) => void,
    stop: () => void,
  ): void {
    const before = this.listener;
    this.listener = listener;
    if (before === undefined && listener !== undefined) {
      // What is left from an earlier listener.
      while (this.ring.read(this.said, this.heard) >= 0);
      start(this.memory);
    } else if (before !== undefined && listener === undefined) {
      stop();
    }
  }

  /** Hands over what has arrived; `failed` gets what the listener throws. */
  pump(failed: (error: unknown) => void): void {
    // A listener that closes its endpoint comes here again.
    if (this.pumping) return;
    this.pumping = true;
    while (this.listener !== undefined) {
      const number = this.ring.read(this.said, this.heard);
      if (number < 0) break;
      this.frame.timestampMs = number * FRAME_MS;
      this.frame.saidAtMs = number * FRAME_MS + this.ring.saidLater / SAMPLES_PER_MS;
      try {
        this.listener(this.frame);
      } catch (error) {
        failed(error);
      }
    }
    this.pumping = false;
  }

  /** The endpoint ends: whoever listens hears what has arrived, and nothing more. */
  end(failed: (error: unknown) => void): void {
    this.pump(failed);
    this.listener = undefined;
  }

  /** To be called when the worker has let go of the call. */
  release(): void {
    this.pool.release(this.memory);
  }
}
