import { describe, expect, it } from 'vitest';
import { calling, contact, establish, hangUp, invited, ok, silent, uri } from './agent-client-test-support.ts';
import { headerValue } from './message.ts';
import { agent, clock, peer } from './test-agent.ts';
import { type TestSrfRequest, type TestSrfResponse, testSdp } from './test-peer.ts';

describe('inside a dialog', () => {
  it('a challenged BYE keeps the dialog for a second one, but not for ever', async () => {
    await calling();
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
    await calling();
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
    const app = await calling();
    const callee = await peer();
    const call = app.createUAC(uri(callee), { localSdp: testSdp });
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
    await calling();
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
