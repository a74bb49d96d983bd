import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { decodeG711, encodeG711 } from '../../../src/media/g711.ts';
import { toneAmplitude, toneShare } from '../../../src/media/goertzel.ts';
import { loadResampler } from '../../../src/media/resample.ts';
import { sine } from '../../../src/media/tone.ts';
import { writeWav } from '../../../src/media/wav.ts';
import { MEDIA_FORMAT_NAMES, type MediaFormat, mediaFormatOf } from './media-formats.ts';
import { PlayDecoder } from './play-decoder.ts';
import { UserEncoder } from './user-encoder.ts';
import { readWavCoding, streamingWavHeader } from './wav-stream.ts';
import { framesOf } from './ws-test-support.ts';

const makeResampler = await loadResampler();
const TONE_HZ = 440;
const RATES: readonly SampleRate[] = [8000, 16000];
const everyWay = MEDIA_FORMAT_NAMES.flatMap((name) => RATES.map((rate) => [name, rate] as const));

function formatOf(name: string): MediaFormat {
  const format = mediaFormatOf(name);
  if (format === undefined) throw new Error(`no such format: ${name}`);
  return format;
}

/** What the encoder makes of these frames, piece by piece. */
function encode(format: MediaFormat, frames: readonly AudioFrame[], chunkMs = 20): Buffer[] {
  const chunks: Buffer[] = [];
  const encoder = new UserEncoder(format, chunkMs, makeResampler, (base64) => {
    chunks.push(Buffer.from(base64, 'base64'));
  });
  encoder.begin();
  for (const frame of frames) encoder.write(frame);
  encoder.finish();
  return chunks;
}

function decode(format: MediaFormat, chunks: readonly Uint8Array[], rate: SampleRate, problems: string[] = []) {
  const decoder = new PlayDecoder(format, rate, makeResampler, (problem) => problems.push(problem));
  const parts = chunks.map((chunk) => decoder.decode(chunk));
  return Int16Array.from([...parts, decoder.finish()].flatMap((part) => [...part]));
}

