import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toneShare } from '../media/goertzel.ts';
import { MediaError } from '../media/port.ts';
import { ANSWER } from '../signalling/testing-calls.ts';
import { ENOUGH, expectNothingLeft, ForwardingRig } from './testing-forwarding.ts';

let rig: ForwardingRig;
beforeEach(() => {
  rig = new ForwardingRig();
});
afterEach(() => expectNothingLeft(rig));

describe('a call to another phone', () => {
  it('rings, is answered when the callee answers, and both records know each other', async () => {
    const invite = await rig.call();
    expect(invite.responses).toEqual([]);
    rig.sip.last.provisional(180);
    await rig.run();
    expect(invite.responses).toEqual([180]);
    rig.sip.last.answer();
    await rig.run();
    expect(invite.responses).toEqual([180, 200]);
    invite.dialog.ack();
    await rig.run(1_000);
    expect(rig.caller).toMatchObject({ state: 'answered', routingRule: 'desk', destination: { sipConnection: 'pbx' } });
    expect(rig.callee).toMatchObject({ state: 'answered', sessionId: rig.caller?.id, bridgedWith: rig.caller?.id });
    expect(rig.caller?.bridgedWith).toBe(rig.callee?.id);
    const [caller, callee] = rig.media.endpoints;
    const tone = new Int16Array(160).fill(5_000);
    callee?.caller.speak(tone);
    caller?.caller.press('7');
    await rig.run(200);
    expect(caller?.caller.heard()).toContain(5_000);
    expect(callee?.caller.digitsHeard).toMatchObject([{ digit: '7' }]);
  });

  it('the caller is who he is, and how the call came about goes with it; nothing else does', async () => {
    await rig.call({
      from: 'ann',
      lines: [
        'Max-Forwards: 30',
        'Diversion: <sip:100@a.example>;reason=no-answer',
        'Diversion: <sip:101@a.example>;reason=user-busy',
        'P-Asserted-Identity: <sip:+4930123@a.example>',
        'Privacy: id',
        'X-Acme-Case: 7',
        'X-Secret: 8',
        'Route: <sip:inside.example>',
      ],
    });
    const { headers = {} } = rig.sip.last.options;
    expect(headers).toMatchObject({
      From: '"Ann" <sip:ann@192.0.2.9>',
      'Max-Forwards': '9',
      Diversion: '<sip:100@a.example>;reason=no-answer, <sip:101@a.example>;reason=user-busy',
      'P-Asserted-Identity': '<sip:+4930123@a.example>',
      Privacy: 'id',
      'X-Acme-Case': '7',
    });
    expect(JSON.stringify(headers)).not.toMatch(/Secret|inside/i);
  });

  it.each([
    ['00441234', '603'],
    ['0012025550123', '+12025550123'],
    ['02025550123', '+12025550123'],
    ['0049301234', '403'],
  ])('%s is rewritten, and what the connection does not allow is refused', async (to, expected) => {
    const invite = await rig.call({ to, from: '+493012345' });
    if (expected.startsWith('+')) {
      expect(rig.sip.last.uri).toBe(`sip:${expected}@gw.example;user=phone`);
      expect(rig.sip.last.options).toMatchObject({ auth: { username: 'acct' } });
      expect(rig.sip.last.options.headers).toMatchObject({ From: '"Ann" <sip:+493012345@gw.example>' });
      expect(rig.sip.last.options.headers).not.toHaveProperty('P-Asserted-Identity');
    } else {
      expect(rig.sip.attempts).toHaveLength(0);
      expect(invite.responses).toEqual([403]);
      expect(JSON.stringify(invite.headers)).not.toContain('destinations');
    }
  });

  it('as one of our numbers: whoever called us is not told', async () => {
    await rig.call({ to: '+12025550123', lines: ['P-Asserted-Identity: <sip:+4930123@a.example>'] });
    expect(rig.sip.last.options.headers).toMatchObject({
      From: '"Ann" <sip:+12025550100@gw.example>',
      'P-Asserted-Identity': '<sip:+12025550100@gw.example>',
    });
  });

  it('a caller who does not want to be known stays unknown', async () => {
    await rig.call({ from: 'anonymous' });
    expect(rig.sip.last.options.headers).toMatchObject({ From: '"Anonymous" <sip:anonymous@anonymous.invalid>' });
  });

  it.each([
    [486, 486],
    [404, 404],
    [603, 603],
    [407, 480],
  ])('a callee who answers with %i: the caller gets %i', async (status, expected) => {
    const invite = await rig.call();
    rig.sip.last.refuse(status, 'No', { reason: ['Q.850;cause=17;text="busy"'] });
    await rig.run();
    expect(invite.responses).toEqual([expected]);
    expect(invite.headers).toMatchObject({ Reason: 'Q.850;cause=17;text="busy"' });
    expect(rig.caller?.end).toMatchObject({ by: 'callee', sipStatus: expected });
  });

  it('nobody answers: 480 when the time is up, and the callee is cancelled', async () => {
    const invite = await rig.call();
    rig.sip.last.provisional(180);
    await rig.run(39_000);
    expect(invite.responses).toEqual([180]);
    await rig.run(1_001);
    expect(invite.responses).toEqual([180, 480]);
    expect(rig.sip.last.cancelled).toBe(true);
    rig.sip.last.refuse(487);
    await rig.run();
    expect(rig.caller?.end).toMatchObject({ category: 'no-answer' });
  });

  it('no gateway is there: 504', async () => {
    const invite = await rig.call();
    await rig.run(4_000);
    rig.sip.last.fail('unreachable');
    await rig.run();
    expect(rig.sip.attempts.map(({ uri }) => uri)).toEqual(['sip:200@10.0.0.2', 'sip:200@10.0.0.3']);
    expect(invite.responses).toEqual([504]);
  });

  it('no room for the second call: 503', async () => {
    rig.limits.concurrentCalls = 1;
    const invite = await rig.call();
    expect(invite.responses).toEqual([503]);
    expect(rig.sip.attempts).toHaveLength(0);
  });

  it('that has gone in circles: 483, and a record', async () => {
    const invite = await rig.call({ lines: ['Max-Forwards: 0'] });
    expect(invite.responses).toEqual([483]);
    expect(rig.refused).toEqual(['too-many-hops']);
    expect(rig.caller?.end).toMatchObject({ sipStatus: 483 });
  });
});

