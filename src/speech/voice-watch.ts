import type { AudioFrame } from '../media/audio.ts';
import { levelDbfs } from '../media/level.ts';

/** Loud enough to be a voice. */
export const LOUD_DBFS = -45;
/** A voice, rather than a knock on the table. */
const VOICE_MS = 400;
/** Silence after which nothing is being said. */
const QUIET_MS = 1_000;

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

  /**
   * Of a recogniser that endpoints by itself: a voice has to be answered with some text, and begun text (`interim`) with its end.
   * @param limits.finalMs undefined: its end is not waited for
   */
  verdict(
    now: number,
    interim: boolean,
    limits: { finalMs: number | undefined; silentMs: number },
  ): 'muted' | 'quiet' | undefined {
    const silentMs = now - this.#until;
    if (interim) return limits.finalMs !== undefined && silentMs > limits.finalMs ? 'muted' : undefined;
    if (this.loudMs >= VOICE_MS) return now - this.#since >= limits.silentMs ? 'muted' : undefined;
    return silentMs > QUIET_MS ? 'quiet' : undefined;
  }

  /** A result has come at `now`: who is understood is heard, however softly he speaks. */
  answered(now: number): void {
    this.loudMs = 0;
    this.#until = now;
  }

  reset(): void {
    this.loudMs = 0;
  }
}
