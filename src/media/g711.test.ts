import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeG711, decodeTable, encodeG711, SILENCE_BYTE } from './g711.ts';

describe.each(['PCMU', 'PCMA'] as const)('%s', (law) => {
  const roundTrip = (sample: number): number => {
    const codes = new Uint8Array(1);
    const samples = new Int16Array(1);
    encodeG711(law, Int16Array.of(sample), codes, 0);
    decodeG711(law, codes, 0, 1, samples);
    return samples[0] ?? 0;
  };

  it('encodes what it decoded to the same code', () => {
    const table = decodeTable(law);
    const codes = new Uint8Array(256);
    encodeG711(law, table, codes, 0);
    // u-law has two codes for zero; the encoder knows the positive one.
    const expected = Uint8Array.from({ length: 256 }, (_, code) => (law === 'PCMU' && code === 0x7f ? 0xff : code));
    expect(codes).toEqual(expected);
  });

  it('keeps a sample within the quantisation step of its level', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32768, max: 32767 }), (sample) => {
        const clipped = Math.max(-32124, Math.min(32124, sample));
        expect(Math.abs(roundTrip(sample) - clipped)).toBeLessThanOrEqual(Math.max(16, Math.abs(sample) / 24));
      }),
    );
  });

  it('turns silence into the silence byte', () => {
    const codes = new Uint8Array(1);
    encodeG711(law, Int16Array.of(0), codes, 0);
    expect(codes[0]).toBe(SILENCE_BYTE[law]);
  });
});

describe('the tables of ITU-T G.711', () => {
  it.each([
    ['PCMU', 0x00, -32124],
    ['PCMU', 0x80, 32124],
    ['PCMU', 0xff, 0],
    ['PCMU', 0xf0, 120],
    ['PCMA', 0x2a, -32256],
    ['PCMA', 0xaa, 32256],
    ['PCMA', 0xd5, 8],
    ['PCMA', 0x55, -8],
  ] as const)('%s 0x%s is %i', (law, code, sample) => {
    expect(decodeTable(law)[code]).toBe(sample);
  });
});
