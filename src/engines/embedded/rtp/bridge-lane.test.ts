import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBridgeMemory, type LaneKey, LaneReader, LaneWriter, wipeBridgeMemory } from './bridge-lane.ts';
import { FRAME_SAMPLES } from './shared-call.ts';

function lane() {
  const memory = createBridgeMemory();
  return { memory, writer: new LaneWriter(memory, 0), reader: new LaneReader(memory, 0) };
}

function filled(value: number): Int16Array {
  return new Int16Array(FRAME_SAMPLES).fill(value);
}

/** The value of the frame that is taken, 0 for none. */
function take(reader: LaneReader, nowUs = 0): number {
  const frame = new Int16Array(FRAME_SAMPLES);
  return reader.take(frame, false, nowUs) ? (frame.at(-1) ?? 0) : 0;
}

describe('a lane of a bridge', () => {
  it('carries every frame in order when writer and reader take turns', () => {
    const { writer, reader } = lane();
    for (let i = 1; i <= 300; i++) {
      writer.write(filled(i), i * 20_000);
      expect(take(reader, i * 20_000)).toBe(i);
      expect(take(reader, i * 20_000)).toBe(0);
    }
  });

  it('leads one way only, beside the other lane', () => {
    const { memory, writer, reader } = lane();
    const back = new LaneReader(memory, 1);
    writer.write(filled(7), 0);
    expect(take(back)).toBe(0);
    new LaneWriter(memory, 1).write(filled(9), 0);
    expect([take(back), take(reader)]).toEqual([9, 7]);
  });

  it('adds to what is there, cut off at full scale', () => {
    const sample = fc.integer({ min: -32768, max: 32767 });
    fc.assert(
      fc.property(sample, sample, (there, added) => {
        const { writer, reader } = lane();
        const frame = filled(there);
        writer.write(filled(added), 0);
        reader.take(frame, true, 0);
        expect(frame[0]).toBe(Math.max(-32768, Math.min(32767, there + added)));
      }),
    );
  });

  it('begins with the newest frame', () => {
    const { writer, reader } = lane();
    for (let i = 1; i <= 3; i++) writer.write(filled(i), 0);
    expect(take(reader)).toBe(3);
  });

  it('loses nothing when a worker is held up for 160 ms', () => {
    const { writer, reader } = lane();
    writer.write(filled(1), 0);
    expect(take(reader)).toBe(1);
    for (let i = 2; i <= 9; i++) writer.write(filled(i), i);
    expect(Array.from({ length: 9 }, () => take(reader))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 0]);
  });

  it('leaves out what is older than that when the reader was held up for long', () => {
    const { writer, reader } = lane();
    writer.write(filled(1), 0);
    take(reader);
    for (let i = 2; i <= 40; i++) writer.write(filled(i), 0);
    expect([take(reader), take(reader)]).toEqual([31, 32]);
  });

  /** Two workers at `phaseMs` from each other, whose writer is held up once; frames behind at the end. */
  function twoWorkers(phaseMs: number, rounds: number, loudness = 0): { gaps: number; leftOut: number } {
    const { writer, reader } = lane();
    let gaps = 0;
    let leftOut = 0;
    let last = 0;
    let written = 0;
    for (let round = 1; round <= rounds; round++) {
      const heldUp = round > 10 && round < 14;
      const writeUs = round * 20_000;
      if (round === 14) for (let i = 0; i < 3; i++) writer.write(filled(loudness + ++written), writeUs);
      if (!heldUp) writer.write(filled(loudness + ++written), writeUs);
      const value = take(reader, writeUs + phaseMs * 1000);
      if (value === 0) gaps++;
      else {
        if (last > 0) leftOut += value - last - 1;
        last = value;
      }
    }
    return { gaps, leftOut };
  }

  it('becomes short again after the other worker was held up, one frame at a time', () => {
    expect(twoWorkers(10, 50)).toEqual({ gaps: 3, leftOut: 1 });
    expect(twoWorkers(10, 200)).toEqual({ gaps: 3, leftOut: 2 });
    expect(twoWorkers(10, 1000)).toEqual({ gaps: 3, leftOut: 3 });
  });

  it('waits five seconds for a silent frame that it can leave out', () => {
    expect(twoWorkers(10, 250, 1000)).toEqual({ gaps: 3, leftOut: 0 });
    expect(twoWorkers(10, 300, 1000)).toEqual({ gaps: 3, leftOut: 1 });
  });

  it('keeps one frame in hand when the other worker is hardly ahead', () => {
    expect(twoWorkers(1, 2000)).toEqual({ gaps: 3, leftOut: 2 });
  });

  it('carries presses and their lengths', () => {
    const { writer, reader } = lane();
    const key: LaneKey = { event: 0, samples: 0, over: false };
    writer.hold(800, false);
    expect(reader.nextKey()).toBe(-1);
    writer.press(11);
    const first = reader.nextKey();
    reader.key(first, key);
    expect(key).toEqual({ event: 11, samples: 0, over: false });
    writer.hold(0xffff, false);
    reader.key(first, key);
    expect(key).toEqual({ event: 11, samples: 0xffff, over: false });
    writer.hold(640, true);
    writer.hold(1600, true);
    writer.press(3);
    reader.key(first, key);
    expect(key).toEqual({ event: 11, samples: 640, over: true });
    reader.key(reader.nextKey(), key);
    expect(key).toEqual({ event: 3, samples: 0, over: false });
    expect(reader.nextKey()).toBe(-1);
  });

  it('is as new once it is wiped', () => {
    const { memory, writer } = lane();
    writer.write(filled(5), 1);
    writer.press(4);
    wipeBridgeMemory(memory);
    expect(new Uint8Array(memory).slice()).toEqual(new Uint8Array(createBridgeMemory()).slice());
  });
});
