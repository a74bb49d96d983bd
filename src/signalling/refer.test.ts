import { describe, expect, onTestFinished, test } from 'vitest';
import { type HeaderField, headerValue, type SipRequest } from '../engines/embedded/sip/message.ts';
import {
  type Answered,
  agent,
  answerTo,
  clock,
  establish,
  hangUp,
  peer,
  start,
} from '../engines/embedded/sip/test-agent.ts';
import { type TestPeer, testSdp } from '../engines/embedded/sip/test-peer.ts';
import type { Credentials } from './digest.ts';
import { type ReferOptions, refer } from './refer.ts';
import type { IncomingRefer } from './refer-messages.ts';
import type { ReferralEnd } from './referral.ts';
import { SipClient } from './sip-client.ts';
import type { SipDialog } from './sip-dialog.ts';

/** A call that the hub has taken, through the SIP agent; the far side is in the hands of the test. */
class Rig {
  readonly far: TestPeer;
  readonly call: Answered;
  readonly dialog: SipDialog;
  readonly progress: number[] = [];
  readonly abort = new AbortController();
  #cseq = 1;

  private constructor(far: TestPeer, call: Answered, dialog: SipDialog) {
    this.far = far;
    this.call = call;
    this.dialog = dialog;
  }

  static async make(transport: 'udp' | 'tcp' = 'udp', auth?: Credentials): Promise<Rig> {
    await start();
    const sip = new SipClient({
      host: '127.0.0.1',
      port: agent.applicationPort,
      secret: agent.applicationSecret,
      onError: () => {},
    });
    onTestFinished(() => sip.close());
    const dialog = Promise.withResolvers<SipDialog>();
    sip.onInvite((invite) => void invite.accept(testSdp, {}, auth).then(dialog.resolve, dialog.reject));
    await sip.connect();
    const far = await peer(transport);
    const call = await establish(far);
    return new Rig(far, call, await dialog.promise);
  }

  refer(options: Partial<ReferOptions> = {}): Promise<ReferralEnd | undefined> {
    return refer(this.dialog, {
      referTo: '<tel:+4930123456>',
      headers: { 'Referred-By': '<sip:hub@hub.example>', 'X-Ticket': '7' },
      timeoutMs: 30_000,
      clock,
      onProgress: (status) => this.progress.push(status),
      signal: this.abort.signal,
      ...options,
    });
  }

  async takeRefer(status: number, extra: string[] = []): Promise<SipRequest> {
    const request = await this.far.request('REFER');
    if (request === undefined) throw new Error('no REFER came');
    this.far.send(this.far.answer(request, status, { extra }));
    return request;
  }

  /** NOTIFY of the far side; resolves with the status that it is answered with. */
  async notify(body: string, options: { state?: string; event?: string } = {}): Promise<number | undefined> {
    const { state = 'active;expires=60', event = 'refer' } = options;
    this.#cseq += 1;
    const cseq = this.#cseq;
    const extra = [`Event: ${event}`, `Subscription-State: ${state}`, 'Content-Type: message/sipfrag;version=2.0'];
    this.far.send(this.far.text('NOTIFY', { ...this.call, cseq, extra, body }));
    return (await answerTo(this.far, `${cseq} NOTIFY`))?.status;
  }

