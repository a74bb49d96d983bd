import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeG711 } from './g711.ts';
import { sine } from './tone.ts';
import { readWav, toMono, WavError, wavHeader, writeWav } from './wav.ts';
import { StereoWavWriter } from './wav-writer.ts';

describe('readWav', () => {
  it('reads what writeWav wrote', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8000, 16000, 22050, 24000, 44100, 48000),
        fc.array(fc.tuple(fc.integer({ min: -32768, max: 32767 }), fc.integer({ min: -32768, max: 32767 }))),
        fc.boolean(),
        (sampleRate, pairs, stereo) => {
          const channels = [Int16Array.from(pairs, (pair) => pair[0])];
          if (stereo) channels.push(Int16Array.from(pairs, (pair) => pair[1]));
          expect(readWav(writeWav({ sampleRate, channels }))).toEqual({ sampleRate, channels });
        },
      ),
    );
  });

  it('reads mu-law behind other chunks', () => {
    const samples = sine(500, 20, 8000, 4000);
    const codes = new Uint8Array(samples.length);
    encodeG711('PCMU', samples, codes, 0);
    const header = wavHeader(8000, 1, codes.length);
    new DataView(header.buffer).setUint16(20, 7, true);
    new DataView(header.buffer).setUint16(34, 8, true);
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.from('abc\0')]);
    const file = Buffer.concat([header.subarray(0, 36), list, header.subarray(36), codes]);
    const { channels } = readWav(file);
    expect(channels[0]).toHaveLength(160);
    expect(Math.abs((channels[0]?.[40] ?? 0) - (samples[40] ?? 0))).toBeLessThan(200);
  });

  it('reads a file whose writer died before it knew the length', () => {
    const file = Buffer.concat([wavHeader(8000, 1, 0), Buffer.from(Int16Array.of(1, 2, 3).buffer)]);
    expect(readWav(file).channels[0]).toEqual(Int16Array.of(1, 2, 3));
  });

  it.each([
    ['an empty file', new Uint8Array(0)],
    ['text', new TextEncoder().encode('hello, this is not audio at all')],
    ['a header alone', wavHeader(8000, 1, 0).subarray(0, 36)],
    ['an odd rate', writeWav({ sampleRate: 11025 as 8000, channels: [new Int16Array(4)] })],
    ['three channels', writeWav({ sampleRate: 8000, channels: [1, 2, 3].map(() => new Int16Array(4)) })],
  ])('refuses %s', (_, file) => {
    expect(() => readWav(file)).toThrow(WavError);
  });

  it('never throws anything but WavError', () => {
    const valid = writeWav({ sampleRate: 8000, channels: [Int16Array.of(1, 2, 3)] });
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
        const file = valid.slice();
        file[at] = value;
        try {
          readWav(file.subarray(0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(WavError);
        }
      }),
    );
  });

  it('mixes down to mono', () => {
    expect(toMono({ sampleRate: 8000, channels: [Int16Array.of(10, 20), Int16Array.of(30, 40)] })).toEqual(
      Int16Array.of(20, 30),
    );
  });
});

describe('StereoWavWriter', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wav-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes both sides and fills the shorter with silence', async () => {
    const path = join(folder, 'call.wav');
    const writer = await StereoWavWriter.create(path, 8000);
    const left = sine(440, 3000, 8000);
    for (let at = 0; at < left.length; at += 160) writer.write(left.subarray(at, at + 160), Int16Array.of(7));
    await writer.close();
    await writer.close();
    const { channels, sampleRate } = readWav(await readFile(path));
    expect(sampleRate).toBe(8000);
    expect(channels[0]).toEqual(left);
    expect(channels[1]?.[160]).toBe(7);
    expect(channels[1]?.[161]).toBe(0);
    expect(writer.droppedMs).toBe(0);
  });

  it('keeps a file that can be played while it grows', async () => {
    const path = join(folder, 'growing.wav');
    const writer = await StereoWavWriter.create(path, 8000);
    writer.write(new Int16Array(16_000).fill(5), new Int16Array(16_000).fill(6));
    const header = async () => new DataView((await readFile(path)).buffer.slice(0)).byteLength;
    await expect.poll(header).toBeGreaterThan(60_000);
    expect(readWav(await readFile(path)).channels[1]?.[100]).toBe(6);
    await writer.close();
  });

  it('rejects where it cannot write', async () => {
    await expect(StereoWavWriter.create(join(folder, 'missing', 'call.wav'), 8000)).rejects.toThrow('ENOENT');
  });
});
