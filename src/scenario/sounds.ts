import type { SampleRate } from '../media/audio.ts';
import { addSine } from '../media/tone.ts';

/** Amplitude of full scale. */
const FULL_SCALE = 32_768;

/**
 * Noise of an RMS level in dBFS; the same in every run: a linear congruential generator (Numerical Recipes), for pink
 * noise through P. Kellet's economy filter.
 */
export function noiseClip(
  { kind, level_db, ms }: { kind: 'pink' | 'white'; level_db: number; ms: number },
  sampleRate: SampleRate,
): Int16Array {
  const length = Math.round((ms * sampleRate) / 1000);
  const values = new Float64Array(length);
  let seed = 20_260_131;
  let [b0, b1, b2] = [0, 0, 0];
  let energy = 0;
  for (let i = 0; i < length; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const white = seed / 2 ** 31 - 1;
    b0 = 0.99765 * b0 + white * 0.099046;
    b1 = 0.963 * b1 + white * 0.2965164;
    b2 = 0.57 * b2 + white * 1.0526913;
    const value = kind === 'white' ? white : b0 + b1 + b2 + white * 0.1848;
    values[i] = value;
    energy += value * value;
  }
  const gain = (FULL_SCALE * 10 ** (level_db / 20)) / Math.sqrt(energy / Math.max(1, length) || 1);
  return Int16Array.from(values, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * gain))));
}

/** Mains hum: the frequency and its second and third harmonic, each 6 dB below the one before; RMS level in dBFS. */
export function humClip(
  { hz, level_db, ms }: { hz: number; level_db: number; ms: number },
  sampleRate: SampleRate,
): Int16Array {
  const samples = new Int16Array(Math.round((ms * sampleRate) / 1000));
  const shares = [1, 0.5, 0.25].filter((_, index) => hz * (index + 1) < sampleRate / 2);
  const power = shares.reduce((sum, share) => sum + (share * share) / 2, 0);
  const amplitude = (FULL_SCALE * 10 ** (level_db / 20)) / Math.sqrt(power);
  for (const [index, share] of shares.entries()) addSine(samples, hz * (index + 1), amplitude * share, sampleRate);
  return samples;
}
