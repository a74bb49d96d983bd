import { parseDigits } from './dtmf.ts';
import type { DtmfDigit } from './port.ts';

/** Queued audio that went out without a pause; `atMs` is the clock's time of its first frame. */
export interface PlayedSpan {
  atMs: number;
  samples: Int16Array;
}

/** The other end of a fake call: what a test says, and what it hears. */
export class FakeCaller {
  /** Frames that will arrive, one per 20 ms. */
  readonly outgoing: Int16Array[] = [];
  /** Everything that was heard since the call was connected, silence included. */
  readonly heardFrames: Int16Array[] = [];
  /** `heardMs`: audio that was heard before the digit. */
  readonly digitsHeard: { digit: DtmfDigit; atMs: number; heardMs: number; durationMs: number }[] = [];
  readonly spans: { atMs: number; endMs: number; frames: Int16Array[] }[] = [];
  readonly keys: { digit: DtmfDigit; durationMs: number }[] = [];
  /** Sends packets of silence while it has nothing to say. */
  sendsSilence = false;
  private readonly frameSamples: number;

  constructor(frameSamples: number) {
    this.frameSamples = frameSamples;
  }

  /** Speaks from the next frame on, after what is already under way; the last frame is filled with silence. */
  speak(samples: Int16Array): void {
    for (let from = 0; from < samples.length; from += this.frameSamples) {
      const frame = new Int16Array(this.frameSamples);
      frame.set(samples.subarray(from, from + this.frameSamples));
      this.outgoing.push(frame);
    }
  }

  /**
   * Whether packets of silence go out between sentences, as a phone without silence suppression sends them.
   * Without them a caller who says nothing runs into the timeout.
   */
  sendSilence(on: boolean): void {
    this.sendsSilence = on;
  }

  /** Presses keys with the next frame. */
  press(digits: string, durationMs = 100): void {
    for (const digit of parseDigits(digits)) this.keys.push({ digit, durationMs });
  }

  /** What was heard since the call was connected. */
  heard(): Int16Array {
    return concat(this.heardFrames);
  }

  /** Queued audio that was heard, without the silence between; one span per uninterrupted stretch. */
  played(): PlayedSpan[] {
    return this.spans.map(({ atMs, frames }) => ({ atMs, samples: concat(frames) }));
  }
}

function concat(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
