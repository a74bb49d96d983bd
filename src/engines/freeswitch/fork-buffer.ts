/**
 * What has been sent to mod_audio_fork and is not yet in RTP packets, as the hub reckons it. The module tells nothing
 * reliable (its marks are lost or early), but it sends one frame of the caller's audio in the same 20 ms in which it takes
 * one frame for the caller: the frames that come in are the clock.
 */
export class ForkBuffer {
  #segments: Segment[] = [];
  #samples = 0;
  #real = 0;

  /** Samples that are in the module, padding included. */
  get samples(): number {
    return this.#samples;
  }

  /** Samples that are more than padding. */
  get realSamples(): number {
    return this.#real;
  }

  /** When what is taken next was sent; undefined: it is empty. */
  get oldestSentAt(): number | undefined {
    return this.#segments[0]?.sentAt;
  }

  /** `now`: milliseconds, of the same clock as in `consume`. */
  sent(segment: { kind: SegmentKind; samples: Int16Array }, now: number): void {
    if (segment.samples.length === 0) return;
    this.#segments.push({ ...segment, from: 0, sentAt: now });
    this.#count(segment.kind, segment.samples.length);
  }

  /**
   * So many samples have been taken by the module; what it had not got by then stays. Calls `took` for each stretch of
   * one kind.
   */
  consume(samples: number, now: number, took: (kind: SegmentKind, samples: number) => void): void {
    let left = samples;
    while (left > 0) {
      const head = this.#segments[0];
      if (head === undefined || now - head.sentAt < IN_FLIGHT_MS) return;
      const count = Math.min(left, head.samples.length - head.from);
      head.from += count;
      left -= count;
      this.#count(head.kind, -count);
      if (head.from === head.samples.length) this.#segments.shift();
      took(head.kind, count);
    }
  }

  /** Empties it; returns what was not taken, without the padding. */
  retract(): { kind: Exclude<SegmentKind, 'padding'>; samples: Int16Array }[] {
    const rest = this.#segments.flatMap(({ kind, samples, from }) =>
      kind === 'padding' ? [] : [{ kind, samples: samples.subarray(from) }],
    );
    this.#segments = [];
    this.#samples = 0;
    this.#real = 0;
    return rest;
  }

  #count(kind: SegmentKind, samples: number): void {
    this.#samples += samples;
    if (kind !== 'padding') this.#real += samples;
  }
}

/** `tone`: of a key that is sent as sound. */
export type SegmentKind = 'audio' | 'tone' | 'padding';

interface Segment {
  kind: SegmentKind;
  samples: Int16Array;
  from: number;
  sentAt: number;
}

/** A frame that comes in so soon after audio went out was made before the audio arrived. */
const IN_FLIGHT_MS = 5;
