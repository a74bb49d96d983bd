/** 10 ms at the decoder's rate, 8 kHz. */
const FRAME = 80;
const FRAME_MS = 10;
/** Below the loudest frame by more than this, nothing is heard of the utterance. */
const AUDIBLE_DB = 30;
/** Power of the first difference over the power: vowels have 0.05 to 0.6, voiceless fricatives and bursts 0.9 to 3.8. */
const HISSING = 0.8;
/** Power that is added to each frame, so that the hiss of a silent line is none. */
const IDLE_POWER = 50;
/** A vowel comes so near to the loudest frame. */
const VOWEL_DB = 10;
/** Two syllables have so much less between them. */
const VALLEY_DB = 4;
/** A syllable is at most so much weaker than the strongest, and lasts so long near its own maximum. */
const WEAKEST_DB = 12;
const NEAR_DB = 6;
const SHORTEST_MS = 50;

/** What can be heard of an utterance without knowing its words. */
export interface SoundEvidence {
  /** Of voiceless consonants: altogether, and before the first vowel. */
  hissMs: number;
  onsetHissMs: number;
  /** Above the background. */
  audibleMs: number;
  /** Rises of the level that are parted by valleys: vowels, where no sonorant joins them. */
  syllables: number;
}

/** @param samples of one utterance at 8 kHz, with little silence around it */
export function soundEvidence(samples: Int16Array): SoundEvidence {
  const frames = Math.floor(samples.length / FRAME);
  const levels = new Float64Array(frames);
  const tilts = new Float64Array(frames);
  let loudest = 0;
  for (let f = 0; f < frames; f++) {
    let power = 0;
    let difference = 0;
    for (let i = f * FRAME; i < (f + 1) * FRAME; i++) {
      const sample = samples[i] ?? 0;
      power += sample ** 2;
      difference += (sample - (samples[i - 1] ?? sample)) ** 2;
    }
    levels[f] = 10 * Math.log10(power / FRAME + 1);
    tilts[f] = difference / (power + FRAME * IDLE_POWER);
    loudest = Math.max(loudest, levels[f] ?? 0);
  }
  let hissing = 0;
  let audible = 0;
  let onset: number | undefined;
  for (let f = 0; f < frames; f++) {
    if ((levels[f] ?? 0) <= loudest - AUDIBLE_DB) continue;
    audible += 1;
    if ((tilts[f] ?? 0) > HISSING) hissing += 1;
    else if ((levels[f] ?? 0) > loudest - VOWEL_DB) onset ??= hissing;
  }
  return {
    hissMs: hissing * FRAME_MS,
    onsetHissMs: (onset ?? hissing) * FRAME_MS,
    audibleMs: audible * FRAME_MS,
    syllables: countSyllables(smooth(levels)),
  };
}

/** Mean of three frames. */
function smooth(levels: Float64Array): Float64Array {
  return levels.map((level, f) => {
    const neighbours = [levels[f - 1], level, levels[f + 1]].filter((value) => value !== undefined);
    return neighbours.reduce((sum, value) => sum + value, 0) / neighbours.length;
  });
}

function countSyllables(levels: Float64Array): number {
  const rises: { top: number; from: number; to: number }[] = [];
  let from = 0;
  let top = Number.NEGATIVE_INFINITY;
  let bottom = 0;
  let rising = true;
  for (let f = 0; f < levels.length; f++) {
    const level = levels[f] ?? 0;
    if (rising) {
      top = Math.max(top, level);
      if (top - level < VALLEY_DB) continue;
      rises.push({ top, from, to: f });
      rising = false;
      bottom = level;
      from = f;
    } else if (level < bottom) {
      bottom = level;
      from = f;
    } else if (level - bottom >= VALLEY_DB) {
      rising = true;
      top = level;
    }
  }
  if (rising) rises.push({ top, from, to: levels.length });
  const strongest = rises.reduce((most, rise) => Math.max(most, rise.top), 0);
  return rises.filter(({ top: own, from: start, to: end }) => {
    const near = levels.subarray(start, end).reduce((count, level) => count + (level > own - NEAR_DB ? 1 : 0), 0);
    return own > strongest - WEAKEST_DB && near * FRAME_MS >= SHORTEST_MS;
  }).length;
}
