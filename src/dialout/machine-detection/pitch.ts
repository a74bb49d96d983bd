import { RATE } from './frame-input.ts';
import { BIN_HZ, BINS } from './spectrum.ts';

/** Pitch of grown-up and children's voices, on the telephone. */
const LOWEST_HZ = 75;
const HIGHEST_HZ = 400;
/** Harmonics up to here tell the pitch; above them noise prevails. */
const FIRST_BIN = Math.round(80 / BIN_HZ);
const LAST_BIN = Math.round(1300 / BIN_HZ);
const SHORTEST_LAG = Math.floor(RATE / HIGHEST_HZ);
const LONGEST_LAG = Math.ceil(RATE / LOWEST_HZ);
/** Samples behind the spectrum, whose autocorrelation repeats after as many. */
const SIZE = 2 * BINS;
/** Of the autocorrelation at no lag: less is no voice. */
const VOICED = 0.55;
/** Of two lags about as likely, the shorter is the period, the longer twice that. */
const LONGER_BY = 0.05;

const COSINES = Float64Array.from({ length: SIZE }, (_, i) => Math.cos((2 * Math.PI * i) / SIZE));
/** Autocorrelation of a Hann window that repeats: what a steady pitch is left with at a lag. */
const WINDOW = Float64Array.from({ length: LONGEST_LAG + 2 }, (_, lag) => (2 + (COSINES[lag] ?? 0)) / 3);

/**
 * Pitch of a frame of speech: the autocorrelation that belongs to its power spectrum, divided by the window's (Boersma,
 * 1993). @param power of 256 samples at 8 kHz
 * @returns semitones above 75 Hz; -1 where nothing has a pitch
 */
export function pitchOf(power: Float64Array): number {
  let all = 0;
  for (let k = FIRST_BIN; k <= LAST_BIN; k++) all += power[k] ?? 0;
  if (all === 0) return -1;
  let best = 0;
  let bestLag = 0;
  for (let lag = SHORTEST_LAG; lag <= LONGEST_LAG; lag++) {
    const value = correlation(power, lag) / (all * (WINDOW[lag] ?? 1));
    if (value <= best + LONGER_BY) continue;
    best = value;
    bestLag = lag;
  }
  return best < VOICED ? -1 : 12 * Math.log2(RATE / LOWEST_HZ / refined(power, bestLag));
}

function correlation(power: Float64Array, lag: number): number {
  let sum = 0;
  for (let k = FIRST_BIN, at = FIRST_BIN * lag; k <= LAST_BIN; k++, at += lag) {
    sum += (power[k] ?? 0) * (COSINES[at & (SIZE - 1)] ?? 0);
  }
  return sum;
}

/** The top of the parabola through three lags. */
function refined(power: Float64Array, lag: number): number {
  const before = correlation(power, lag - 1);
  const here = correlation(power, lag);
  const after = correlation(power, lag + 1);
  const bend = before - 2 * here + after;
  return bend < 0 ? lag + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : lag;
}
