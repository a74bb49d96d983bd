import { Concealment, FADE_SAMPLES } from './concealment.ts';
import { FRAME_SAMPLES } from './shared-call.ts';
import { CROSSFADE, type Cut, cutSilence, cutSound } from './shortening.ts';

/** Samples; 8 in a millisecond. */
const RING = 8192;
const MIN_DELAY = 160;
const MAX_DELAY = 960;
/** A stream that was held up as a whole is waited for up to this delay: 200 ms, so that nothing of it is lost. */
const MOST_DELAY = 1600;
/** A packet that is read this long after the frame was due, in milliseconds, waited in the socket: nobody knows since when. */
const READ_LATE_MS = 5;
/** The slowest packets of the last seconds should be this early. */
const GUARD = 40;
/** Most samples that one frame is lengthened by, or that are left out of its silence. */
const MAX_STEP = 80;
/** Samples that a delay above the desired one is left alone. */
const TOLERANCE = 80;
/** A stream that starts again after this much concealment is placed afresh. */
const OUTAGE = 1600;
/** A packet further ahead than this does not belong to the timeline, unless all before it has come: then nobody has popped for a while. */
const MAX_AHEAD = 3456;
const MOST_AHEAD = RING - 640;
/** The minimum is kept over four windows of 640 ms. */
const WINDOW_POPS = 32;
const WINDOWS = 4;
/** Frames that an adjustment waits for a quiet moment. */
const PATIENCE_SHORTEN = 50;
/** From this excess on, delay hurts more than a cut does. */
const LARGE_EXCESS = 400;
const PATIENCE_SHORTEN_LARGE = 15;
/** Beyond the longest delay it goes at once. */
const PATIENCE_SHORTEN_BEYOND = 1;
const PATIENCE_LENGTHEN = 5;
const QUIET_LEVEL = 64;
/** Peak of a noise whose mean magnitude is 1. */
const CREST = 3;

/** Longest payload that is taken: 80 ms. */
export const MAX_PAYLOAD_SAMPLES = 640;

export type Pushed = 'queued' | 'late';

/**
 * Adaptive jitter buffer for 8 kHz audio: packets in, one 20 ms frame out per call of `pop`.
 *
 * Samples lie on a timeline by RTP timestamp, so packets may have any length, order and overlap. A packet's *slack* is
 * how long before its turn it arrived. The buffer keeps the mean slack (the delay) at 20 ms or more and the
 * smallest slack of the last seconds just above zero, up to a delay of 120 ms; it moves the timeline by repeating or
 * leaving out a few samples: of a silence if one comes soon, else of a sound that resembles itself. That also absorbs the drift
 * between two clocks. A stream that was held up as a whole is played whole, as long as the delay stays below 200 ms.
 * Times are passed in; nothing is allocated after construction.
 */
export class JitterBuffer {
  /** Samples that were made up because nothing had arrived. */
  concealed = 0;
  /** Samples that were left out to lower the delay; `cut`: of those, the ones that were no silence. */
  trimmed = 0;
  cut = 0;
  /** Where the frame that was popped last begins on the timeline, in samples; NaN before the first packet. */
  position = Number.NaN;
  private readonly pcm = new Int16Array(RING);
  private readonly have = new Uint8Array(RING);
  private readonly ring = { pcm: this.pcm, have: this.have };
  private readonly concealment = new Concealment();
  private started = false;
  /** Position of the next sample to play. */
  private cursor = 0;
  /** A position and its RTP timestamp, from which those of the others follow. */
  private referencePosition = 0;
  private referenceTimestamp = 0;
  private nextPopMs = Number.NaN;
  private meanSlack = 0;
  private readonly minSlack = new Float64Array(WINDOWS).fill(Number.POSITIVE_INFINITY);
  private readonly maxSlack = new Float64Array(WINDOWS).fill(Number.NEGATIVE_INFINITY);
  private window = 0;
  private windowPops = 0;
  private packets = 0;
  private hold = 0;
  private waited = 0;
  private speechLevel = 0;
  /** What `adjust` leaves out of the coming frame. */
  private readonly leaving: Cut = { at: 0, count: 0, fade: 0 };

  /** Mean time that samples spend in the buffer, in samples. */
  get delay(): number {
    return this.started ? Math.max(0, Math.round(this.meanSlack)) : 0;
  }

