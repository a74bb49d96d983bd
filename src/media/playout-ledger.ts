import { durationMs, type SampleRate } from './audio.ts';

/**
 * Counts what was queued, went out and was dropped, and wakes those who wait for the end of it.
 * Audio leaves in the order in which it was queued, so one counter of what is gone tells everything.
 */
export class PlayoutLedger {
  private readonly sampleRate: SampleRate;
  private written = 0;
  private gone = 0;
  private played = 0;
  private closed = false;
  private readonly waiters: { target: number; resolve: (whole: boolean) => void }[] = [];

  constructor(sampleRate: SampleRate) {
    this.sampleRate = sampleRate;
  }

  get playedMs(): number {
    return durationMs(this.played, this.sampleRate);
  }

  get queuedMs(): number {
    return durationMs(this.written - this.gone, this.sampleRate);
  }

  wrote(samples: number): void {
    this.written += samples;
  }

  wentOut(samples: number): void {
    if (samples === 0) return;
    this.played += samples;
    this.gone += samples;
    while (this.waiters.length > 0 && (this.waiters[0]?.target ?? 0) <= this.gone) this.waiters.shift()?.resolve(true);
  }

  /** Everything that is left is dropped; returns its milliseconds. */
  flushed(): number {
    const droppedMs = this.queuedMs;
    this.gone = this.written;
    for (const waiter of this.waiters.splice(0)) waiter.resolve(false);
    return droppedMs;
  }

  drained(): Promise<boolean> {
    if (this.closed) return Promise.resolve(false);
    if (this.gone === this.written) return Promise.resolve(true);
    return new Promise((resolve) => this.waiters.push({ target: this.written, resolve }));
  }

  close(): void {
    this.closed = true;
    this.flushed();
  }
}
