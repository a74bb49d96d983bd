import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bridge } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { Leg, LegOptions, LegOutcome, LegPlan } from './leg.ts';
import { placeLeg } from './legs.ts';
import { ANSWER, FakeSip } from './testing-calls.ts';

const plan: LegPlan = {
  rule: 'agents',
  sipConnection: 'pbx',
  caller: { user: '+4930123', host: 'hub.example', displayName: 'Ann' },
  asserted: false,
  routes: [
    { gateway: 'sip:g1', uri: 'sip:200@g1', proxy: 'sip:g1' },
    { gateway: 'sip:g2', uri: 'sip:200@g2', proxy: 'sip:g2' },
  ],
  auth: undefined,
  settings: {},
  failoverMs: 4_000,
};
const ENOUGH: EndReason = { category: 'api', by: 'operator', text: 'enough' };

class Rig {
  readonly clock = new VirtualClock();
  readonly sip = new FakeSip();
  readonly media = new FakeMediaEngine({ clock: this.clock });
  readonly registry = new CallRegistry(this.clock);
  readonly records = new Map<string, CallRecord>();
  readonly limits = { concurrentCalls: 4 };

  async place(options: Partial<LegOptions> = {}): Promise<{ leg: Leg; outcome: () => LegOutcome | undefined }> {
    const leg = placeLeg(
      plan,
      { sessionId: 'first', answerMs: 20_000, ...options },
      {
        ...{ sip: this.sip, media: this.media, registry: this.registry, clock: this.clock, limits: this.limits },
        observe: () => ({
          changed: (record) => this.records.set(record.id, structuredClone(record)),
          ...{ answered: () => {}, media: () => {}, turn: () => {} },
        }),
        log: pino({ level: 'silent' }),
      },
    );
    let outcome: LegOutcome | undefined;
    void leg.outcome.then((ended) => {
      outcome = ended;
    });
    await this.clock.run(0);
    return { leg, outcome: () => outcome };
  }

  async answered(options: Partial<LegOptions> = {}) {
    const { leg, outcome } = await this.place(options);
    const attempt = this.sip.last;
    attempt.answer();
    await this.clock.run(0);
    const result = outcome();
    if (!result?.answered) throw new Error('not answered');
    return { leg, attempt, party: result.party };
  }

