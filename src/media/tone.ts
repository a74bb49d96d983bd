import type { SampleRate } from './audio.ts';
import type { DtmfDigit } from './port.ts';

const DTMF_ROWS_HZ = [697, 770, 852, 941] as const;
const DTMF_COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;
const DTMF_KEYPAD: readonly DtmfDigit[] = [...'123A456B789C*0#D'] as DtmfDigit[];

/** ITU-T Q.23: the two frequencies of a key, in Hz. */
export function dtmfFrequencies(digit: DtmfDigit): readonly [number, number] {
  const index = DTMF_KEYPAD.indexOf(digit);
  return [DTMF_ROWS_HZ[index >> 2] ?? 0, DTMF_COLUMNS_HZ[index & 3] ?? 0];
}

/**
 * Adds a sine to `samples`; `phase` is that of the first sample in radians.
 * @returns the phase of the sample after the last, so that the next block continues without a click
 */
export function addSine(
  samples: Int16Array,
  frequencyHz: number,
  amplitude: number,
  sampleRate: SampleRate,
  phase = 0,
): number {
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  for (let i = 0; i < samples.length; i++) {
    const value = (samples[i] ?? 0) + Math.round(amplitude * Math.sin(phase + step * i));
    samples[i] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
  }
  return (phase + step * samples.length) % (2 * Math.PI);
}

/** A sine of `durationMs`, rounded to whole samples. */
export function sine(frequencyHz: number, durationMs: number, sampleRate: SampleRate, amplitude = 8000): Int16Array {
  const samples = new Int16Array(Math.round((durationMs * sampleRate) / 1000));
  addSine(samples, frequencyHz, amplitude, sampleRate);
  return samples;
}
