/** Root mean square of PCM samples, 0..32768; 0 for no samples. */
export function rms(samples: Int16Array, from = 0, to = samples.length): number {
  if (to <= from) return 0;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0;
    sum += sample * sample;
  }
  return Math.sqrt(sum / (to - from));
}

/** Largest magnitude, 0..32768. */
export function peak(samples: Int16Array): number {
  let max = 0;
  for (let i = 0; i < samples.length; i++) {
    const magnitude = Math.abs(samples[i] ?? 0);
    if (magnitude > max) max = magnitude;
  }
  return max;
}

/** Decibels relative to full scale: 0 dBFS is an RMS of 32768; silence is -Infinity. */
export function toDbfs(level: number): number {
  return 20 * Math.log10(level / 32768);
}

/** RMS level of the samples in dBFS. */
export function levelDbfs(samples: Int16Array): number {
  return toDbfs(rms(samples));
}