/** Samples as the bytes of a format, without a header. */
function bytesOf(samples: Int16Array, format: MediaFormat): Uint8Array {
  if (format.encoding === 'mulaw') {
    const codes = new Uint8Array(samples.length);
    encodeG711('PCMU', samples, codes, 0);
    return codes;
  }
  return Uint8Array.from(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
}

/** Signal to noise in dB: all that is not the tone counts as noise. Whole periods, the ends left out. */
function snrDb(samples: Int16Array, rate: SampleRate): number {
  const period = rate / 40; // 11 periods of 440 Hz
  const from = 2 * period;
  const to = from + Math.floor((samples.length - 4 * period) / period) * period;
  const share = toneShare(samples, TONE_HZ, rate, from, to);
  return 10 * Math.log10(share / Math.max(1e-9, 1 - share));
}

describe('a tone', () => {
  test.each(everyWay)('in %s and a call of %i Hz goes to the bot and back clean', (name, rate) => {
    const format = formatOf(name);
    const input = sine(TONE_HZ, 1000, rate, 8000);
    const chunks = encode(format, framesOf(input, rate));
    const output = decode(format, chunks, rate);
    expect(Math.abs(output.length - input.length)).toBeLessThanOrEqual(rate / 50);
    expect(snrDb(output, rate)).toBeGreaterThan(format.encoding === 'mulaw' ? 35 : 55);
    expect(toneAmplitude(output, TONE_HZ, rate, rate / 10, (rate * 9) / 10)).toBeCloseTo(8000, -3);
  });

  test.each(everyWay)('in %s and a call of %i Hz has no step larger than its own', (name, rate) => {
    const format = formatOf(name);
    const chunks = encode(format, framesOf(sine(TONE_HZ, 600, rate, 8000), rate));
    const output = decode(format, chunks, rate).subarray(rate / 20, rate / 2);
    const largest = (2 * Math.PI * TONE_HZ * 8000) / rate;
    let step = 0;
    for (let i = 1; i < output.length; i++) step = Math.max(step, Math.abs((output[i] ?? 0) - (output[i - 1] ?? 0)));
    expect(step).toBeLessThan(largest + (format.encoding === 'mulaw' ? 700 : 120));
  });
});

describe('the telephone band', () => {
  test.each(everyWay)('in %s and a call of %i Hz is flat from 300 to 3400 Hz', (name, rate) => {
    const format = formatOf(name);
    for (const hz of [300, 1000, 2000, 3000, 3400]) {
      const output = decode(format, encode(format, framesOf(sine(hz, 500, rate, 8000), rate)), rate);
      const level = 20 * Math.log10(toneAmplitude(output, hz, rate, rate / 10, (rate * 4) / 10) / 8000);
      expect(Math.abs(level), `${hz} Hz: ${level.toFixed(2)} dB`).toBeLessThan(1);
    }
  });

  test.each([16000, 24000] as const)(
    'what a bot sends at %i Hz above it does not come down as another tone',
    (rate) => {
      const format = formatOf(rate === 16000 ? 'raw/lpcm16' : 'raw/lpcm16_24');
      const output = decode(format, [bytesOf(sine(6000, 500, rate, 8000), format)], 8000);
      const loudest = output.subarray(400, 3600).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      expect(loudest).toBeLessThan(16);
    },
  );
});

describe('audio to the bot', () => {
  test.each(everyWay)('%s at %i Hz comes in pieces of full length, one for each frame', (name, rate) => {
    const format = formatOf(name);
    const whole = (format.sampleRate / 50) * format.bytesPerSample;
    const chunks: number[] = [];
    const encoder = new UserEncoder(format, 20, makeResampler, (text) =>
      chunks.push(Buffer.from(text, 'base64').length),
    );
    encoder.begin();
    if (format.wav) expect(chunks.splice(0)).toEqual([streamingWavHeader(format).length]);
    for (const frame of framesOf(sine(TONE_HZ, 200, rate), rate)) {
      encoder.write(frame);
      expect(chunks.splice(0)).toEqual([whole]);
    }
    encoder.close();
  });

  test('longer pieces are as long as configured, the last is what is left', () => {
    const sizes = encode(formatOf('raw/lpcm16_8'), framesOf(sine(TONE_HZ, 220, 8000), 8000), 100).map((c) => c.length);
    expect(sizes).toEqual([1600, 1600, 320]);
  });

  test('a format at the rate of the call is passed on bit by bit', () => {
    const input = sine(TONE_HZ, 100, 16000);
    const chunks = encode(formatOf('raw/lpcm16'), framesOf(input, 16000));
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytesOf(input, formatOf('raw/lpcm16'))));
  });

  test('a second stream begins anew, with a header', () => {
    const chunks: Buffer[] = [];
    const push = (text: string) => chunks.push(Buffer.from(text, 'base64'));
    const encoder = new UserEncoder(formatOf('wav/mulaw'), 20, makeResampler, push);
    for (let n = 0; n < 2; n++) {
      encoder.begin();
      for (const frame of framesOf(sine(TONE_HZ, 40, 8000), 8000)) encoder.write(frame);
      encoder.finish();
    }
    expect(chunks.map((chunk) => chunk.subarray(0, 4).toString('latin1') === 'RIFF')).toEqual([
      ...[true, false, false],
      ...[true, false, false],
    ]);
  });

  test.each(MEDIA_FORMAT_NAMES.filter((name) => name.startsWith('wav/')))(
    'the header of %s says what it is',
    (name) => {
      const { encoding, sampleRate, bytesPerSample } = formatOf(name);
      const header = streamingWavHeader(formatOf(name));
      expect(readWavCoding(header)).toEqual({
        kind: 'header',
        coding: { encoding, sampleRate, bytesPerSample },
        bodyAt: header.length,
        bodyBytes: undefined,
      });
    },
  );
});

