import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { headerValue, type SipRequest } from '../engines/embedded/sip/message.ts';
import { type Answered, agent, answerTo, clock, start } from '../engines/embedded/sip/test-agent.ts';
import type { TestPeer } from '../engines/embedded/sip/test-peer.ts';
import { PatchbayError } from '../errors.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { ringbackSound } from '../media/waiting-sound.ts';
import type { RingPlan } from '../routing/ring-plan.ts';
import type { LineOptions } from './call-line.ts';
import { forwardCall } from './forward-call.ts';
import { type InboundOptions, inboundHandler } from './inbound.ts';
import type { LegPlan } from './leg.ts';
import { placeLeg } from './legs.ts';
import { LineDirectory } from './line-directory.ts';
import type { RingCall } from './ring.ts';
import { SipClient } from './sip-client.ts';
import type { TakeoverDeps } from './takeover.ts';

export const OPERATOR: EndReason = { category: 'api', by: 'operator', text: 'enough' };
export const sdpAt = (port: number) =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
export const SDP = ['Content-Type: application/sdp'];

/** The hub between phones that the test plays over the SIP agent: a bot behind `bot`, another phone behind `desk`. */
export class TakeoverRig {
  readonly media = new FakeMediaEngine({ clock, timeoutMs: 10_000_000 });
  readonly registry = new CallRegistry(clock);
  readonly records = new Map<string, CallRecord>();
  readonly lines = new LineDirectory();
  readonly log = pino({ level: 'silent' });
  readonly sip: SipClient;
  /** What the bot was told, and how its call can be ended. */
  readonly told: string[] = [];
  /** Whether a rule of type transfer names the SIP connection. */
  mayTransfer = true;
  /** SIP connections whose parties have asked for another one. */
  readonly asked: (string | undefined)[] = [];
  /** Of each call that was placed for a bridge: so often its call had got another party. */
  readonly takeovers: (number | undefined)[] = [];
  targetConnection: string | undefined;
  target: TestPeer | undefined;
  /** Whom a REFER to a group calls. */
  group: readonly TestPeer[] = [];
  /** Of the group: whom the allow list does not let through, by number. */
  notAllowed: readonly string[] = [];
  readonly limits = { concurrentCalls: 20 };
  desk: TestPeer | undefined;

  constructor() {
    this.sip = new SipClient({
      host: '127.0.0.1',
      port: agent.applicationPort,
      secret: agent.applicationSecret,
      onError: () => {},
    });
    onTestFinished(() => this.sip.close());
  }

  static async make(): Promise<TakeoverRig> {
    await start();
    const rig = new TakeoverRig();
    rig.sip.onInvite(inboundHandler(rig.options()));
    await rig.sip.connect();
    return rig;
  }

