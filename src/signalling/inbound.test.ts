import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { systemClock } from '../clock.ts';
import type { CallControl } from '../conversation/ports.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { type InboundOptions, type InboundRoute, inboundHandler } from './inbound.ts';
import { FakeInvite } from './testing.ts';

/** A hub around the handler, with the conversation in the hands of the test. */
class Rig {
  readonly registry = new CallRegistry(systemClock);
  readonly media = new FakeMediaEngine({ clock: systemClock });
  readonly records: CallRecord[] = [];
  readonly refused: string[] = [];
  readonly conversations: { control: CallControl; finish: (reason: EndReason) => void; told: string[] }[] = [];
  route: InboundRoute = {
    ...{ kind: 'to', rule: 'r1', destination: { bot: 'demo' } },
    plan: { kind: 'bot', bot: 'demo', calling: '+4930123', called: 'demo' },
  };
  full: 'concurrent-calls' | undefined;
  readonly handle: ReturnType<typeof inboundHandler>;

  constructor(overrides: Partial<InboundOptions> = {}) {
    this.handle = inboundHandler({
      registry: this.registry,
      media: this.media,
      converse:
        () =>
        ({ control }) => {
          const { promise, resolve } = Promise.withResolvers<EndReason>();
          const told: string[] = [];
          this.conversations.push({ control, finish: resolve, told });
          const end = (reason: EndReason) => {
            told.push(reason.category);
            resolve(reason);
          };
          return { callerHungUp: end, end, ended: promise };
        },
      observe: () => ({
        changed: (record) => this.records.push(structuredClone(record)),
        answered: () => {},
        media: () => {},
        turn: () => {},
      }),
      refused: (reason) => this.refused.push(reason),
      connectionOf: (address) => (address === '127.0.0.1' ? 'phones' : undefined),
      settingsOf: () => ({}),
      blockedBy: () => undefined,
      forward: () => () => {
        throw new Error('nobody is to be called');
      },
      maxHops: 20,
      route: () => this.route,
      admit: () => this.full,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      ...overrides,
    });
  }

  get conversation() {
    const last = this.conversations.at(-1);
    if (!last) throw new Error('no conversation was started');
    return last;
  }

