import { expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { Backlog } from './backlog.ts';

/** Of a second of audio. */
const SECOND = 16_400;

it('takes a minute in one go, and what is said while it is on its way', () => {
  const clock = new VirtualClock();
  const backlog = new Backlog(SECOND, clock);
  for (let seconds = 0; seconds <= 60; seconds += 0.02) expect(backlog.isStuck(seconds * SECOND)).toBe(false);
  for (let seconds = 60; seconds > 1; seconds -= 15) {
    clock.advance(1_000);
    expect(backlog.isStuck(seconds * SECOND)).toBe(false);
  }
  clock.advance(1_000);
  expect(backlog.isStuck(SECOND)).toBe(false);
});

it('notices that nothing leaves any more', () => {
  const clock = new VirtualClock();
  const backlog = new Backlog(SECOND, clock);
  const stuckAt = [1, 2, 3, 4, 5, 6, 7].find((seconds) => {
    clock.advance(1_000);
    return backlog.isStuck(1 + seconds * SECOND);
  });
  expect(stuckAt).toBe(6);
});

it('forgets what was full once it has emptied', () => {
  const clock = new VirtualClock();
  const backlog = new Backlog(SECOND, clock);
  for (let i = 0; i < 10; i += 1) {
    expect(backlog.isStuck(30 * SECOND)).toBe(false);
    clock.advance(4_000);
    expect(backlog.isStuck(SECOND / 2)).toBe(false);
    clock.advance(4_000);
  }
});

it('never keeps more than can be owed', () => {
  const backlog = new Backlog(SECOND, new VirtualClock());
  expect(backlog.isStuck(75 * SECOND)).toBe(false);
  expect(backlog.isStuck(75 * SECOND + 1)).toBe(true);
});
