import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../media/virtual-clock.ts';
import { type SipAgent, type SipAgentOptions, startSipAgent } from './agent.ts';
import { headerValue, type SipRequest } from './message.ts';
import {
  connectSrf,
  TestPeer,
  type TestSrf,
  type TestSrfDialog,
  type TestSrfRequest,
  type TestSrfResponse,
  testSdp,
} from './test-peer.ts';

let clock: VirtualClock;
let agent: SipAgent;
let srf: TestSrf;
const peers: TestPeer[] = [];

async function start(
  options: Partial<SipAgentOptions> = {},
  prepare: (app: TestSrf) => void = () => {},
): Promise<TestSrf> {
  clock = new VirtualClock();
  agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], clock, ...options });
  srf = await connectSrf(agent, prepare);
  return srf;
}

async function peer(): Promise<TestPeer> {
  const created = await TestPeer.udp(agent);
  peers.push(created);
  return created;
}

afterEach(async () => {
  await clock.run(600_000);
  const left = agent.stats();
  for (const one of peers.splice(0)) one.close();
  srf.disconnect();
  await agent.close();
  expect(left).toMatchObject({ dialogs: 0, serverTransactions: 0, clientTransactions: 0 });
  expect(clock.pending).toBe(0);
});

const silent = { headers: [] };

function contact(callee: TestPeer): string {
  return `Contact: <sip:callee@127.0.0.1:${callee.port}>`;
}

function ok(callee: TestPeer, invite: SipRequest, tag = 'c'): string {
  const extra = [contact(callee), 'Content-Type: application/sdp'];
  return callee.answer(invite, 200, { tag, extra, body: testSdp });
}

function uri(callee: TestPeer): string {
  return `sip:callee@127.0.0.1:${callee.port}`;
}

async function invited(callee: TestPeer): Promise<SipRequest> {
  const invite = await callee.request('INVITE');
  if (invite === undefined) throw new Error('no INVITE came');
  return invite;
}

/** A call from the application to `callee`, answered and acknowledged. */
async function establish(callee: TestPeer, options: object = {}): Promise<TestSrfDialog> {
  const call = srf.createUAC(uri(callee), { localSdp: testSdp, ...options });
  callee.send(ok(callee, await invited(callee)));
  const dialog = await call;
  expect((await callee.request('ACK'))?.method).toBe('ACK');
  return dialog;
}

async function hangUp(callee: TestPeer, dialog: TestSrfDialog): Promise<void> {
  const ended = dialog.destroy();
  const bye = await callee.request('BYE');
  if (bye) callee.send(callee.answer(bye, 200));
  await ended;
}