  /** Resolves when every promise that is ready has run. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  get last(): CallRecord | undefined {
    return this.records.at(-1);
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

const BOT_DONE: EndReason = { category: 'bot-hangup', by: 'bot', text: 'goodbye' };

describe('an INVITE on a connection with credentials', () => {
  it.each([
    ['challenged', []],
    ['refused', ['not-authenticated']],
  ] as const)('goes no further where it was %s', (answer, refused) => {
    rig = new Rig({ auth: { admit: () => answer } });
    rig.full = 'concurrent-calls';
    rig.handle(new FakeInvite().invite);
    expect(rig.refused).toEqual(refused);
    expect(rig.records).toEqual([]);
  });
});

describe('an INVITE that becomes no call', () => {
  it('gets 403 from a strange address before anything else, and leaves no record', () => {
    rig.full = 'concurrent-calls';
    const invite = new FakeInvite({ source: '192.0.2.1' });
    rig.handle(invite.invite);
    expect(invite.responses).toEqual([403]);
    expect(rig.refused).toEqual(['not-allowed']);
    expect(rig.records).toEqual([]);
  });

  it('gets 503 with Retry-After when the hub is full or draining', async () => {
    rig.full = 'concurrent-calls';
    const first = new FakeInvite();
    rig.handle(first.invite);
    expect(first.responses).toEqual([503]);
    rig.full = undefined;
    await rig.registry.drain(AbortSignal.abort(), BOT_DONE);
    const second = new FakeInvite();
    rig.handle(second.invite);
    expect(second.responses).toEqual([503]);
    expect(second.headers).toHaveProperty('Retry-After');
    expect(rig.refused).toEqual(['concurrent-calls', 'draining']);
  });

  it('gets 404, and a record that says so, when no rule matches', () => {
    rig.route = { kind: 'none' };
    const invite = new FakeInvite({ to: 'nobody' });
    rig.handle(invite.invite);
    expect(invite.responses).toEqual([404]);
    expect(rig.last?.end).toMatchObject({ category: 'rejected', sipStatus: 404 });
    expect(rig.last?.end?.text).toContain('nobody');
  });

  it('gets the code of the rule that rejects it', () => {
    rig.route = { kind: 'reject', rule: 'blocked', code: 603, reason: 'Decline' };
    const invite = new FakeInvite();
    rig.handle(invite.invite);
    expect(invite.responses).toEqual([603]);
    expect(rig.last).toMatchObject({ routingRule: 'blocked', destination: { reject: 603 } });
  });

  it.each([
    ['400 for SDP that cannot be read', 'garbage', 400],
    [
      '488 without a common codec',
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 3\r\n',
      488,
    ],
  ])('gets %s', async (_, sdp, status) => {
    const invite = new FakeInvite({ sdp });
    rig.handle(invite.invite);
    await rig.settled();
    expect(invite.responses).toEqual([status]);
    expect(rig.last?.end).toMatchObject({ category: 'rejected', sipStatus: status });
    expect(rig.registry.size).toBe(0);
  });
});

describe('a call', () => {
  const begin = async (options?: ConstructorParameters<typeof FakeInvite>[0]) => {
    const invite = new FakeInvite(options);
    rig.handle(invite.invite);
    await rig.settled();
    return invite;
  };

  it('rings, is answered when the conversation says so, and is released when it ends', async () => {
    const invite = await begin();
    expect(invite.responses).toEqual([180]);
    const answered = rig.conversation.control.answer();
    await rig.settled();
    invite.dialog.ack();
    await answered;
    expect(rig.last?.state).toBe('answered');
    rig.conversation.control.hangup(BOT_DONE);
    rig.conversation.finish(BOT_DONE);
    await rig.settled();
    expect(invite.dialog.destroyed).toEqual({ Reason: 'SIP;cause=200;text="goodbye"' });
    expect(rig.last).toMatchObject({ state: 'ended', end: BOT_DONE });
    expect(rig.media.endpoints.every((endpoint) => endpoint.closed)).toBe(true);
    expect(rig.registry.size).toBe(0);
  });

  it('sends no RTP while it rings, so that the caller hears the ringing', async () => {
    const invite = await begin();
    const endpoint = rig.media.endpoints[0];
    const sent = () => endpoint?.stats().packetsSent ?? -1;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(sent()).toBe(0);
    const answered = rig.conversation.control.answer();
    await expect.poll(sent).toBeGreaterThan(0);
    invite.dialog.ack();
    await answered;
  });

  it('tells the conversation that the caller cancelled, and never answers', async () => {
    const invite = await begin();
    invite.cancel();
    await rig.settled();
    expect(rig.conversation.told).toEqual(['caller-cancelled']);
    await expect(rig.conversation.control.answer()).rejects.toThrow();
    expect(invite.responses).toEqual([180]);
    expect(rig.last?.end?.category).toBe('caller-cancelled');
  });

  it('is cancelled when the answer comes too late for the SIP agent', async () => {
    const invite = await begin();
    invite.acceptRefusal = 'Response not sent due to unknown transaction';
    await expect(rig.conversation.control.answer()).rejects.toMatchObject({ code: 'sip_cancelled' });
    await rig.settled();
    expect(rig.conversation.told).toEqual(['caller-cancelled']);
    expect(rig.last).toMatchObject({ state: 'ended', end: { category: 'caller-cancelled' } });
    expect(invite.responses).toEqual([180]);
    expect(rig.registry.size).toBe(0);
  });

  it('is cancelled cleanly before its media are ready', async () => {
    const invite = new FakeInvite();
    rig.handle(invite.invite);
    invite.cancel();
    await rig.settled();
    expect(rig.conversations).toEqual([]);
    expect(rig.last?.end?.category).toBe('caller-cancelled');
    expect(rig.media.endpoints.every((endpoint) => endpoint.closed)).toBe(true);
  });

  it('gets a BYE when it ends while the 200 OK is on its way', async () => {
    const invite = await begin();
    const gate = Promise.withResolvers<void>();
    invite.acceptGate = gate.promise;
    const answered = rig.conversation.control.answer();
    rig.conversation.control.hangup(BOT_DONE);
    rig.conversation.finish(BOT_DONE);
    await rig.settled();
    gate.resolve();
    await expect(answered).rejects.toThrow();
    expect(invite.dialog.destroyed).toBeDefined();
    expect(invite.responses).toEqual([180, 200]);
  });

  it('sends the header fields of the bot with the BYE, but never in place of its own', async () => {
    for (const early of [false, true]) {
      const invite = await begin();
      const answered = rig.conversation.control.answer();
      if (!early) await rig.settled();
      rig.conversation.control.hangup(BOT_DONE, { 'X-Result': 'sold', Reason: 'mine' });
      rig.conversation.finish(BOT_DONE);
      await Promise.allSettled([answered, rig.settled()]);
      expect(invite.dialog.destroyed).toEqual({ Reason: 'SIP;cause=200;text="goodbye"', 'X-Result': 'sold' });
    }
  });

  it('sends INFO once it is answered', async () => {
    const invite = await begin();
    const info = { contentType: 'application/json', body: '{}' };
    const { control } = rig.conversation;
    await expect(control.sendInfo?.(info)).rejects.toThrow('not answered');
    const answered = control.answer();
    await rig.settled();
    invite.dialog.ack();
    await answered;
    await control.sendInfo?.(info);
    expect(invite.dialog.requests).toEqual([
      { method: 'INFO', headers: { 'Content-Type': 'application/json' }, body: '{}' },
    ]);
    invite.dialog.status = 415;
    await expect(control.sendInfo?.(info)).rejects.toMatchObject({ code: 'sip_rejected', status: 415 });
  });

  it('ends when the connection to the SIP agent is lost, and tells nobody on it', async () => {
    const invite = await begin();
    const answered = rig.conversation.control.answer();
    await rig.settled();
    invite.dialog.srf.emit('close');
    await expect(answered).rejects.toThrow();
    await rig.settled();
    expect(rig.last?.end).toMatchObject({
      category: 'signalling-failure',
      by: 'hub',
      text: expect.stringContaining('SIP agent'),
    });
    expect(invite.dialog.destroyed).toBeUndefined();
    expect(rig.media.endpoints.every((endpoint) => endpoint.closed)).toBe(true);
  });

  it('knows a caller that hung up from one that never acknowledged', async () => {
    for (const [source, category] of [
      ['network', 'caller-hangup'],
      ['application', 'signalling-failure'],
    ] as const) {
      const invite = await begin();
      const answered = rig.conversation.control.answer();
      await rig.settled();
      invite.dialog.bye(source);
      await expect(answered).rejects.toThrow();
      await rig.settled();
      expect(rig.last?.end?.category).toBe(category);
      expect(invite.dialog.destroyed).toBeUndefined();
    }
  });

  it.each([
    ['network', 'caller-hangup'],
    ['application', 'signalling-failure'],
  ] as const)('ends at once when a BYE (%s) comes in one read with the 200 OK', async (source, category) => {
    const invite = await begin();
    invite.withAnswer = () => invite.dialog.bye(source);
    await expect(rig.conversation.control.answer()).rejects.toThrow();
    await rig.settled();
    expect(rig.conversation.told).toEqual([category]);
    expect(rig.last).toMatchObject({ state: 'ended', end: { category } });
    expect(rig.last?.answerTime).toBeDefined();
    expect(rig.media.endpoints.every((endpoint) => endpoint.closed)).toBe(true);
    expect(rig.registry.size).toBe(0);
  });

  it('refuses with the status of the reason when it ends unanswered', async () => {
    const invite = await begin();
    rig.conversation.finish({ category: 'bot-failure', by: 'hub', text: 'connect ECONNREFUSED', sipStatus: 503 });
    await rig.settled();
    expect(invite.responses).toEqual([180, 503]);
    expect(invite.headers).toMatchObject({ Reason: 'SIP;cause=503;text="Bot unavailable"' });
    expect(rig.last?.end?.text).toBe('connect ECONNREFUSED');
  });

  it('offers its media when the INVITE carries none, and takes the answer from the ACK', async () => {
    const invite = await begin({ sdp: '' });
    const answered = rig.conversation.control.answer();
    await rig.settled();
    invite.dialog.ack(
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8\r\n',
    );
    await answered;
    await rig.settled();
    expect(rig.media.endpoints[0]?.stats().codec).toBe('PCMA');
  });

  it('keeps the session when a re-INVITE offers nothing that fits', async () => {
    const invite = await begin();
    const answered = rig.conversation.control.answer();
    await rig.settled();
    invite.dialog.ack();
    await answered;
    const statuses: number[] = [];
    const response = { send: (status: number) => statuses.push(status) };
    invite.dialog.emit('modify', { body: 'garbage' }, response);
    await rig.settled();
    expect(statuses).toEqual([400]);
    expect(rig.last?.state).toBe('answered');
  });

  it('is terminated by a drain whose time is up', async () => {
    const invite = await begin();
    const reason: EndReason = { category: 'shutdown', by: 'hub', text: 'stopped', sipStatus: 503 };
    await rig.registry.drain(AbortSignal.abort(), reason);
    expect(invite.responses).toEqual([180, 503]);
    expect(rig.last?.end).toEqual(reason);
  });
});
