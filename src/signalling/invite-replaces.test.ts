import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerValue } from '../engines/embedded/sip/message.ts';
import { type Answered, hangUp, peer } from '../engines/embedded/sip/test-agent.ts';
import type { TestPeer } from '../engines/embedded/sip/test-peer.ts';
import { replacesValue, SDP, sdpAt, settle, TakeoverRig } from './takeover-test-support.ts';

let rig: TakeoverRig;
beforeEach(async () => {
  rig = await TakeoverRig.make();
});
afterEach(() => rig.assertNothingLeft());

describe('INVITE with Replaces', () => {
  const replaces = (call: Answered, extra = '') => `Replaces: ${replacesValue(call)}${extra}`;
  const invite = async (phone: TestPeer, header: string, port: number) => {
    const ids = { from: `<sip:b@127.0.0.1>;tag=r${phone.port}`, callId: `r${phone.port}@test` };
    phone.send(phone.text('INVITE', { ...ids, extra: [...SDP, header, 'Require: replaces'], body: sdpAt(port) }));
    const final = await phone.response();
    const to = (final && headerValue(final, 'to')) ?? '';
    phone.send(phone.text('ACK', { ...ids, to }));
    await settle();
    return { status: final?.status, call: { ...ids, to } };
  };

  test('takes the place of the party, who gets BYE; the bot goes on', async () => {
    const [phone, other] = [await peer(), await peer('tcp')];
    const call = await rig.call(phone, 'bot', 40_000);
    const taken = await invite(other, replaces(call), 40_300);
    expect(taken.status).toBe(200);
    await rig.takeBye(phone);
    expect(rig.remotes()).toEqual(['127.0.0.1:40300']);
    expect([rig.told, rig.registry.size]).toEqual([[], 1]);
    await hangUp(other, taken.call, 2);
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('not without a rule of type transfer: nobody learns whether there is such a call', async () => {
    const [phone, other] = [await peer(), await peer()];
    const call = await rig.call(phone, 'bot', 40_000);
    rig.mayTransfer = false;
    expect((await invite(other, replaces(call), 40_300)).status).toBe(403);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
  });

  test.each([
    ['Replaces: nobody@x;to-tag=1;from-tag=2', 481],
    ['Replaces: nobody@x', 400],
  ])('%s is %d', async (header, status) => {
    const phone = await peer();
    expect((await invite(phone, header, 40_300)).status).toBe(status);
  });

  test('early-only is no answered call; a codec that nobody has leaves all as it was', async () => {
    const [phone, other] = [await peer(), await peer()];
    const call = await rig.call(phone, 'bot', 40_000);
    expect((await invite(other, replaces(call, ';early-only'), 40_300)).status).toBe(486);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
  });
});