describe('a call to outside', () => {
  it('is filled in where the application left something out', async () => {
    const app = await start({ product: 'Test Hub' });
    const callee = await peer();
    const call = app.createUAC(uri(callee), {
      localSdp: testSdp,
      callingNumber: '+1555',
      headers: { 'X-Own': 'grüß', 'P-Asserted-Identity': '<sip:x@localhost>' },
    });
    const invite = await invited(callee);
    const host = `127.0.0.1:${agent.port}`;
    expect(headerValue(invite, 'via')).toMatch(new RegExp(`^SIP/2.0/UDP ${host};rport;branch=z9hG4bK`));
    expect(headerValue(invite, 'from')).toMatch(new RegExp(`^sip:\\+1555@${host};tag=`));
    expect(headerValue(invite, 'to')).toBe(`<${uri(callee)}>`);
    expect(headerValue(invite, 'contact')).toBe(`sip:+1555@${host}`);
    expect(headerValue(invite, 'max-forwards')).toBe('70');
    expect(headerValue(invite, 'user-agent')).toBe('Test Hub');
    expect(headerValue(invite, 'content-type')).toBe('application/sdp');
    expect(headerValue(invite, 'p-asserted-identity')).toBe(`<sip:x@${host}>`);
    expect(Buffer.from(headerValue(invite, 'x-own') ?? '', 'latin1').toString('utf8')).toBe('grüß');
    expect(invite.body.toString()).toBe(testSdp);
    callee.send(callee.answer(invite, 486, { tag: 'c' }));
    await expect(call).rejects.toMatchObject({ status: 486 });
    expect((await callee.request('ACK'))?.method).toBe('ACK');
  });

  it('takes the proxy that the application names', async () => {
    const app = await start();
    const proxy = await peer();
    const call = app.createUAC('tel:+15551234', { localSdp: testSdp, proxy: `sip:127.0.0.1:${proxy.port};lr` });
    const invite = await invited(proxy);
    expect(invite.uri).toBe('tel:+15551234');
    proxy.send(proxy.answer(invite, 404, { tag: 'c' }));
    await expect(call).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ['tel:+1', 'no route for tel: URI'],
    ['sip:x@127.0.0.1;transport=tls', 'requested protocol/transport not available: tls'],
    ['sips:x@127.0.0.1', 'requested protocol/transport not available: tls'],
    ['sip:x@127.0.0.1;transport=sctp', 'requested protocol/transport not available: sctp'],
    ['sip:x@nowhere.invalid', 'cannot resolve nowhere.invalid'],
  ])('to %s fails with a clear reason', async (target, reason) => {
    const app = await start({ resolver: { addresses: async () => [], services: async () => [] } });
    await expect(app.createUAC(target, { localSdp: testSdp })).rejects.toThrow(reason);
  });

  it('is repeated while nobody answers, and ends with 408', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    const failed = expect(call).rejects.toMatchObject({ status: 408 });
    await invited(callee);
    await clock.run(32_000);
    for (let i = 0; i < 6; i++) await invited(callee);
    await failed;
  });

  it('over TCP to a closed port ends with 503', async () => {
    const app = await start();
    const gone = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['tcp'] });
    await gone.close();
    const call = app.createUAC(`sip:x@127.0.0.1:${gone.port};transport=tcp`, { localSdp: testSdp });
    await expect(call).rejects.toMatchObject({ status: 503 });
  });

  it('falls back to UDP when it is too large for a datagram and the callee has no TCP', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp, headers: { 'X-Long': 'x'.repeat(1_500) } });
    const invite = await invited(callee);
    expect(headerValue(invite, 'via')).toContain('SIP/2.0/UDP');
    callee.send(ok(callee, invite));
    const dialog = await call;
    await callee.request('ACK');
    await hangUp(callee, dialog);
  });

  it('acknowledges every repetition of the 200', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    const invite = await invited(callee);
    callee.send(ok(callee, invite));
    const dialog = await call;
    const first = await callee.request('ACK');
    callee.send(ok(callee, invite));
    expect(await callee.request('ACK')).toEqual(first);
    await hangUp(callee, dialog);
  });

  it('acknowledges and ends what a second fork answers', async () => {
    const app = await start();
    const [callee, other] = [await peer(), await peer()];
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    const invite = await invited(callee);
    callee.send(callee.answer(invite, 180, { tag: 'one' }));
    other.send(other.answer(invite, 180, { tag: 'two' }));
    await expect.poll(() => agent.stats().dialogs).toBe(2);
    callee.send(ok(callee, invite, 'one'));
    const dialog = await call;
    await callee.request('ACK');
    other.send(ok(other, invite, 'two'));
    expect(headerValue((await other.request('ACK')) ?? silent, 'to')).toContain('tag=two');
    const bye = await other.request('BYE');
    expect(headerValue(bye ?? silent, 'to')).toContain('tag=two');
    if (bye) other.send(other.answer(bye, 200));
    expect(agent.stats().dialogs).toBe(1);
    await hangUp(callee, dialog);
  });

  it('confirms reliable provisional responses once', async () => {
    const app = await start();
    const callee = await peer();
    const seen: number[] = [];
    const call = app.createUAC(
      uri(callee),
      { localSdp: testSdp },
      { cbProvisional: (res: TestSrfResponse) => seen.push(res.status) },
    );
    const invite = await invited(callee);
    const number = headerValue(invite, 'cseq')?.split(' ')[0];
    const progress = callee.answer(invite, 183, { tag: 'c', extra: [contact(callee), 'Require: 100rel', 'RSeq: 7'] });
    callee.send(callee.answer(invite, 100));
    callee.send(progress);
    callee.send(progress);
    const prack = await callee.request('PRACK');
    expect(headerValue(prack ?? silent, 'rack')).toBe(`7 ${number} INVITE`);
    expect(headerValue(prack ?? silent, 'cseq')).toBe(`${Number(number) + 1} PRACK`);
    if (prack) callee.send(callee.answer(prack, 200));
    callee.send(ok(callee, invite));
    const dialog = await call;
    expect(headerValue((await callee.request('ACK')) ?? silent, 'cseq')).toBe(`${number} ACK`);
    expect(seen).toEqual([100, 183]);
    await hangUp(callee, dialog);
  });

  it('is cancelled only after a provisional response (RFC 3261 9.1)', async () => {
    const app = await start();
    const callee = await peer();
    let request: TestSrfRequest | undefined;
    const call = app.createUAC(
      uri(callee),
      { localSdp: testSdp },
      {
        cbRequest: (_error: unknown, req: TestSrfRequest) => {
          request = req;
        },
      },
    );
    const failed = expect(call).rejects.toMatchObject({ status: 487 });
    const invite = await invited(callee);
    await expect.poll(() => request).toBeDefined();
    request?.cancel(() => {});
    expect(await callee.request('CANCEL', 60)).toBeUndefined();
    callee.send(callee.answer(invite, 180, { tag: 'c' }));
    const cancel = await callee.request('CANCEL');
    expect(headerValue(cancel ?? silent, 'via')).toBe(headerValue(invite, 'via'));
    if (cancel) callee.send(callee.answer(cancel, 200));
    callee.send(callee.answer(invite, 487, { tag: 'c' }));
    await failed;
    await callee.request('ACK');
  });

  it('that is cancelled before anybody took it is not sent again', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(
      uri(callee),
      { localSdp: testSdp },
      { cbRequest: (_error: unknown, req: TestSrfRequest) => req.cancel(() => {}) },
    );
    const failed = expect(call).rejects.toMatchObject({ status: 408 });
    await invited(callee);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.run(31_000);
    expect(await callee.request('INVITE', 50)).toBeUndefined();
    await clock.run(2_000);
    await failed;
  });

  it('whose answer has no Contact can be hung up all the same', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    callee.send(
      callee.answer(await invited(callee), 200, { tag: 'c', extra: ['Content-Type: application/sdp'], body: testSdp }),
    );
    const dialog = await call;
    expect((await callee.request('ACK'))?.uri).toBe(uri(callee));
    await hangUp(callee, dialog);
  });

  it('that is answered although it was cancelled is acknowledged and ended', async () => {
    const app = await start();
    const callee = await peer();
    let request: TestSrfRequest | undefined;
    const call = app.createUAC(
      uri(callee),
      { localSdp: testSdp },
      {
        cbRequest: (_error: unknown, req: TestSrfRequest) => {
          request = req;
        },
      },
    );
    const invite = await invited(callee);
    callee.send(callee.answer(invite, 180, { tag: 'c' }));
    await expect.poll(() => request).toBeDefined();
    request?.cancel(() => {});
    await callee.request('CANCEL');
    callee.send(ok(callee, invite));
    const ended = call.then((dialog) => new Promise((resolve) => dialog.once('destroy', resolve)));
    expect((await callee.request('ACK'))?.method).toBe('ACK');
    const bye = await callee.request('BYE');
    if (bye) callee.send(callee.answer(bye, 200));
    await ended;
    expect(agent.stats().dialogs).toBe(0);
  });

  it('that was cancelled and never ends counts as over after 64*T1', async () => {
    const app = await start();
    const callee = await peer();
    const call = app.createUAC(
      uri(callee),
      { localSdp: testSdp },
      {
        cbProvisional: () => request?.cancel(() => {}),
        cbRequest: (_error: unknown, req: TestSrfRequest) => {
          request = req;
        },
      },
    );
    let request: TestSrfRequest | undefined;
    const failed = expect(call).rejects.toMatchObject({ status: 408 });
    const invite = await invited(callee);
    callee.send(callee.answer(invite, 180, { tag: 'c' }));
    const cancel = await callee.request('CANCEL');
    if (cancel) callee.send(callee.answer(cancel, 200));
    await clock.run(33_000);
    await failed;
  });
});