  options(): InboundOptions {
    const { registry, media, log, sip } = this;
    const observe = () => ({
      changed: (record: CallRecord) => this.records.set(record.id, structuredClone(record)),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    });
    const placing = { ...{ sip, media, registry, clock, log, observe }, limits: this.limits };
    const takeover: TakeoverDeps = {
      ...{ legs: placing, lines: this.lines, waiting: undefined, ringTimeoutMs: 20_000 },
      place: (plan, options) => {
        this.takeovers.push(options.takeovers);
        return placeLeg(plan, options, { ...placing, takeover });
      },
      mayTransfer: () => this.mayTransfer,
      route: (from, { target }) => {
        this.asked.push(from.sipConnection);
        if (target.includes('forbidden')) throw new PatchbayError('no_route', 'no rule');
        return { rule: 'r', plan: this.#planOf(target), leg: (call) => this.#legOf(call, from) };
      },
    };
    const legs = { ...placing, takeover };
    return {
      ...{ registry, media, clock, log, observe, takeover, maxHops: 20 },
      converse: () => (call) => {
        const { promise, resolve } = Promise.withResolvers<EndReason>();
        void call.control.answer();
        const over = (word: string) => (reason: EndReason) => {
          this.told.push(`${word} ${reason.category}`);
          resolve(reason);
        };
        return { callerHungUp: over('gone'), end: over('end'), ended: promise };
      },
      forward: ({ callId, facts }) =>
        forwardCall(
          {
            ...{ facts, maxForwards: 20, sipConnection: 'phones', headers: () => [] },
            plan: {
              kind: 'call',
              destination: { sipConnection: 'phones' },
              calling: 'a',
              called: callId,
              ringTimeoutMs: undefined,
            },
            planLeg: () => this.#planTo(this.desk),
          },
          {
            ...legs,
            converse: () => () => {
              throw new Error('no bot');
            },
            ...{ ringTimeoutMs: 20_000, ringback: ringbackSound('us') },
          },
        ),
      refused: () => {},
      connectionOf: () => 'phones',
      blockedBy: () => undefined,
      settingsOf: () => ({}),
      route: ({ called }) =>
        called === 'bot'
          ? { kind: 'to', rule: 'r', destination: { bot: 'b' }, plan: { kind: 'bot', bot: 'b', calling: 'a', called } }
          : {
              kind: 'to',
              rule: 'r',
              destination: { sipConnection: 'phones' },
              plan: {
                kind: 'call',
                destination: { sipConnection: 'phones' },
                calling: 'a',
                called,
                ringTimeoutMs: undefined,
              },
            },
      admit: () => undefined,
    };
  }

  /** A group where the target says so: of the phones in `group`, one after the other. */
  #planOf(target: string): RingPlan {
    const call = (called: string): RingPlan => ({
      ...{ kind: 'call', destination: { sipConnection: 'phones' }, calling: 'a', called, ringTimeoutMs: undefined },
    });
    if (!target.includes('group')) return call('target');
    const plans = this.group.map((_, index) => call(`${index}`));
    return {
      ...{ kind: 'group', group: 'g', failOn: ['busy', 'unreachable'] },
      stages: target.includes('at-once') ? [plans] : plans.map((plan) => [plan]),
    };
  }

