/** ITU-T G.711 by table: one byte per sample at 8 kHz. */
export type G711Law = 'PCMU' | 'PCMA';

/** What a line that carries silence repeats: the code of sample 0. */
export const SILENCE_BYTE: Readonly<Record<G711Law, number>> = { PCMU: 0xff, PCMA: 0xd5 };

const ULAW_BIAS = 33;
const ULAW_CLIP = 8192 - ULAW_BIAS;

function expandUlaw(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 15) << 1) + ULAW_BIAS) << exponent) - ULAW_BIAS;
  return (inverted & 0x80 ? -magnitude : magnitude) << 2;
}

/** `sample14`: a sample shifted right to 14 bits. */
function compressUlaw(sample14: number): number {
  const sign = sample14 < 0 ? 0x80 : 0;
  const magnitude = Math.min(sample14 < 0 ? ~sample14 : sample14, ULAW_CLIP - 1) + ULAW_BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 5;
  const mantissa = (magnitude >> (exponent + 1)) & 15;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function expandAlaw(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = ((toggled & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

/** `sample12`: a sample shifted right to 12 bits. */
function compressAlaw(sample12: number): number {
  const sign = sample12 < 0 ? 0 : 0x80;
  let magnitude = sample12 < 0 ? ~sample12 : sample12;
  if (magnitude > 15) {
    const exponent = 31 - Math.clz32(magnitude) - 3;
    magnitude = (exponent << 4) | ((magnitude >> (exponent - 1)) & 15);
  }
  return (sign | magnitude) ^ 0x55;
}

const ULAW_TO_PCM = new Int16Array(256);
const ALAW_TO_PCM = new Int16Array(256);
const PCM14_TO_ULAW = new Uint8Array(1 << 14);
const PCM12_TO_ALAW = new Uint8Array(1 << 12);

for (let code = 0; code < 256; code++) {
  ULAW_TO_PCM[code] = expandUlaw(code);
  ALAW_TO_PCM[code] = expandAlaw(code);
}
for (let sample = -(1 << 13); sample < 1 << 13; sample++) PCM14_TO_ULAW[sample & 0x3fff] = compressUlaw(sample);
for (let sample = -(1 << 11); sample < 1 << 11; sample++) PCM12_TO_ALAW[sample & 0xfff] = compressAlaw(sample);

/** 256 entries: G.711 code to linear sample. */
export function decodeTable(law: G711Law): Int16Array {
  return law === 'PCMU' ? ULAW_TO_PCM : ALAW_TO_PCM;
}

/** Decodes `length` bytes from `codes[from]` on into `samples[0..length)`. Allocates nothing. */
export function decodeG711(law: G711Law, codes: Uint8Array, from: number, length: number, samples: Int16Array): void {
  const table = decodeTable(law);
  for (let i = 0; i < length; i++) samples[i] = table[codes[from + i] ?? 0] ?? 0;
}

/** Encodes `samples` into `codes[at..at + samples.length)`. Allocates nothing. */
export function encodeG711(law: G711Law, samples: Int16Array, codes: Uint8Array, at: number): void {
  const length = samples.length;
  if (law === 'PCMU') {
    for (let i = 0; i < length; i++) codes[at + i] = PCM14_TO_ULAW[((samples[i] ?? 0) >> 2) & 0x3fff] ?? 0;
  } else {
    for (let i = 0; i < length; i++) codes[at + i] = PCM12_TO_ALAW[((samples[i] ?? 0) >> 4) & 0xfff] ?? 0;
  }
}
