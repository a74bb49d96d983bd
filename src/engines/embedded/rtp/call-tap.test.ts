import { describe, expect, it } from 'vitest';
import { findFrames } from '../../../../test/load/frame-marks.ts';
import { runBridge, type Stall } from './bridge-test-support.ts';
import { CallTap } from './call-tap.ts';
import { FRAME_SAMPLES } from './shared-call.ts';
import { createTapMemory, TapRing, wipeTapMemory } from './tap-ring.ts';

const frame = new Int16Array(FRAME_SAMPLES);

function tap() {
  const memory = createTapMemory();
  return { memory, tap: new CallTap(memory), ring: new TapRing(memory) };
}

/** What is said is on the wire 10 ms after what is sent in the round, less its time in the jitter buffer. */
const laterThanSent = (delay: number) => 80 - delay;

/**
 * Rounds of a call whose jitter buffer holds `held` samples, which it takes for `measured`, the same if not told; how many samples each frame
 * is placed after what was sent. NaN: nothing is received.
 */
function places(rounds: readonly { held: number; measured?: number }[], start = 1_000_000): number[] {
  const { tap: under, ring } = tap();
  return rounds.map(({ held, measured = held }, round) => {
    const number = round + 1;
    under.send(undefined);
    under.receive(frame, start + number * FRAME_SAMPLES - held, measured, number);
    ring.read(frame, frame);
    return ring.saidLater;
  });
}

const times = (count: number, held: number, measured = held) => new Array(count).fill({ held, measured });

describe('a tap in the media worker', () => {
  it.each([80, 160, 163, 320, 960])(
    'tells when each side was on the wire: %i samples in the jitter buffer',
    (delay) => {
      expect(new Set(places(times(20, delay)))).toEqual(new Set([laterThanSent(delay)]));
    },
  );

  it('goes along with the jitter buffer when that changes its delay', () => {
    expect(places([...times(20, 160), ...times(20, 640), ...times(20, 240)])).toEqual([
      ...times(20, 0).map(() => laterThanSent(160)),
      ...times(20, 0).map(() => laterThanSent(640)),
      ...times(20, 0).map(() => laterThanSent(240)),
    ]);
  });

  it('moves what is said forward as soon as a packet shows that it was there, and back after a second only', () => {
    const earlier = places([...times(20, 160), ...times(20, 160, 260), ...times(20, 160, 160)]);
    expect(earlier).toEqual([
      ...times(20, 0).map(() => laterThanSent(160)),
      ...times(40, 0).map(() => laterThanSent(260)),
    ]);
    const later = places([...times(20, 260), ...times(60, 260, 160)]);
    expect(later.slice(0, 70)).toEqual(times(70, 0).map(() => laterThanSent(260)));
    expect(later.at(-1)).toBe(laterThanSent(160));
    expect(places([...times(20, 160), ...times(100, 160, 180)]).at(-1)).toBe(laterThanSent(160));
  });

  it('begins anew with another stream, and after a time without one', () => {
    const { tap: under, ring } = tap();
    const found: number[] = [];
    for (const [round, position] of [5000, 5160, 900_000, 900_160, Number.NaN, 5960, 6120].entries()) {
      under.receive(frame, position, round < 2 ? 160 : 400, round + 1);
      ring.read(frame, frame);
      found.push(ring.saidLater);
    }
    expect(found).toEqual([-80, -80, -320, -320, 0, -320, -320]);
  });

  it('hands over what was sent, and the numbers of its frames, gaps included', () => {
    const { tap: under, ring } = tap();
    const heard = new Int16Array(FRAME_SAMPLES);
    const found: number[][] = [];
    for (const number of [3, 4, 9, 10]) {
      under.send(number === 4 ? undefined : new Int16Array(FRAME_SAMPLES).fill(number));
      under.receive(frame, Number.NaN, 0, number);
    }
    for (let i = 0; i < 5; i++) found.push([ring.read(frame, heard), heard[0] ?? Number.NaN]);
    expect(found).toEqual([
      [3, 3],
      [4, 0],
      [9, 9],
      [10, 10],
      [-1, 10],
    ]);
  });

  it('drops the newest when nobody reads, and goes on afterwards', () => {
    const { memory, ring } = tap();
    for (let number = 0; number < 100; number++) ring.write(number, frame, frame, 0);
    const numbers: number[] = [];
    for (let number = ring.read(frame, frame); number >= 0; number = ring.read(frame, frame)) numbers.push(number);
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, i) => i));
    ring.write(100, frame, frame, 0);
    expect(ring.read(frame, frame)).toBe(100);
    wipeTapMemory(memory);
    expect(new Uint8Array(memory).slice()).toEqual(new Uint8Array(createTapMemory()).slice());
  });
});

describe('what a party said while it or the media thread was held up', () => {
  const twice = (ms: number): Stall[] => [
    { atMs: 3000, ms },
    { atMs: 6500, ms },
  ];

  it.each([
    ['the phone', { phoneStalls: twice(100) }],
    ['the media thread', { hubStalls: twice(100) }],
    ['both', { phoneStalls: twice(100), hubStalls: twice(100) }],
  ])('stands where it was on the wire, within 10 ms: %s', (_, stalls) => {
    const line = new Int16Array(10 * 8000);
    const heardAt: number[] = [];
    const tapped = (said: Int16Array, at: number, heard: number) => {
      line.set(at < 0 ? said.subarray(-at) : said, Math.max(0, at));
      heardAt.push(heard);
    };
    runBridge({ seconds: 9, ...stalls, tapped });
    const found = findFrames(line);
    expect(new Set(found.map(({ number }) => number)).size).toBeGreaterThanOrEqual(445);
    // A phone's frame is said 20 ms after the one before, also when it was sent later.
    const besides = found.filter(({ at }) => at > 1500 * 8).map(({ number, at }) => at - number * FRAME_SAMPLES);
    const middle = besides.toSorted((x, y) => x - y)[besides.length >> 1] ?? Number.NaN;
    for (const beside of besides) expect(Math.abs(beside - middle)).toBeLessThanOrEqual(80);
    expect(heardAt).toEqual(heardAt.map((_each, i) => (heardAt[0] ?? 0) + i * FRAME_SAMPLES));
  });
});