  /** The same for the samples that were least late of late: what all would spend there if nothing held them up. */
  get fullDelay(): number {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < WINDOWS; i++) most = Math.max(most, this.maxSlack[i] ?? 0);
    return this.started && most > 0 ? Math.round(most) : this.delay;
  }

  /** Forgets the timeline: the next packet begins a new one. What was not played is dropped. */
  restart(): void {
    this.started = false;
    this.have.fill(0);
    this.hold = 0;
    this.minSlack.fill(Number.POSITIVE_INFINITY);
    this.maxSlack.fill(Number.NEGATIVE_INFINITY);
    this.packets = 0;
  }

  /** Takes a packet whose samples are `table[codes[from..from+length)]`, at most `MAX_PAYLOAD_SAMPLES`. */
  push(
    codes: Uint8Array,
    from: number,
    length: number,
    table: Int16Array,
    timestamp: number,
    marker: boolean,
    nowMs: number,
  ): Pushed {
    // RFC 3551 4.1: the marker begins a talkspurt, the moment to choose a new delay.
    if (marker && this.concealment.run > FADE_SAMPLES) this.restart();
    if (!this.started) this.place(timestamp, nowMs);
    let position = this.positionOf(timestamp);
    if (this.isElsewhere(position) || (position < this.cursor && this.concealment.run > OUTAGE)) {
      this.restart();
      this.place(timestamp, nowMs);
      position = this.positionOf(timestamp);
    }
    const slack = position - this.cursor + this.untilPop(nowMs);
    if (!(nowMs - this.nextPopMs > READ_LATE_MS)) this.observe(slack);

    if (position < this.cursor) this.rewind(position);
    if (position + length <= this.cursor) return 'late';
    for (let i = Math.max(0, this.cursor - position); i < length; i++) {
      const index = (position + i) & (RING - 1);
      this.pcm[index] = table[codes[from + i] ?? 0] ?? 0;
      this.have[index] = 1;
    }
    if (position > this.referencePosition) {
      this.referencePosition = position;
      this.referenceTimestamp = timestamp;
    }
    return 'queued';
  }

  /** Fills `frame` (160 samples) with what is due at `nowMs`; call it every 20 ms, also while nothing arrives. */
  pop(frame: Int16Array, nowMs: number): void {
    const skippedFrames = Math.round((nowMs - this.nextPopMs) / 20);
    this.nextPopMs = nowMs + 20;
    if (!this.started) {
      this.position = Number.NaN;
      frame.fill(0);
      return;
    }
    this.position = this.cursor;
    if (skippedFrames > 0) this.shiftSlack(skippedFrames * FRAME_SAMPLES);
    this.turnWindow();
    this.adjust();
    const { count, at, fade } = this.leaving;
    const cutAt = count > 0 ? at : FRAME_SAMPLES;
    const fadeEnd = cutAt + fade;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      if (this.hold > 0) {
        this.hold--;
        frame[i] = this.concealment.missing();
        continue;
      }
      if (i === cutAt) this.leave(count);
      const index = this.cursor & (RING - 1);
      if (this.have[index] === 1) {
        this.have[index] = 0;
        let sample = this.pcm[index] ?? 0;
        if (i >= cutAt && i < fadeEnd) {
          const left = this.pcm[(this.cursor - count) & (RING - 1)] ?? 0;
          const faded = i - cutAt;
          sample = Math.round((sample * (faded + 1) + left * (CROSSFADE - faded)) / (CROSSFADE + 1));
        }
        frame[i] = this.concealment.real(sample);
      } else {
        this.concealed++;
        frame[i] = this.concealment.missing();
      }
      this.cursor++;
    }
  }

  private positionOf(timestamp: number): number {
    return this.referencePosition + ((timestamp - this.referenceTimestamp) | 0);
  }

  private isElsewhere(position: number): boolean {
    const ahead = position - this.cursor;
    return ahead > MOST_AHEAD || (ahead > MAX_AHEAD && this.have[(position - 1) & (RING - 1)] === 0);
  }

  private untilPop(nowMs: number): number {
    return Number.isNaN(this.nextPopMs) ? 0 : Math.max(0, Math.min(FRAME_SAMPLES, (this.nextPopMs - nowMs) * 8));
  }

  /** Begins a timeline on which this packet has the least delay. */
  private place(timestamp: number, nowMs: number): void {
    this.started = true;
    // Nobody popped for a while, as on hold: no round was left out.
    if (nowMs - this.nextPopMs > 20) this.nextPopMs = Number.NaN;
    this.referencePosition = 0x1_0000_0000;
    this.referenceTimestamp = timestamp;
    this.cursor = this.referencePosition - Math.round(MIN_DELAY - this.untilPop(nowMs));
    this.meanSlack = MIN_DELAY;
  }

  private observe(slack: number): void {
    // A packet this late is lost for the listener; waiting for its like would only add delay.
    if (slack < -MAX_DELAY) return;
    this.packets++;
    this.meanSlack += (slack - this.meanSlack) / 16;
    if (slack < (this.minSlack[this.window] ?? 0)) this.minSlack[this.window] = slack;
    if (slack > (this.maxSlack[this.window] ?? 0)) this.maxSlack[this.window] = slack;
  }

  /** Plays on from a late packet if nothing newer has been played and the delay allows it. */
  private rewind(position: number): void {
    const behind = this.cursor - position;
    if (this.concealment.run < behind) return;
    const step = Math.min(behind, Math.max(0, Math.floor(MOST_DELAY - this.meanSlack)));
    this.cursor -= step;
    this.shiftSlack(step);
  }

  private shiftSlack(by: number): void {
    this.meanSlack += by;
    for (let i = 0; i < WINDOWS; i++) {
      this.minSlack[i] = (this.minSlack[i] ?? 0) + by;
      this.maxSlack[i] = (this.maxSlack[i] ?? 0) + by;
    }
  }

  private turnWindow(): void {
    if (++this.windowPops < WINDOW_POPS) return;
    this.windowPops = 0;
    this.window = (this.window + 1) % WINDOWS;
    this.minSlack[this.window] = Number.POSITIVE_INFINITY;
    this.maxSlack[this.window] = Number.NEGATIVE_INFINITY;
  }

  /** Lengthens (`hold`) or shortens (`leaving`) the coming frame. */
  private adjust(): void {
    this.leaving.count = 0;
    this.leaving.fade = 0;
    const quiet = this.measure();
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < WINDOWS; i++) smallest = Math.min(smallest, this.minSlack[i] ?? 0);
    if (smallest === Number.POSITIVE_INFINITY || this.hold > 0) return;

    const desired = Math.max(GUARD, MIN_DELAY - (this.meanSlack - smallest));
    const excess = Math.max(smallest - desired, this.meanSlack - MAX_DELAY);
    const missing = smallest < GUARD / 2 && this.meanSlack < MAX_DELAY ? GUARD - smallest : 0;
    if (excess >= TOLERANCE && this.packets > WINDOW_POPS) {
      this.shorten(Math.round(excess), this.patience(excess));
    } else if (missing > 0) {
      if (quiet || ++this.waited > PATIENCE_LENGTHEN) this.lengthen(Math.min(MAX_STEP, Math.ceil(missing)));
    } else {
      this.waited = 0;
    }
  }

  /** Frames for which a silence is waited for. */
  private patience(excess: number): number {
    if (this.meanSlack > MOST_DELAY) return PATIENCE_SHORTEN_BEYOND;
    return excess > LARGE_EXCESS || this.meanSlack > MAX_DELAY ? PATIENCE_SHORTEN_LARGE : PATIENCE_SHORTEN;
  }

  /** True when the coming frame is quiet, compared with the loudest of late. */
  private measure(): boolean {
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const index = (this.cursor + i) & (RING - 1);
      if (this.have[index] === 1) sum += Math.abs(this.pcm[index] ?? 0);
    }
    const level = sum / FRAME_SAMPLES;
    this.speechLevel = Math.max(level, this.speechLevel * 0.995);
    return level < QUIET_LEVEL || level < this.speechLevel / 8;
  }

  private lengthen(count: number): void {
    this.waited = 0;
    this.hold = count;
    this.shiftSlack(count);
  }

  private shorten(most: number, patience: number): void {
    const { leaving } = this;
    const peak = CREST * Math.max(QUIET_LEVEL, this.speechLevel / 8);
    if (!cutSilence(this.ring, this.cursor, FRAME_SAMPLES, Math.min(MAX_STEP, most), peak, leaving)) {
      leaving.count = 0;
      if (++this.waited <= patience) return;
      cutSound(this.ring, this.cursor, most, leaving);
      this.cut += leaving.count;
    }
    this.waited = 0;
    this.trimmed += leaving.count;
    this.shiftSlack(-leaving.count);
  }

  private leave(count: number): void {
    for (let i = 0; i < count; i++) this.have[(this.cursor + i) & (RING - 1)] = 0;
    this.cursor += count;
  }
}
