import { expect, test } from 'vitest';
import { HISTOGRAM_BUCKETS, histogramPercentile, percentile, slope } from '../load/figures.ts';

test('percentiles by the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)]).toEqual([50, 95, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test('the slope of a line is found', () => {
  expect(slope([0, 1, 2, 3].map((x) => ({ x, y: 5 + 2.5 * x })))).toBeCloseTo(2.5);
  expect(slope([{ x: 1, y: 1 }])).toBe(0);
});

test('percentile of a histogram is the upper edge of its bucket', () => {
  const counts = new Uint32Array(HISTOGRAM_BUCKETS);
  counts[0] = 98;
  counts[12] = 1;
  counts[HISTOGRAM_BUCKETS - 1] = 1;
  expect(histogramPercentile(counts, 0.98)).toBeCloseTo(0.1);
  expect(histogramPercentile(counts, 0.99)).toBeCloseTo(1.3);
  expect(histogramPercentile(counts, 1)).toBeCloseTo(100.1);
});
