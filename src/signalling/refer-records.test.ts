import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answered, answerTo, hangUp, peer } from '../engines/embedded/sip/test-agent.ts';
import type { TestPeer } from '../engines/embedded/sip/test-peer.ts';
import { OPERATOR, settle, TakeoverRig } from './takeover-test-support.ts';

let rig: TakeoverRig;
beforeEach(async () => {
  rig = await TakeoverRig.make();
});
afterEach(() => rig.assertNothingLeft());

const NEXT = '<sip:next@x>';

async function made(withWhom: 'bot' | 'desk' = 'bot') {
  const [phone, target] = [await peer(), await peer()];
  rig.target = target;
  if (withWhom === 'desk') rig.desk = await peer();
  return { phone, target, call: await rig.call(phone, withWhom, 40_000) };
}

/** The other one has come, and whoever has sent the REFER is gone. */
async function came(phone: TestPeer, target: TestPeer, call: Answered): Promise<void> {
  await rig.refer(phone, call, NEXT, 2);
  await rig.answerInvite(target, 40_200);
  await rig.reports(phone);
  await hangUp(phone, call, 3);
  await settle();
}

describe.each(['bot', 'desk'] as const)('the call of a REFER, in a call with a %s', (withWhom) => {
  test('counts: where the hub is full it is not placed, and 503 is told', async () => {
    const { phone, call } = await made(withWhom);
    const placed = rig.placed().length;
    rig.limits.concurrentCalls = rig.registry.size;
    expect(await rig.refer(phone, call, NEXT, 2)).toBe(202);
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 503 Service Unavailable']);
    expect(rig.placed()).toHaveLength(placed);
    await hangUp(phone, call, 3);
  });

  test('is under way while it rings, in the session of the call it is for; an operator can end it', async () => {
    const { phone, target, call } = await made(withWhom);
    await rig.refer(phone, call, NEXT, 2);
    const ringing = await rig.ring(target);
    const live = rig.registry.live().at(-1);
    expect(live?.record).toMatchObject({ direction: 'outbound', state: 'setup', called: { user: 'someone' } });
    expect(live?.record.sessionId).toBe(rig.registry.live()[0]?.record.sessionId);
    live?.terminate(OPERATOR);
    await rig.takeCancel(target, ringing);
    expect((await rig.reports(phone)).at(-1)).toBe('SIP/2.0 480 Temporarily Unavailable');
    expect(rig.placed().at(-1)).toMatchObject({ state: 'ended', end: OPERATOR, answerTime: undefined });
    expect(rig.told).toEqual([]);
    await hangUp(phone, call, 3);
  });

  test('ends with the call that it was placed for', async () => {
    const { phone, target, call } = await made(withWhom);
    await rig.refer(phone, call, NEXT, 2);
    const ringing = await rig.ring(target);
    rig.registry.live()[0]?.terminate(OPERATOR);
    await rig.takeCancel(target, ringing);
    await rig.takeBye(phone);
    await settle();
    expect(rig.placed().at(-1)).toMatchObject({ state: 'ended', end: { category: 'bridge-ended', by: 'hub' } });
  });
});

describe('who has come to a bot', () => {
  test('has a record from the INVITE to the BYE; the bot goes on in that of the first call', async () => {
    const { phone, target, call } = await made();
    await came(phone, target, call);
    const [first, second] = rig.registry.live().map(({ record }) => record);
    expect(first).toMatchObject({ direction: 'inbound', state: 'answered' });
    expect(second).toMatchObject({ state: 'answered', sessionId: first?.id, dial: { ringingMs: expect.any(Number) } });
    expect(second?.dial?.attempts).toMatchObject([{ outcome: 'answered', sipStatus: 200 }]);
    target.send(target.text('BYE', { ...rig.deskDialog, cseq: 1 }));
    expect(await answerTo(target, '1 BYE')).toMatchObject({ status: 200 });
    await settle();
    expect(rig.placed()).toMatchObject([{ state: 'ended', end: { category: 'callee-hangup', by: 'callee' } }]);
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('passes the bot on in turn: his record ends, and the next one has its own', async () => {
    const { phone, target, call } = await made();
    await came(phone, target, call);
    const [middle, last] = [rig.deskDialog, await peer()];
    rig.target = last;
    await came(target, last, middle);
    expect(rig.placed()).toMatchObject([{ state: 'ended', end: { category: 'transferred' } }, { state: 'answered' }]);
    expect(rig.registry.size).toBe(2);
  });

  test.each([0, 1])('to end one of the two records is to end the call (%d)', async (which) => {
    const { phone, target, call } = await made();
    await came(phone, target, call);
    rig.registry.live()[which]?.terminate(OPERATOR);
    await rig.takeBye(target);
    await settle();
    expect(rig.told).toEqual(['end api']);
    expect([...rig.records.values()]).toMatchObject([{ end: OPERATOR }, { end: OPERATOR }]);
  });

  test('and whose media cannot be used is hung up: 488, and the bot has its caller', async () => {
    const { phone, target, call } = await made();
    const endpoint = rig.media.endpoints[0];
    if (endpoint) endpoint.acceptAnswer = () => Promise.reject(new Error('no codec'));
    await rig.refer(phone, call, NEXT, 2);
    await rig.answerInvite(target, 40_200);
    await rig.takeBye(target);
    expect((await rig.reports(phone)).at(-1)).toBe('SIP/2.0 488 Not Acceptable Here');
    expect(rig.placed()).toMatchObject([{ end: { category: 'media-failure' } }]);
    expect(rig.told).toEqual([]);
    await hangUp(phone, call, 3);
  });
});

describe('in a bridge', () => {
  test('what was tried before counts for the next one', async () => {
    const { phone, target, call } = await made('desk');
    await came(phone, target, call);
    const last = await peer();
    rig.target = last;
    await came(target, last, rig.deskDialog);
    expect(rig.takeovers).toEqual([1, 2]);
  });

  test('who was to go on hangs up meanwhile: the other one is called for nobody', async () => {
    const { phone, target, call } = await made('desk');
    const { desk } = rig;
    await rig.refer(phone, call, NEXT, 2);
    const ringing = await rig.ring(target);
    if (desk) await hangUp(desk, rig.deskDialog, 2);
    await rig.takeCancel(target, ringing);
    await rig.takeBye(phone);
    await settle();
    expect(rig.registry.size).toBe(0);
  });
});
