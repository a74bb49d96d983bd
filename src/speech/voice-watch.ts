import type { AudioFrame } from '../media/audio.ts';
import { levelDbfs } from '../media/level.ts';

const LOUD_DBFS = -45;

/** How much of what was heard since the last result was loud. */
export class VoiceWatch {
  /** Milliseconds of loud audio. */
  loudMs = 0;
  #since = 0;
  #until = 0;

  /** @param now milliseconds, of any clock */
  hear(frame: AudioFrame, now: number): void {
    if (levelDbfs(frame.samples) < LOUD_DBFS) return;
    if (this.loudMs === 0) this.#since = now;
    this.loudMs += (frame.samples.length * 1000) / frame.sampleRate;
    this.#until = now;
  }

  /** Milliseconds since the first loud audio. */
  sinceFirst(now: number): number {
    return now - this.#since;
  }

  /** Milliseconds since the last loud audio. */
  sinceLast(now: number): number {
    return now - this.#until;
  }

  reset(): void {
    this.loudMs = 0;
  }
}
