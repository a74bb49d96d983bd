import { FRAME_SAMPLES } from './shared-call.ts';
import { SEND_AHEAD_SLOTS, SLOT_MS } from './slot-clock.ts';
import { TapRing } from './tap-ring.ts';

/** 256 ms of what went out: more than the jitter buffer ever holds. */
const HISTORY = 2048;
/** A frame is sent this long before the frame of the same round is taken in. */
const SENT_AHEAD_SAMPLES = SEND_AHEAD_SLOTS * SLOT_MS * 8;
/** Samples that the two directions may be apart before it is put right. */
const TOLERANCE = 40;
/** Mean magnitude below which a frame may be cut. */
const QUIET_LEVEL = 64;
/** Frames that putting it right waits for a quiet moment. */
const PATIENCE = 50;

const silence = new Int16Array(FRAME_SAMPLES);

/**
 * Both directions of a call, in step: what was said has waited in the jitter buffer, so what was sent waits here as long.
 * The wait follows the buffer's, in steps, where what was sent is quiet.
 */
export class CallTap {
  private readonly ring: TapRing;
  private readonly history = new Int16Array(HISTORY);
  private readonly heard = new Int16Array(FRAME_SAMPLES);
  /** Samples sent so far, silence included. */
  private sent = HISTORY;
  private wait = -1;
  private unquiet = 0;

  constructor(memory: SharedArrayBuffer) {
    this.ring = new TapRing(memory);
  }

  /** One frame went out; undefined: silence, a key, or nothing. Before `receive` of the same round. */
  send(frame: Int16Array = silence): void {
    for (let i = 0; i < FRAME_SAMPLES; i++) this.history[(this.sent + i) & (HISTORY - 1)] = frame[i] ?? 0;
    this.sent += FRAME_SAMPLES;
  }

  /** One frame came in, after `delay` samples in the jitter buffer. `number`: of the frame within its call. */
  receive(frame: Int16Array, delay: number, number: number): void {
    const target = Math.min(HISTORY - FRAME_SAMPLES, Math.max(0, delay - SENT_AHEAD_SAMPLES));
    if (this.wait < 0) this.wait = target;
    this.cut();
    if (Math.abs(target - this.wait) > TOLERANCE) {
      if (this.isQuiet() || ++this.unquiet > PATIENCE) {
        this.wait = target;
        this.unquiet = 0;
        this.cut();
      }
    } else {
      this.unquiet = 0;
    }
    this.ring.write(number, frame, this.heard);
  }

  private cut(): void {
    const from = this.sent - FRAME_SAMPLES - this.wait;
    for (let i = 0; i < FRAME_SAMPLES; i++) this.heard[i] = this.history[(from + i) & (HISTORY - 1)] ?? 0;
  }

  private isQuiet(): boolean {
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) sum += Math.abs(this.heard[i] ?? 0);
    return sum < QUIET_LEVEL * FRAME_SAMPLES;
  }
}
