import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { headerValue, type SipRequest } from '../engines/embedded/sip/message.ts';
import { type Answered, agent, answerTo, clock, hangUp, peer, start } from '../engines/embedded/sip/test-agent.ts';
import type { TestPeer } from '../engines/embedded/sip/test-peer.ts';
import { PatchbayError } from '../errors.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { ringbackSound } from '../media/waiting-sound.ts';
import { forwardCall } from './forward-call.ts';
import { type InboundOptions, inboundHandler } from './inbound.ts';
import type { LegPlan } from './legs.ts';
import { LineDirectory } from './line-directory.ts';
import { SipClient } from './sip-client.ts';
import type { TakeoverDeps } from './takeover.ts';

const OPERATOR: EndReason = { category: 'api', by: 'operator', text: 'enough' };
const sdpAt = (port: number) =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
const SDP = ['Content-Type: application/sdp'];

/** The hub between phones that the test plays over the SIP agent: a bot behind `bot`, another phone behind `desk`. */
class Rig {
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
  targetConnection: string | undefined;
  target: TestPeer | undefined;
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

  static async make(): Promise<Rig> {
    await start();
    const rig = new Rig();
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
    const takeover: TakeoverDeps = {
      ...{ sip, engine: media, lines: this.lines, clock, log, waiting: undefined, ringTimeoutMs: 20_000 },
      mayTransfer: () => this.mayTransfer,
      plan: ({ sipConnection, otherSide }, { target }) => {
        this.asked.push(sipConnection);
        if (target.includes('forbidden')) throw new PatchbayError('no_route', 'no rule');
        return {
          ...this.#planTo(this.target),
          sipConnection: this.targetConnection ?? sipConnection ?? '',
          caller: { ...otherSide, host: 'hub' },
        };
      },
    };
    const legs = { ...{ sip, media, registry, clock, log, observe, takeover }, limits: { concurrentCalls: 20 } };
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

  transcript(): string[] {
    return this.registry.live().flatMap(({ record }) => record.transcript.map(({ text }) => text));
  }
}

/** What is on its way on loopback arrives, and is handled. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await clock.run(0);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  for (const call of rig.registry.live()) call.terminate(OPERATOR);
  await settle();
  await clock.run(40_000);
  expect(rig.lines.size).toBe(0);
});

describe.each(['udp', 'tcp'] as const)('REFER of a party, over %s', (transport) => {
  test('another party takes its place: the bot goes on with it', async () => {
    const [phone, target] = [await peer(transport), await peer(transport)];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    expect(
      await rig.refer(phone, call, `<sip:next@127.0.0.1:${target.port}>`, 2, ['Referred-By: <sip:a@127.0.0.1>']),
    ).toBe(202);
    const invite = await rig.answerInvite(target, 40_200);
    expect(headerValue(invite, 'referred-by')).toBe('<sip:a@127.0.0.1>');
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK']);
    expect(rig.remotes()).toEqual(['127.0.0.1:40200']);
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual([]);
    expect(rig.transcript()).toEqual([expect.stringContaining('goes on with sip:next@')]);
    const to = headerValue(invite, 'from') ?? '';
    target.send(
      target.text('BYE', {
        from: `${headerValue(invite, 'to')};tag=d`,
        to,
        callId: headerValue(invite, 'call-id') ?? '',
        cseq: 1,
      }),
    );
    expect(await answerTo(target, '1 BYE')).toMatchObject({ status: 200 });
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });
});

describe('REFER of a party', () => {
  test('who does not leave by itself is sent BYE', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    await rig.answerInvite(target, 40_200);
    await rig.reports(phone);
    await clock.run(2_100);
    await rig.takeBye(phone);
    expect(rig.told).toEqual([]);
  });

  test('the other party is busy: all is as before', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 486 Test']);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('who leaves before the other one has answered is gone when that comes to nothing', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual([]);
    if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('not without a rule; one at a time; reports only where they are wanted', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    expect(await rig.refer(phone, call, '<sip:forbidden@x>', 2)).toBe(404);
    expect(await rig.refer(phone, call, '<sip:next@x>', 3, ['Refer-Sub: false'])).toBe(202);
    expect(await rig.refer(phone, call, '<sip:next@x>', 4)).toBe(491);
    await rig.answerInvite(target, 40_200);
    expect(await phone.request('NOTIFY', 100)).toBeUndefined();
    await hangUp(phone, call, 5);
  });

  test('media that makes no offer: reported, and the party that then leaves ends the call', async () => {
    const phone = await peer();
    const call = await rig.call(phone, 'bot', 40_000);
    const endpoint = rig.media.endpoints[0];
    if (endpoint) endpoint.offer = () => Promise.reject(new Error('no media'));
    expect(await rig.refer(phone, call, '<sip:next@x>', 2)).toBe(202);
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 500 Server Internal Error']);
    expect(rig.transcript()).toEqual([expect.stringContaining('has not come: 500')]);
    await hangUp(phone, call, 3);
    await settle();
    expect([rig.told, rig.registry.size]).toEqual([['gone caller-hangup'], 0]);
  });

  test('a call does not try without end', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    for (let cseq = 2; cseq < 22; cseq++) {
      expect(await rig.refer(phone, call, '<sip:next@x>', cseq, ['Refer-Sub: false'])).toBe(202);
      const invite = await target.request('INVITE');
      if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
      await settle();
    }
    expect(await rig.refer(phone, call, '<sip:next@x>', 22)).toBe(491);
    await hangUp(phone, call, 23);
  });

  test('who has come is a party of the connection that it was called by', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    rig.targetConnection = 'abroad';
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    await rig.answerInvite(target, 40_200);
    await rig.reports(phone);
    await hangUp(phone, call, 3);
    expect(await rig.refer(target, rig.deskDialog, '<sip:forbidden-abroad@x>', 2)).toBe(404);
    expect(rig.asked).toEqual(['phones', 'abroad']);
  });

  test('a call that ends meanwhile calls nobody', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    if (invite) target.send(target.answer(invite, 180, { tag: 'd' }));
    await settle();
    rig.registry.live()[0]?.terminate(OPERATOR);
    const cancel = await target.request('CANCEL');
    if (cancel) target.send(target.answer(cancel, 200));
    if (invite) target.send(target.answer(invite, 487, { tag: 'd' }));
    await rig.takeBye(phone);
    await settle();
    expect(rig.registry.size).toBe(0);
  });

  test('an agent passes his caller on: the caller stays in the bridge, and hears the other one', async () => {
    const [phone, desk, target] = [await peer(), await peer(), await peer()];
    Object.assign(rig, { desk, target });
    const call = await rig.call(phone, 'desk', 40_000);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000', '127.0.0.1:40100']);
    const dialog = rig.deskDialog;
    expect(await rig.refer(desk, dialog, '<sip:next@x>', 2)).toBe(202);
    await rig.answerInvite(target, 40_200);
    expect((await rig.reports(desk)).at(-1)).toBe('SIP/2.0 200 OK');
    expect(rig.remotes()).toEqual(['127.0.0.1:40000', '127.0.0.1:40200']);
    await hangUp(desk, dialog, 3);
    await settle();
    expect(rig.registry.size).toBe(2);
    phone.send(phone.text('BYE', { ...call, cseq: 3 }));
    expect(await answerTo(phone, '3 BYE')).toMatchObject({ status: 200 });
    await rig.takeBye(target);
  });

  test('an agent connects those whom he talks with on two calls (Replaces), and leaves both', async () => {
    const [desk, one, two] = [await peer(), await peer(), await peer()];
    rig.desk = desk;
    await rig.call(one, 'desk', 40_000);
    const first = rig.deskDialog;
    await rig.call(two, 'desk', 40_300);
    const second = rig.deskDialog;
    const tag = (value: string) => /;tag=([^;]+)/.exec(value)?.[1] ?? '';
    const replaces = encodeURIComponent(`${second.callId};to-tag=${tag(second.to)};from-tag=${tag(second.from)}`);
    expect(await rig.refer(desk, first, `<sip:two@x?Replaces=${replaces}>`, 2)).toBe(202);
    expect(await rig.reports(desk)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    await rig.takeBye(desk);
    await rig.takeBye(desk);
    await settle();
    const left = rig.registry.live().map(({ record }) => record);
    expect(left.map(({ direction }) => direction)).toEqual(['inbound', 'inbound']);
    expect(left.map(({ bridgedWith }) => bridgedWith)).toEqual(left.map(({ id }) => id).reverse());
  });

  test('a bot cannot be taken into another call (Replaces): refused, and both go on', async () => {
    const [phone, desk, one] = [await peer(), await peer(), await peer()];
    rig.desk = desk;
    const withBot = await rig.call(phone, 'bot', 40_000);
    await rig.call(one, 'desk', 40_300);
    const tag = (value: string) => /;tag=([^;]+)/.exec(value)?.[1] ?? '';
    const { callId, to, from } = rig.deskDialog;
    const replaces = encodeURIComponent(`${callId};to-tag=${tag(to)};from-tag=${tag(from)}`);
    expect(await rig.refer(phone, withBot, `<sip:x@x?Replaces=${replaces}>`, 2)).toBe(603);
    expect(rig.registry.size).toBe(3);
    await hangUp(phone, withBot, 3);
  });
});

describe('INVITE with Replaces', () => {
  const replaces = (call: Answered, extra = '') => {
    const tag = (value: string) => /;tag=([^;]+)/.exec(value)?.[1] ?? '';
    return `Replaces: ${call.callId};to-tag=${tag(call.to)};from-tag=${tag(call.from)}${extra}`;
  };
  const invite = async (phone: TestPeer, header: string, port: number) => {
    const ids = { from: `<sip:b@127.0.0.1>;tag=r${phone.port}`, callId: `r${phone.port}@test` };
    phone.send(phone.text('INVITE', { ...ids, extra: [...SDP, header, 'Require: replaces'], body: sdpAt(port) }));
    const final = await phone.response();
    const to = (final && headerValue(final, 'to')) ?? '';
    phone.send(phone.text('ACK', { ...ids, to }));
    await settle();
    return { status: final?.status, call: { ...ids, to } };
  };

  test('takes the place of the party, who gets BYE; the bot goes on', async () => {
    const [phone, other] = [await peer(), await peer('tcp')];
    const call = await rig.call(phone, 'bot', 40_000);
    const taken = await invite(other, replaces(call), 40_300);
    expect(taken.status).toBe(200);
    await rig.takeBye(phone);
    expect(rig.remotes()).toEqual(['127.0.0.1:40300']);
    expect([rig.told, rig.registry.size]).toEqual([[], 1]);
    await hangUp(other, taken.call, 2);
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('not without a rule of type transfer: nobody learns whether there is such a call', async () => {
    const [phone, other] = [await peer(), await peer()];
    const call = await rig.call(phone, 'bot', 40_000);
    rig.mayTransfer = false;
    expect((await invite(other, replaces(call), 40_300)).status).toBe(403);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
  });

  test.each([
    ['Replaces: nobody@x;to-tag=1;from-tag=2', 481],
    ['Replaces: nobody@x', 400],
  ])('%s is %d', async (header, status) => {
    const phone = await peer();
    expect((await invite(phone, header, 40_300)).status).toBe(status);
  });

  test('early-only is no answered call; a codec that nobody has leaves all as it was', async () => {
    const [phone, other] = [await peer(), await peer()];
    const call = await rig.call(phone, 'bot', 40_000);
    expect((await invite(other, replaces(call, ';early-only'), 40_300)).status).toBe(486);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
  });
});
