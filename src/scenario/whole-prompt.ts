import { HUB_VOICE, voicedSpan } from '../caller/voice-activity.ts';
import { durationMs, type SampleRate } from '../media/audio.ts';
import { rms } from '../media/level.ts';

const SLICE_MS = 10;
/** Stretches of the prompt that are compared one by one: about a syllable. */
const STRETCH_MS = 120;
/** They overlap by half, so that a hole of 200 ms always swallows one. */
const HOP_MS = 60;
/** Slices by which a receiver's jitter buffer moves speech at once when packets are late, nearest first. */
const SHIFTS = [0, 1, -1, 2, -2, 3, -3, 4, -4];
/** Slices by which it may have moved in all. */
const MOST_SHIFTED = 30;
/** Stretches of the prompt below this level are pauses and fading ends. */
const VOICED_LEVEL = 2 * HUB_VOICE.threshold;
/** A stretch that came with less than this share of its level was not heard: speech codecs and lines change it by far less. */
const LOWEST_SHARE = 0.6;

export interface HeardPrompt {
  /** Where the prompt begins in what was heard, milliseconds. */
  atMs: number;
  /** Times within the prompt whose audio did not come, in stretches of 120 ms. */
  missing: number[];
}

/**
 * Looks for a prompt in what was heard: at its best place (correlation of the levels of 10 ms slices), which of its
 * voiced stretches are there. Undefined when there is nothing like it at all.
 */
export function findPrompt(prompt: Int16Array, heard: Int16Array, sampleRate: SampleRate): HeardPrompt | undefined {
  const wanted = levels(prompt, sampleRate);
  const found = levels(heard, sampleRate);
  const span = voicedSpan(prompt, sampleRate);
  if (span === undefined || found.length === 0) return undefined;
  const energy = Math.hypot(...wanted);
  let best = 0;
  let bestAt = -1;
  // a prompt whose end is missing still has a place
  for (let at = 0; at < found.length; at++) {
    let product = 0;
    let foundEnergy = 0;
    const overlap = Math.min(wanted.length, found.length - at);
    for (let i = 0; i < overlap; i++) {
      const level = found[at + i] as number;
      product += (wanted[i] as number) * level;
      foundEnergy += level * level;
    }
    const likeness = product / (energy * Math.sqrt(foundEnergy) || 1);
    const weight = likeness * Math.sqrt(Math.min(1, Math.sqrt(foundEnergy) / energy));
    if (weight > best) {
      best = weight;
      bestAt = at;
    }
  }
  if (bestAt < 0 || best < 0.3) return undefined;
  return { atMs: bestAt * SLICE_MS, missing: missingStretches(wanted, found, bestAt) };
}

/** Follows the shifts of a jitter buffer: each stretch is looked for close to where the one before it was found. */
function missingStretches(wanted: readonly number[], found: readonly number[], at: number): number[] {
  const missing: number[] = [];
  const stretch = STRETCH_MS / SLICE_MS;
  let offset = 0;
  for (let from = 0; from < wanted.length; from += HOP_MS / SLICE_MS) {
    const least = meanLevel(wanted, from, stretch) * LOWEST_SHARE;
    if (least < VOICED_LEVEL * LOWEST_SHARE) continue;
    const shift = SHIFTS.find(
      (by) => Math.abs(offset + by) <= MOST_SHIFTED && meanLevel(found, at + from + offset + by, stretch) >= least,
    );
    if (shift === undefined) missing.push(from * SLICE_MS);
    else offset += shift;
  }
  return missing;
}

function meanLevel(values: readonly number[], from: number, count: number): number {
  return Math.hypot(...values.slice(Math.max(0, from), Math.max(0, from + count))) / Math.sqrt(count);
}

function levels(samples: Int16Array, sampleRate: SampleRate): number[] {
  const slice = Math.round((sampleRate * SLICE_MS) / 1000);
  const result: number[] = [];
  for (let from = 0; from + slice <= samples.length; from += slice) result.push(rms(samples, from, from + slice));
  return result;
}

/** Milliseconds of 20 ms frames between two places that are louder than the hub's silence. */
export function voicedMs(samples: Int16Array, sampleRate: SampleRate, fromMs: number, toMs: number): number {
  const frame = (sampleRate * 20) / 1000;
  const first = Math.max(0, Math.round((fromMs * sampleRate) / 1000));
  const last = Math.min(samples.length, Math.round((toMs * sampleRate) / 1000));
  let frames = 0;
  for (let from = first; from + frame <= last; from += frame) {
    if (rms(samples, from, from + frame) >= HUB_VOICE.threshold) frames++;
  }
  return durationMs(frames * frame, sampleRate);
}
