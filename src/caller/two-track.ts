import { durationMs, type SampleRate } from '../media/audio.ts';

/** Grows by doubling, so that an hour of audio costs one allocation now and then. */
class SampleTrack {
  #samples = new Int16Array(65_536);
  length = 0;

  append(samples: Int16Array): void {
    this.#reserve(this.length + samples.length);
    this.#samples.set(samples, this.length);
    this.length += samples.length;
  }

  padTo(length: number): void {
    if (length <= this.length) return;
    this.#reserve(length);
    this.length = length;
  }

  view(): Int16Array {
    return this.#samples.subarray(0, this.length);
  }

  #reserve(length: number): void {
    if (length <= this.#samples.length) return;
    const grown = new Int16Array(Math.max(length, this.#samples.length * 2));
    grown.set(this.#samples.subarray(0, this.length));
    this.#samples = grown;
  }
}

/**
 * Both directions of a call on one time line. The hub's frames are the clock: one arrives every 20 ms while the call is
 * up. What the caller queued is placed when the endpoint reports it as gone out, so both tracks show what was on the wire.
 */
export class TwoTrack {
  readonly sampleRate: SampleRate;
  readonly #caller = new SampleTrack();
  readonly #hub = new SampleTrack();
  #queued: Int16Array[] = [];
  #playedSamples = 0;
  #mark: { queuedBefore: number; resolve: (atMs: number) => void } | undefined;
  #queuedSamples = 0;

  constructor(sampleRate: SampleRate) {
    this.sampleRate = sampleRate;
  }

  get clockMs(): number {
    return durationMs(this.#hub.length, this.sampleRate);
  }

  /** Remembers what was handed to the endpoint's playout. The callback gets the time line's position of its first sample. */
  queueCaller(samples: Int16Array, onStart: (atMs: number) => void): void {
    if (samples.length === 0) {
      onStart(this.clockMs);
      return;
    }
    this.#mark = { queuedBefore: this.#queuedSamples, resolve: onStart };
    this.#queued.push(samples);
    this.#queuedSamples += samples.length;
  }

  /** One received frame, and how much of the queue had gone out by then (`Playout.playedMs`). */
  writeHub(samples: Int16Array, playedMs: number): void {
    this.#hub.append(samples);
    this.#takePlayed(playedMs, samples.length);
  }

  /** What the caller sent and what the hub sent, equally long. */
  channels(): { caller: Int16Array; hub: Int16Array } {
    const length = Math.max(this.#caller.length, this.#hub.length);
    this.#caller.padTo(length);
    this.#hub.padTo(length);
    return { caller: this.#caller.view(), hub: this.#hub.view() };
  }

  /** What went out since the last frame filled whole frames from their beginning; the last may be cut short. */
  #takePlayed(playedMs: number, frameSamples: number): void {
    const target = Math.min(Math.round((playedMs * this.sampleRate) / 1000), this.#queuedSamples);
    let fresh = target - this.#playedSamples;
    if (fresh <= 0) return;
    this.#caller.padTo(this.#hub.length - Math.ceil(fresh / frameSamples) * frameSamples);
    if (this.#mark && target > this.#mark.queuedBefore) {
      const before = Math.max(0, this.#mark.queuedBefore - this.#playedSamples);
      this.#mark.resolve(durationMs(this.#caller.length + before, this.sampleRate));
      this.#mark = undefined;
    }
    this.#playedSamples = target;
    while (fresh > 0) {
      const head = this.#queued[0];
      if (head === undefined) return;
      if (head.length <= fresh) {
        this.#caller.append(head);
        this.#queued.shift();
        fresh -= head.length;
      } else {
        this.#caller.append(head.subarray(0, fresh));
        this.#queued[0] = head.subarray(fresh);
        fresh = 0;
      }
    }
  }
}
