/**
 * G.711 of the tests' own (ITU-T G.711, the segment arithmetic rather than tables), so that a mistake in the hub's codec
 * cannot hide behind the same mistake here.
 */
const BIAS = 0x84;
const CLIP = 32635;

export function muLawEncode(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

export function muLawDecode(byte: number): number {
  const inverted = ~byte & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}

export function aLawEncode(sample: number): number {
  const positive = sample >= 0;
  const magnitude = Math.min(positive ? sample : -sample - 1, 32767);
  const segment = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (segment === 0 ? 4 : segment + 3)) & 0x0f;
  return ((positive ? 0x80 : 0) | (segment << 4) | mantissa) ^ 0x55;
}

export function aLawDecode(byte: number): number {
  const plain = byte ^ 0x55;
  const segment = (plain >> 4) & 7;
  const mantissa = plain & 0x0f;
  const magnitude = segment === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (segment - 1);
  return plain & 0x80 ? magnitude : -magnitude;
}

export type Law = 'PCMU' | 'PCMA';

export function encodeLaw(samples: Int16Array, law: Law): Uint8Array<ArrayBuffer> {
  const encode = law === 'PCMU' ? muLawEncode : aLawEncode;
  return Uint8Array.from(samples, encode);
}

export function decodeLaw(bytes: Uint8Array, law: Law): Int16Array<ArrayBuffer> {
  const decode = law === 'PCMU' ? muLawDecode : aLawDecode;
  return Int16Array.from(bytes, decode);
}
