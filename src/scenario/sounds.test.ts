import { expect, test } from 'vitest';
import { toneShare } from '../media/goertzel.ts';
import { levelDbfs } from '../media/level.ts';
import { humClip, noiseClip } from './sounds.ts';

test.each(['pink', 'white'] as const)('%s noise has its length and level, and is the same each time', (kind) => {
  const noise = noiseClip({ kind, level_db: -30, ms: 1500 }, 8000);
  expect(noise.length).toBe(12_000);
  expect(levelDbfs(noise)).toBeCloseTo(-30, 1);
  expect(noiseClip({ kind, level_db: -30, ms: 1500 }, 8000)).toEqual(noise);
});

test('pink noise has more of its energy in low frequencies than white noise', () => {
  const low = (kind: 'pink' | 'white') => {
    const noise = noiseClip({ kind, level_db: -20, ms: 2000 }, 8000);
    const smooth = noise.map((_, i) => (noise.subarray(Math.max(0, i - 7), i + 1).reduce((a, b) => a + b, 0) / 8) | 0);
    return levelDbfs(smooth);
  };
  expect(low('pink')).toBeGreaterThan(low('white') + 3);
});

test('hum is its frequency and two harmonics, at its level', () => {
  const hum = humClip({ hz: 100, level_db: -26, ms: 1000 }, 8000);
  expect(levelDbfs(hum)).toBeCloseTo(-26, 1);
  expect(toneShare(hum, 100, 8000)).toBeCloseTo(16 / 21, 2);
  expect(toneShare(hum, 200, 8000)).toBeCloseTo(4 / 21, 2);
  expect(toneShare(humClip({ hz: 3000, level_db: -26, ms: 1000 }, 8000), 3000, 8000)).toBeCloseTo(1, 2);
});
