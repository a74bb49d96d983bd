import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sine } from '../media/tone.ts';
import { ANSWER } from './testing-calls.ts';

import { OPERATOR, TransferableRig } from './transferable-test-support.ts';

let rig: TransferableRig;
beforeEach(async () => {
  rig = await new TransferableRig().answered();
});
afterEach(() => rig.assertNothingLeft());

describe('by a new call', () => {
  test('the caller hears ringing until the agent answers, then the agent; the bot leaves', async () => {
    await rig.transfer({ headers: { 'X-Ticket': '7' }, referredBy: 'sip:hub@hub.example' });
    expect(rig.agent.options.headers).toMatchObject({ 'X-Ticket': '7', 'Referred-By': '<sip:hub@hub.example>' });
    await rig.clock.run(900);
    expect(rig.caller.playout.queuedMs).toBeGreaterThan(0);
    expect(rig.caller.playout.playedMs).toBeGreaterThan(800);
    await rig.agentAnswers();
    expect(rig.caller.playout.queuedMs, 'no ringing any more').toBe(0);
    expect(rig.outcomes).toEqual([{ status: 'answered', reason: 'SIP ;cause=200 ;text="OK"', sipStatus: 200 }]);
    expect(await rig.hearEachOther()).toEqual([true, true]);
    expect(rig.record).toMatchObject({
      state: 'answered',
      bridgedWith: rig.leg()?.id,
      transfers: [
        {
          ...{ method: 'invite', target: 'tel:+4930200', outcome: 'answered', sipStatus: 200, durationMs: 900 },
          callId: rig.leg()?.id,
        },
      ],
    });
    expect(rig.leg()).toMatchObject({ sessionId: 'first', bridgedWith: 'first' });
  });

  test('early media of the agent takes the place of the ringing once there is any', async () => {
    await rig.transfer();
    rig.agent.provisional(183, ANSWER);
    await rig.clock.run(1000);
    expect(rig.caller.playout.queuedMs, 'nothing to be heard yet').toBeGreaterThan(0);
    rig.endpoint(1).caller.speak(sine(500, 20, 8000));
    await rig.clock.run(100);
    expect(rig.caller.playout.queuedMs).toBe(0);
    expect((await rig.hearEachOther())[0]).toBe(true);
    rig.agent.refuse(486, 'Busy Here');
    await rig.clock.run(0);
    expect(rig.outcomes).toMatchObject([{ status: 'failed', reasonCode: 'busy', sipStatus: 486 }]);
    expect(rig.caller.closed).toBe(false);
  });

  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [480, 'no-answer'],
    [603, 'declined'],
    [403, 'declined'],
    [404, 'error'],
    [503, 'error'],
  ])('refused with %d: the bot has the caller back at once, as it left', async (status, reasonCode) => {
    await rig.transfer();
    await rig.clock.run(500);
    const failedAt = rig.clock.now();
    rig.agent.refuse(status, 'No');
    await rig.clock.run(0);
    expect(rig.outcomes).toEqual([
      { status: 'failed', reasonCode, reason: `SIP ;cause=${status} ;text="No"`, sipStatus: status },
    ]);
    expect(rig.clock.now() - failedAt).toBeLessThan(100);
    expect(rig.caller.playout.queuedMs).toBe(0);
    expect(rig.record?.transfers).toMatchObject([{ outcome: 'failed', sipStatus: status, durationMs: 500 }]);
    expect([rig.record?.state, rig.told]).toEqual(['answered', []]);
    await rig.transfer();
    await rig.agentAnswers();
    expect(rig.outcomes.at(-1)?.status, 'and may try again').toBe('answered');
    expect(await rig.hearEachOther()).toEqual([true, true]);
  });

  test('rings in vain for as long as the configuration says', async () => {
    await rig.transfer();
    rig.agent.provisional(180);
    await rig.clock.run(20_100);
    expect(rig.outcomes).toMatchObject([{ status: 'failed', reasonCode: 'no-answer', sipStatus: 487 }]);
    expect(rig.agent.cancelled).toBe(true);
    rig.agent.refuse(487);
  });

  test('that is not allowed is not begun, and is in the record', async () => {
    await rig.transfer({ target: 'tel:+1900' });
    expect(rig.start).toEqual({
      begun: false,
      outcome: { status: 'failed', reasonCode: 'error', reason: 'not allowed', sipStatus: 403 },
    });
    expect(rig.sip.attempts).toEqual([]);
    expect(rig.record?.transfers).toMatchObject([{ target: 'tel:+1900', outcome: 'failed', sipStatus: 403 }]);
  });

  test('a caller who hangs up meanwhile cancels it', async () => {
    await rig.transfer();
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.agent.cancelled).toBe(true);
    expect(rig.told).toEqual(['gone caller-hangup']);
    expect(rig.record).toMatchObject({ end: { category: 'caller-hangup' }, transfers: [{ outcome: 'failed' }] });
    rig.agent.refuse(487);
  });

  test('and one without a bot too', async () => {
    await rig.transfer({}, false);
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.agent.cancelled).toBe(true);
    expect(rig.record?.end?.category).toBe('caller-hangup');
    rig.agent.refuse(487);
  });

  test('an operator ends both', async () => {
    await rig.transfer();
    await rig.agentAnswers();
    rig.call.terminate(OPERATOR);
    await rig.clock.run(0);
    expect(rig.record?.end?.category).toBe('api');
    expect(rig.agent.dialog.destroyed).toBeDefined();
    expect(rig.invite.dialog.destroyed).toBeDefined();
  });

  test.each([true, false])('a hang-up ends the other call as well; bot told: %s', async (attached) => {
    await rig.transfer({}, attached);
    await rig.agentAnswers();
    rig.agent.dialog.bye();
    await rig.clock.run(0);
    expect(rig.invite.dialog.destroyed?.Reason).toContain('cause=200');
    expect(rig.record?.end).toMatchObject({ category: 'bridge-ended', by: 'callee' });
    expect(rig.told).toEqual([]);
  });

  test('the caller who hangs up ends the call of the agent', async () => {
    await rig.transfer();
    await rig.agentAnswers();
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.agent.dialog.destroyed).toBeDefined();
    expect(rig.record?.end?.category).toBe('caller-hangup');
    expect(rig.leg()?.end?.category).toBe('bridge-ended');
  });

  test('a failure without a bot ends the call', async () => {
    await rig.transfer({}, false);
    rig.agent.refuse(486, 'Busy Here');
    await rig.clock.run(0);
    expect(rig.invite.dialog.destroyed).toBeDefined();
    expect(rig.record?.end).toMatchObject({ category: 'bridge-ended', text: expect.stringContaining('486') });
  });

  test('a caller who returns', async () => {
    await rig.transfer({ returns: true });
    await rig.agentAnswers();
    expect(await rig.hearEachOther()).toEqual([true, true]);
    rig.agent.dialog.bye();
    await rig.clock.run(0);
    expect(rig.told).toEqual(['returned: BYE from the callee']);
    expect(rig.record?.state).toBe('answered');
    await rig.transfer({ returns: true });
    await rig.agentAnswers();
    expect(rig.outcomes).toHaveLength(2);
    rig.invite.dialog.bye();
    await rig.clock.run(0);
    expect(rig.told.at(-1)).toBe('gone caller-hangup');
    expect(rig.agent.dialog.destroyed).toBeDefined();
  });
});
