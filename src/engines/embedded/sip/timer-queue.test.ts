import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../media/virtual-clock.ts';
import { TimerQueue } from './timer-queue.ts';

const unexpected = (error: unknown): never => {
  throw error;
};

describe('TimerQueue', () => {
  it('fires in the order of time and creation, but for cancelled timers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: fc.nat({ max: 50 }), cancel: fc.boolean() }), { maxLength: 60 }),
        (wanted) => {
          const clock = new VirtualClock();
          const queue = new TimerQueue(clock, unexpected);
          const fired: number[] = [];
          const handles = wanted.map(({ ms }, i) => queue.schedule(ms, () => fired.push(i)));
          wanted.forEach(({ cancel }, i) => {
            if (cancel) handles[i]?.cancel();
          });
          clock.advance(100);
          const expected = wanted
            .map(({ ms, cancel }, i) => ({ ms, cancel, i }))
            .filter((timer) => !timer.cancel)
            .sort((a, b) => a.ms - b.ms || a.i - b.i)
            .map((timer) => timer.i);
          expect(fired).toEqual(expected);
          expect(queue.size).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
    );
  });

  it('uses one timer of the clock however many it holds', () => {
    const clock = new VirtualClock();
    const queue = new TimerQueue(clock, unexpected);
    for (let i = 1_000; i > 0; i--) queue.schedule(i, () => {});
    expect(clock.pending).toBe(1);
    queue.close();
    expect(clock.pending).toBe(0);
    queue.schedule(1, () => expect.unreachable());
    expect(clock.pending).toBe(0);
    clock.advance(2_000);
  });

  it('goes on after a callback that throws', () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const queue = new TimerQueue(clock, (error) => errors.push(error));
    let second = false;
    queue.schedule(1, () => {
      throw new Error('broken');
    });
    queue.schedule(2, () => {
      second = true;
    });
    clock.advance(5);
    expect(errors).toEqual([new Error('broken')]);
    expect(second).toBe(true);
  });

  it('may be changed from inside a callback', () => {
    const clock = new VirtualClock();
    const queue = new TimerQueue(clock, unexpected);
    const log: string[] = [];
    const late = queue.schedule(10, () => log.push('late'));
    queue.schedule(5, () => {
      log.push('first');
      late.cancel();
      queue.schedule(0, () => log.push('again'));
    });
    clock.advance(20);
    expect(log).toEqual(['first', 'again']);
  });
});
