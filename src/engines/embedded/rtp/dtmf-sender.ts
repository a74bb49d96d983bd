import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import { addSine, dtmfFrequencies } from '../../../media/tone.ts';
import { FRAME_SAMPLES, SAMPLE_RATE } from './shared-call.ts';

/** RFC 4733 section 2.5.1.4: the last packet goes out three times, at the interval of the others. */
const END_PACKETS = 3;
/** -10 dBm0, as RFC 4733 section 2.5.2.1 suggests. */
const VOLUME = 10;
const TONE_AMPLITUDE = 6000;

/** The longest press: its duration fits the packet's 16 bits. */
const MAX_FRAMES = 400;

/** What the packet of this frame carries instead of playout. */
export type DtmfStep = 'idle' | 'event' | 'tone' | 'silence';

/** A press on its way. */
export interface Press {
  readonly digit: DtmfDigit;
  frames: number;
  /** Of the whole press, as its end tells. */
  samples: number;
  readonly gapFrames: number;
  /** Told when the press and its gap are over. */
  readonly done: (() => void) | undefined;
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
      const frames = Math.max(2, Math.ceil(durationMs / 20));
      this.queue.push({
        digit,
        frames,
        samples: frames * FRAME_SAMPLES,
        gapFrames: Math.max(END_PACKETS, Math.ceil(gapMs / 20)),
        done: index === digits.length - 1 ? done : undefined,
      });
    }
  }

  /** Queues a press that lasts until `release`, 8 s at most. */
  hold(digit: DtmfDigit): Press {
    const samples = MAX_FRAMES * FRAME_SAMPLES;
    const press: Press = { digit, frames: MAX_FRAMES, samples, gapFrames: END_PACKETS, done: undefined };
    this.queue.push(press);
    return press;
  }

  /** Ends a press after `samples` in all, or at once when it has lasted that long. */
  release(press: Press, samples: number): void {
    const sent = press === this.press ? this.frame : 0;
    press.frames = Math.min(MAX_FRAMES, Math.max(2, sent, Math.ceil(samples / FRAME_SAMPLES)));
    press.samples = Math.max(samples, (press.frames - 1) * FRAME_SAMPLES + 1, sent * FRAME_SAMPLES);
  }

  /** Takes a press back that has not begun, or ends it at once. */
  drop(press: Press): void {
    const index = this.queue.indexOf(press);
    if (index >= 0) this.queue.splice(index, 1);
    else this.release(press, 0);
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
    const duration = Math.min(0xffff, end ? press.samples : frames * FRAME_SAMPLES);
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
