import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { TransferableRig } from './transferable-test-support.ts';

let rig: TransferableRig;
beforeEach(async () => {
  rig = await new TransferableRig('refer').answered();
});
afterEach(() => rig.assertNothingLeft());

describe('by REFER', () => {
  const notify = (status: number, last = true) => rig.invite.dialog.notify(`SIP/2.0 ${status} Words`, last);

  test('goes out after the last words have been heard; the far side takes the call over', async () => {
    await rig.transfer({ target: 'tel:+4930200' });
    expect(rig.invite.dialog.requests).toEqual([]);
    await rig.clock.run(210);
    expect(rig.invite.dialog.requests).toMatchObject([{ method: 'REFER', headers: { 'Refer-To': '<tel:+4930200>' } }]);
    expect(rig.sip.attempts).toEqual([]);
    notify(200);
    await rig.clock.run(0);
    expect(rig.outcomes).toMatchObject([{ status: 'answered', sipStatus: 200 }]);
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.record).toMatchObject({
      end: { category: 'transferred' },
      transfers: [{ method: 'refer', outcome: 'answered', sipStatus: 200 }],
    });
  });

  test('we hang up when the far side does not', async () => {
    await rig.transfer();
    await rig.clock.run(210);
    notify(200);
    await rig.clock.run(2_900);
    expect(rig.invite.dialog.destroyed).toBeUndefined();
    await rig.clock.run(200);
    expect(rig.invite.dialog.destroyed).toBeDefined();
    expect(rig.record?.end?.category).toBe('transferred');
  });

  test('BYE instead of a report is how the party leaves us', async () => {
    await rig.transfer();
    await rig.clock.run(210);
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.told).toEqual([]);
    expect(rig.record).toMatchObject({
      end: { category: 'transferred' },
      transfers: [{ outcome: 'unknown', sipStatus: 200 }],
    });
  });

  test('a failure that is reported: the bot has the caller back', async () => {
    await rig.transfer();
    await rig.clock.run(210);
    notify(100, false);
    notify(486);
    await rig.clock.run(0);
    expect(rig.outcomes).toMatchObject([{ status: 'failed', reasonCode: 'busy', sipStatus: 486 }]);
    expect(rig.record?.state).toBe('answered');
  });

  test('refused, or never heard of again', async () => {
    rig.invite.dialog.status = 603;
    await rig.transfer();
    await rig.clock.run(210);
    expect(rig.outcomes).toMatchObject([{ status: 'failed', reasonCode: 'declined', sipStatus: 603 }]);
    rig.invite.dialog.status = 202;
    await rig.transfer();
    await rig.clock.run(10_300);
    expect(rig.outcomes[1]).toMatchObject({ status: 'failed', reasonCode: 'no-answer', sipStatus: 408 });
  });

  test('a caller who hangs up before it has gone out', async () => {
    await rig.transfer();
    rig.invite.dialog.bye();
    await rig.clock.run(1_000);
    expect(rig.told).toEqual(['gone caller-hangup']);
    expect(rig.invite.dialog.requests).toEqual([]);
  });

  test('who is to return is called instead', async () => {
    await rig.transfer({ returns: true });
    expect(rig.sip.attempts).toHaveLength(1);
    await rig.agentAnswers();
    expect(await rig.hearEachOther()).toEqual([true, true]);
  });
});
