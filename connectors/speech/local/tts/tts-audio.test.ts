import { describe, expect, it } from 'vitest';
import { polish, silence } from './tts-audio.ts';

const RATE = 8000;

/** `ms` of a 300 Hz tone with the given peak. */
function tone(ms: number, peak: number): Int16Array {
  return Int16Array.from({ length: (ms * RATE) / 1000 }, (_, i) => peak * Math.sin((2 * Math.PI * 300 * i) / RATE));
}

function join(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

const rms = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
const peakOf = (samples: Int16Array) => samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0);

describe('polish', () => {
  it('cuts silence at both ends and keeps it in the middle', () => {
    const word = tone(300, 8000);
    const out = polish(join(silence(400, RATE), word, silence(200, RATE), word, silence(900, RATE)), RATE);
    const ms = (out.length * 1000) / RATE;
    expect(ms).toBeGreaterThan(20 + 800 + 60 - 5);
    expect(ms).toBeLessThan(20 + 800 + 60 + 5);
  });

  it('brings soft and loud speech to the same level', () => {
    for (const peak of [1200, 6000, 30_000]) {
      const level = 20 * Math.log10(rms(polish(tone(1000, peak), RATE).subarray(200, -200)) / 32768);
      expect(level).toBeGreaterThan(-20.5);
      expect(level).toBeLessThan(-19.5);
    }
  });

  it('does not clip speech with high peaks, and does not raise noise without limit', () => {
    const click = Int16Array.from({ length: 8000 }, (_, i) => (i % 80 === 0 ? 20_000 : 40 * (i % 3)));
    expect(peakOf(polish(click, RATE))).toBeLessThanOrEqual(31_000);
    expect(peakOf(polish(tone(500, 100), RATE))).toBeLessThanOrEqual(600);
  });

  it('begins and ends without a click', () => {
    const out = polish(tone(500, 8000), RATE);
    expect(Math.abs(out.at(0) ?? 1)).toBeLessThan(50);
    expect(Math.abs(out.at(-1) ?? 1)).toBeLessThan(50);
  });

  it('makes nothing of silence', () => {
    expect(polish(silence(1000, RATE), RATE)).toHaveLength(0);
    expect(polish(new Int16Array(0), RATE)).toHaveLength(0);
  });
});