describe('hanging up', () => {
  it('the caller while it rings: the callee is cancelled and told why', async () => {
    const invite = await rig.call();
    rig.sip.last.provisional(180);
    invite.cancel();
    await rig.run();
    expect(rig.sip.last.cancelled).toBe(true);
    expect(rig.sip.last.options.cancelHeaders?.()).toEqual({ Reason: 'SIP;cause=487;text="Request terminated"' });
    rig.sip.last.refuse(487);
    await rig.run();
    expect(rig.caller?.end?.category).toBe('caller-cancelled');
    expect(rig.callee?.end?.category).toBe('bridge-ended');
  });

  it('the caller, since another phone of his has got the call: so is the callee', async () => {
    const invite = await rig.call();
    invite.cancel('SIP;cause=200;text="Call completed elsewhere"');
    await rig.run();
    expect(rig.sip.last.options.cancelHeaders?.()).toEqual({
      Reason: 'SIP;cause=200;text="Call completed elsewhere"',
    });
    rig.sip.last.refuse(487);
  });

  it('the caller at the moment of the answer', async () => {
    const invite = await rig.call();
    rig.sip.last.answer();
    invite.cancel();
    await rig.run();
    expect(invite.responses).toEqual([]);
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
  });

  it('the caller while his 200 goes out', async () => {
    const invite = await rig.call();
    invite.acceptRefusal = 'unknown transaction';
    rig.sip.last.answer();
    await rig.run();
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
    expect(rig.caller?.end?.category).toBe('caller-cancelled');
  });

  it('the caller when talking', async () => {
    const { invite, callee } = await rig.answered();
    invite.dialog.bye('network', 'Q.850;cause=16');
    await rig.run();
    expect(callee.dialog.destroyed).toEqual({ Reason: 'Q.850;cause=16' });
    expect(rig.caller?.end?.category).toBe('caller-hangup');
    expect(rig.callee?.end).toMatchObject({ category: 'bridge-ended', by: 'caller' });
  });

  it('the callee when talking', async () => {
    const { invite, callee } = await rig.answered();
    callee.dialog.bye();
    await rig.run();
    expect(invite.dialog.destroyed).toEqual({ Reason: 'SIP;cause=200;text="Call completed"' });
    expect(rig.caller?.end).toMatchObject({ category: 'bridge-ended', by: 'callee' });
  });

  it('an operator, either of the two', async () => {
    const { invite, callee } = await rig.answered();
    rig.registry.get(rig.callee?.id ?? '')?.terminate(ENOUGH);
    await rig.run();
    expect(callee.dialog.destroyed).toBeDefined();
    expect(invite.dialog.destroyed).toBeDefined();
  });

  it('the media of one of the two: the other is not left alone', async () => {
    const { invite, callee } = await rig.answered();
    rig.media.endpoints[0]?.caller.sendSilence(true);
    await rig.run(31_000);
    expect(callee.dialog.destroyed).toBeDefined();
    expect(invite.dialog.destroyed).toBeDefined();
    expect(rig.callee?.end?.category).toBe('media-timeout');
  });

  it('the hub both, where it cannot join them', async () => {
    const invite = await rig.call();
    rig.media.bridge = () => Promise.reject(new MediaError('cannot_bridge', 'no'));
    rig.sip.last.answer();
    await rig.run();
    expect(invite.responses).toEqual([500]);
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
    expect(rig.caller?.end?.category).toBe('media-failure');
  });

  it('no ACK of the caller', async () => {
    const invite = await rig.call();
    rig.sip.last.answer();
    await rig.run();
    invite.dialog.bye('application');
    await rig.run();
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
  });
});

