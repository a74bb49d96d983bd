import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { parseConfig } from '../config/load.ts';
import type { CallControl, CallFacts, TransferOutcome } from '../conversation/ports.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { toneShare } from '../media/goertzel.ts';
import { MediaError } from '../media/port.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { Converse } from '../signalling/call-application.ts';
import { inboundHandler } from '../signalling/inbound.ts';
import { FakeInvite } from '../signalling/testing.ts';
import { ANSWER, type FakeAttempt, FakeSip } from '../signalling/testing-calls.ts';
import { connectorSchemas } from './connectors.ts';
import { inboundRouting } from './inbound-routing.ts';
import { transferring } from './transfers.ts';

const CONFIG = `
sip: { host: 192.0.2.9 }
media: { timeoutMs: 30000 }
forwarding: { ringTimeoutMs: 40000, maxHops: 10 }
speechServices: [{ id: local, vendor: local }]
bots: [{ id: night, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }]
sipConnections:
  - { id: phones, gateways: ['sip:10.0.0.1'], allowFrom: [127.0.0.1/32] }
  - { id: pbx, gateways: ['sip:10.0.0.2', 'sip:10.0.0.3'], passHeaders: [X-Acme-*] }
  - { id: carrier, gateways: ['sip:gw.example'], auth: { username: acct, password: p }, destinations: ['+1'] }
phoneNumbers: [{ number: '+12025550100', sipConnection: carrier }]
callBlockLists:
  - { id: spam, numbers: ['+44*'], reject: { code: 603 } }
routingGroups:
  - id: sales
    destinations:
      - { priority: 1, sipConnection: pbx, called: '201', ringTimeoutMs: 10000 }
      - { priority: 2, sipConnection: pbx, called: '202' }
      - { priority: 3, bot: night }
  - { id: everybody, strategy: simultaneous, destinations: [{ sipConnection: pbx, called: '201' }, { sipConnection: pbx, called: '202' }] }
routingRules:
  - { id: desk, origin: { sipConnection: phones }, called: '2*', destination: { sipConnection: pbx } }
  - id: out
    origin: { sipConnection: phones }
    called: '0*'
    destination: { sipConnection: carrier }
    rewrite: { called: [{ from: '00*', to: '+*' }, { from: '0*', to: '+1*' }] }
  - { id: number, origin: { sipConnection: phones }, called: '+1*', destination: { phoneNumber: '+12025550100' } }
  - { id: group, origin: { sipConnection: phones }, called: sales, destination: { routingGroup: sales } }
  - { id: bot, origin: { sipConnection: phones }, called: night, destination: { bot: night } }
  - { id: hand-over, type: transfer, origin: { bot: night }, called: '+15*', destination: { routingGroup: everybody }, rewrite: { called: '9*' } }
  - { id: all, origin: { sipConnection: phones }, called: all, destination: { routingGroup: everybody } }
`;

const ENOUGH: EndReason = { category: 'api', by: 'operator', text: 'enough' };

class Rig {
  readonly clock = new VirtualClock();
  readonly sip = new FakeSip();
  readonly media = new FakeMediaEngine({ clock: this.clock, timeoutMs: 30_000 });
  readonly registry = new CallRegistry(this.clock);
  readonly records = new Map<string, CallRecord>();
  readonly refused: string[] = [];
  readonly bots: CallFacts[] = [];
  control: CallControl | undefined;
  readonly limits = { concurrentCalls: 10 };
  readonly #handle: ReturnType<typeof inboundHandler>;

