import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hangUp, peer } from '../engines/embedded/sip/test-agent.ts';
import { replacesValue, settle, TakeoverRig } from './takeover-test-support.ts';

let rig: TakeoverRig;
beforeEach(async () => {
  rig = await TakeoverRig.make();
});
afterEach(() => rig.assertNothingLeft());

describe('REFER with Replaces', () => {
  test('an agent connects those whom he talks with on two calls (Replaces), and leaves both', async () => {
    const [desk, one, two] = [await peer(), await peer(), await peer()];
    rig.desk = desk;
    await rig.call(one, 'desk', 40_000);
    const first = rig.deskDialog;
    await rig.call(two, 'desk', 40_300);
    const second = rig.deskDialog;
    const replaces = encodeURIComponent(replacesValue(second));
    expect(await rig.refer(desk, first, `<sip:two@x?Replaces=${replaces}>`, 2)).toBe(202);
    expect(await rig.reports(desk)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    await rig.takeBye(desk);
    await rig.takeBye(desk);
    await settle();
    const left = rig.registry.live().map(({ record }) => record);
    expect(left.map(({ direction }) => direction)).toEqual(['inbound', 'inbound']);
    expect(left.map(({ bridgedWith }) => bridgedWith)).toEqual(left.map(({ id }) => id).reverse());
  });

  test('a bot cannot be taken into another call (Replaces): refused, and both go on', async () => {
    const [phone, desk, one] = [await peer(), await peer(), await peer()];
    rig.desk = desk;
    const withBot = await rig.call(phone, 'bot', 40_000);
    await rig.call(one, 'desk', 40_300);
    const replaces = encodeURIComponent(replacesValue(rig.deskDialog));
    expect(await rig.refer(phone, withBot, `<sip:x@x?Replaces=${replaces}>`, 2)).toBe(603);
    expect(rig.registry.size).toBe(3);
    await hangUp(phone, withBot, 3);
  });
});
