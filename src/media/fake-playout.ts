import type { SampleRate } from './audio.ts';
import { PlayoutLedger } from './playout-ledger.ts';
import type { DtmfDigit, Playout } from './port.ts';

type Item =
  | { kind: 'audio'; samples: Int16Array; from: number }
  | { kind: 'dtmf'; digits: DtmfDigit[]; frames: number; gapFrames: number; frame: number; done: () => void };

/** The playout of the fake engine: what a frame of the real one would carry, taken one at a time. */
export class FakePlayout implements Playout {
  private readonly ledger: PlayoutLedger;
  private items: Item[] = [];
  private closed = false;
  private isPaused = false;
  private keying = false;

  constructor(sampleRate: SampleRate) {
    this.ledger = new PlayoutLedger(sampleRate);
  }

  write(samples: Int16Array): void {
    if (this.closed || samples.length === 0) return;
    this.ledger.wrote(samples.length);
    this.items.push({ kind: 'audio', samples: samples.slice(), from: 0 });
  }

  flush(): number {
    this.items = this.items.filter((item) => item.kind === 'dtmf');
    return this.ledger.flushed();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  get playedMs(): number {
    return this.ledger.playedMs;
  }

  get queuedMs(): number {
    return this.ledger.queuedMs;
  }

  drained(): Promise<boolean> {
    return this.ledger.drained();
  }

  sendDtmf(digits: DtmfDigit[], durationMs: number, gapMs: number, done: () => void): void {
    const frames = Math.ceil(durationMs / 20);
    const gapFrames = Math.max(3, Math.ceil(gapMs / 20));
    this.items.push({ kind: 'dtmf', digits: [...digits], frames, gapFrames, frame: 0, done });
  }

  /** A key of the other party of a bridge: goes out at once, after other keys only. */
  passKey(digit: DtmfDigit, durationMs: number): void {
    if (this.closed) return;
    const frames = Math.max(2, Math.ceil(durationMs / 20));
    const audio = this.items.findIndex((item) => item.kind === 'audio');
    const at = audio < 0 ? this.items.length : audio;
    this.items.splice(at, 0, { kind: 'dtmf', digits: [digit], frames, gapFrames: 3, frame: 0, done: () => {} });
  }

  /** The frame that was taken last belongs to a key or to the gap after it: nothing else may sound in it. */
  get frameIsKey(): boolean {
    return this.keying;
  }

  /**
   * Fills one frame; returns how many samples of it were queued audio. `onDigit` hears of a press as it begins.
   */
  take(frame: Int16Array, onDigit: (digit: DtmfDigit, durationMs: number) => void): number {
    frame.fill(0);
    this.keying = false;
    let filled = 0;
    while (filled < frame.length) {
      const item = this.items[0];
      if (item === undefined) break;
      if (item.kind === 'dtmf') {
        if (filled === 0) this.stepDtmf(item, onDigit);
        this.keying = filled === 0;
        break;
      }
      if (this.isPaused) break;
      const count = Math.min(frame.length - filled, item.samples.length - item.from);
      frame.set(item.samples.subarray(item.from, item.from + count), filled);
      filled += count;
      item.from += count;
      if (item.from === item.samples.length) this.items.shift();
    }
    this.ledger.wentOut(filled);
    return filled;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.ledger.close();
    for (const item of this.items) if (item.kind === 'dtmf') item.done();
    this.items = [];
  }

  private stepDtmf(
    item: Extract<Item, { kind: 'dtmf' }>,
    onDigit: (digit: DtmfDigit, durationMs: number) => void,
  ): void {
    const position = item.frame++ % (item.frames + item.gapFrames);
    const digit = item.digits[0];
    if (position === 0 && digit !== undefined) onDigit(digit, item.frames * 20);
    if (position < item.frames + item.gapFrames - 1) return;
    item.digits.shift();
    if (item.digits.length > 0) return;
    this.items.shift();
    item.done();
  }
}
