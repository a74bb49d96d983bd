import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import { readUint16 } from './rtp-packet.ts';

/** Without packets for this long a press is over even if its end was lost. */
const LOST_END_MS = 100;
/** Largest step of the timestamp in senders that move it within one press. */
const MAX_DRIFTING_STEP = 960;

/** RFC 4733 section 2.3 in the receiver's direction: one result per press, at the first packet that arrives of it. */
export class DtmfReceiver {
  /** Duration that the last packet told, in timestamp units. */
  duration = 0;
  private digit = -1;
  private timestamp = 0;
  private ended = true;
  private lastHeardMs = Number.NEGATIVE_INFINITY;

  /** The last press has ended. */
  get over(): boolean {
    return this.ended;
  }

  /** @returns the digit of a new press, or undefined for the rest of a press, an old one, or another event */
  packet(
    bytes: Uint8Array,
    offset: number,
    length: number,
    marker: boolean,
    timestamp: number,
    nowMs: number,
  ): DtmfDigit | undefined {
    if (length < 4) return undefined;
    const event = bytes[offset] ?? 255;
    const digit = DTMF_DIGITS[event];
    if (digit === undefined) return undefined;
    const end = ((bytes[offset + 1] ?? 0) & 0x80) !== 0;
    const duration = readUint16(bytes, offset + 2);
    const open = !this.ended && nowMs - this.lastHeardMs < LOST_END_MS;

    if (this.digit >= 0) {
      const step = (timestamp - this.timestamp) | 0;
      // Packets of an earlier press that were overtaken.
      if (step < 0 && nowMs - this.lastHeardMs < 1000) return undefined;
      const samePress = step === 0 || (event === this.digit && open && !marker && this.continues(step));
      if (samePress) {
        this.timestamp = timestamp;
        this.note(end, duration, nowMs);
        return undefined;
      }
    }
    this.digit = event;
    this.timestamp = timestamp;
    this.ended = false;
    this.note(end, duration, nowMs);
    return digit;
  }

  /** Section 2.5.1.3: a long press goes on in a segment that begins where the one before was full. */
  private continues(step: number): boolean {
    return step === 0xffff || step <= MAX_DRIFTING_STEP;
  }

  private note(end: boolean, duration: number, nowMs: number): void {
    this.ended ||= end;
    this.duration = duration;
    this.lastHeardMs = nowMs;
  }
}
