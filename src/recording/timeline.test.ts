import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StereoTimeline } from './timeline.ts';

const frame = (value: number, length = 160) => new Int16Array(length).fill(value);

function timeline(chunkMs = 50, leftWaitsMs = 0) {
  const chunks: Buffer[] = [];
  const line = new StereoTimeline({ sampleRate: 8000, chunkMs, leftWaitsMs, chunk: (bytes) => chunks.push(bytes) });
  const read = () => {
    line.flush();
    const bytes = Buffer.concat(chunks);
    const side = (offset: number) =>
      Int16Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readInt16LE(index * 4 + offset));
    return { left: side(0), right: side(2) };
  };
  return { line, chunks, read };
}

/** Lengths in milliseconds of stretches of one value, as `value x ms`. */
function stretches(samples: Int16Array): string {
  const found: [number, number][] = [];
  for (const sample of samples) {
    const last = found.at(-1);
    if (last?.[0] === sample) last[1]++;
    else found.push([sample, 1]);
  }
  return found.map(([value, count]) => `${value}x${count / 8}`).join(' ');
}

describe('a stereo timeline', () => {
  it('puts both sides beside each other, in pieces of one length', () => {
    const { line, chunks, read } = timeline();
    for (let n = 0; n < 10; n++) line.add(frame(n + 1), frame(-n - 1), n * 20);
    expect(chunks.map(({ length }) => length)).toEqual(Array(4).fill(1600));
    const { left, right } = read();
    expect(stretches(left)).toBe('1x20 2x20 3x20 4x20 5x20 6x20 7x20 8x20 9x20 10x20');
    expect([...right]).toEqual([...left].map((sample) => -sample));
  });

  it('fills what is missing with silence, also between sources that pause', () => {
    const { line, read } = timeline();
    line.add(frame(1), frame(2), 40);
    line.add(frame(1), frame(2), 60);
    line.add(frame(3), frame(4), 200);
    line.fillTo(300);
    const { left, right } = read();
    expect(stretches(left)).toBe('0x40 1x40 0x120 3x20 0x80');
    expect(stretches(right)).toBe('0x40 2x40 0x120 4x20 0x80');
    expect(line.positionMs).toBe(300);
  });

  it('lets the time of a pause pass, not its sound', () => {
    const { line, read } = timeline();
    line.add(frame(1), frame(1), 0);
    line.add(frame(2), frame(2), 20, true);
    line.add(frame(3), frame(3), 40);
    expect(stretches(read().left)).toBe('1x20 0x20 3x20');
  });

  it('takes nothing twice where frames overlap', () => {
    const { line, read } = timeline();
    line.add(frame(1), frame(1), 0);
    line.add(frame(2), frame(2), 0);
    line.add(frame(3, 320), frame(3, 320), 0);
    line.add(frame(4), frame(4), 40);
    expect(stretches(read().left)).toBe('1x20 3x20 4x20');
  });

  it('puts the left side where it was, however much later it comes: the newer over the older', () => {
    const { line, read } = timeline(50, 100);
    for (const [index, laterMs] of [0, -10, 5, -60, 0].entries()) {
      line.add(frame(index + 1), frame(-index - 1), index * 20, false, laterMs);
    }
    const { left, right } = read();
    expect(stretches(left)).toBe('4x20 2x10 0x15 3x20 0x15 5x20');
    expect(stretches(right)).toBe('-1x20 -2x20 -3x20 -4x20 -5x20');
  });

  it('lets nothing of a pause in afterwards, nor what comes too late', () => {
    const { line, read } = timeline(20, 40);
    line.add(frame(1), frame(9), 0);
    for (const at of [20, 40]) line.add(frame(2), frame(9), at, true);
    line.add(frame(3), frame(9), 60, false, -30);
    line.add(frame(4), frame(9), 80, false, -10);
    line.add(frame(5), frame(9), 100, false, -100);
    expect(stretches(read().left)).toBe('1x20 0x50 4x20 0x30');
  });

  it('takes a clock that jitters for what it is, and a drift for one', () => {
    const { line, read } = timeline();
    for (let n = 0; n < 5; n++) line.add(frame(1), frame(1), n * 20 + (n % 2 === 0 ? 4 : -4));
    expect(stretches(read().left)).toBe('1x100');
  });

  it('whatever comes, every frame stands within 10 ms of its time, and the length is that of the last one', () => {
    const gaps = fc.array(fc.record({ gapMs: fc.integer({ min: -3, max: 90 }), silent: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 7, max: 200 }), (frames, chunkMs) => {
        const { line, read } = timeline(chunkMs);
        let at = 0;
        const placed: { value: number; at: number; silent: boolean }[] = [];
        for (const [index, { gapMs, silent }] of frames.entries()) {
          at = Math.max(0, at + gapMs);
          line.add(frame(index + 1), frame(-index - 1), at, silent);
          placed.push({ value: index + 1, at, silent });
          at += 20;
        }
        const { left, right } = read();
        for (const [index, sample] of left.entries()) expect((right[index] ?? 0) + sample).toBe(0);
        expect(Math.abs(left.length / 8 - at)).toBeLessThanOrEqual(10);
        for (const { value, at: wanted, silent } of placed) {
          const first = left.indexOf(value);
          if (silent) expect(first).toBe(-1);
          else expect(Math.abs(first / 8 - wanted)).toBeLessThanOrEqual(10);
        }
      }),
      { numRuns: 30 },
    );
  });
});
