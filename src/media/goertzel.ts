import type { SampleRate } from './audio.ts';

/**
 * Amplitude of the sine of one frequency within a block: a pure tone of amplitude A gives about A.
 * Resolution is `sampleRate / (to - from)` Hz. Goertzel, 1958.
 */
export function toneAmplitude(
  samples: Int16Array,
  frequencyHz: number,
  sampleRate: SampleRate,
  from = 0,
  to = samples.length,
): number {
  const length = to - from;
  if (length <= 0) return 0;
  const omega = (2 * Math.PI * frequencyHz) / sampleRate;
  const coefficient = 2 * Math.cos(omega);
  let s1 = 0;
  let s2 = 0;
  for (let i = from; i < to; i++) {
    const s0 = (samples[i] ?? 0) + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return (2 * Math.sqrt(Math.max(0, power))) / length;
}

/** Share of the block's energy that lies at the frequency, 0..1; 0 for silence. 1 is a pure tone. */
export function toneShare(
  samples: Int16Array,
  frequencyHz: number,
  sampleRate: SampleRate,
  from = 0,
  to = samples.length,
): number {
  let energy = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const amplitude = toneAmplitude(samples, frequencyHz, sampleRate, from, to);
  return Math.min(1, (amplitude * amplitude * (to - from)) / 2 / energy);
}

/** A stretch of time in which one tone dominates; times are milliseconds from the first sample. */
export interface ToneSpan {
  fromMs: number;
  toMs: number;
}

/**
 * Where a tone is heard, in blocks of `blockMs` (default 20). A block counts when at least `minShare` (default 0.6)
 * of its energy is the tone and the tone's amplitude reaches `minAmplitude` (default 300).
 */
export function findTone(
  samples: Int16Array,
  frequencyHz: number,
  sampleRate: SampleRate,
  options: { blockMs?: number; minShare?: number; minAmplitude?: number } = {},
): ToneSpan[] {
  const { blockMs = 20, minShare = 0.6, minAmplitude = 300 } = options;
  const block = Math.round((blockMs * sampleRate) / 1000);
  const spans: ToneSpan[] = [];
  for (let from = 0; from + block <= samples.length; from += block) {
    const heard =
      toneAmplitude(samples, frequencyHz, sampleRate, from, from + block) >= minAmplitude &&
      toneShare(samples, frequencyHz, sampleRate, from, from + block) >= minShare;
    if (!heard) continue;
    const fromMs = (from * 1000) / sampleRate;
    const last = spans.at(-1);
    if (last !== undefined && last.toMs === fromMs) last.toMs = fromMs + blockMs;
    else spans.push({ fromMs, toMs: fromMs + blockMs });
  }
  return spans;
}
