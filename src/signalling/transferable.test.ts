import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import type { CallControl, TransferOutcome, TransferRequest, TransferStart } from '../conversation/ports.ts';
import { PatchbayError } from '../errors.ts';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { toneShare } from '../media/goertzel.ts';
import { sine } from '../media/tone.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { ringbackSound } from '../media/waiting-sound.ts';
import { InboundCall } from './inbound-call.ts';
import type { LegPlan } from './leg.ts';
import { placeLeg } from './legs.ts';
import { FakeInvite } from './testing.ts';
import { ANSWER, type FakeAttempt, FakeSip } from './testing-calls.ts';
import type { TransferMethod } from './transfer-attempt.ts';
import { transferable } from './transferable.ts';

const PLAN: LegPlan = {
  ...{ rule: 'agents', sipConnection: 'pbx', asserted: false, auth: undefined, settings: {}, failoverMs: 4_000 },
  caller: { user: '+4930123', host: 'hub.example', displayName: 'Ann' },
  routes: [{ gateway: 'sip:pbx', uri: 'sip:200@pbx', proxy: 'sip:pbx' }],
};
const TRANSFERRED: EndReason = { category: 'transferred', by: 'bot', text: 'handed over' };
const OPERATOR: EndReason = { category: 'api', by: 'operator', text: 'enough' };

/** A caller with a bot that the test plays; the agent's side is in its hands too. */
class Rig {
  readonly clock = new VirtualClock();
  readonly sip = new FakeSip();
  readonly media = new FakeMediaEngine({ clock: this.clock, timeoutMs: 10_000_000 });
  readonly registry = new CallRegistry(this.clock);
  readonly records = new Map<string, CallRecord>();
  readonly invite = new FakeInvite();
  readonly call: InboundCall;
  /** What the bot was told. */
  readonly told: string[] = [];
  outcomes: TransferOutcome[] = [];
  control: CallControl | undefined;
  start: TransferStart | undefined;
  finishBot: (reason: EndReason) => void = () => {};

  constructor(method: TransferMethod = 'invite') {
    const log = pino({ level: 'silent' });
    const observe = () => ({
      changed: (record: CallRecord) => this.records.set(record.id, structuredClone(record)),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    });
    const legDeps = {
      ...{ sip: this.sip, media: this.media, registry: this.registry, clock: this.clock, observe, log },
      limits: { concurrentCalls: 10 },
    };
    this.call = new InboundCall({
      invite: this.invite.invite,
      record: {
        ...{ id: 'first', sipCallId: '', direction: 'inbound', remote: '', sipConnection: 'c', routingRule: 'r' },
        ...{ calling: { user: '+1', host: 'h', displayName: undefined }, called: { user: '+2', host: 'g' } },
        ...{ destination: { bot: 'demo' }, conversationId: 'first' },
      },
      media: this.media,
      settings: {},
      start: transferable(
        ({ control }) => {
          const { promise, resolve } = Promise.withResolvers<EndReason>();
          this.control = control;
          this.finishBot = resolve;
          void control.answer();
          const over = (word: string) => (reason: EndReason) => {
            this.told.push(`${word} ${reason.category}`);
            if (this.start?.begun === true) this.start.cancel();
            resolve(reason);
          };
          return { callerHungUp: over('gone'), end: over('end'), ended: promise };
        },
        'first',
        {
          method,
          place: (target, options) => {
            if (target === 'tel:+1900') throw new PatchbayError('destination_not_allowed', 'not allowed');
            return placeLeg(PLAN, options, legDeps);
          },
          referTo: (target) => `<${target}>`,
          ...{ engine: this.media, waiting: ringbackSound('de'), clock: this.clock },
          ...{ ringTimeoutMs: 20_000, referTimeoutMs: 10_000 },
        },
      ),
      observer: observe(),
      clock: this.clock,
      log,
    });
    this.registry.add(this.call);
  }

  async answered(): Promise<this> {
    await this.clock.run(0);
    this.invite.dialog.ack();
    await this.clock.run(0);
    return this;
  }

  /** `attached`: the bot stays until the outcome; otherwise it leaves at once. */
  async transfer(request: Partial<TransferRequest> = {}, attached = true): Promise<void> {
    this.start = this.control?.transfer?.(
      { target: 'tel:+4930200', reason: '', referredBy: '', headers: {}, returns: false, ...request },
      {
        ended: (outcome) => {
          this.outcomes.push(outcome);
          if (attached && outcome.status === 'answered' && request.returns !== true) this.finishBot(TRANSFERRED);
        },
        returned: (reason) => void this.told.push(`returned: ${reason}`),
      },
    );
    if (!attached && this.start?.begun === true) this.finishBot(TRANSFERRED);
    await this.clock.run(0);
  }

  get agent(): FakeAttempt {
    return this.sip.last;
  }

  async agentAnswers(): Promise<void> {
    this.agent.answer();
    await this.clock.run(0);
  }

  get caller(): FakeEndpoint {
    return this.endpoint(0);
  }

  endpoint(index: number): FakeEndpoint {
    const endpoint = this.media.endpoints[index];
    if (endpoint === undefined) throw new Error(`no endpoint ${index}`);
    return endpoint;
  }

  /** Whether the caller hears what the agent says, and the agent him. */
  async hearEachOther(): Promise<[boolean, boolean]> {
    const [a, b] = [this.endpoint(0), this.media.endpoints.at(-1) ?? this.endpoint(1)];
    const before = [a.caller.heardFrames.length, b.caller.heardFrames.length] as const;
    a.caller.speak(sine(700, 200, 8000));
    b.caller.speak(sine(500, 200, 8000));
    await this.clock.run(400);
    const heard = (of: FakeEndpoint, from: number, hz: number) =>
      of.caller.heardFrames.slice(from).some((frame) => toneShare(frame, hz, 8000) > 0.8);
    return [heard(a, before[0], 500), heard(b, before[1], 700)];
  }

  get record(): CallRecord | undefined {
    return this.records.get('first');
  }

  leg(): CallRecord | undefined {
    return [...this.records.values()].find(({ id }) => id !== 'first');
  }
}

let rig: Rig;
beforeEach(async () => {
  rig = await new Rig().answered();
});
afterEach(async () => {
  for (const call of rig.registry.live()) call.terminate(OPERATOR);
  await rig.clock.run(10_000);
  expect(rig.registry.size).toBe(0);
  expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(rig.clock.pending).toBe(0);
});

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

describe('by REFER', () => {
  beforeEach(async () => {
    rig = await new Rig('refer').answered();
  });
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

describe('attended', () => {
  beforeEach(async () => {
    rig = await new Rig('attended').answered();
  });

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