describe('audio of the bot', () => {
  test.each(MEDIA_FORMAT_NAMES)('%s may be cut anywhere, header included or left out', (name) => {
    const format = formatOf(name);
    const body = bytesOf(sine(TONE_HZ, 60, format.sampleRate), format);
    const withHeader = Buffer.concat([streamingWavHeader(format), body]);
    const whole = decode(format, [body], 8000);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        (cuts, header) => {
          const bytes = header ? withHeader : body;
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          expect(decode(format, chunks, 8000)).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('what a WAV header says counts more than the name of the format', () => {
    const file = writeWav({ sampleRate: 24000, channels: [sine(TONE_HZ, 500, 24000, 8000)] });
    for (const name of ['wav/lpcm16', 'raw/lpcm16', 'raw/mulaw']) {
      const output = decode(formatOf(name), [file], 8000);
      expect(output.length).toBe(4000);
      expect(snrDb(output, 8000)).toBeGreaterThan(50);
    }
  });

  test('every chunk may be a file of its own', () => {
    const input = sine(TONE_HZ, 500, 16000, 8000);
    const files = framesOf(input, 16000).map(({ samples }) => writeWav({ sampleRate: 16000, channels: [samples] }));
    expect(decode(formatOf('wav/lpcm16'), files, 16000)).toEqual(input);
  });

  test('what follows the audio in a file is not played', () => {
    const input = sine(TONE_HZ, 100, 8000);
    const file = Buffer.concat([writeWav({ sampleRate: 8000, channels: [input] }), Buffer.from('LIST\x04\0\0\0INFO')]);
    expect(decode(formatOf('wav/lpcm16_8'), [file], 8000)).toEqual(input);
    expect(decode(formatOf('wav/lpcm16_8'), [file.subarray(0, -12), file.subarray(-12)], 8000)).toEqual(input);
    expect(decode(formatOf('wav/lpcm16_8'), [file, file], 8000)).toEqual(Int16Array.from([...input, ...input]));
  });

  test('a length in the header that is too short does not end the audio', () => {
    const input = sine(TONE_HZ, 100, 8000);
    const file = Buffer.from(writeWav({ sampleRate: 8000, channels: [input] }));
    file.writeUInt32LE(160, 40);
    expect(decode(formatOf('wav/lpcm16_8'), [file.subarray(0, 204), file.subarray(204)], 8000)).toEqual(input);
  });

  test.each([
    ['two channels', (file: Buffer) => file.writeUInt16LE(2, 22), 'channels'],
    ['an odd rate', (file: Buffer) => file.writeUInt32LE(12345, 24), '12345 Hz'],
    ['another coding', (file: Buffer) => file.writeUInt16LE(85, 20), 'encoding 85'],
  ])('a header that names %s is told, and stays silent', (_what, change, words) => {
    const file = Buffer.from(writeWav({ sampleRate: 8000, channels: [sine(TONE_HZ, 100, 8000)] }));
    change(file);
    const problems: string[] = [];
    expect(decode(formatOf('wav/lpcm16_8'), [file], 8000, problems)).toHaveLength(0);
    expect(problems.join()).toContain(words);
  });

  test('4.4 s in one chunk are all there', () => {
    const input = sine(TONE_HZ, 4400, 16000, 8000);
    const output = decode(formatOf('raw/lpcm16'), [bytesOf(input, formatOf('raw/lpcm16'))], 8000);
    expect(output.length).toBe(35_200);
    expect(snrDb(output, 8000)).toBeGreaterThan(55);
  });

  test('never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MEDIA_FORMAT_NAMES),
        fc.array(fc.uint8Array({ maxLength: 80 })),
        (name, chunks) => {
          const riff = Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1');
          decode(formatOf(name), chunks, 8000);
          decode(formatOf(name), [riff, ...chunks], 8000);
        },
      ),
    );
  });

  test('mu-law is decoded by the table', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const expected = new Int16Array(256);
    decodeG711('PCMU', codes, 0, 256, expected);
    expect(decode(formatOf('raw/mulaw'), [codes], 8000)).toEqual(expected);
  });
});
