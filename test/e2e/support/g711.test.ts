import { expect, test } from 'vitest';
import { aLawDecode, aLawEncode, muLawDecode, muLawEncode } from './g711.ts';
import { goertzel, tone, toneMs } from './tones.ts';

test.each([
  ['u-law', muLawEncode, muLawDecode],
  ['A-law', aLawEncode, aLawDecode],
] as const)(
  '%s: every code word survives decode and encode, and every sample is quantised to its nearest range',
  (_law, encode, decode) => {
    for (let byte = 0; byte < 256; byte++) expect(decode(encode(decode(byte))) - decode(byte)).toBe(0);
    for (let sample = -32000; sample <= 32000; sample += 7) {
      expect(Math.abs(decode(encode(sample)) - sample)).toBeLessThanOrEqual(Math.abs(sample) / 16 + 16);
    }
  },
);

test('known values of ITU-T G.711', () => {
  expect([muLawEncode(0), aLawEncode(0)]).toEqual([0xff, 0xd5]);
  expect([muLawDecode(0x80), muLawDecode(0x00)]).toEqual([32124, -32124]);
  expect([aLawDecode(0xaa), aLawDecode(0x2a)]).toEqual([32256, -32256]);
});

test('Goertzel tells the amplitude of its tone and ignores another', () => {
  expect(goertzel(tone(440, 400, 0.25), 440)).toBeCloseTo(0.25, 2);
  expect(goertzel(tone(440, 400, 0.25), 1000)).toBeLessThan(0.01);
  expect(toneMs(tone(440, 400, 0.25), 440)).toBe(400);
  expect(toneMs(tone(600, 400, 0.25), 440)).toBe(0);
});
