const HISTORY = 320;
const MIN_PERIOD = 20;
const MAX_PERIOD = 160;
const COMPARED = 120;
/** The repeated sound keeps its level for 10 ms and is gone after 60 ms. */
const HOLD_SAMPLES = 80;
export const FADE_SAMPLES = 480;
/** Length of the cross-fade from the repetition back to what was received. */
const REJOIN_SAMPLES = 32;

/**
 * Fills gaps of an 8 kHz signal: repeats the last pitch period and fades it out, as ITU-T G.711 Appendix I does in
 * outline. Every sample goes through `real` or `missing`, in order. Allocates nothing after construction.
 */
export class Concealment {
  /** Samples since the last real one. */
  run = 0;
  private readonly history = new Int16Array(HISTORY);
  private at = 0;
  private readonly period = new Int16Array(MAX_PERIOD);
  private periodLength = MAX_PERIOD;
  private rejoin = 0;
  /** Where the repetition goes on during the cross-fade. */
  private resume = 0;

  /** A received sample: returned as it is, or mixed with the end of the repetition. */
  real(sample: number): number {
    let out = sample;
    if (this.run > 0) {
      this.rejoin = REJOIN_SAMPLES;
      this.resume = this.run;
      this.run = 0;
    }
    if (this.rejoin > 0) {
      const weight = this.rejoin / (REJOIN_SAMPLES + 1);
      out = Math.round(sample * (1 - weight) + this.repetition(this.resume++) * weight);
      this.rejoin--;
    }
    this.remember(out);
    return out;
  }

  /** The next sample of a gap. */
  missing(): number {
    if (this.run === 0) this.findPeriod();
    const out = Math.round(this.repetition(this.run++));
    this.remember(out);
    return out;
  }

  private repetition(index: number): number {
    if (index >= FADE_SAMPLES) return 0;
    const sample = this.period[index % this.periodLength] ?? 0;
    return index < HOLD_SAMPLES ? sample : (sample * (FADE_SAMPLES - index)) / (FADE_SAMPLES - HOLD_SAMPLES);
  }

  private remember(sample: number): void {
    this.history[this.at] = sample;
    this.at = this.at + 1 === HISTORY ? 0 : this.at + 1;
  }

  /** `back` samples ago, 1 is the newest. */
  private past(back: number): number {
    const index = this.at - back;
    return this.history[index < 0 ? index + HISTORY : index] ?? 0;
  }

  /** The lag at which the newest samples resemble the older ones most (average magnitude difference). */
  private findPeriod(): void {
    let best = Number.POSITIVE_INFINITY;
    let period = MAX_PERIOD;
    for (let lag = MIN_PERIOD; lag <= MAX_PERIOD; lag++) {
      let difference = 0;
      for (let i = 1; i <= COMPARED; i += 2) difference += Math.abs(this.past(i) - this.past(i + lag));
      if (difference < best) {
        best = difference;
        period = lag;
      }
    }
    this.periodLength = period;
    for (let i = 0; i < period; i++) this.period[i] = this.past(period - i);
  }
}
