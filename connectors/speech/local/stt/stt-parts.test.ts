import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SampleRing, UtteranceBuffer } from '../../../../src/speech/sample-buffers.ts';
import { canDecimate, Decimator } from './stt-audio.ts';
import { denoise } from './stt-denoise.ts';
import { judge } from './stt-score.ts';
import { pinkNoise } from './stt-test-clips.ts';

const samples = (maxLength: number) => fc.int16Array({ maxLength });

describe('the ring of recent samples', () => {
  test('gives back the end of what was pushed', () => {
    fc.assert(
      fc.property(fc.array(samples(50)), fc.integer({ min: 1, max: 64 }), fc.nat(100), (frames, capacity, count) => {
        const ring = new SampleRing(capacity);
        for (const frame of frames) ring.push(frame);
        const all = frames.flatMap((frame) => [...frame]);
        const expected = Math.min(count, capacity, all.length);
        expect([...ring.last(count)]).toEqual(all.slice(all.length - expected));
      }),
    );
  });
});

describe('the buffer of an utterance', () => {
  test('holds the beginning up to its limit', () => {
    fc.assert(
      fc.property(
        samples(100),
        fc.array(samples(9000), { maxLength: 6 }),
        fc.integer({ min: 100, max: 30_000 }),
        (start, frames, limit) => {
          const buffer = new UtteranceBuffer(start, limit);
          for (const frame of frames) buffer.push(frame);
          const all = [start, ...frames].flatMap((frame) => [...frame]).slice(0, limit);
          expect(buffer.length).toBe(all.length);
          expect([...buffer.head(all.length + 10)]).toEqual(all);
          expect([...buffer.head(-1)]).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('decimation', () => {
  const tone = (hz: number, rate: number) =>
    Int16Array.from({ length: rate / 5 }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / rate));
  const rms = (pcm: Int16Array) => Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

  test.each([16_000, 24_000, 48_000] as const)('of %i Hz keeps the voice and drops what would alias', (rate) => {
    const through = (hz: number) => {
      const decimator = new Decimator(rate);
      const input = tone(hz, rate);
      const out: number[] = [];
      for (let i = 0; i < input.length; i += rate / 50)
        out.push(...decimator.process(input.subarray(i, i + rate / 50)));
      expect(out).toHaveLength(1600);
      return rms(Int16Array.from(out.slice(200)));
    };
    expect(through(1000)).toBeGreaterThan(6900);
    expect(through(1000)).toBeLessThan(7200);
    expect(through(5000)).toBeLessThan(200);
  });

  test('at 8 kHz changes nothing', () => {
    const frame = Int16Array.of(1, 2, 3);
    expect(new Decimator(8000).process(frame)).toBe(frame);
  });

  test('takes multiples of 8 kHz only', () => {
    expect([8000, 16_000, 22_050, 24_000, 44_100, 48_000].map((rate) => canDecimate(rate as 8000))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('noise removal', () => {
  const level = (pcm: Float32Array) => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);

  test('lowers the background and keeps what rises above it', () => {
    const noise = pinkNoise(16_000, 200);
    const voice = (i: number) => (i > 6000 && i < 9000 ? 3000 * Math.sin(i / 2.5) : 0);
    const out = denoise(Int16Array.from(noise, (sample, i) => sample + voice(i)));
    expect(out).toHaveLength(16_000);
    expect(level(out.subarray(1000, 5000)) * 32768).toBeLessThan(100);
    expect(level(out.subarray(6500, 8500)) * 32768).toBeGreaterThan(1900);
  });

  test('gives as many finite samples as it gets', () => {
    fc.assert(
      fc.property(samples(2000), (pcm) => {
        const out = denoise(pcm);
        expect(out).toHaveLength(pcm.length);
        expect(out.every((x) => Number.isFinite(x) && Math.abs(x) <= 1.5)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the score', () => {
  const word = (durationMs: number, perSecond: number) => ({
    text: 'w',
    startMs: 0,
    durationMs,
    logLikelihood: (-perSecond * durationMs) / 1000,
  });

  test('accepts what fits and refuses what does not', () => {
    expect(judge([word(400, 0.25), word(300, 0.3)], 'en')).toMatchObject({ accepted: true });
    expect(judge([word(400, 0.6), word(300, 0.7)], 'en')).toMatchObject({ accepted: false });
  });

  test('refuses a sentence of good words with a very bad one among them', () => {
    const good = [word(300, 0.3), word(300, 0.3), word(300, 0.3)];
    expect(judge(good, 'en').confidence).toBeGreaterThan(judge([...good, word(300, 1.1)], 'en').confidence + 0.5);
  });

  test('nothing recognised is refused', () => {
    expect(judge([], 'en')).toEqual({ accepted: false, confidence: 0, cost: Number.POSITIVE_INFINITY });
  });

  test('a worse fit never has more confidence', () => {
    const cost = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 3000 }), cost, cost, (ms, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(judge([word(ms, low)], 'en').confidence).toBeGreaterThanOrEqual(
          judge([word(ms, high)], 'en').confidence,
        );
      }),
    );
  });
});
