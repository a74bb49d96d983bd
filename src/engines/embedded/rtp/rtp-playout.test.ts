import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DtmfRequest, RtpPlayout } from './rtp-playout.ts';
import { createSharedCall, PLAYOUT_RING, SharedCall, Word } from './shared-call.ts';

const frame = new Int16Array(160);

/** Both ends of the ring in one thread: `send` is what the worker does for one packet. */
function pair(startAt = 0) {
  const shared = new SharedCall(createSharedCall());
  for (const word of [Word.playRead, Word.playWrite, Word.callerRead, Word.callerWrite]) shared.store(word, startAt);
  const requests: DtmfRequest[] = [];
  const playout = new RtpPlayout(shared, (request) => requests.push(request));
  const sent: number[] = [];
  const send = (): number => {
    const count = shared.load(Word.paused) === 1 ? 0 : shared.takePlayout(frame);
    sent.push(...frame.subarray(0, count));
    return count;
  };
  return { shared, playout, requests, sent, send };
}

function ramp(length: number, from: number): Int16Array {
  return Int16Array.from({ length }, (_, i) => (from + i) & 0x7fff);
}

describe('RtpPlayout', () => {
  it('plays more than the ring holds, in order, across the wrap of the positions', () => {
    const { playout, sent, send } = pair(0x7fff_ff00 | 0);
    const samples = ramp(3 * PLAYOUT_RING + 77, 0);
    playout.write(samples);
    while (playout.queuedMs > 0) {
      send();
      playout.pump();
    }
    expect(Int16Array.from(sent)).toEqual(samples);
    expect(playout.playedMs).toBe(samples.length / 8);
  });

  it('starts key presses when the audio before them is out, and holds back what follows', async () => {
    const { playout, requests, sent, send } = pair();
    let done = false;
    playout.write(ramp(320, 0));
    playout.sendDtmf({ digits: ['1'], durationMs: 100, gapMs: 100, done: () => (done = true) });
    playout.write(ramp(160, 1000));
    send();
    playout.pump();
    expect(requests).toHaveLength(0);
    send();
    playout.pump();
    expect(requests).toHaveLength(1);
    expect(send()).toBe(0);
    playout.dtmfSent();
    expect(done).toBe(true);
    send();
    expect(sent.slice(320)).toEqual([...ramp(160, 1000)]);
  });

  it('lets nobody wait for ever', async () => {
    const { playout, requests } = pair();
    const done: number[] = [];
    for (const number of [1, 2]) {
      playout.sendDtmf({ digits: ['1'], durationMs: 100, gapMs: 100, done: () => done.push(number) });
    }
    playout.write(ramp(160, 0));
    const drained = playout.drained();
    expect(requests).toHaveLength(1);
    playout.close();
    expect(await drained).toBe(false);
    expect(done).toEqual([1, 2]);
  });

  it('accounts for every sample, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), length: fc.nat(20_000) }),
      fc.record({
        do: fc.constantFrom('send' as const, 'flush' as const, 'pump' as const, 'pause' as const),
        length: fc.nat(120),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, startAt) => {
        const { playout, sent, send } = pair(startAt);
        let written = 0;
        let dropped = 0;
        for (const { do: action, length } of steps) {
          if (action === 'write') {
            playout.write(new Int16Array(length));
            written += length;
          } else if (action === 'flush') {
            dropped += playout.flush() * 8;
            expect(send()).toBe(0);
          } else if (action === 'pause') {
            if (playout.paused) playout.resume();
            else playout.pause();
          } else if (action === 'pump') playout.pump();
          else for (let i = 0; i < length; i++) send();
          expect(playout.playedMs * 8).toBe(sent.length);
          expect(playout.queuedMs * 8).toBe(written - dropped - sent.length);
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true },
    );
  });
});

describe('the ring of caller audio', () => {
  it('hands frames over in order and counts what a slow reader misses', () => {
    const { shared } = pair(0x7fff_ff00 | 0);
    for (let i = 0; i < 60; i++) shared.writeCaller(new Int16Array(160).fill(i));
    const got: number[] = [];
    while (shared.readCaller(frame)) got.push(frame[159] ?? -1);
    expect(got).toEqual(Array.from({ length: 51 }, (_, i) => i));
    expect(shared.load(Word.overrun)).toBe(9 * 160);
  });
});