describe('inside a dialog', () => {
  it('a challenged BYE keeps the dialog for a second one, but not for ever', async () => {
    await start();
    const callee = await peer();
    const challenge = ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5'];
    const dialog = await establish(callee, { auth: { username: 'u', password: 'p' } });
    const ended = dialog.destroy();
    const first = await callee.request('BYE');
    if (first) callee.send(callee.answer(first, 401, { extra: challenge }));
    const second = await callee.request('BYE');
    expect(headerValue(second ?? silent, 'authorization')).toContain('Digest username="u"');
    expect(Number.parseInt(headerValue(second ?? silent, 'cseq') ?? '', 10)).toBe(
      Number.parseInt(headerValue(first ?? silent, 'cseq') ?? '', 10) + 1,
    );
    if (second) callee.send(callee.answer(second, 200));
    await ended;
    expect(agent.stats().dialogs).toBe(0);

    const other = await establish(callee);
    const refused = other.destroy();
    const bye = await callee.request('BYE');
    if (bye) callee.send(callee.answer(bye, 401, { extra: challenge }));
    await refused;
    expect(agent.stats().dialogs).toBe(1);
    await clock.run(32_000);
    expect(agent.stats().dialogs).toBe(0);
  });

  it('a re-INVITE moves the target', async () => {
    await start();
    const [callee, moved] = [await peer(), await peer()];
    const dialog = await establish(callee);
    const modified = dialog.modify(testSdp.replace('40000', '40002'));
    const invite = await invited(callee);
    expect(invite.body.toString()).toContain('40002');
    callee.send(
      callee.answer(invite, 200, { extra: [contact(moved), 'Content-Type: application/sdp'], body: testSdp }),
    );
    expect(await modified).toBe(testSdp);
    expect((await moved.request('ACK'))?.uri).toBe(uri(moved));
    await hangUp(moved, dialog);
  });

  it('a request of the callee reaches the application, its BYE ends the dialog', async () => {
    await start();
    const callee = await peer();
    const call = srf.createUAC(uri(callee), { localSdp: testSdp });
    const invite = await invited(callee);
    callee.send(ok(callee, invite));
    const dialog = await call;
    await callee.request('ACK');
    const ids = {
      from: `${headerValue(invite, 'to')};tag=c`,
      to: headerValue(invite, 'from') ?? '',
      callId: headerValue(invite, 'call-id') ?? '',
    };
    const info = new Promise((resolve) => {
      dialog.on('info', (req: TestSrfRequest, res: TestSrfResponse) => {
        res.send(200);
        resolve(req.body);
      });
    });
    callee.send(
      callee.text('INFO', { ...ids, cseq: 1, extra: ['Content-Type: application/dtmf-relay'], body: 'Signal=5' }),
    );
    expect((await callee.response())?.status).toBe(200);
    expect(await info).toBe('Signal=5');
    const ended = new Promise((resolve) => dialog.on('destroy', resolve));
    callee.send(callee.text('BYE', { ...ids, cseq: 2 }));
    expect((await callee.response())?.status).toBe(200);
    await ended;
    expect(agent.stats().dialogs).toBe(0);
  });

  it('REFER and the NOTIFYs of its progress pass', async () => {
    await start();
    const callee = await peer();
    const dialog = await establish(callee);
    const refer = dialog.request({ method: 'REFER', headers: { 'Refer-To': '<sip:agent@example.com>' } });
    const request = await callee.request('REFER');
    expect(headerValue(request ?? silent, 'refer-to')).toBe('<sip:agent@example.com>');
    expect(headerValue(request ?? silent, 'contact')).toBeDefined();
    if (request) callee.send(callee.answer(request, 202));
    expect((await refer).status).toBe(202);
    const notified = new Promise<string>((resolve) => {
      dialog.on('notify', (req: TestSrfRequest, res: TestSrfResponse) => {
        res.send(200);
        resolve(req.body);
      });
    });
    callee.send(
      callee.text('NOTIFY', {
        from: headerValue(request ?? silent, 'to') ?? '',
        to: headerValue(request ?? silent, 'from') ?? '',
        callId: headerValue(request ?? silent, 'call-id') ?? '',
        extra: ['Event: refer', 'Subscription-State: terminated;reason=noresource', 'Content-Type: message/sipfrag'],
        body: 'SIP/2.0 200 OK\r\n',
      }),
    );
    expect((await callee.response())?.status).toBe(200);
    expect(await notified).toContain('SIP/2.0 200 OK');
    // An implicit subscription does not end the call.
    expect(agent.stats().dialogs).toBe(1);
    await hangUp(callee, dialog);
  });
});