  record(leg: Leg): CallRecord | undefined {
    return this.records.get(leg.callId);
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(async () => {
  for (const call of rig.registry.live()) call.terminate(ENOUGH);
  await rig.clock.run(10_000);
  expect(rig.registry.size).toBe(0);
  expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(rig.clock.pending).toBe(0);
});

describe('a leg', () => {
  it('rings by its gateways in order, and its record belongs to the session', async () => {
    const progress: object[] = [];
    const { leg, outcome } = await rig.place({
      progress: (step) => void progress.push(step),
      headers: [{ name: 'X-Queue', value: 'sales' }],
    });
    rig.sip.last.refuse(503, 'Busy Here');
    await rig.clock.run(0);
    expect(rig.sip.last.uri).toBe('sip:200@g2');
    expect(rig.sip.last.options.headers).toMatchObject({
      From: '"Ann" <sip:+4930123@hub.example>',
      'X-Queue': 'sales',
    });
    rig.sip.last.provisional(180);
    rig.sip.last.provisional(183, ANSWER);
    await rig.clock.run(0);
    expect(progress).toEqual([
      { status: 180, media: false },
      { status: 183, media: true },
    ]);
    expect(outcome()).toBeUndefined();
    rig.sip.last.answer();
    await rig.clock.run(0);
    expect(outcome()).toMatchObject({ answered: true });
    expect(rig.record(leg)).toMatchObject({
      ...{ direction: 'outbound', state: 'answered', sessionId: 'first', routingRule: 'agents', sipConnection: 'pbx' },
      ...{ destination: { sipConnection: 'pbx' }, dial: { alternativeRoute: true } },
    });
  });

  it('that is busy says so', async () => {
    const { leg, outcome } = await rig.place();
    rig.sip.last.refuse(486, 'Busy Here');
    await rig.clock.run(0);
    expect(outcome()).toMatchObject({ answered: false, end: { category: 'busy', by: 'callee', sipStatus: 486 } });
    expect(rig.record(leg)).toMatchObject({ state: 'ended', end: { category: 'busy' } });
  });

  it('is cancelled while it rings; an answer that comes all the same gets BYE', async () => {
    const { leg, outcome } = await rig.place();
    rig.sip.last.provisional(180);
    leg.end(ENOUGH);
    leg.end(ENOUGH);
    await rig.clock.run(0);
    expect(rig.sip.last.cancelled).toBe(true);
    expect(outcome()).toEqual({ answered: false, end: ENOUGH });
    rig.sip.last.answer();
    await rig.clock.run(0);
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
  });

  it('for which there is no room is not dialled', async () => {
    rig.limits.concurrentCalls = 0;
    const { outcome } = await rig.place();
    expect(outcome()).toMatchObject({ answered: false, end: { sipStatus: 503 } });
    expect(rig.sip.attempts).toHaveLength(0);
    expect(rig.records.size).toBe(0);
  });

  it('for which there is no media endpoint fails', async () => {
    await rig.media.close();
    const { outcome } = await rig.place();
    expect(outcome()).toMatchObject({ answered: false, end: { category: 'media-failure' } });
  });

  it('is not begun while the hub is being stopped', async () => {
    const { leg } = await rig.answered();
    void rig.registry.drain(new AbortController().signal, ENOUGH);
    const { outcome } = await rig.place();
    expect(outcome()).toMatchObject({ answered: false, end: { category: 'shutdown' } });
    leg.end(ENOUGH);
  });
});

describe('two legs that are joined', () => {
  it('end together, and say who hung up and why', async () => {
    const [a, b] = [await rig.answered(), await rig.answered()];
    await Bridge.join(rig.media, a.party, b.party);
    expect(rig.record(a.leg)?.bridgedWith).toBe(b.leg.callId);
    expect(rig.record(b.leg)?.bridgedWith).toBe(a.leg.callId);
    a.attempt.dialog.emit('destroy', { source: 'network', get: () => 'Q.850;cause=16;text="Bye now"' });
    await rig.clock.run(0);
    expect(rig.record(a.leg)?.end).toMatchObject({ category: 'callee-hangup', by: 'callee' });
    expect(rig.record(b.leg)?.end).toMatchObject({ category: 'bridge-ended', by: 'callee' });
    expect(b.attempt.dialog.destroyed).toEqual({ Reason: 'Q.850;cause=16;text="Bye now"' });
  });

  it('one of them stays where it wants to', async () => {
    const left: string[] = [];
    const [a, b] = [
      await rig.answered({ partnerLeft: (reason) => void left.push(reason.category) }),
      await rig.answered(),
    ];
    await Bridge.join(rig.media, a.party, b.party);
    b.leg.end(ENOUGH);
    await rig.clock.run(0);
    expect(left).toEqual(['api']);
    expect(rig.record(a.leg)?.state).toBe('answered');
  });

  it('pass INFO on, and nothing when they are parted', async () => {
    const [a, b] = [await rig.answered(), await rig.answered()];
    const info = { contentType: 'application/json', contentEncoding: '', body: '{}' };
    expect(a.party.receiveInfo(info)).toEqual({ status: 415, accept: [] });
    const bridge = await Bridge.join(rig.media, a.party, b.party);
    expect(a.party.receiveInfo(info)).toEqual({ status: 200 });
    expect(a.party.receiveInfo({ ...info, contentEncoding: 'gzip' })).toMatchObject({ status: 415 });
    expect(a.party.receiveInfo({ ...info, body: 'x'.repeat(100_001) })).toEqual({ status: 413 });
    expect(b.attempt.dialog.requests).toMatchObject([{ method: 'INFO', body: '{}' }]);
    await bridge.close();
    expect(a.party.receiveInfo(info)).toMatchObject({ status: 415 });
  });
});
