import { describe, expect, it } from 'vitest';
import { startSipAgent } from './agent.ts';
import { calling, contact, hangUp, invited, ok, silent, uri } from './agent-client-test-support.ts';
import { headerValue } from './message.ts';
import { agent, clock, peer } from './test-agent.ts';
import { type TestSrfDialog, type TestSrfResponse, testSdp } from './test-peer.ts';

describe('a call to outside', () => {
  it('is filled in where the application left something out', async () => {
    const app = await calling({ product: 'Test Hub' });
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
    const app = await calling();
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
    const app = await calling({ resolver: { addresses: async () => [], services: async () => [] } });
    await expect(app.createUAC(target, { localSdp: testSdp })).rejects.toThrow(reason);
  });

  it('is repeated while nobody answers, and ends with 408', async () => {
    const app = await calling();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    const failed = expect(call).rejects.toMatchObject({ status: 408 });
    await invited(callee);
    await clock.run(32_000);
    for (let i = 0; i < 6; i++) await invited(callee);
    await failed;
  });

  it('over TCP to a closed port ends with 503', async () => {
    const app = await calling();
    const gone = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['tcp'] });
    await gone.close();
    const call = app.createUAC(`sip:x@127.0.0.1:${gone.port};transport=tcp`, { localSdp: testSdp });
    await expect(call).rejects.toMatchObject({ status: 503 });
  });

  it('falls back to UDP when it is too large for a datagram and the callee has no TCP', async () => {
    const app = await calling();
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
    const app = await calling();
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
    const app = await calling();
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
    const app = await calling();
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

  it('whose answer has no Contact can be hung up all the same', async () => {
    const app = await calling();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
    callee.send(
      callee.answer(await invited(callee), 200, { tag: 'c', extra: ['Content-Type: application/sdp'], body: testSdp }),
    );
    const dialog = await call;
    expect((await callee.request('ACK'))?.uri).toBe(uri(callee));
    await hangUp(callee, dialog);
  });
});

describe('a call to ourselves', () => {
  it('works through one agent and one application', async () => {
    let inbound: TestSrfDialog | undefined;
    const app = await calling({}, (srf) =>
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
