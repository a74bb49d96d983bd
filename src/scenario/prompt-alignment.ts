import { HUB_VOICE } from '../caller/voice-activity.ts';
import type { SampleRate } from '../media/audio.ts';
import { rms } from '../media/level.ts';

/** Pieces of a prompt whose waveforms are looked for one by one: about a syllable. */
const PIECE_MS = 60;
/** Pieces below this level are pauses and fading ends, whose waveform says little. */
const VOICED_LEVEL = 2 * HUB_VOICE.threshold;
/** Correlation of a piece that is where the one before it was; and of one that has moved, as speech resembles itself. */
const SAME_PLACE = 0.9;
const OTHER_PLACE = 0.95;
/** How far from the place that is given the prompt may begin. */
const SEARCH_MS = 800;
/**
 * Silence that a busy machine may put into speech, and speech that a receiver's jitter buffer may leave out to catch up
 * again, at once; both grow with every piece that is spoilt on the way.
 */
const MOST_INSERTED_MS = 250;
const MOST_LEFT_OUT_MS = 150;
const PER_PIECE_MS = 20;
/** So many pieces are tried before the prompt counts as not heard. */
const MOST_TRIED = 12;

/** A piece of a prompt, and by how many samples its waveform was found later than the prompt's place says. */
export interface AlignedPiece {
  /** Samples from the prompt's beginning. */
  from: number;
  to: number;
  /** Undefined: not found. */
  offset: number | undefined;
}

/**
 * How far a piece is looked for that is not where the one before it was; and, when none of the next pieces is found
 * so near either, how far further than it may have been moved.
 */
const NEAR_MS = 250;
const FAR_MS = 500;
const PIECES_AHEAD = 3;

/** Whether a piece may have been moved by so many samples against the one before it, with so many between that were not found. */
export function mayHaveMoved(samples: number, unmatched: number, sampleRate: SampleRate, pauseMs: number): boolean {
  const spoilt = PER_PIECE_MS * unmatched;
  const [inserted, leftOut] = [MOST_INSERTED_MS + pauseMs + spoilt, MOST_LEFT_OUT_MS + spoilt];
  return samples <= (inserted * sampleRate) / 1000 && -samples <= (leftOut * sampleRate) / 1000;
}

/**
 * Where the voiced pieces of a prompt are in what was heard, by their waveforms (normalised correlation). A piece that was
 * moved counts when the next one moved with it.
 * @param at samples; about where the prompt begins
 * @param pauseMs longest pause that may have been put in
 */
export function alignPrompt(
  prompt: Int16Array,
  heard: Int16Array,
  sampleRate: SampleRate,
  at: number,
  pauseMs: number,
): readonly AlignedPiece[] {
  const length = Math.round((sampleRate * PIECE_MS) / 1000);
  const samplesOf = (ms: number) => (ms * sampleRate) / 1000;
  const pieces: AlignedPiece[] = [];
  for (let from = 0; from + length <= prompt.length; from += length) {
    if (rms(prompt, from, from + length) >= VOICED_LEVEL) pieces.push({ from, to: from + length, offset: undefined });
  }
  const correlation = correlator(prompt, heard);
  const likeness = (piece: AlignedPiece | undefined, offset: number) =>
    piece === undefined ? 0 : correlation(piece, at + offset);
  const nearby = (piece: AlignedPiece | undefined, offset: number) => {
    let best = 0;
    for (let by = -2; by <= 2; by++) best = Math.max(best, likeness(piece, offset + by));
    return best;
  };
  const search = (piece: AlignedPiece, around: number, by: number) => {
    let best = { offset: 0, likeness: 0 };
    for (let offset = Math.round(around - by); offset <= around + by; offset++) {
      const found = likeness(piece, offset);
      if (found > best.likeness) best = { offset, likeness: found };
    }
    return best;
  };
  const confirmed = (neighbour: AlignedPiece | undefined, found: { offset: number; likeness: number }) =>
    found.likeness >= OTHER_PLACE && nearby(neighbour, found.offset) >= SAME_PLACE;

  let anchor = -1;
  for (let index = 0; index < Math.min(MOST_TRIED, pieces.length) && anchor < 0; index++) {
    const piece = pieces[index] as AlignedPiece;
    const found = search(piece, 0, samplesOf(SEARCH_MS));
    if (!confirmed(pieces[index + 1], found)) continue;
    piece.offset = found.offset;
    anchor = index;
  }
  if (anchor < 0) return pieces;

  /** Where a piece has moved to, from `offset`. */
  const moved = (index: number, step: 1 | -1, offset: number, ms: number) => {
    const piece = pieces[index];
    if (piece === undefined) return undefined;
    if (nearby(piece, offset) >= SAME_PLACE) return offset;
    const found = search(piece, offset, samplesOf(ms));
    return confirmed(pieces[index + step], found) ? found.offset : undefined;
  };
  const follow = (step: 1 | -1) => {
    let offset = pieces[anchor]?.offset ?? 0;
    for (let index = anchor + step; index >= 0 && index < pieces.length; index += step) {
      const piece = pieces[index] as AlignedPiece;
      piece.offset = moved(index, step, offset, NEAR_MS);
      if (piece.offset === undefined) {
        // it may be spoilt: then speech goes on near it; otherwise something longer has come in between
        const goesOn = Array.from({ length: PIECES_AHEAD }, (_, ahead) => index + step * (ahead + 1)).some(
          (next) => moved(next, step, offset, NEAR_MS) !== undefined,
        );
        if (!goesOn) piece.offset = moved(index, step, offset, FAR_MS + pauseMs);
      }
      offset = piece.offset ?? offset;
    }
  };
  follow(1);
  follow(-1);
  return pieces;
}

/** Speech that came is about as loud as it was sent. */
const MOST_QUIETER = 0.25;
const MOST_LOUDER = 4;
/** Every third sample tells whether it is worth while to look at all of them. */
const COARSE_STEP = 3;
const COARSE_LIKENESS = 0.6;

/** Normalised correlation of pieces of a prompt with what was heard: -1 to 1, 0 where they cannot be alike. */
function correlator(
  prompt: Int16Array,
  heard: Int16Array,
): (piece: Pick<AlignedPiece, 'from' | 'to'>, shift: number) => number {
  const energies = [energySums(prompt), energySums(heard)] as const;
  const products = (from: number, to: number, shift: number, step: number) => {
    let product = 0;
    for (let index = from; index < to; index += step) {
      product += (prompt[index] as number) * (heard[index + shift] as number);
    }
    return product;
  };
  return ({ from, to }, shift) => {
    if (from + shift < 0 || to + shift > heard.length) return 0;
    const ours = (energies[0][to] as number) - (energies[0][from] as number);
    const theirs = (energies[1][to + shift] as number) - (energies[1][from + shift] as number);
    if (theirs <= ours * MOST_QUIETER || theirs >= ours * MOST_LOUDER) return 0;
    const whole = Math.sqrt(ours * theirs);
    if (COARSE_STEP * products(from, to, shift, COARSE_STEP) < COARSE_LIKENESS * whole) return 0;
    return products(from, to, shift, 1) / whole;
  };
}

/** The energy of all samples before each place. */
function energySums(samples: Int16Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let index = 0; index < samples.length; index++) {
    sums[index + 1] = (sums[index] as number) + (samples[index] as number) ** 2;
  }
  return sums;
}
