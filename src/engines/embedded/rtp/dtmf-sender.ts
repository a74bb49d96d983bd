import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import { addSine, dtmfFrequencies } from '../../../media/tone.ts';
import { FRAME_SAMPLES, SAMPLE_RATE } from './shared-call.ts';

/** RFC 4733 section 2.5.1.4: the last packet goes out three times, at the interval of the others. */
const END_PACKETS = 3;
/** -10 dBm0, as RFC 4733 section 2.5.2.1 suggests. */
const VOLUME = 10;
const TONE_AMPLITUDE = 6000;

/** What the packet of this frame carries instead of playout. */
export type DtmfStep = 'idle' | 'event' | 'tone' | 'silence';

interface Press {
  digit: DtmfDigit;
  frames: number;
  gapFrames: number;
  /** Told when the press and its gap are over. */
  done: (() => void) | undefined;
}

/**
 * Key presses on their way to the peer, one step per 20 ms frame: RFC 4733 packets where the peer takes them, otherwise
 * the two tones of the key as audio. Silence follows each press for its gap.
 */
export class DtmfSender {
  /** For `event`: the payload, and the marker and timestamp of the packet. */
  readonly payload = new Uint8Array(4);
  marker = false;
  timestamp = 0;
  private readonly queue: Press[] = [];
  private press: Press | undefined;
  private frame = 0;
  private endsSent = 0;
  private asTone = false;
  private phases: [number, number] = [0, 0];

  get busy(): boolean {
    return this.press !== undefined || this.queue.length > 0;
  }

  /** Queues presses; times are rounded up to whole frames. */
  add(digits: readonly DtmfDigit[], durationMs: number, gapMs: number, done: () => void): void {
    for (const [index, digit] of digits.entries()) {
      this.queue.push({
        digit,
        frames: Math.max(2, Math.ceil(durationMs / 20)),
        gapFrames: Math.max(END_PACKETS, Math.ceil(gapMs / 20)),
        done: index === digits.length - 1 ? done : undefined,
      });
    }
  }

  /**
   * The next frame's work. `timestamp`: of this frame; `events`: the peer takes RFC 4733.
   * For `tone` the samples are in `frame`.
   */
  step(timestamp: number, events: boolean, frame: Int16Array): DtmfStep {
    if (this.press === undefined) {
      this.press = this.queue.shift();
      if (this.press === undefined) return 'idle';
      this.frame = 0;
      this.endsSent = 0;
      this.timestamp = timestamp;
      this.asTone = !events;
      this.phases = [0, 0];
    }
    const press = this.press;
    const index = this.frame++;
    if (index < press.frames) return this.asTone ? this.tone(press, frame) : this.event(press, index + 1);
    if (!this.asTone && this.endsSent < END_PACKETS) return this.event(press, press.frames);
    if (this.frame >= press.frames + press.gapFrames) {
      this.press = undefined;
      press.done?.();
    }
    return 'silence';
  }

  private event(press: Press, frames: number): DtmfStep {
    const end = frames === press.frames;
    if (end) this.endsSent++;
    const duration = Math.min(0xffff, frames * FRAME_SAMPLES);
    this.marker = this.frame === 1;
    this.payload[0] = DTMF_DIGITS.indexOf(press.digit);
    this.payload[1] = (end ? 0x80 : 0) | VOLUME;
    this.payload[2] = duration >> 8;
    this.payload[3] = duration;
    return 'event';
  }

  private tone(press: Press, frame: Int16Array): DtmfStep {
    const [low, high] = dtmfFrequencies(press.digit);
    frame.fill(0);
    this.phases[0] = addSine(frame, low, TONE_AMPLITUDE, SAMPLE_RATE, this.phases[0]);
    this.phases[1] = addSine(frame, high, TONE_AMPLITUDE, SAMPLE_RATE, this.phases[1]);
    return 'tone';
  }
}
