import { describe, expect, it } from 'vitest';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { Bridge, type BridgeParty, endOfPartner } from './bridge.ts';
import type { EndReason } from './end-reason.ts';

const BYE: EndReason = {
  category: 'caller-hangup',
  by: 'caller',
  text: 'BYE from the caller',
  sipReason: 'Q.850;cause=16',
};

async function set() {
  const clock = new VirtualClock();
  const engine = new FakeMediaEngine({ clock });
  const party = async (callId: string) => {
    const told: string[] = [];
    const made = {
      callId,
      ...{ over: false, answered: true },
      media: await engine.createEndpoint({ callId }),
      bridge: undefined as Bridge | undefined,
      told,
      bridged(bridge: Bridge | undefined) {
        made.bridge = bridge;
        told.push(bridge === undefined ? 'parted' : `with ${bridge.partnerOf(made).callId}`);
      },
      partnerLeft: (reason: EndReason) => void told.push(reason.category),
    };
    return made satisfies BridgeParty;
  };
  return { engine, a: await party('a'), b: await party('b'), c: await party('c') };
}

describe('a bridge', () => {
  it('tells both parties who the other is, and the one that is left why', async () => {
    const { engine, a, b } = await set();
    const bridge = await Bridge.join(engine, a, b);
    bridge.leave(b, BYE);
    bridge.leave(a, BYE);
    await bridge.close();
    expect(bridge.closed).toBe(true);
    expect(a.told).toEqual(['with b', 'parted', 'caller-hangup']);
    expect(b.told).toEqual(['with a', 'parted']);
  });

  it('that is closed leaves both as they were: they can be bridged again', async () => {
    const { engine, a, b, c } = await set();
    const first = await Bridge.join(engine, a, b);
    await first.close();
    const second = await Bridge.join(engine, a, c);
    first.leave(a, BYE);
    expect(second.closed).toBe(false);
    expect(b.told).toEqual(['with a', 'parted']);
    expect(c.told).toEqual(['with a']);
  });

  it('is not made with a party that has left, or leaves meanwhile', async () => {
    const { engine, a, b, c } = await set();
    a.over = true;
    await expect(Bridge.join(engine, a, b)).rejects.toMatchObject({ code: 'bridge_party_left' });
    expect(b.told).toEqual([]);
    const joining = Bridge.join(engine, b, c);
    b.bridge?.leave(b, BYE);
    await expect(joining).rejects.toMatchObject({ code: 'bridge_party_left' });
    expect(c.told).toEqual(['with b', 'parted', 'caller-hangup']);
    const again = await Bridge.join(engine, b, c);
    expect(again.closed).toBe(false);
  });

  it('that the engine refuses leaves no trace', async () => {
    const { engine, a, b, c } = await set();
    await Bridge.join(engine, a, b);
    const before = a.bridge;
    await expect(Bridge.join(engine, c, { ...b, bridged: () => {} })).rejects.toMatchObject({ code: 'cannot_bridge' });
    expect(a.bridge).toBe(before);
    expect(c.told).toEqual(['with b', 'parted']);
  });
});

it('the other call ends with the Reason header of the first', () => {
  expect(endOfPartner(BYE)).toEqual({
    category: 'bridge-ended',
    by: 'caller',
    text: 'the other call has ended: BYE from the caller',
    sipReason: 'Q.850;cause=16',
  });
});
