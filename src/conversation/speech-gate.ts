import { type AudioFrame, FRAME_MS } from '../media/audio.ts';

/** What a recogniser that is opened by a voice gets of the time before: 1 s. */
const PRE_ROLL_FRAMES = 50;

/**
 * Keeps what was heard of late for a recogniser that is opened by a voice, and tells when one that is open need not
 * hear any more (`speechDetection`). Allocates nothing per frame.
 */
export class SpeechGate {
  readonly #ring: AudioFrame[] = [];
  /** Frames of the ring that count, up to the last one heard. */
  #kept = 0;
  #next = 0;
  /** Heard since somebody last spoke, or was answered. */
  #quietFrames = 0;
  /** A result has come since somebody last spoke. */
  #answered = true;
  readonly #patienceMs: number;

  /** @param patienceMs how much longer a recogniser hears silence that has not answered what it heard before */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** @param busy somebody speaks, or is still to be answered */
  hear(frame: AudioFrame, busy: boolean): void {
    this.#quietFrames = busy ? 0 : this.#quietFrames + 1;
    if (busy) this.#answered = false;
    const slot = this.#ring[this.#next];
    if (slot?.samples.length === frame.samples.length) {
      slot.samples.set(frame.samples);
      Object.assign(slot, { timestampMs: frame.timestampMs, sampleRate: frame.sampleRate });
    } else {
      const { timestampMs, sampleRate } = frame;
      this.#ring[this.#next] = { timestampMs, sampleRate, samples: frame.samples.slice() };
    }
    this.#next = (this.#next + 1) % PRE_ROLL_FRAMES;
    this.#kept = Math.min(PRE_ROLL_FRAMES, this.#kept + 1);
  }

  /** The recogniser has given a result. */
  answered(): void {
    this.#answered = true;
  }

  /** Nothing was said for so long, and nothing is owed. */
  isQuiet(silenceMs: number): boolean {
    return this.#quietFrames * FRAME_MS >= silenceMs + (this.#answered ? 0 : this.#patienceMs);
  }

  /** The recogniser that has heard everything so far is closed: the next one gets only the silence before it. */
  close(): void {
    this.#kept = Math.min(this.#kept, this.#quietFrames);
  }

  /** What was heard of late, the oldest first; it is forgotten here. */
  take(): AudioFrame[] {
    const frames: AudioFrame[] = [];
    for (let age = this.#kept; age > 0; age -= 1) {
      const frame = this.#ring[(this.#next - age + PRE_ROLL_FRAMES) % PRE_ROLL_FRAMES];
      if (frame !== undefined) frames.push({ ...frame, samples: frame.samples.slice() });
    }
    this.#kept = 0;
    return frames;
  }

  forget(): void {
    this.#kept = 0;
    this.#quietFrames = 0;
    this.#answered = true;
  }
}
