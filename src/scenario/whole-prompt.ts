import { HUB_VOICE, voicedSpan } from '../caller/voice-activity.ts';
import { durationMs, type SampleRate } from '../media/audio.ts';
import { rms } from '../media/level.ts';
import { type AlignedPiece, alignPrompt, mayHaveMoved } from './prompt-alignment.ts';

const SLICE_MS = 10;
/** Voiced time that may be lost in one place: what a receiver makes up for late packets fades out. A hole of 200 ms is never passed over. */
const MOST_LOST_MS = 90;
/** How much further away the beginning and the end of a prompt may be than they should. */
const SLACK_MS = 150;
/** Places that are tried, and slices between them: less than `alignPrompt` looks around. */
const MOST_PLACES = 5;
const PLACES_APART = 50;

export interface HeardPrompt {
  /** Where the prompt begins in what was heard, milliseconds. */
  atMs: number;
  /** Where audio of the prompt did not come, was left out, or was torn apart: milliseconds within the prompt. */
  missing: number[];
}

/**
 * Looks for a prompt in what was heard: about its place (correlation of the levels of 10 ms slices), then for its
 * waveform piece by piece. What lies between pieces that were found has to be as loud for about as long: late packets
 * stretch and spoil speech on its way through a jitter buffer, but leave no hole. Undefined when there is nothing like the prompt at all.
 * @param pauseMs longest pause that may have been put in
 */
export function findPrompt(
  prompt: Int16Array,
  heard: Int16Array,
  sampleRate: SampleRate,
  pauseMs = 0,
): HeardPrompt | undefined {
  const wanted = levels(prompt, sampleRate);
  const found = levels(heard, sampleRate);
  const span = voicedSpan(prompt, sampleRate);
  if (span === undefined || found.length === 0) return undefined;
  let best: { atMs: number; missing: number[]; matched: number } | undefined;
  for (const place of likelyPlaces(wanted, found)) {
    const at = Math.round((place * SLICE_MS * sampleRate) / 1000);
    const pieces = alignPrompt(prompt, heard, sampleRate, at, pauseMs);
    const matched = pieces.filter(({ offset }) => offset !== undefined).length;
    if (best !== undefined && matched <= best.matched) continue;
    const first = pieces.find(({ offset }) => offset !== undefined);
    const atMs = Math.round(durationMs(at + (first?.offset ?? 0), sampleRate));
    best = { atMs, missing: missingParts(prompt, heard, sampleRate, pieces, at, pauseMs), matched };
    // much of it is here: what is not here is nowhere else
    if (matched >= pieces.length / 2) break;
  }
  return best && { atMs: best.atMs, missing: best.missing };
}

/** Where the levels resemble those of the prompt, the likeliest place first; none where nothing does. */
function likelyPlaces(wanted: readonly number[], found: readonly number[]): number[] {
  const energy = Math.hypot(...wanted);
  const places: { at: number; weight: number }[] = [];
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
    if (weight >= 0.3) places.push({ at, weight });
  }
  places.sort((a, b) => b.weight - a.weight);
  const chosen: number[] = [];
  for (const { at } of places) {
    if (chosen.length === MOST_PLACES) break;
    if (chosen.every((other) => Math.abs(other - at) >= PLACES_APART)) chosen.push(at);
  }
  return chosen;
}

function missingParts(
  prompt: Int16Array,
  heard: Int16Array,
  sampleRate: SampleRate,
  pieces: readonly AlignedPiece[],
  at: number,
  pauseMs: number,
): number[] {
  const missing: number[] = [];
  const ms = (samples: number) => durationMs(samples, sampleRate);
  const lost = (from: number, to: number, heardFrom: number, heardTo: number) =>
    voicedMs(prompt, sampleRate, ms(from), ms(to)) - voicedMs(heard, sampleRate, ms(heardFrom), ms(heardTo));
  const slack = Math.round((SLACK_MS * sampleRate) / 1000);
  const found = pieces.flatMap(({ from, to, offset }, index) =>
    offset === undefined ? [] : [{ from, to, offset, index }],
  );
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) return pieces.map(({ from }) => Math.round(ms(from)));
  const begin = at + first.from + first.offset;
  if (lost(0, first.from, begin - first.from - slack, begin) > MOST_LOST_MS) missing.push(0);
  for (const [position, next] of found.entries()) {
    const before = found[position - 1];
    if (before === undefined) continue;
    const moved = next.offset - before.offset;
    const torn = !mayHaveMoved(moved, next.index - before.index - 1, sampleRate, pauseMs);
    const holes = lost(before.to, next.from, at + before.to + before.offset, at + next.from + next.offset);
    if (torn || holes > MOST_LOST_MS) missing.push(Math.round(ms(before.to)));
  }
  const end = at + last.to + last.offset;
  if (lost(last.to, prompt.length, end, end + prompt.length - last.to + slack) > MOST_LOST_MS) {
    missing.push(Math.round(ms(last.to)));
  }
  return missing;
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
