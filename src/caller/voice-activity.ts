import { durationMs, type SampleRate } from '../media/audio.ts';
import { rms } from '../media/level.ts';

/** A stretch of speech on a channel's own time line. `toMs` is the end of the last voiced frame so far. */
export interface SpeechSegment {
  fromMs: number;
  toMs: number;
}

export interface VoiceActivityOptions {
  /** Root mean square of a frame above which it counts as voiced; the hub's own silence is below 16. */
  threshold: number;
  /** Voiced frames in a row that begin a segment; fewer are a click. */
  onsetFrames: number;
  /** Unvoiced time that ends a segment: longer than the pause between two sentences. */
  hangoverMs: number;
}

export const HUB_VOICE: VoiceActivityOptions = { threshold: 150, onsetFrames: 2, hangoverMs: 900 };

/**
 * Tells speech from silence by energy, frame by frame. Enough for a line that carries either the hub's prompts or the
 * silence between them; it is no detector for noisy lines.
 */
export class VoiceActivity {
  readonly segments: SpeechSegment[] = [];
  readonly #options: VoiceActivityOptions;
  #clockMs = 0;
  #voicedRun = 0;
  #runFromMs = 0;
  #speaking = false;

  constructor(options: VoiceActivityOptions = HUB_VOICE) {
    this.#options = options;
  }

  /** Length of what has been written. */
  get clockMs(): number {
    return this.#clockMs;
  }

  /** In a segment, or in the pause that would end it. */
  get speaking(): boolean {
    return this.#speaking;
  }

  get lastSegment(): SpeechSegment | undefined {
    return this.segments.at(-1);
  }

  /** One frame of any length. Returns what changed with it. */
  write(samples: Int16Array, sampleRate: SampleRate): 'started' | 'stopped' | undefined {
    const frameFromMs = this.#clockMs;
    this.#clockMs += durationMs(samples.length, sampleRate);
    if (rms(samples) >= this.#options.threshold) {
      if (this.#voicedRun === 0) this.#runFromMs = frameFromMs;
      this.#voicedRun++;
      const segment = this.lastSegment;
      if (this.#speaking && segment) {
        segment.toMs = this.#clockMs;
        return undefined;
      }
      if (this.#voicedRun < this.#options.onsetFrames) return undefined;
      this.#speaking = true;
      this.segments.push({ fromMs: this.#runFromMs, toMs: this.#clockMs });
      return 'started';
    }
    this.#voicedRun = 0;
    const segment = this.lastSegment;
    if (this.#speaking && segment && this.#clockMs - segment.toMs >= this.#options.hangoverMs) {
      this.#speaking = false;
      return 'stopped';
    }
    return undefined;
  }
}

/**
 * Where speech lies within a clip, in milliseconds from its beginning: from the first to the last 10 ms slice above the
 * threshold. `undefined` when nothing is voiced.
 */
export function voicedSpan(
  samples: Int16Array,
  sampleRate: SampleRate,
  threshold: number = HUB_VOICE.threshold,
): SpeechSegment | undefined {
  const slice = Math.round(sampleRate / 100);
  let from = -1;
  let to = -1;
  for (let start = 0; start < samples.length; start += slice) {
    const end = Math.min(start + slice, samples.length);
    if (rms(samples, start, end) < threshold) continue;
    if (from < 0) from = start;
    to = end;
  }
  return from < 0 ? undefined : { fromMs: durationMs(from, sampleRate), toMs: durationMs(to, sampleRate) };
}
