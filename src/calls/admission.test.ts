import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { createAdmission } from './admission.ts';

describe('createAdmission', () => {
  it('refuses a call beyond the number under way, and lets one in when another has ended', () => {
    let live = 2;
    const admit = createAdmission({ concurrentCalls: 2, callsPerSecond: 100 }, () => live, new VirtualClock());
    expect(admit()).toBe('concurrent-calls');
    live = 1;
    expect(admit()).toBeUndefined();
  });

  it('lets a burst of one second in, then as many as time allows', async () => {
    const clock = new VirtualClock();
    const admit = createAdmission({ concurrentCalls: 1000, callsPerSecond: 5 }, () => 0, clock);
    const burst = Array.from({ length: 7 }, admit);
    expect(burst.filter((refusal) => refusal === undefined)).toHaveLength(5);
    expect(admit()).toBe('calls-per-second');
    await clock.advance(400);
    expect([admit(), admit(), admit()]).toEqual([undefined, undefined, 'calls-per-second']);
  });
});
