import { BIN_HZ, peakHz, powerBetween } from './spectrum.ts';

/** Where harmonics and notes are looked for. */
const FIRST_BIN = Math.floor(160 / BIN_HZ);
const LAST_BIN = Math.ceil(2500 / BIN_HZ);
/** Peaks this much below the strongest count: -18 dB. */
const PEAK_PART = 1 / 60;
const MAX_PEAKS = 24;
/** A note is held when its frequency has not moved in four frames (80 ms); a voice glides by more. */
const HELD_FRAMES = 4;
const HELD_HZ = 4;
/** Mean change of the bands from frame to frame: music, hum and tones stay below, syllables above. */
const STILL_DB = 1.5;
/** First bins of the bands; the last ends the fifth. */
const BAND_EDGES = [6, 13, 23, 37, 61, 110] as const;
/** Added to each band, so that what nobody hears does not count as change. */
const IDLE_POWER = 20;

/**
 * Tells sound that stands still, as held notes and hum do, from speech, whose harmonics glide and whose spectrum changes
 * with every sound. Allocates nothing per frame.
 */
export class Stillness {
  readonly #peaks = Array.from({ length: HELD_FRAMES }, () => new Float64Array(MAX_PEAKS));
  readonly #counts = new Uint8Array(HELD_FRAMES);
  readonly #levels = new Float64Array(BAND_EDGES.length - 1);
  #frame = 0;

  /** Whether this frame stands still. */
  push(power: Float64Array): boolean {
    const change = this.#change(power);
    this.#frame = (this.#frame + 1) % HELD_FRAMES;
    this.#findPeaks(power, this.#frame);
    return change <= STILL_DB && this.#holdsNote();
  }

  #change(power: Float64Array): number {
    let change = 0;
    for (let band = 0; band < this.#levels.length; band++) {
      const sum = powerBetween(power, BAND_EDGES[band] ?? 0, (BAND_EDGES[band + 1] ?? 0) - 1);
      const level = 10 * Math.log10(sum + IDLE_POWER);
      change += Math.abs(level - (this.#levels[band] ?? 0));
      this.#levels[band] = level;
    }
    return change / this.#levels.length;
  }

  #findPeaks(power: Float64Array, slot: number): void {
    const peaks = this.#peaks[slot];
    if (peaks === undefined) return;
    let strongest = 0;
    for (let k = FIRST_BIN; k <= LAST_BIN; k++) strongest = Math.max(strongest, power[k] ?? 0);
    let count = 0;
    for (let k = FIRST_BIN; k <= LAST_BIN && count < MAX_PEAKS; k++) {
      const here = power[k] ?? 0;
      if (here <= strongest * PEAK_PART || here < (power[k - 1] ?? 0) || here < (power[k + 1] ?? 0)) continue;
      peaks[count++] = peakHz(power, k);
    }
    this.#counts[slot] = count;
  }

  #holdsNote(): boolean {
    const peaks = this.#peaks[this.#frame];
    const count = this.#counts[this.#frame] ?? 0;
    for (let i = 0; i < count; i++) if (this.#wasThere(peaks?.[i] ?? 0)) return true;
    return false;
  }

  #wasThere(hz: number): boolean {
    for (let slot = 0; slot < HELD_FRAMES; slot++) {
      const peaks = this.#peaks[slot];
      const count = this.#counts[slot] ?? 0;
      let found = false;
      for (let i = 0; i < count && !found; i++) found = Math.abs((peaks?.[i] ?? 0) - hz) <= HELD_HZ;
      if (!found) return false;
    }
    return true;
  }
}
