import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeG711 } from '../media/g711.ts';
import { interleave, writeWav } from '../media/wav.ts';
import { AudioDecoder, AudioError, MEDIA_FORMATS } from './audio-decoder.ts';

/** All samples, when the bytes arrive in pieces of these lengths (repeated). */
function decode(mediaFormat: string, bytes: Uint8Array, pieces: readonly number[] = [1_000_000]) {
  const decoder = new AudioDecoder(mediaFormat);
  const samples: number[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const length = pieces[i % pieces.length] ?? 1;
    samples.push(...decoder.push(bytes.subarray(at, at + length)));
    at += length;
  }
  decoder.end();
  return { samples, sampleRate: decoder.sampleRate };
}

const ramp = Int16Array.from({ length: 500 }, (_, i) => i * 60 - 15_000);

describe('audio in pieces', () => {
  test.each([
    ['raw/lpcm16', 16_000],
    ['raw/lpcm16_8', 8000],
    ['raw/lpcm16_24', 24_000],
  ])('%s', (mediaFormat, sampleRate) => {
    expect(decode(mediaFormat, interleave([ramp]), [3, 1, 7])).toEqual({ samples: [...ramp], sampleRate });
  });

  test('raw/mulaw', () => {
    const codes = new Uint8Array(4);
    encodeG711('PCMU', Int16Array.of(0, 1000, -1000, 30_000), codes, 0);
    const { samples, sampleRate } = decode('raw/mulaw', codes);
    expect(sampleRate).toBe(8000);
    for (const [i, want] of [0, 1000, -1000, 30_000].entries()) {
      expect(Math.abs((samples[i] ?? 0) - want)).toBeLessThan(600);
    }
  });

  test.each(MEDIA_FORMATS)('a WAV file is read by its own header when %s is announced', (mediaFormat) => {
    const file = writeWav({ sampleRate: 22_050, channels: [ramp] });
    expect(decode(mediaFormat, file, [5])).toEqual({ samples: [...ramp], sampleRate: 22_050 });
  });

  test('two channels become one', () => {
    const file = writeWav({ sampleRate: 8000, channels: [Int16Array.of(100, 200), Int16Array.of(300, 0)] });
    expect(decode('wav/lpcm16_8', file, [1]).samples).toEqual([200, 100]);
  });

  test('what follows the data chunk is not audio; a data chunk without length goes on to the end', () => {
    const file = writeWav({ sampleRate: 8000, channels: [ramp] });
    const tagged = new Uint8Array([...file, ...new TextEncoder().encode('LIST....some words')]);
    expect(decode('wav/lpcm16', tagged, [9]).samples).toEqual([...ramp]);
    new DataView(file.buffer).setUint32(40, 0xffffffff, true);
    expect(decode('wav/lpcm16', file, [9]).samples).toEqual([...ramp]);
  });

  test('however it is cut, the samples are the same', () => {
    const file = writeWav({ sampleRate: 8000, channels: [ramp] });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 }), (pieces) => {
        expect(decode('wav/lpcm16', file, pieces).samples).toEqual([...ramp]);
      }),
    );
  });
});

describe('what is no audio', () => {
  test.each(['', 'wav', 'wav/opus', 'lpcm16', 'raw/alaw'])("the media format '%s'", (mediaFormat) => {
    expect(() => new AudioDecoder(mediaFormat)).toThrow(AudioError);
  });

  test.each([
    ['a page', new TextEncoder().encode('<html>not found</html>'), /it is no WAV/],
    ['another RIFF', new TextEncoder().encode('RIFF....AVI LIST'), /no WAV file/],
    ['a cut header', writeWav({ sampleRate: 8000, channels: [ramp] }).slice(0, 30), /ends before its data chunk/],
    [
      'no header in sight',
      new Uint8Array([...new TextEncoder().encode('RIFF....WAVEjunk'), ...new Uint8Array(70_000).fill(255)]),
      /header is too long/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decode('wav/lpcm16', bytes)).toThrow(message);
  });

  test('any bytes: an error of ours, or samples', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, riff) => {
        const start = riff ? new TextEncoder().encode('RIFF....WAVEfmt ') : [];
        try {
          decode('raw/lpcm16', new Uint8Array([...start, ...noise]), [17]);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^bad_(?:audio|wav)$/));
        }
      }),
    );
  });
});
