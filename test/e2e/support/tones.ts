/** A sine of `amplitude` (0..1 of full scale) at 8 kHz unless told otherwise. */
export function tone(frequencyHz: number, ms: number, amplitude = 0.3, rate = 8000): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(Math.round((ms * rate) / 1000));
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.round(32767 * amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / rate));
  }
  return samples;
}

export function silence(ms: number, rate = 8000): Int16Array<ArrayBuffer> {
  return new Int16Array(Math.round((ms * rate) / 1000));
}

export function concat(...parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Goertzel: amplitude of one frequency, 0..1 of full scale. A steady sine of amplitude a gives about a. */
export function goertzel(samples: Int16Array, frequencyHz: number, rate = 8000): number {
  const k = 2 * Math.cos((2 * Math.PI * frequencyHz) / rate);
  let s1 = 0;
  let s2 = 0;
  for (const sample of samples) {
    const s0 = sample / 32768 + k * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - k * s1 * s2;
  return (2 * Math.sqrt(Math.max(0, power))) / Math.max(1, samples.length);
}

/**
 * Milliseconds during which the tone is there: 40 ms blocks in which its amplitude is at least `amplitude` and in which it
 * makes up most of the block's energy, so that speech or another tone does not pass for it.
 */
export function toneMs(samples: Int16Array, frequencyHz: number, amplitude = 0.1, rate = 8000): number {
  const block = Math.round(rate * 0.04);
  let blocks = 0;
  for (let at = 0; at + block <= samples.length; at += block) {
    const part = samples.subarray(at, at + block);
    const level = goertzel(part, frequencyHz, rate);
    let energy = 0;
    for (const sample of part) energy += (sample / 32768) ** 2;
    const share = (level * level) / 2 / Math.max(1e-12, energy / block);
    if (level >= amplitude && share > 0.6) blocks++;
  }
  return blocks * 40;
}

/** Milliseconds of 20 ms frames louder than `threshold` (root mean square, 16 bit). */
export function loudMs(samples: Int16Array, threshold = 300, rate = 8000): number {
  const frame = Math.round(rate * 0.02);
  let frames = 0;
  for (let at = 0; at + frame <= samples.length; at += frame) {
    let energy = 0;
    for (let i = at; i < at + frame; i++) energy += (samples[i] as number) ** 2;
    if (Math.sqrt(energy / frame) >= threshold) frames++;
  }
  return frames * 20;
}