describe('early media', () => {
  it('is heard before the answer, once', async () => {
    const invite = await rig.call();
    rig.sip.last.provisional(183, ANSWER);
    rig.sip.last.provisional(183, ANSWER);
    await rig.run();
    expect(invite.responses).toEqual([183]);
    const [caller, callee] = rig.media.endpoints;
    callee?.caller.speak(new Int16Array(160).fill(5_000));
    await rig.run(200);
    expect(caller?.caller.heard()).toContain(5_000);
    rig.sip.last.answer();
    await rig.run();
    expect(invite.responses).toEqual([183, 200]);
    expect(rig.caller?.bridgedWith).toBe(rig.callee?.id);
  });

  it('without an offer of the caller there is nothing to hear: it rings', async () => {
    const invite = await rig.call({ sdp: '' });
    rig.sip.last.provisional(183, ANSWER);
    await rig.run();
    expect(invite.responses).toEqual([180]);
    rig.sip.last.answer();
    await rig.run();
    invite.dialog.ack(ANSWER);
    await rig.run(100);
    rig.media.endpoints[1]?.caller.speak(new Int16Array(160).fill(5_000));
    await rig.run(200);
    expect(rig.media.endpoints[0]?.caller.heard()).toContain(5_000);
  });

  it('of one who then refuses does not end the call of the next', async () => {
    const invite = await rig.call({ to: 'sales' });
    rig.sip.last.provisional(183, ANSWER);
    await rig.run();
    const heard = () => rig.media.endpoints[0]?.caller.heard() ?? new Int16Array();
    await rig.run(200);
    expect(heard().some((sample) => sample !== 0)).toBe(false);
    rig.sip.last.refuse(486);
    await rig.run();
    expect(rig.sip.last.uri).toBe('sip:202@10.0.0.2');
    await rig.run(400);
    expect(toneShare(heard().subarray(-1_600), 440, 8000)).toBeGreaterThan(0.3);
    rig.sip.last.provisional(183, ANSWER);
    await rig.run(400);
    expect(
      heard()
        .subarray(-800)
        .some((sample) => sample !== 0),
    ).toBe(false);
    rig.sip.last.answer();
    await rig.run();
    expect(invite.responses.at(-1)).toBe(200);
  });

  it('a caller who says nothing for as long as it rings is no lost call', async () => {
    const invite = await rig.call();
    rig.sip.last.provisional(183, ANSWER);
    await rig.run(35_000);
    rig.media.endpoints[1]?.caller.sendSilence(true);
    rig.sip.last.answer();
    await rig.run(1_000);
    expect(invite.responses).toEqual([183, 200]);
    expect(invite.dialog.destroyed).toBeUndefined();
    await rig.run(31_000);
    expect(rig.caller?.end?.category).toBe('media-timeout');
  });
});

describe('callers on a block list', () => {
  it('are refused and counted, and written down once an hour', async () => {
    const numbers: number[][] = [];
    for (let i = 0; i < 3; i++) numbers.push((await rig.call({ from: '+44123' })).responses);
    expect(numbers).toEqual([[603], [603], [603]]);
    expect(rig.refused).toEqual(['blocked', 'blocked', 'blocked']);
    expect(rig.records.size).toBe(1);
    await rig.call({ lines: ['P-Asserted-Identity: "X" <sip:+44999@a>, <tel:+44123>'] });
    expect(rig.records.size).toBe(2);
    await rig.run(3_600_001);
    await rig.call({ from: '+44123' });
    expect(rig.records.size).toBe(3);
    expect(rig.caller?.end).toMatchObject({
      category: 'rejected',
      sipStatus: 603,
      text: expect.stringContaining('spam'),
    });
  });
});
