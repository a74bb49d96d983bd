import { describe, expect, it } from 'vitest';
import { MemoryPool } from './memory-pool.ts';
import {
  CALLER_RING,
  createSharedCall,
  FRAME_SAMPLES,
  PLAYOUT_RING,
  SharedCall,
  Word,
  wipeSharedCall,
} from './shared-call.ts';

const speech = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => 1000 + i);
const frame = () => new Int16Array(FRAME_SAMPLES);

function use(memory: SharedArrayBuffer): void {
  const view = new SharedCall(memory);
  for (let i = 0; i < 200; i++) {
    view.writePlayout(speech, 0);
    view.takePlayout(frame());
    view.writeCaller(speech);
    view.readCaller(frame());
  }
  view.writePlayout(speech, 0);
  view.writeCaller(speech);
  view.store(Word.paused, 1);
  view.store(Word.roundTripUs, 1234);
}

describe('the memory of a call', () => {
  it('carries samples both ways, in order, round the rings', () => {
    const view = new SharedCall(createSharedCall());
    for (let round = 0; round < 200; round++) {
      const out = speech.map((sample) => sample + round);
      expect(view.writePlayout(out, 0)).toBe(FRAME_SAMPLES);
      const heard = frame();
      expect(view.takePlayout(heard)).toBe(FRAME_SAMPLES);
      expect(heard).toEqual(out);
      view.writeCaller(out);
      expect(view.readCaller(heard)).toBe(true);
      expect(heard).toEqual(out);
    }
    expect(view.readCaller(frame())).toBe(false);
  });

  it('takes no more than a ring, and counts what the main thread was too slow for', () => {
    const view = new SharedCall(createSharedCall());
    expect(view.writePlayout(new Int16Array(PLAYOUT_RING + 5), 0)).toBe(PLAYOUT_RING);
    expect(view.flushPlayout()).toBe(PLAYOUT_RING);
    expect(view.playoutLength()).toBe(0);
    const frames = Math.floor(CALLER_RING / FRAME_SAMPLES);
    for (let i = 0; i < frames + 2; i++) view.writeCaller(speech);
    expect(view.load(Word.overrun)).toBe(2 * FRAME_SAMPLES);
  });

  it('leaves out what nobody listens to, frame by frame', () => {
    const view = new SharedCall(createSharedCall());
    expect(view.skipCaller()).toBe(0);
    for (let i = 0; i < 3; i++) view.writeCaller(speech);
    expect(view.skipCaller()).toBe(3);
    view.writeCaller(speech);
    expect(view.readCaller(frame())).toBe(true);
    expect(view.readCaller(frame())).toBe(false);
  });

  it('is as new for the next call: no sample, no counter, no pause of the one before', () => {
    const fresh = new Uint8Array(createSharedCall()).slice();
    const memory = createSharedCall();
    use(memory);
    wipeSharedCall(memory);
    fresh[4 * Word.generation] = 1;
    expect(new Uint8Array(memory).slice()).toEqual(fresh);
  });

  it('is closed to the views of the call before', () => {
    const memory = createSharedCall();
    const before = new SharedCall(memory);
    expect(before.current).toBe(true);
    wipeSharedCall(memory);
    expect(before.current).toBe(false);
    expect(new SharedCall(memory).current).toBe(true);
  });
});

describe('the pool of memory', () => {
  it('gives the memory of ended calls to new ones, and never the same to two', () => {
    const pool = new MemoryPool(createSharedCall, wipeSharedCall, 5);
    const one = pool.take();
    const two = pool.take();
    expect(two).not.toBe(one);
    use(one);
    pool.release(one);
    expect(pool.take()).toBe(one);
    expect(new SharedCall(one).playoutLength()).toBe(0);
    expect(pool.take()).not.toBe(one);
  });

  it('keeps no more than it should', () => {
    const pool = new MemoryPool(createSharedCall, wipeSharedCall, 5);
    const taken = Array.from({ length: 8 }, () => pool.take());
    for (const memory of taken) pool.release(memory);
    const again = Array.from({ length: 8 }, () => pool.take());
    expect(again.filter((memory) => taken.includes(memory))).toHaveLength(5);
  });
});