  bye(): Promise<void> {
    this.#cseq += 1;
    return hangUp(this.far, this.call, this.#cseq);
  }
}

const DONE = { state: 'terminated;reason=noresource' };

describe.each(['udp', 'tcp'] as const)('a REFER over %s', (transport) => {
  test('goes out as it was asked for, and its reports are followed to the final one', async () => {
    const rig = await Rig.make(transport);
    const end = rig.refer();
    const request = await rig.takeRefer(202);
    expect(headerValue(request, 'refer-to')).toBe('<tel:+4930123456>');
    expect(headerValue(request, 'referred-by')).toBe('<sip:hub@hub.example>');
    expect(headerValue(request, 'x-ticket')).toBe('7');
    expect(headerValue(request, 'contact')).toContain(String(agent.port));
    expect(await rig.notify('SIP/2.0 100 Trying\r\n')).toBe(200);
    expect(await rig.notify('SIP/2.0 180 Ringing\r\n')).toBe(200);
    expect(await rig.notify('SIP/2.0 200 OK\r\n', DONE)).toBe(200);
    expect(await end).toEqual({ type: 'answered', known: true, status: 200, reason: 'SIP ;cause=200 ;text="OK"' });
    expect(rig.progress).toEqual([180]);
    await rig.bye();
  });

  test.each([403, 405, 486, 501, 603])('refused with %d', async (status) => {
    const rig = await Rig.make(transport);
    const end = rig.refer();
    await rig.takeRefer(status);
    expect(await end).toMatchObject({ type: 'failed', status });
    await rig.bye();
  });

  test('a failure that is reported', async () => {
    const rig = await Rig.make(transport);
    const end = rig.refer();
    await rig.takeRefer(202);
    await rig.notify('SIP/2.0 100 Trying\r\n');
    await rig.notify('SIP/2.0 486 Busy Here\r\n', DONE);
    expect(await end).toEqual({ type: 'failed', status: 486, reason: 'SIP ;cause=486 ;text="Busy Here"' });
    await rig.bye();
  });

  test('BYE before any report', async () => {
    const rig = await Rig.make(transport);
    const end = rig.refer();
    await rig.takeRefer(202);
    await rig.bye();
    expect(await end).toMatchObject({ type: 'answered', known: false, status: 202 });
    expect(await rig.notify('SIP/2.0 200 OK\r\n', DONE), 'its call is over').toBe(481);
  });
});

describe('a REFER', () => {
  test('that the party hangs up before', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.far.request('REFER');
    await rig.bye();
    await clock.run(600);
    expect(await end).toEqual({ type: 'abandoned', reason: undefined });
  });

  test('that is accepted and never heard of again ends in time; what comes later is answered and changes nothing', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.takeRefer(202);
    await clock.run(29_000);
    expect(await rig.notify('SIP/2.0 100 Trying\r\n')).toBe(200);
    await clock.run(1_100);
    expect(await end).toMatchObject({ type: 'failed', status: 408 });
    expect(await rig.notify('SIP/2.0 200 OK\r\n', DONE)).toBe(200);
    await rig.bye();
  });

