import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampleRate } from './audio.ts';
import { toneShare } from './goertzel.ts';
import { rms } from './level.ts';
import { createResampler, resample } from './resample.ts';
import { sine } from './tone.ts';

const RATES: readonly SampleRate[] = [8000, 16000, 22050, 24000, 44100, 48000];
const PAIRS = RATES.flatMap((from) => RATES.map((to) => [from, to] as const));

describe('resample', () => {
  it.each(PAIRS)('%i to %i keeps a tone, its level and the length', async (from, to) => {
    const input = sine(1000, 500, from, 8000);
    const output = await resample(input, from, to);
    expect(Math.abs(output.length - to / 2)).toBeLessThanOrEqual(1);
    const middle = output.subarray(to / 10, (to * 4) / 10);
    expect(toneShare(middle, 1000, to)).toBeGreaterThan(0.98);
    expect(rms(middle)).toBeCloseTo(8000 / Math.SQRT2, -2);
  });

  it('gives the same samples however the stream is cut', async () => {
    const input = sine(800, 300, 22050, 8000);
    const whole = await resample(input, 22050, 8000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 20 }), async (cuts) => {
        const resampler = await createResampler(22050, 8000);
        const parts: number[] = [];
        let at = 0;
        for (const cut of cuts) {
          parts.push(...resampler.process(input.subarray(at, at + cut)));
          at = Math.min(input.length, at + cut);
        }
        parts.push(...resampler.process(input.subarray(at)), ...resampler.flush());
        expect(Int16Array.from(parts)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('is harmless after its end', async () => {
    const resampler = await createResampler(16000, 8000);
    resampler.flush();
    resampler.close();
    expect(resampler.process(new Int16Array(100))).toHaveLength(0);
    expect(resampler.flush()).toHaveLength(0);
  });
});