  constructor() {
    const config = parseConfig(CONFIG, 'hub.yaml', {}, connectorSchemas);
    const { clock, media, registry, sip, limits } = this;
    const log = pino({ level: process.env.PATCHBAY_TEST_LOG ?? 'silent' });
    const observe = () => ({
      changed: (record: CallRecord) => void this.records.set(record.id, structuredClone(record)),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    });
    const legs = { sip, media, registry, limits, observe, clock, log };
    const talk: Converse =
      ({ facts }) =>
      ({ control }) => {
        this.bots.push(facts);
        this.control = control;
        control.answer().catch(() => {});
        const { promise, resolve } = Promise.withResolvers<EndReason>();
        return { callerHungUp: resolve, end: resolve, ended: promise };
      };
    const converse = transferring(talk, { config, legs, waiting: () => undefined });
    this.#handle = inboundHandler({
      ...{ registry, media, converse, observe, clock, log },
      ...inboundRouting(config, { ...legs, converse }),
      refused: (reason) => this.refused.push(reason),
      connectionOf: () => 'phones',
      settingsOf: () => ({}),
      admit: () => undefined,
    });
  }

  async call(options: ConstructorParameters<typeof FakeInvite>[0] = {}): Promise<FakeInvite> {
    const invite = new FakeInvite({ to: '200', ...options });
    this.#handle(invite.invite);
    await this.run();
    return invite;
  }

  async answered(options: ConstructorParameters<typeof FakeInvite>[0] = {}) {
    const invite = await this.call(options);
    this.sip.last.answer();
    await this.run();
    invite.dialog.ack();
    await this.run();
    return { invite, callee: this.sip.last };
  }

  run(ms = 0): Promise<void> {
    return this.clock.run(ms);
  }

  /** Of the caller, of the last leg. */
  get caller(): CallRecord | undefined {
    return [...this.records.values()].find(({ direction }) => direction === 'inbound');
  }

  get callee(): CallRecord | undefined {
    return [...this.records.values()].findLast(({ direction }) => direction === 'outbound');
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(async () => {
  for (const call of rig.registry.live()) call.terminate(ENOUGH);
  await rig.run(10_000);
  expect(rig.registry.size).toBe(0);
  expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(rig.clock.pending).toBe(0);
  for (const record of rig.records.values()) expect(record.state).toBe('ended');
});

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

describe('whatever happens, in whatever order', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'ringing',
      'early',
      'answer',
      'busy',
      'decline',
      'gone',
      'cancel',
      'bye',
      'ack',
      'stop',
      'wait',
    ),
    which: fc.nat({ max: 2 }),
    settled: fc.boolean(),
  });

  it('every call ends, everybody who answered is hung up, and the caller is answered once at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('200', 'sales', 'all'), fc.array(step, { maxLength: 10 }), async (to, steps) => {
        rig = new Rig();
        const invite = await rig.call({ to });
        const [answered, left] = [new Set<FakeAttempt>(), new Set<FakeAttempt>()];
        for (const { what, which, settled } of steps) {
          const attempt = rig.sip.attempts[which];
          if (what === 'cancel' && !invite.responses.includes(200)) invite.cancel();
          if (what === 'bye' && invite.responses.includes(200)) invite.dialog.bye();
          if (what === 'ack' && invite.responses.includes(200)) invite.dialog.ack();
          if (what === 'stop') for (const call of rig.registry.live()) call.terminate(ENOUGH);
          if (what === 'wait') await rig.run(11_000);
          if (attempt !== undefined && !left.has(attempt)) {
            if (what === 'ringing') attempt.provisional(180);
            if (what === 'early') attempt.provisional(183, ANSWER);
            if (what === 'busy') attempt.refuse(486);
            if (what === 'decline') attempt.refuse(603);
            if (what === 'answer') attempt.answer();
            if (what === 'gone' && answered.has(attempt)) attempt.dialog.bye();
            if (what === 'answer') answered.add(attempt);
            if (['busy', 'decline'].includes(what) || (what === 'gone' && answered.has(attempt))) left.add(attempt);
          }
          if (settled) await rig.run();
        }
        await rig.run();
        for (const call of rig.registry.live()) call.terminate(ENOUGH);
        await rig.run();
        for (const attempt of rig.sip.attempts) attempt.refuse(487);
        await rig.run(10_000);
        expect(rig.registry.size).toBe(0);
        expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
        expect(rig.clock.pending).toBe(0);
        for (const record of rig.records.values()) expect(record.state).toBe('ended');
        for (const one of answered) if (!left.has(one)) expect(one.dialog.destroyed).toBeDefined();
        expect(invite.responses.filter((status) => status >= 200).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});