  #legOf({ called }: RingCall, from: Pick<LineOptions, 'sipConnection' | 'otherSide'>): LegPlan {
    if (this.notAllowed.includes(called)) throw new PatchbayError('destination_not_allowed', 'not allowed');
    return {
      ...this.#planTo(called === 'target' ? this.target : this.group[Number(called)]),
      sipConnection: this.targetConnection ?? from.sipConnection ?? '',
      caller: { ...from.otherSide, host: 'hub' },
    };
  }

  #planTo(phone: TestPeer | undefined): LegPlan {
    const uri = `sip:someone@127.0.0.1:${phone?.port ?? 9};transport=${phone?.transport ?? 'udp'}`;
    return {
      ...{ rule: 'r', sipConnection: 'phones', asserted: false, auth: undefined, settings: {}, failoverMs: 4_000 },
      caller: { user: 'a', host: 'hub', displayName: undefined },
      routes: [{ gateway: uri, uri, proxy: uri }],
    };
  }

  /** A call to `user`, whose telephone listens for audio at `port`. */
  async call(phone: TestPeer, user: string, port: number): Promise<Answered> {
    const ids = { from: `<sip:a@127.0.0.1>;tag=p${phone.port}.${port}`, callId: `c${phone.port}.${port}@test` };
    const uri = `sip:${user}@127.0.0.1`;
    phone.send(phone.text('INVITE', { ...ids, uri, extra: SDP, body: sdpAt(port) }));
    if (user === 'desk') await this.answerInvite(this.desk, 40_100);
    const ok = await phone.response(200);
    const to = (ok && headerValue(ok, 'to')) ?? '';
    phone.send(phone.text('ACK', { ...ids, to }));
    await settle();
    return { ...ids, to };
  }

  /** The last call of the hub that was answered, from the view of the telephone that has answered it. */
  deskDialog: Answered = { from: '', to: '', callId: '' };

  async answerInvite(phone: TestPeer | undefined, port: number): Promise<SipRequest> {
    const invite = await phone?.request('INVITE');
    if (phone === undefined || invite === undefined) throw new Error('no INVITE came');
    phone.send(phone.answer(invite, 180, { tag: 'd' }));
    const contact = `Contact: <sip:d@127.0.0.1:${phone.port};transport=${phone.transport}>`;
    phone.send(phone.answer(invite, 200, { tag: 'd', extra: [...SDP, contact], body: sdpAt(port) }));
    await phone.request('ACK');
    await settle();
    const field = (name: string) => headerValue(invite, name) ?? '';
    this.deskDialog = { from: `${field('to')};tag=d`, to: field('from'), callId: field('call-id') };
    return invite;
  }

  /** Takes the INVITE, and rings. */
  async ring(phone: TestPeer): Promise<SipRequest> {
    const invite = await phone.request('INVITE');
    if (invite === undefined) throw new Error('no INVITE came');
    phone.send(phone.answer(invite, 180, { tag: 'd' }));
    await settle();
    return invite;
  }

  /** Takes the CANCEL of that INVITE. @returns its Reason */
  async takeCancel(phone: TestPeer, invite: SipRequest): Promise<string | undefined> {
    const cancel = await phone.request('CANCEL');
    if (cancel === undefined) throw new Error('no CANCEL came');
    phone.send(phone.answer(cancel, 200));
    phone.send(phone.answer(invite, 487, { tag: 'd' }));
    await settle();
    return headerValue(cancel, 'reason');
  }

  /** Takes the INVITE and refuses it. */
  async refuseInvite(phone: TestPeer | undefined, status: number): Promise<void> {
    const invite = await phone?.request('INVITE');
    if (phone === undefined || invite === undefined) throw new Error('no INVITE came');
    phone.send(phone.answer(invite, status, { tag: 'd' }));
    await phone.request('ACK');
    await settle();
  }

  async refer(
    phone: TestPeer,
    call: Answered,
    referTo: string,
    cseq: number,
    extra: string[] = [],
  ): Promise<number | undefined> {
    phone.send(phone.text('REFER', { ...call, cseq, extra: [`Refer-To: ${referTo}`, ...extra] }));
    return (await answerTo(phone, `${cseq} REFER`))?.status;
  }

  /** Takes NOTIFYs until the last; their status lines. */
  async reports(phone: TestPeer): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const notify = await phone.request('NOTIFY');
      if (notify === undefined) return [...lines, 'nothing'];
      phone.send(phone.answer(notify, 200));
      lines.push(notify.body.toString().trim());
      if (headerValue(notify, 'subscription-state')?.startsWith('terminated')) return lines;
    }
  }

  async takeBye(phone: TestPeer): Promise<void> {
    const bye = await phone.request('BYE');
    if (bye === undefined) throw new Error('no BYE came');
    phone.send(phone.answer(bye, 200));
  }

  /** Where the hub sends its audio, by endpoint. */
  remotes(): (string | undefined)[] {
    return this.media.endpoints.map((endpoint) => endpoint.stats().remoteAddress);
  }

  /** Of calls that the hub has placed, in order. */
  placed(): CallRecord[] {
    return [...this.records.values()].filter(({ direction }) => direction === 'outbound');
  }

  /** Ends what is there; then no call, dialog or open record may be left. */
  async assertNothingLeft(): Promise<void> {
    for (const call of this.registry.live()) call.terminate(OPERATOR);
    await settle();
    await clock.run(40_000);
    expect([this.lines.size, this.registry.size]).toEqual([0, 0]);
    for (const { state } of this.records.values()) expect(state).toBe('ended');
  }

  transcript(): string[] {
    return this.registry.live().flatMap(({ record }) => record.transcript.map(({ text }) => text));
  }
}

/** What is on its way on loopback arrives, and is handled. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await clock.run(0);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The value of Replaces that names a call, from the view of its telephone. */
export function replacesValue(call: Answered): string {
  const tag = (value: string) => /;tag=([^;]+)/.exec(value)?.[1] ?? '';
  return `${call.callId};to-tag=${tag(call.to)};from-tag=${tag(call.from)}`;
}
