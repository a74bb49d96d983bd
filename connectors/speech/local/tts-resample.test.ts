import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, resample, StreamResampler } from './tts-resample.ts';

const RATES = [8000, 16_000, 22_050, 24_000, 44_100, 48_000] as const;

function tone(hz: number, rate: number, seconds: number, peak = 10_000): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(peak * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

/** RMS of the difference between two signals of one length, without their edges. */
function distance(a: Int16Array, b: Int16Array, edge: number): number {
  let sum = 0;
  for (let i = edge; i < a.length - edge; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / (a.length - 2 * edge));
}

describe('resample', () => {
  const pairs = [16_000, 22_050].flatMap((from) => RATES.map((to) => [from, to] as const));

  it.each(pairs)('%i Hz to %i Hz keeps pitch, level, phase and length', (from, to) => {
    const out = resample(tone(1000, from, 0.4), from, to);
    const ideal = tone(1000, to, 0.4);
    expect(Math.abs(out.length - ideal.length)).toBeLessThanOrEqual(1);
    expect(distance(out, ideal, to / 100)).toBeLessThan(20);
  });

  it('removes what the lower rate cannot carry', () => {
    for (const hz of [4700, 6000, 7500]) {
      expect(distance(resample(tone(hz, 16_000, 0.4), 16_000, 8000), new Int16Array(3200), 80)).toBeLessThan(15);
    }
  });

  it('does not wrap around at full scale', () => {
    const square = Int16Array.from({ length: 1600 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
    const out = resample(square, 16_000, 8000);
    for (let i = 100; i < 700; i++) if (i % 20 > 2 && i % 20 < 8) expect(out[i]).toBeGreaterThan(20_000);
  });
});

describe('StreamResampler', () => {
  it('gives the same samples however the input is cut', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 600 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(...RATES),
        (samples, cuts, to) => {
          const resampler = new StreamResampler(22_050, to);
          const parts: Int16Array[] = [];
          for (let at = 0, i = 0; at < samples.length; i++) {
            const end = at + (cuts[i % cuts.length] ?? 1);
            parts.push(resampler.push(samples.subarray(at, end)));
            at = end;
          }
          parts.push(resampler.end());
          expect(concat(parts)).toEqual(concat([resample(samples, 22_050, to)]));
        },
      ),
      { numRuns: 60 },
    );
  });
});
