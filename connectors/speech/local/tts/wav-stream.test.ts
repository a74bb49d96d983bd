import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WavStream } from './wav-stream.ts';

function espeakWav(samples: readonly number[]): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\x24\xf0\xff\x7fWAVEfmt ', 0, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(22_050, 24);
  header.writeUInt16LE(16, 34);
  header.write('data\x00\xf0\xff\x7f', 36, 'latin1');
  const body = Buffer.alloc(2 * samples.length);
  samples.forEach((sample, i) => {
    body.writeInt16LE(sample, 2 * i);
  });
  return Buffer.concat([header, body]);
}

describe('WavStream', () => {
  it('gives the same samples wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (samples, cuts) => {
          const bytes = espeakWav(samples);
          const stream = new WavStream();
          const got: number[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const end = at + (cuts[i % cuts.length] ?? 1);
            got.push(...stream.push(bytes.subarray(at, end)));
            at = end;
          }
          expect(got).toEqual(samples);
          expect(stream.sampleRate).toBe(22_050);
        },
      ),
    );
  });

  it('refuses anything else', () => {
    expect(() => new WavStream().push(Buffer.alloc(64, 'x'))).toThrow(/not a WAV header/);
    const stereo = espeakWav([1, 2]);
    stereo.writeUInt16LE(2, 22);
    expect(() => new WavStream().push(stereo)).toThrow(/2 channels/);
  });
});
