import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { TransferableRig } from './transferable-test-support.ts';

let rig: TransferableRig;
beforeEach(async () => {
  rig = await new TransferableRig('attended').answered();
});
afterEach(() => rig.assertNothingLeft());

describe('attended', () => {
  test('the agent is called, both talk, and the far side takes the hub out', async () => {
    await rig.transfer();
    await rig.agentAnswers();
    expect(rig.outcomes).toMatchObject([{ status: 'answered', sipStatus: 200 }]);
    expect(await rig.hearEachOther()).toEqual([true, true]);
    const [refer] = rig.invite.dialog.requests;
    expect(refer?.headers['Refer-To']).toBe('<sip:caller@127.0.0.1?Replaces=call-1%3Bto-tag%3Dr%3Bfrom-tag%3Dl>');
    rig.agent.dialog.bye();
    rig.invite.dialog.notify('SIP/2.0 200 OK', true);
    await rig.clock.run(0);
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.record).toMatchObject({
      end: { category: 'transferred' },
      transfers: [{ method: 'attended', outcome: 'answered', reason: 'the far side has taken the call over' }],
    });
  });

  test('a far side that does not want to: the hub stays between them', async () => {
    rig.invite.dialog.status = 501;
    await rig.transfer();
    await rig.agentAnswers();
    expect(await rig.hearEachOther()).toEqual([true, true]);
    expect(rig.record?.transfers).toMatchObject([
      { outcome: 'answered', reason: expect.stringContaining('the hub stays between them') },
    ]);
    rig.agent.dialog.bye();
    await rig.clock.run(0);
    expect(rig.record?.end?.category).toBe('bridge-ended');
  });

  test('an agent who hangs up before the far side has answered', async () => {
    await rig.transfer();
    await rig.agentAnswers();
    rig.agent.dialog.bye();
    await rig.clock.run(3_100);
    expect(rig.record?.end?.category).toBe('bridge-ended');
  });
});
