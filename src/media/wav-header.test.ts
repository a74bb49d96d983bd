import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeWav } from './wav.ts';
import { isWavTrailer, readWavHeader } from './wav-header.ts';

const file = writeWav({ sampleRate: 16_000, channels: [new Int16Array(100).fill(7)] });
const ascii = (text: string) => [...new TextEncoder().encode(text)];

/** A chunk with an odd length is followed by a byte of padding. */
function chunk(name: string, body: readonly number[]): number[] {
  const length = new Uint8Array(new Uint32Array([body.length]).buffer);
  return [...ascii(name), ...length, ...body, ...(body.length % 2 === 1 ? [0] : [])];
}

const fmt = [...file.subarray(12, 36)];

describe('the header of a WAV stream', () => {
  test('tells the format, where the audio begins, and how long it is', () => {
    expect(readWavHeader(file)).toEqual({
      kind: 'header',
      format: { encoding: 1, channels: 1, sampleRate: 16_000 },
      bodyAt: 44,
      bodyBytes: 200,
    });
  });

  test('is incomplete wherever it is cut', () => {
    for (let length = 0; length < 44; length++) {
      expect(readWavHeader(file.subarray(0, length)).kind, `${length}`).toBe('incomplete');
    }
  });

  test('may have other chunks before the audio', () => {
    const bytes = new Uint8Array([
      ...ascii('RIFF....WAVE'),
      ...chunk('LIST', [1, 2, 3]),
      ...fmt,
      ...chunk('data', [9, 9]),
    ]);
    expect(readWavHeader(bytes)).toMatchObject({ kind: 'header', bodyAt: bytes.length - 2, bodyBytes: 2 });
  });

  test.each([0, 0x7fff0000, 0x7ffff000, 0xffffffff])('a length of %d is none', (length) => {
    const bytes = file.slice();
    new DataView(bytes.buffer).setUint32(40, length, true);
    expect(readWavHeader(bytes)).toMatchObject({ kind: 'header', bodyBytes: undefined });
  });

  test.each([
    ['no fmt chunk', [...ascii('RIFF....WAVE'), ...chunk('data', [])], /no fmt chunk/],
    ['too long', [...ascii('RIFF....WAVEjunk'), 255, 255, 255, 255], /too long/],
    ['another rate', [...ascii('RIFF....WAVE'), ...fmt.with(12, 1)], /Hz; one of/],
  ])('%s is a problem', (_, bytes, problem) => {
    expect(readWavHeader(new Uint8Array(bytes))).toMatchObject({
      kind: 'problem',
      problem: expect.stringMatching(problem),
    });
  });

  test('anything else is audio, and nothing throws', () => {
    expect(readWavHeader(new Uint8Array(ascii('RIFF....AVI '))).kind).toBe('absent');
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (riff, tail) => {
        const { kind } = readWavHeader(new Uint8Array([...(riff ? ascii('RIFF....WAVE') : []), ...tail]));
        expect(['incomplete', 'absent', 'problem', 'header']).toContain(kind);
      }),
    );
  });
});

test('what follows the audio of a file is known by its name', () => {
  const bytes = new Uint8Array([1, 2, ...ascii('LIST')]);
  expect([isWavTrailer(bytes, 2), isWavTrailer(bytes, 1), isWavTrailer(bytes, 3)]).toEqual([true, false, false]);
});
