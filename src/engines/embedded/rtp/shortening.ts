/**
 * Where a signal of 8 kHz can be made shorter: a silence, or where it resembles itself a little later (WSOLA; the pitch of a voice).
 * Samples lie in a ring whose length is a power of two; `have` tells which there are. Nothing is allocated.
 */
export const CROSSFADE = 32;

/** Nothing shorter is worth a cut. */
const SHORTEST_CUT = 16;
/** A voice repeats itself within this many samples. */
const SHORTEST_PERIOD = 40;
const LONGEST_PERIOD = 120;
/** A shorter one has to fit this much better: the fewer cuts, the better. */
const BETTER = 0.8;

/** `count` samples are left out before the sample `at` after the cursor; the `fade` samples that follow are cross-faded. */
export interface Cut {
  at: number;
  count: number;
  fade: number;
}

export interface SampleRing {
  readonly pcm: Int16Array;
  readonly have: Uint8Array;
}

/**
 * Plans a cut inside the longest stretch whose samples are `peak` at most, cross-fade included, that begins within the coming `span`.
 * @returns false when there is none
 */
export function cutSilence(
  ring: SampleRing,
  cursor: number,
  span: number,
  most: number,
  peak: number,
  cut: Cut,
): boolean {
  const mask = ring.pcm.length - 1;
  const enough = most + CROSSFADE;
  let best = 0;
  let run = 0;
  for (let i = 0; i < span + enough && (run > 0 || i < span); i++) {
    const index = (cursor + i) & mask;
    const sample = ring.pcm[index] ?? 0;
    run = ring.have[index] === 1 && sample <= peak && sample >= -peak ? run + 1 : 0;
    if (run <= best) continue;
    best = run;
    cut.at = i + 1 - run;
    if (best === enough) break;
  }
  cut.count = Math.min(most, best - CROSSFADE);
  // What begins after the frame is for the next one.
  if (cut.count < SHORTEST_CUT || cut.at >= span) return false;
  cut.fade = CROSSFADE;
  return true;
}

/** Plans a cut at the cursor, of a length up to `most` (40 or more) after which the signal resembles itself; without enough samples, one that is heard. */
export function cutSound(ring: SampleRing, cursor: number, most: number, cut: Cut): void {
  const mask = ring.pcm.length - 1;
  cut.at = 0;
  cut.count = most;
  cut.fade = CROSSFADE;
  for (let i = 0; i < LONGEST_PERIOD + CROSSFADE; i++) {
    if (ring.have[(cursor + i) & mask] === 1) continue;
    if (i < most + CROSSFADE) cut.fade = 0;
    return;
  }
  let best = Number.POSITIVE_INFINITY;
  for (let period = Math.min(most, LONGEST_PERIOD); period >= SHORTEST_PERIOD; period--) {
    let difference = 0;
    for (let i = 0; i < CROSSFADE; i++) {
      difference += Math.abs((ring.pcm[(cursor + i) & mask] ?? 0) - (ring.pcm[(cursor + period + i) & mask] ?? 0));
    }
    if (difference >= best * BETTER) continue;
    best = difference;
    cut.count = period;
  }
}