  test('that is not answered at all ends in time', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.far.request('REFER');
    await clock.run(30_100);
    expect(await end).toMatchObject({ type: 'failed', status: 408 });
    await rig.bye();
  });

  test('a report that overtakes the response', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    const request = await rig.far.request('REFER');
    await rig.notify('SIP/2.0 200 OK\r\n', DONE);
    expect(await end).toMatchObject({ type: 'answered', known: true });
    if (request !== undefined) rig.far.send(rig.far.answer(request, 202));
    await rig.bye();
  });

  test('that nobody will report on counts as taken over when no BYE follows, too', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.takeRefer(202, ['Refer-Sub: false']);
    // The response is on its way to us.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.run(2_100);
    expect(await end).toMatchObject({ type: 'answered', known: false, status: 202 });
    await rig.bye();
  });

  test('whose reports end without a final status has failed when no BYE follows', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.takeRefer(202);
    await rig.notify('SIP/2.0 100 Trying\r\n', DONE);
    await clock.run(2_100);
    expect(await end).toMatchObject({ type: 'failed', status: 408 });
    await rig.bye();
  });

  test('that is challenged is sent again with credentials', async () => {
    const rig = await Rig.make('udp', { username: 'hub', password: 'secret' });
    const end = rig.refer();
    const first = await rig.takeRefer(407, ['Proxy-Authenticate: Digest realm="pbx", nonce="n1", qop="auth"']);
    const second = await rig.takeRefer(202);
    expect(headerValue(first, 'proxy-authorization')).toBeUndefined();
    expect(headerValue(second, 'proxy-authorization')).toMatch(/^Digest username="hub".*nonce="n1"/);
    await rig.notify('SIP/2.0 200 OK\r\n', DONE);
    expect(await end).toMatchObject({ type: 'answered', known: true });
    await rig.bye();
  });

  test('is not taken for the one before', async () => {
    const rig = await Rig.make();
    const first = rig.refer({ timeoutMs: 1_000 });
    const cseq = Number.parseInt(headerValue(await rig.takeRefer(202), 'cseq') ?? '', 10);
    await rig.notify('SIP/2.0 100 Trying\r\n', { event: `refer;id=${cseq}` });
    await clock.run(1_100);
    expect(await first).toMatchObject({ type: 'failed', status: 408 });
    const second = rig.refer();
    const next = Number.parseInt(headerValue(await rig.takeRefer(202), 'cseq') ?? '', 10);
    // The response is on its way to us.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rig.notify('SIP/2.0 200 OK\r\n', { ...DONE, event: `refer;id=${cseq}` });
    await rig.notify('SIP/2.0 486 Busy Here\r\n', { ...DONE, event: `refer;id=${next}` });
    expect(await second).toMatchObject({ type: 'failed', status: 486 });
    await rig.bye();
  });

  test('that nobody waits for any more leaves nothing behind', async () => {
    const rig = await Rig.make();
    const end = rig.refer();
    await rig.takeRefer(202);
    rig.abort.abort();
    expect(await end).toBeUndefined();
    expect(await rig.refer()).toBeUndefined();
    expect(rig.dialog.listenerCount('referReport')).toBe(0);
    await rig.bye();
  });

  test('a NOTIFY about something else is refused', async () => {
    const rig = await Rig.make();
    expect(await rig.notify('SIP/2.0 200 OK\r\n', { event: 'presence' })).toBe(489);
    await rig.bye();
  });
});

describe('a REFER of the far side', () => {
  const send = async (rig: Rig, referTo: string, cseq: number) => {
    rig.far.send(rig.far.text('REFER', { ...rig.call, cseq, extra: [`Refer-To: ${referTo}`] }));
    return (await answerTo(rig.far, `${cseq} REFER`))?.status;
  };

  test('is refused where nobody takes it, and where it cannot be read', async () => {
    const rig = await Rig.make();
    expect(await send(rig, '<sip:agent@desk.example>', 2)).toBe(603);
    rig.dialog.on('refer', (_, respond) => respond({ status: 202 }));
    expect(await send(rig, '<http://desk.example>', 3)).toBe(416);
    expect(await send(rig, '<sip:agent@desk.example>', 4)).toBe(202);
    await hangUp(rig.far, rig.call, 5);
  });

  test('is followed by our reports', async () => {
    const rig = await Rig.make();
    const taken = Promise.withResolvers<IncomingRefer>();
    rig.dialog.on('refer', (refer, respond) => {
      respond({ status: 202 });
      taken.resolve(refer);
    });
    expect(await send(rig, '<sip:agent@desk.example>', 2)).toBe(202);
    void rig.dialog.notifyReferrer(await taken.promise, 'SIP/2.0 100 Trying', false);
    const field = (request: SipRequest | undefined, name: string): HeaderField['value'] | undefined =>
      request && headerValue(request, name);
    const first = await rig.far.request('NOTIFY');
    expect([field(first, 'event'), field(first, 'subscription-state')]).toEqual(['refer;id=2', 'active;expires=600']);
    expect(first?.body.toString()).toBe('SIP/2.0 100 Trying\r\n');
    if (first !== undefined) rig.far.send(rig.far.answer(first, 200));
    void rig.dialog.notifyReferrer(await taken.promise, 'SIP/2.0 200 OK', true);
    const last = await rig.far.request('NOTIFY');
    expect(field(last, 'subscription-state')).toBe('terminated;reason=noresource');
    if (last !== undefined) rig.far.send(rig.far.answer(last, 200));
    await hangUp(rig.far, rig.call, 3);
  });
});
