import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import { type LaneKey, type LaneNumber, LaneReader, LaneWriter } from './bridge-lane.ts';
import type { DtmfSender, Press } from './dtmf-sender.ts';

/** A press without news for this many frames is over: its end was lost. */
const LOST_END_FRAMES = 15;

interface PassedKey {
  readonly press: Press;
  /** Its place in the lane. */
  readonly index: number;
  samples: number;
  stillFrames: number;
}

/** One call's end of a bridge, in the worker of that call. */
export class BridgeLeg {
  private readonly out: LaneWriter;
  private readonly in: LaneReader;
  private readonly passed: PassedKey[] = [];
  private readonly key: LaneKey = { event: 0, samples: 0, over: false };

  constructor(memory: SharedArrayBuffer, side: LaneNumber) {
    this.out = new LaneWriter(memory, side);
    this.in = new LaneReader(memory, side === 0 ? 1 : 0);
  }

  /** What the party said, one frame per 20 ms. */
  say(frame: Int16Array, nowUs: number): void {
    this.out.write(frame, nowUs);
  }

  /** The party presses a key. */
  press(digit: DtmfDigit): void {
    this.out.press(DTMF_DIGITS.indexOf(digit));
  }

  /** News of the key that it pressed last. */
  hold(samples: number, over: boolean): void {
    this.out.hold(samples, over);
  }

  /** What the other party said; see `LaneReader.take`. */
  hear(frame: Int16Array, add: boolean, nowUs: number): boolean {
    return this.in.take(frame, add, nowUs);
  }

  /** The frame carries something else. */
  skip(): void {
    this.in.skip();
  }

  /** Hands presses of the other party to `sender` as they begin and end; once per frame, before the sender's step. */
  passKeys(sender: DtmfSender): void {
    for (let index = this.in.nextKey(); index >= 0; index = this.in.nextKey()) {
      this.in.key(index, this.key);
      const digit = DTMF_DIGITS[this.key.event];
      if (digit !== undefined) this.passed.push({ press: sender.hold(digit), index, samples: 0, stillFrames: 0 });
    }
    for (let i = this.passed.length - 1; i >= 0; i--) {
      const passed = this.passed[i];
      if (passed !== undefined && this.isOver(passed)) {
        sender.release(passed.press, passed.samples);
        this.passed.splice(i, 1);
      }
    }
  }

  /** Nothing goes to this party now, or this is the end of the bridge: what its keys were is not made up for. */
  dropKeys(sender: DtmfSender): void {
    while (this.in.nextKey() >= 0);
    for (const { press } of this.passed.splice(0)) sender.drop(press);
  }

  private isOver(passed: PassedKey): boolean {
    this.in.key(passed.index, this.key);
    passed.stillFrames = this.key.samples === passed.samples ? passed.stillFrames + 1 : 0;
    passed.samples = this.key.samples;
    return this.key.over || passed.stillFrames >= LOST_END_FRAMES;
  }
}