describe('a subscription to outside', () => {
  it('takes a NOTIFY before its response and ends with the last one', async () => {
    const app = await start({}, (srf) => srf.use('notify', (_req, res) => res.send(200)));
    const notifier = await peer();
    const subscribed = app.createUAC(uri(notifier), {
      method: 'SUBSCRIBE',
      headers: { Event: 'presence', Expires: '60' },
    });
    const subscribe = await notifier.request('SUBSCRIBE');
    const ids = {
      from: `${headerValue(subscribe ?? silent, 'to')};tag=n`,
      to: headerValue(subscribe ?? silent, 'from') ?? '',
      callId: headerValue(subscribe ?? silent, 'call-id') ?? '',
    };
    const notify = (cseq: number, state: string): string =>
      notifier.text('NOTIFY', {
        ...ids,
        cseq,
        extra: ['Event: presence', `Subscription-State: ${state}`, contact(notifier)],
      });
    notifier.send(notify(1, 'pending'));
    expect((await notifier.response())?.status).toBe(200);
    if (subscribe) notifier.send(notifier.answer(subscribe, 202, { tag: 'n', extra: [contact(notifier)] }));
    await subscribed;
    expect(agent.stats().dialogs).toBe(1);
    notifier.send(notify(2, 'terminated'));
    expect((await notifier.response())?.status).toBe(200);
    expect(agent.stats().dialogs).toBe(0);
  });
});

