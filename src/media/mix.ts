/** Adds `other` to `samples`, both of one length; what is too loud together is cut off at full scale. Allocates nothing. */
export function mixInto(samples: Int16Array, other: Int16Array): void {
  for (let i = 0; i < samples.length; i++) {
    const sum = (samples[i] ?? 0) + (other[i] ?? 0);
    samples[i] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
  }
}
