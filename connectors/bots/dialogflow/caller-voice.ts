import type { AudioFrame } from '../../../src/media/audio.ts';
import { levelDbfs } from '../../../src/media/level.ts';

const LOUD_DBFS = -45;
/** A voice, rather than a knock on the table. */
const VOICE_MS = 400;
/** Silence after which what was loud is forgotten, where it was no voice. */
const QUIET_MS = 1_000;
/** A voice of which an agent understands nothing for so long is not heard. */
const UNHEARD_MS = 2_000;
/** So long after what was said, and after the last text, an agent has found its end. */
const UNFINISHED_MS = 3_000;

/** How loud the caller was since the agent last understood something; by it a stream is found out that has fallen silent. */
export class CallerVoice {
  #loudMs = 0;
  #since = 0;
  #until = 0;

  /** @param now milliseconds, of any clock */
  hear({ samples, sampleRate }: AudioFrame, now: number): void {
    if (levelDbfs(samples) >= LOUD_DBFS) {
      if (this.#loudMs === 0) this.#since = now;
      this.#loudMs += (samples.length * 1000) / sampleRate;
      this.#until = now;
    } else if (this.#loudMs < VOICE_MS && now - this.#until > QUIET_MS) this.#loudMs = 0;
  }

  /** Something was said, of which nothing was understood so far. */
  get loud(): boolean {
    return this.#loudMs > 0;
  }

  understood(now: number): void {
    this.#loudMs = 0;
    this.#until = now;
  }

  /** Another stream hears all of it anew. */
  heardAnew(now: number): void {
    this.#since = now;
    this.#until = now;
  }

  /** Whether an agent that hears would have said something. @param begun it has understood a part */
  unanswered(now: number, begun: boolean): boolean {
    if (begun && now - this.#until >= UNFINISHED_MS) return true;
    return this.#loudMs >= VOICE_MS && now - this.#since >= (begun ? 2 : 1) * UNHEARD_MS;
  }
}