describe('requests outside of dialogs', () => {
  it('deliver their response', async () => {
    const app = await start();
    const callee = await peer();
    const request = await app.request(uri(callee), { method: 'OPTIONS', headers: { Accept: 'application/sdp' } });
    const answered = new Promise<number>((resolve) => {
      request.on('response', (res: TestSrfResponse) => resolve(res.status));
    });
    const options = await callee.request('OPTIONS');
    expect(headerValue(options ?? silent, 'contact')).toBeUndefined();
    if (options) callee.send(callee.answer(options, 200, { tag: 'c' }));
    expect(await answered).toBe(200);
  });
});

describe('a call to ourselves', () => {
  it('works through one agent and one application', async () => {
    let inbound: TestSrfDialog | undefined;
    const app = await start({}, (srf) =>
      srf.invite((req, res) => {
        srf.createUAS(req, res, { localSdp: testSdp }).then(
          (dialog) => {
            inbound = dialog;
          },
          () => {},
        );
      }),
    );
    const outbound = await app.createUAC(`sip:me@127.0.0.1:${agent.port}`, { localSdp: testSdp });
    await expect.poll(() => inbound).toBeDefined();
    expect(agent.stats().dialogs).toBe(2);
    expect(inbound?.id).not.toBe(outbound.id);
    const ended = new Promise((resolve) => inbound?.on('destroy', resolve));
    await outbound.destroy();
    await ended;
    expect(agent.stats().dialogs).toBe(0);
  });
});
