import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { EndReason } from './end-reason.ts';
import type { CallRecord } from './record.ts';
import { CallRegistry, type LiveCall } from './registry.ts';

const REASON: EndReason = { category: 'shutdown', by: 'hub', text: 'stopped' };

/** A call that is released when the test says so. */
function fakeCall(id: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const terminated: EndReason[] = [];
  const call: LiveCall = {
    id,
    record: { id } as CallRecord,
    terminate: (reason) => terminated.push(reason),
    reportMedia: () => {},
    released: promise,
  };
  return { call, release: resolve, terminated };
}

describe('CallRegistry', () => {
  it('forgets a call when it is released', async () => {
    const registry = new CallRegistry(new VirtualClock());
    const { call, release } = fakeCall('a');
    registry.add(call);
    expect(registry.get('a')).toBe(call);
    release();
    await call.released;
    await Promise.resolve();
    expect(registry.size).toBe(0);
  });

  it('waits for calls to end by themselves and terminates none of them in time', async () => {
    const registry = new CallRegistry(new VirtualClock());
    const { call, release, terminated } = fakeCall('a');
    registry.add(call);
    const drained = registry.drain(new AbortController().signal, REASON);
    expect(registry.draining).toBe(true);
    release();
    await drained;
    expect(terminated).toEqual([]);
  });

  it('terminates what is left at the limit, and is not held up by a call that is never released', async () => {
    const clock = new VirtualClock();
    const registry = new CallRegistry(clock);
    const { call, terminated } = fakeCall('a');
    registry.add(call);
    const limit = new AbortController();
    const drained = registry.drain(limit.signal, REASON);
    limit.abort();
    expect(terminated).toEqual([REASON]);
    await clock.advance(2_000);
    await drained;
    expect(registry.size).toBe(1);
  });
});
