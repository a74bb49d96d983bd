import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TransferOutcome } from '../conversation/ports.ts';
import { ANSWER } from '../signalling/testing-calls.ts';
import { expectNothingLeft, ForwardingRig } from './testing-forwarding.ts';

let rig: ForwardingRig;
beforeEach(() => {
  rig = new ForwardingRig();
});
afterEach(() => expectNothingLeft(rig));

describe('groups', () => {
  it('the next is tried when one is busy, then the bot', async () => {
    const invite = await rig.call({ to: 'sales' });
    expect(rig.sip.last.uri).toBe('sip:201@10.0.0.2');
    rig.sip.last.provisional(180);
    rig.sip.last.refuse(486);
    await rig.run();
    expect(rig.sip.last.uri).toBe('sip:202@10.0.0.2');
    rig.sip.last.refuse(404);
    await rig.run();
    expect(rig.bots).toMatchObject([{ callee: 'sales', caller: '+4930123' }]);
    expect(invite.responses).toEqual([180, 200]);
    expect(rig.caller).toMatchObject({ destination: { bot: 'night' }, conversationId: rig.bots[0]?.conversationId });
    invite.dialog.bye();
    await rig.run();
    expect(rig.caller?.end?.category).toBe('caller-hangup');
  });

  it('a destination has its own time to ring', async () => {
    await rig.call({ to: 'sales' });
    rig.sip.last.provisional(180);
    await rig.run(10_001);
    expect(rig.sip.attempts[0]?.cancelled).toBe(true);
    expect(rig.sip.last.uri).toBe('sip:202@10.0.0.2');
    rig.sip.attempts[0]?.refuse(487);
  });

  it('a callee who declines is the end of it', async () => {
    const invite = await rig.call({ to: 'sales' });
    rig.sip.last.refuse(603, 'Decline');
    await rig.run();
    expect(rig.sip.attempts).toHaveLength(1);
    expect(invite.responses).toEqual([603]);
  });

  it('all at once: one has the call, the other is cancelled and shows no missed call', async () => {
    const invite = await rig.call({ to: 'all' });
    const [a, b] = rig.sip.attempts;
    a?.provisional(180);
    b?.provisional(183, ANSWER);
    await rig.run();
    expect(invite.responses).toEqual([180]);
    b?.answer();
    await rig.run();
    expect(invite.responses).toEqual([180, 200]);
    expect(a?.cancelled).toBe(true);
    expect(a?.options.cancelHeaders?.()).toEqual({ Reason: 'SIP;cause=200;text="Call completed elsewhere"' });
    a?.answer();
    await rig.run();
    expect(a?.dialog.destroyed).toEqual({ Reason: 'SIP;cause=200;text="Call completed elsewhere"' });
    expect(b?.dialog.destroyed).toBeUndefined();
    expect(rig.registry.size).toBe(2);
  });

  it('all at once, and all fail: what says most', async () => {
    const invite = await rig.call({ to: 'all' });
    rig.sip.attempts[0]?.refuse(486);
    await rig.run();
    expect(invite.responses).toEqual([]);
    rig.sip.attempts[1]?.refuse(404);
    await rig.run();
    expect(invite.responses).toEqual([486]);
  });
});

describe("a bot's transfer to a group", () => {
  const transfer = async () => {
    const invite = await rig.call({ to: 'night' });
    invite.dialog.ack();
    await rig.run();
    const outcomes: TransferOutcome[] = [];
    const request = {
      target: 'tel:+15551230001',
      reason: '',
      referredBy: '',
      headers: { 'X-Case': '7' },
      returns: false,
    };
    rig.control?.transfer?.(request, { ended: (outcome) => void outcomes.push(outcome), returned: () => {} });
    await rig.run();
    return { invite, outcomes };
  };

  it('rings all of it, and the first that answers has the caller', async () => {
    const { invite, outcomes } = await transfer();
    expect(rig.sip.attempts.map(({ uri }) => uri)).toEqual(['sip:201@10.0.0.2', 'sip:202@10.0.0.2']);
    expect(rig.sip.last.options.headers).toMatchObject({ 'X-Case': '7' });
    rig.sip.attempts[0]?.provisional(183, ANSWER);
    rig.sip.attempts[1]?.answer();
    await rig.run();
    rig.sip.attempts[0]?.refuse(487);
    await rig.run();
    expect(outcomes).toMatchObject([{ status: 'answered' }]);
    const answered = [...rig.records.values()].find(
      ({ direction, state }) => direction === 'outbound' && state === 'answered',
    );
    expect(rig.caller?.transfers).toMatchObject([{ outcome: 'answered', callId: answered?.id }]);
    invite.dialog.bye();
    await rig.run();
    expect(rig.sip.attempts[1]?.dialog.destroyed).toBeDefined();
  });

  it('nobody answers: the bot has the caller back', async () => {
    const { outcomes } = await transfer();
    rig.sip.attempts[0]?.refuse(486);
    rig.sip.attempts[1]?.refuse(480);
    await rig.run();
    expect(outcomes).toMatchObject([{ status: 'failed', sipStatus: 486 }]);
    expect(rig.caller?.state).toBe('answered');
  });

  it('the caller hangs up meanwhile: all are cancelled', async () => {
    const { invite } = await transfer();
    invite.dialog.bye();
    await rig.run();
    expect(rig.sip.attempts.every(({ cancelled }) => cancelled)).toBe(true);
    for (const attempt of rig.sip.attempts) attempt.refuse(487);
  });
});
