import { FRAME_SAMPLES } from './shared-call.ts';
import { SEND_AHEAD_SLOTS, SLOT_MS } from './slot-clock.ts';
import { TapRing } from './tap-ring.ts';

/** A frame is sent this long before the frame of the same round is taken in. */
const SENT_AHEAD_SAMPLES = SEND_AHEAD_SLOTS * SLOT_MS * 8;
/** Samples that what was said may stand beside its time before it is put right. */
const TOLERANCE = 24;
/** Frames for which it has to when it seems to be later: packets that were held up do not tell the time. */
const PATIENCE = 50;
/** Beyond this it is another stream. */
const JUMP = 1600;

/**
 * Both directions of a call, each with its time on the wire. What is said stands where its RTP timestamps put it: what the jitter buffer
 * does to its delay while the call goes on (waiting for packets that are held up, catching up in a pause) moves nothing.
 */
export class CallTap {
  private readonly ring: TapRing;
  private readonly sent = new Int16Array(FRAME_SAMPLES);
  /** From the timeline of the jitter buffer to that of the call; NaN: not known yet. */
  private shift = Number.NaN;
  private framesBeside = 0;

  constructor(memory: SharedArrayBuffer) {
    this.ring = new TapRing(memory);
  }

  /** One frame went out; undefined: silence, a key, or nothing. Before `receive` of the same round. */
  send(frame: Int16Array | undefined): void {
    if (frame === undefined) this.sent.fill(0);
    else this.sent.set(frame);
  }

  /**
   * One frame came in, on the timeline of the jitter buffer from `position` on; NaN: there is none. `delay`: samples for which the buffer holds what
   * nothing held up before.
   * `number`: of the frame within its call.
   */
  receive(frame: Int16Array, position: number, delay: number, number: number): void {
    this.ring.write(number, frame, this.sent, this.place(position, delay, number * FRAME_SAMPLES));
  }

  /** How many samples after what is sent in the round that begins at `sentAt` the frame was on the wire; mostly before it. */
  private place(position: number, delay: number, sentAt: number): number {
    if (Number.isNaN(position)) {
      this.shift = Number.NaN;
      return 0;
    }
    const arrived = sentAt + SENT_AHEAD_SAMPLES - delay;
    const beside = arrived - (position + this.shift);
    if (Number.isNaN(this.shift) || Math.abs(beside) > JUMP) this.shift = arrived - position;
    else if (Math.abs(beside) <= TOLERANCE) this.framesBeside = 0;
    else if (beside < 0 || ++this.framesBeside > PATIENCE) {
      this.framesBeside = 0;
      this.shift += beside;
    }
    return position + this.shift - sentAt;
  }
}
