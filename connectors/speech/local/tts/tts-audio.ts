import type { SampleRate } from '../../../../src/media/audio.ts';

/** Samples at or above this level (of 32767) count as sound when silence is trimmed: about -44 dBFS at the target level. */
const SILENCE_RATIO = 0.012;
const LEAD_MS = 20;
const TAIL_MS = 60;
const FADE_MS = 3;
const WINDOW_MS = 10;
/** Level of the voiced windows: -20 dBFS, loud and clear on a telephone with 11 dB left for the peaks. */
const TARGET_RMS = 3277;
const MAX_GAIN = 6;
/** The limiter leaves everything below the knee alone and bends the rest towards the ceiling. */
const KNEE = 24_000;
const CEILING = 31_000;

/**
 * Makes a synthesised sentence ready to be played: silence at both ends cut to 20 and 60 ms, the level of its voiced
 * parts brought to -20 dBFS, peaks bent below -0.5 dBFS, 3 ms fades. Pure silence gives an empty array.
 * Sentences of one voice come out equally loud, and so do different voices.
 */
export function polish(samples: Int16Array, sampleRate: SampleRate): Int16Array {
  const window = Math.round((sampleRate * WINDOW_MS) / 1000);
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (peak < 16) return new Int16Array(0);
  const threshold = peak * SILENCE_RATIO;
  let first = 0;
  while (Math.abs(samples[first] ?? peak) < threshold) first++;
  let last = samples.length - 1;
  while (Math.abs(samples[last] ?? peak) < threshold) last--;
  const from = Math.max(0, first - Math.round((sampleRate * LEAD_MS) / 1000));
  const to = Math.min(samples.length, last + 1 + Math.round((sampleRate * TAIL_MS) / 1000));

  const gain = Math.min(MAX_GAIN, TARGET_RMS / voicedRms(samples.subarray(from, to), window));
  const out = new Int16Array(to - from);
  const fade = Math.min(Math.round((sampleRate * FADE_MS) / 1000), out.length >> 1);
  for (let i = 0; i < out.length; i++) {
    const edge = Math.min(i, out.length - 1 - i);
    const ramp = edge < fade ? edge / fade : 1;
    out[i] = limit((samples[from + i] ?? 0) * gain * ramp);
  }
  return out;
}

function limit(value: number): number {
  const size = Math.abs(value);
  if (size <= KNEE) return Math.round(value);
  const room = CEILING - KNEE;
  return Math.round(Math.sign(value) * (KNEE + room * Math.tanh((size - KNEE) / room)));
}

/** RMS of the windows within 15 dB of the loudest one, so that pauses and soft consonants do not count. */
function voicedRms(samples: Int16Array, window: number): number {
  const energies: number[] = [];
  for (let at = 0; at < samples.length; at += window) {
    let sum = 0;
    const end = Math.min(samples.length, at + window);
    for (let i = at; i < end; i++) sum += (samples[i] ?? 0) ** 2;
    energies.push(sum / (end - at));
  }
  const floor = Math.max(...energies) / 10 ** 1.5;
  const voiced = energies.filter((energy) => energy >= floor);
  return Math.sqrt(voiced.reduce((sum, energy) => sum + energy, 0) / Math.max(1, voiced.length)) || 1;
}

/** Samples of silence that take `ms`. */
export function silence(ms: number, sampleRate: SampleRate): Int16Array {
  return new Int16Array(Math.round((ms * sampleRate) / 1000));
}

export function concat(chunks: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
