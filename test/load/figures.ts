/** The value below which `share` (0..1) of the values lie, by the nearest rank; NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number;
}

/** Least squares: how much `y` grows per unit of `x`. 0 for fewer than two points. */
export function slope(points: readonly { x: number; y: number }[]): number {
  if (points.length < 2) return 0;
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  let above = 0;
  let below = 0;
  for (const { x, y } of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

/** Counts of deviations in buckets of 0.1 ms up to 100 ms; the last bucket holds all beyond. */
export const HISTOGRAM_BUCKETS = 1001;
export const HISTOGRAM_STEP_MS = 0.1;

/** Percentile of such a histogram, as the upper edge of its bucket in milliseconds. */
export function histogramPercentile(counts: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  if (total === 0) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i] as number;
    if (sum >= share * total) return (i + 1) * HISTOGRAM_STEP_MS;
  }
  return counts.length * HISTOGRAM_STEP_MS;
}
