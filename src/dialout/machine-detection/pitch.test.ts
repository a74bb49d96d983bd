import { describe, expect, test } from 'vitest';
import { pitchOf } from './pitch.ts';
import { Spectrum } from './spectrum.ts';

function pitchHz(samples: (i: number) => number): number | undefined {
  const spectrum = new Spectrum();
  for (let frame = 0; frame < 3; frame++) {
    spectrum.push(Int16Array.from({ length: 160 }, (_, i) => Math.round(samples(frame * 160 + i))));
  }
  const semitones = pitchOf(spectrum.power);
  return semitones < 0 ? undefined : 75 * 2 ** (semitones / 12);
}

/** Harmonics through a resonance at 500 Hz. */
function voiced(hz: number, fromHz: number): (i: number) => number {
  return (i) => {
    let value = 0;
    for (let harmonic = 1; harmonic * hz < 3400; harmonic++) {
      if (harmonic * hz < fromHz) continue;
      const gain = 1 / (1 + ((harmonic * hz - 500) / 200) ** 2) + 0.05;
      value += 3000 * gain * Math.sin((2 * Math.PI * harmonic * hz * i) / 8000 + harmonic);
    }
    return value;
  };
}

describe('the pitch of a voice', () => {
  test.each([80, 95, 130, 180, 220, 300, 390])('%i Hz', (hz) => {
    expect(Math.abs((pitchHz(voiced(hz, 0)) ?? 0) - hz)).toBeLessThan(0.02 * hz);
  });

  test('is known where the line has cut it off', () => {
    for (const hz of [90, 120, 200]) {
      expect(Math.abs((pitchHz(voiced(hz, 300)) ?? 0) - hz)).toBeLessThan(0.02 * hz);
    }
  });

  test('silence and hiss have none', () => {
    expect(pitchHz(() => 0)).toBeUndefined();
    let seed = 1;
    const hiss = () => {
      seed = (seed * 48271) % 2147483647;
      return (seed / 2147483647 - 0.5) * 8000;
    };
    expect(pitchHz(hiss)).toBeUndefined();
  });
});
