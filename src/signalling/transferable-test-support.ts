import { pino } from 'pino';
import { expect } from 'vitest';
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
import { type FakeAttempt, FakeSip } from './testing-calls.ts';
import type { TransferMethod } from './transfer-attempt.ts';
import { transferable } from './transferable.ts';

const PLAN: LegPlan = {
  ...{ rule: 'agents', sipConnection: 'pbx', asserted: false, auth: undefined, settings: {}, failoverMs: 4_000 },
  caller: { user: '+4930123', host: 'hub.example', displayName: 'Ann' },
  routes: [{ gateway: 'sip:pbx', uri: 'sip:200@pbx', proxy: 'sip:pbx' }],
};
const TRANSFERRED: EndReason = { category: 'transferred', by: 'bot', text: 'handed over' };
export const OPERATOR: EndReason = { category: 'api', by: 'operator', text: 'enough' };

/** A caller with a bot that the test plays; the agent's side is in its hands too. */
export class TransferableRig {
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

  /** Ends what is there; then nothing may be left. */
  async assertNothingLeft(): Promise<void> {
    for (const call of this.registry.live()) call.terminate(OPERATOR);
    await this.clock.run(10_000);
    expect(this.registry.size).toBe(0);
    expect(this.media.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(this.clock.pending).toBe(0);
  }
}
