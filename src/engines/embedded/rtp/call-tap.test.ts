import { describe, expect, it } from 'vitest';
import { CallTap } from './call-tap.ts';
import { FRAME_SAMPLES } from './shared-call.ts';
import { createTapMemory, TapRing, wipeTapMemory } from './tap-ring.ts';

/**
 * A party that says at once what it hears: sample n of what is sent comes back as sample n of what is said, `delay` samples late for the
 * jitter buffer. Returns, per frame of the tap, by how many samples the two are apart.
 */
function apart(delays: readonly number[], level = 0): { apart: number[]; numbers: number[] } {
  const memory = createTapMemory();
  const tap = new CallTap(memory);
  const ring = new TapRing(memory);
  const said = new Int16Array(FRAME_SAMPLES);
  const heard = new Int16Array(FRAME_SAMPLES);
  const result = { apart: [] as number[], numbers: [] as number[] };
  const sample = (n: number) => (n < 0 ? 0 : level + (n % 8000));
  for (const [round, delay] of delays.entries()) {
    const sentAt = round * FRAME_SAMPLES;
    tap.send(Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => sample(sentAt + i)));
    // Sent 10 ms before the frame of the round is taken in.
    tap.receive(
      Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => sample(sentAt + 80 - delay + i)),
      delay,
      round,
    );
    const number = ring.read(said, heard);
    result.numbers.push(number);
    result.apart.push(Math.abs((said[0] ?? 0) - (heard[0] ?? 0)));
  }
  return result;
}

describe('a tap in the media worker', () => {
  it.each([80, 160, 163, 320, 960])('puts both directions in step: %i samples in the jitter buffer', (delay) => {
    const { apart: measured } = apart(new Array<number>(20).fill(delay), 1000);
    expect(Math.max(...measured.slice(8))).toBe(0);
  });

  it('follows the jitter buffer within 5 ms, at the latest after a second', () => {
    const delays = [...new Array<number>(40).fill(160), ...new Array<number>(80).fill(480)];
    const { apart: measured } = apart(delays, 1000);
    expect(Math.max(...measured.slice(8, 40))).toBe(0);
    expect(Math.max(...measured.slice(92))).toBe(0);
    const small = apart([...new Array<number>(20).fill(160), ...new Array<number>(20).fill(195)], 1000);
    expect(Math.max(...small.apart.slice(8))).toBeLessThanOrEqual(40);
  });

  it('follows at once where nothing is to be heard', () => {
    const memory = createTapMemory();
    const tap = new CallTap(memory);
    const ring = new TapRing(memory);
    const frame = new Int16Array(FRAME_SAMPLES);
    const heard = new Int16Array(FRAME_SAMPLES);
    for (let round = 0; round < 10; round++) {
      tap.send();
      tap.receive(frame, round < 5 ? 160 : 640, round);
      ring.read(frame, heard);
    }
    tap.send(Int16Array.from({ length: FRAME_SAMPLES }, () => 5000));
    const found: number[] = [];
    for (let round = 0; round < 6; round++) {
      tap.receive(frame, 640, round);
      ring.read(frame, heard);
      found.push(...heard);
      tap.send();
    }
    expect(found.findIndex((sample) => sample !== 0)).toBe(640 - 80);
  });

  it('hands over the numbers of its frames, gaps included', () => {
    const memory = createTapMemory();
    const tap = new CallTap(memory);
    const ring = new TapRing(memory);
    const frame = new Int16Array(FRAME_SAMPLES);
    for (const number of [3, 4, 9, 10]) tap.receive(frame, 160, number);
    const numbers: number[] = [];
    for (let i = 0; i < 5; i++) numbers.push(ring.read(frame, frame.slice()));
    expect(numbers).toEqual([3, 4, 9, 10, -1]);
  });

  it('drops the newest when nobody reads, and goes on afterwards', () => {
    const memory = createTapMemory();
    const ring = new TapRing(memory);
    const frame = new Int16Array(FRAME_SAMPLES);
    for (let number = 0; number < 100; number++) ring.write(number, frame, frame);
    const numbers: number[] = [];
    for (let number = ring.read(frame, frame); number >= 0; number = ring.read(frame, frame)) numbers.push(number);
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, i) => i));
    ring.write(100, frame, frame);
    expect(ring.read(frame, frame)).toBe(100);
    wipeTapMemory(memory);
    expect(new Uint8Array(memory).slice()).toEqual(new Uint8Array(createTapMemory()).slice());
  });
});
