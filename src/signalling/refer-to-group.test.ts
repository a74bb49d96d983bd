import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hangUp, peer } from '../engines/embedded/sip/test-agent.ts';
import { settle, TakeoverRig } from './takeover-test-support.ts';

let rig: TakeoverRig;
beforeEach(async () => {
  rig = await TakeoverRig.make();
});
afterEach(() => rig.assertNothingLeft());

/** A call of the one who refers, with a bot or with the telephone `desk`; and whom the group calls. */
async function made(withWhom: 'bot' | 'desk') {
  const [phone, first, second] = [await peer(), await peer(), await peer('tcp')];
  rig.group = [first, second];
  if (withWhom === 'desk') rig.desk = await peer();
  return { phone, first, second, call: await rig.call(phone, withWhom, 40_000) };
}

const GROUP = '<sip:group@x>';
const AT_ONCE = '<sip:group-at-once@x>';

describe.each(['bot', 'desk'] as const)('REFER to a routing group, in a call with a %s', (withWhom) => {
  test('the first is busy: the second is called, and takes the place', async () => {
    const { phone, first, second, call } = await made(withWhom);
    const with_ = rig.remotes().length;
    expect(await rig.refer(phone, call, GROUP, 2)).toBe(202);
    await rig.refuseInvite(first, 486);
    await rig.answerInvite(second, 40_200);
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK']);
    expect(rig.remotes()).toContain('127.0.0.1:40200');
    const [busy, answered] = rig.placed().slice(with_ - 1);
    expect(busy).toMatchObject({ state: 'ended', end: { category: 'busy', sipStatus: 486 } });
    expect(answered).toMatchObject({ state: 'answered', routingRule: 'r', sipConnection: 'phones' });
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual([]);
  });

  test('nobody answers: told by the failure that says most, and all is as before', async () => {
    const { phone, first, second, call } = await made(withWhom);
    const before = rig.remotes();
    await rig.refer(phone, call, GROUP, 2);
    await rig.refuseInvite(first, 486);
    await rig.refuseInvite(second, 480);
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 486 Busy Here']);
    expect(rig.remotes().filter((remote) => remote !== undefined)).toEqual(before);
    await hangUp(phone, call, 3);
  });

  test('all at once: the first that answers has it, the other one is told so', async () => {
    const { phone, first, second, call } = await made(withWhom);
    await rig.refer(phone, call, AT_ONCE, 2);
    const ringing = await rig.ring(first);
    await rig.answerInvite(second, 40_200);
    expect(await rig.takeCancel(first, ringing)).toContain('completed elsewhere');
    expect((await rig.reports(phone)).at(-1)).toBe('SIP/2.0 200 OK');
    await hangUp(phone, call, 3);
  });
});

test('whom the allow list does not let through is passed over; where it is everybody, 403 is told', async () => {
  const { phone, second, call } = await made('bot');
  rig.notAllowed = ['0', '1'];
  await rig.refer(phone, call, GROUP, 2);
  expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 403 Forbidden']);
  expect(rig.placed()).toEqual([]);
  rig.notAllowed = ['0'];
  await rig.refer(phone, call, GROUP, 3);
  await rig.answerInvite(second, 40_200);
  expect((await rig.reports(phone)).at(-1)).toBe('SIP/2.0 200 OK');
  await hangUp(phone, call, 4);
});
