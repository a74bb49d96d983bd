import { describe, expect, it } from 'vitest';
import { findTone, toneAmplitude, toneShare } from './goertzel.ts';
import { levelDbfs, peak, rms, toDbfs } from './level.ts';
import { addSine, dtmfFrequencies, sine } from './tone.ts';

describe('goertzel', () => {
  it('measures the amplitude of a tone and not that of another', () => {
    const samples = sine(440, 100, 8000, 5000);
    expect(toneAmplitude(samples, 440, 8000)).toBeCloseTo(5000, -2);
    expect(toneAmplitude(samples, 1000, 8000)).toBeLessThan(100);
    expect(toneShare(samples, 440, 8000)).toBeGreaterThan(0.99);
  });

  it('finds where a tone is heard', () => {
    const samples = new Int16Array(8000);
    samples.set(sine(1000, 200, 8000), 1600);
    samples.set(sine(440, 200, 8000), 4800);
    expect(findTone(samples, 1000, 8000)).toEqual([{ fromMs: 200, toMs: 400 }]);
    expect(findTone(samples, 440, 8000)).toEqual([{ fromMs: 600, toMs: 800 }]);
    expect(findTone(samples, 2000, 8000)).toEqual([]);
  });
});

describe('tones', () => {
  it('continues the phase from block to block', () => {
    const whole = new Int16Array(320);
    addSine(whole, 697, 5000, 8000);
    const parts = new Int16Array(320);
    const phase = addSine(parts.subarray(0, 160), 697, 5000, 8000);
    addSine(parts.subarray(160), 697, 5000, 8000, phase);
    for (let i = 0; i < 320; i++) expect(Math.abs((whole[i] ?? 0) - (parts[i] ?? 0))).toBeLessThanOrEqual(1);
  });

  it('knows the keypad of Q.23', () => {
    expect(dtmfFrequencies('1')).toEqual([697, 1209]);
    expect(dtmfFrequencies('D')).toEqual([941, 1633]);
    expect(dtmfFrequencies('#')).toEqual([941, 1477]);
  });
});

describe('levels', () => {
  it('measures RMS, peak and dBFS', () => {
    const square = Int16Array.of(1000, -1000, 1000, -1000);
    expect(rms(square)).toBe(1000);
    expect(peak(square)).toBe(1000);
    expect(rms(new Int16Array(0))).toBe(0);
    expect(toDbfs(32768)).toBe(0);
    expect(levelDbfs(sine(1000, 1000, 8000, 16384))).toBeCloseTo(-9.03, 1);
    expect(levelDbfs(new Int16Array(10))).toBe(Number.NEGATIVE_INFINITY);
  });
});
