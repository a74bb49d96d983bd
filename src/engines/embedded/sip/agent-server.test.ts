import { describe, expect, it } from 'vitest';
import { headerValue, type SipResponse } from './message.ts';
import { accepting, agent, answerTo, clock, establish, hangUp, peer, sdpHeader, start } from './test-agent.ts';
import { type TestSrfDialog, type TestSrfRequest, type TestSrfResponse, testSdp } from './test-peer.ts';

describe('a call from outside', () => {
  it('gets 100 at once, and its last response again on retransmission', async () => {
    let res: TestSrfResponse | undefined;
    await start((srf) =>
      srf.invite((_req, response) => {
        res = response;
      }),
    );
    const caller = await peer();
    const invite = caller.text('INVITE');
    caller.send(invite);
    expect(headerValue((await caller.response(100)) as SipResponse, 'to')).not.toContain('tag=');
    caller.send(invite);
    expect((await caller.response(100))?.status).toBe(100);
    await expect.poll(() => res).toBeDefined();
    res?.send(486);
    const busy = (await caller.response()) as SipResponse;
    expect(busy.status).toBe(486);
    await clock.run(500);
    expect((await caller.response())?.status).toBe(486);
    caller.send(invite.replace(/INVITE/g, 'ACK').replace(/To: .*/, `To: ${headerValue(busy, 'to')}`));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.run(4_000);
    expect(caller.unread).toBe(0);
  });

  it('keeps one tag in all responses, and the route record in those that set up the dialog', async () => {
    await start((srf) =>
      srf.invite((req, res) => {
        res.send(180);
        res.send(183, { body: testSdp, headers: { 'Content-Type': 'application/sdp' } });
        srf.createUAS(req, res, { localSdp: testSdp }).catch(() => {});
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'tags@test' };
    const route = `<sip:127.0.0.1:${caller.port};lr>`;
    caller.send(caller.text('INVITE', { ...ids, extra: [`Record-Route: ${route}`] }));
    const responses = [
      await caller.response(180),
      await caller.response(183),
      await caller.response(200),
    ] as SipResponse[];
    const to = headerValue(responses[0] as SipResponse, 'to') ?? '';
    for (const response of responses) {
      expect(headerValue(response, 'to')).toBe(to);
      expect(headerValue(response, 'record-route')).toBe(route);
      expect(headerValue(response, 'contact')).toBe(`<sip:127.0.0.1:${agent.port}>`);
    }
    expect(agent.stats().dialogs).toBe(1);
    caller.send(caller.text('ACK', { ...ids, to }));
    await hangUp(caller, { ...ids, to });
  });

  it('repeats its 200 until the ACK, T1 doubling up to T2', async () => {
    await start(accepting());
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'ack@test' };
    caller.send(caller.text('INVITE', ids));
    await caller.response(100);
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    await clock.run(500 + 1_000 + 2_000 + 4_000 + 4_000);
    for (let i = 0; i < 5; i++) expect((await caller.response(200))?.status).toBe(200);
    caller.send(caller.text('ACK', { ...ids, to }));
    caller.send(caller.text('ACK', { ...ids, to }));
    await expect.poll(() => agent.stats().strayAcks).toBe(1);
    await clock.run(30_000);
    expect(caller.unread).toBe(0);
    await hangUp(caller, { ...ids, to });
  });

  it('is hung up when no ACK comes, and the application is told', async () => {
    let reason = '';
    await start(accepting((dialog) => dialog.on('destroy', (_bye: unknown, why: string) => (reason = why))));
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    await caller.response(200);
    await clock.run(32_000);
    const bye = await caller.request('BYE');
    expect(headerValue(bye ?? { headers: [] }, 'reason')).toBe('SIP ;cause=200 ;text="ACK timeout"');
    await expect.poll(() => reason).toBe('ACK timeout');
    expect(agent.stats().dialogs).toBe(0);
    if (bye) caller.send(caller.answer(bye, 200));
  });

  it('is not hung up by the application before its ACK came (RFC 3261 15)', async () => {
    await start(accepting((dialog) => void dialog.destroy().catch(() => {})));
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'held@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    expect(await caller.request('BYE', 60)).toBeUndefined();
    caller.send(caller.text('ACK', { ...ids, to }));
    const bye = await caller.request('BYE');
    expect(bye?.method).toBe('BYE');
    if (bye) caller.send(caller.answer(bye, 200));
    await expect.poll(() => agent.stats().dialogs).toBe(0);
  });

  it('that the caller ends first answers the waiting hang-up of the application', async () => {
    const outcomes: unknown[] = [];
    await start(
      accepting(
        (dialog) =>
          void dialog.destroy().then(
            () => outcomes.push('sent'),
            (error: Error) => outcomes.push(error.message),
          ),
      ),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'crossed@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    await new Promise((resolve) => setTimeout(resolve, 30));
    await hangUp(caller, { ...ids, to });
    await expect.poll(() => outcomes).toEqual(['Server error: unable to find dialog for dialog id provided']);
  });

  it('can be ended by BYE before it is answered (RFC 3261 15)', async () => {
    let cancelled = false;
    await start((srf) =>
      srf.invite((req, res) => {
        req.on('cancel', () => {
          cancelled = true;
        });
        res.send(180);
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'early@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(180)) as SipResponse, 'to') ?? '';
    caller.send(caller.text('BYE', { ...ids, to, cseq: 2 }));
    const responses = [await caller.response(200), await caller.response(487)];
    expect(responses.map((response) => response && headerValue(response, 'cseq'))).toEqual(['2 BYE', '1 INVITE']);
    await expect.poll(() => cancelled).toBe(true);
    expect(agent.stats().dialogs).toBe(0);
  });

  it('of RFC 2543, without tag, branch or Contact, is answered and ended', async () => {
    const dialogs: TestSrfDialog[] = [];
    await start(accepting((dialog) => void dialogs.push(dialog)));
    const caller = await peer();
    const text = (method: string, to: string, cseq: number): string =>
      `${method} sip:hub@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${caller.port}\r\nFrom: sip:old@127.0.0.1:${caller.port}\r\n` +
      `To: ${to}\r\nCall-ID: old@test\r\nCSeq: ${cseq} ${method}\r\n\r\n`;
    caller.send(text('INVITE', 'sip:hub@127.0.0.1', 1));
    caller.send(text('INVITE', 'sip:hub@127.0.0.1', 1));
    const ok = (await caller.response(200)) as SipResponse;
    caller.send(text('ACK', headerValue(ok, 'to') ?? '', 1));
    await expect.poll(() => dialogs).toHaveLength(1);
    await expect.poll(() => agent.stats().strayAcks).toBe(0);
    const ended = dialogs[0]?.destroy();
    const bye = await caller.request('BYE');
    expect(bye?.uri).toBe(`sip:old@127.0.0.1:${caller.port}`);
    if (bye) caller.send(caller.answer(bye, 200));
    await ended;
  });

  it('ends with 408 when the application never answers', async () => {
    let cancelled = false;
    await start((srf) =>
      srf.invite((req) => {
        req.on('cancel', () => {
          cancelled = true;
        });
      }),
    );
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    await caller.response(100);
    await expect.poll(() => agent.stats().serverTransactions).toBe(1);
    await clock.run(180_000);
    expect((await caller.response())?.status).toBe(408);
    await expect.poll(() => cancelled).toBe(true);
  });
});

describe('inside a dialog', () => {
  it('refuses requests out of order and crossing INVITEs', async () => {
    let dialog: TestSrfDialog | undefined;
    const open: TestSrfResponse[] = [];
    await start(
      accepting((created) => {
        dialog = created;
        created.on('modify', (_req: TestSrfRequest, res: TestSrfResponse) => open.push(res));
      }),
    );
    const caller = await peer();
    const call = await establish(caller);
    await expect.poll(() => dialog).toBeDefined();
    caller.send(caller.text('INVITE', { ...call, cseq: 5, extra: sdpHeader, body: testSdp }));
    await expect.poll(() => open).toHaveLength(1);
    caller.send(caller.text('INVITE', { ...call, cseq: 6, extra: sdpHeader, body: testSdp }));
    expect(await answerTo(caller, '6 INVITE')).toMatchObject({ status: 500 });
    caller.send(caller.text('INFO', { ...call, cseq: 3 }));
    expect(await answerTo(caller, '3 INFO')).toMatchObject({ status: 500, reason: 'CSeq Out Of Order' });
    open[0]?.send(488);
    expect(await answerTo(caller, '5 INVITE')).toMatchObject({ status: 488 });

    const modified = dialog?.modify(testSdp).catch((error: unknown) => error);
    const ours = await caller.request('INVITE');
    caller.send(caller.text('INVITE', { ...call, cseq: 7, extra: sdpHeader, body: testSdp }));
    expect(await answerTo(caller, '7 INVITE')).toMatchObject({ status: 491 });
    caller.send(caller.text('UPDATE', { ...call, cseq: 8, extra: sdpHeader, body: testSdp }));
    expect(await answerTo(caller, '8 UPDATE')).toMatchObject({ status: 491 });
    if (ours) caller.send(caller.answer(ours, 491));
    expect(await modified).toMatchObject({ status: 491 });
    expect((await caller.request('ACK'))?.method).toBe('ACK');
    await hangUp(caller, call);
  });

  it('answers what is open with 487 when BYE comes', async () => {
    await start(accepting((dialog) => dialog.on('modify', () => {})));
    const caller = await peer();
    const call = await establish(caller);
    caller.send(caller.text('INVITE', { ...call, cseq: 2, extra: sdpHeader, body: testSdp }));
    await caller.response(100);
    caller.send(caller.text('BYE', { ...call, cseq: 3 }));
    const statuses = [await caller.response(), await caller.response()].map((response) => response?.status).sort();
    expect(statuses).toEqual([200, 487]);
  });

  it('sends UPDATE, REFER, NOTIFY and MESSAGE to the application', async () => {
    const seen: string[] = [];
    await start(
      accepting((dialog) => {
        for (const event of ['update', 'refer', 'notify', 'message']) {
          dialog.on(event, (_req: unknown, res: TestSrfResponse) => {
            seen.push(event);
            res.send(event === 'refer' ? 202 : 200);
          });
        }
      }),
    );
    const caller = await peer();
    const call = await establish(caller);
    let cseq = 1;
    for (const method of ['UPDATE', 'REFER', 'NOTIFY', 'MESSAGE']) {
      cseq++;
      caller.send(caller.text(method, { ...call, cseq, extra: ['Refer-To: <sip:x@y>', 'Event: refer'] }));
      expect((await answerTo(caller, `${cseq} ${method}`))?.status).toBe(method === 'REFER' ? 202 : 200);
    }
    expect(seen).toEqual(['update', 'refer', 'notify', 'message']);
    await hangUp(caller, call);
  });

  it('sends requests along the recorded route', async () => {
    let dialog: TestSrfDialog | undefined;
    await start(
      accepting((created) => {
        dialog = created;
      }),
    );
    const caller = await peer();
    const proxy = await peer();
    const call = await establish(caller, [`Record-Route: <sip:127.0.0.1:${proxy.port};lr>, <sip:second.example;lr>`]);
    await expect.poll(() => dialog).toBeDefined();
    const ended = dialog?.destroy();
    const bye = await proxy.request('BYE');
    expect(bye?.uri).toBe(`sip:tester@127.0.0.1:${caller.port}`);
    expect(bye?.headers.filter((field) => field.key === 'route').map((field) => field.value)).toEqual([
      `<sip:127.0.0.1:${proxy.port};lr>`,
      '<sip:second.example;lr>',
    ]);
    expect(headerValue(bye ?? { headers: [] }, 'to')).toBe(call.from);
    if (bye) proxy.send(proxy.answer(bye, 200));
    await ended;
  });
});

describe('reliable provisional responses (RFC 3262)', () => {
  it('are used without being asked for where the caller requires them', async () => {
    let res: TestSrfResponse | undefined;
    await start((srf) =>
      srf.invite((_req, response) => {
        res = response;
        response.send(180);
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'rel@test' };
    caller.send(caller.text('INVITE', { ...ids, extra: ['Require: 100rel'] }));
    const ringing = (await caller.response(180)) as SipResponse;
    const rseq = headerValue(ringing, 'rseq');
    expect(headerValue(ringing, 'require')).toBe('100rel');
    const to = headerValue(ringing, 'to') ?? '';
    await clock.run(500);
    expect((await caller.response(180))?.status).toBe(180);
    caller.send(caller.text('PRACK', { ...ids, to, cseq: 2, extra: [`RAck: ${Number(rseq) + 1} 1 INVITE`] }));
    expect((await answerTo(caller, '2 PRACK'))?.status).toBe(481);
    caller.send(caller.text('PRACK', { ...ids, to, cseq: 3, extra: [`RAck: ${rseq} 1 INVITE`] }));
    expect((await answerTo(caller, '3 PRACK'))?.status).toBe(200);
    res?.send(486);
    expect((await answerTo(caller, '1 INVITE'))?.status).toBe(486);
  });

  it('end the INVITE when no PRACK comes', async () => {
    await start((srf) => srf.invite((_req, res) => res.send(183, { headers: { Require: '100rel' } })));
    const caller = await peer();
    caller.send(caller.text('INVITE', { extra: ['Supported: 100rel'] }));
    await caller.response(183);
    await clock.run(32_000);
    expect((await caller.response(504))?.reason).toBe('PRACK Timeout');
  });

  it('are refused to the application where the caller does not know them', async () => {
    let error: unknown;
    await start((srf) =>
      srf.invite((_req, res) => {
        res.send(183, { headers: { Require: '100rel' } }, (why) => {
          error = why;
          res.send(404);
        });
      }),
    );
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    expect((await caller.response())?.status).toBe(404);
    expect(error).toBe('Remote endpoint does not support 100rel');
  });
});

describe('SUBSCRIBE from outside', () => {
  it('sets up a dialog that ends with its last NOTIFY or its time', async () => {
    const dialogs: TestSrfDialog[] = [];
    await start((srf) =>
      srf.use('subscribe', (req, res) => {
        srf.createUAS(req, res, { headers: { Expires: '60' } }).then(
          (dialog) => dialogs.push(dialog),
          () => {},
        );
      }),
    );
    const caller = await peer();
    caller.send(caller.text('SUBSCRIBE', { extra: ['Event: presence', 'Expires: 60'] }));
    expect((await caller.response())?.status).toBe(202);
    await expect.poll(() => dialogs).toHaveLength(1);
    void dialogs[0]?.request({ method: 'NOTIFY', headers: { Event: 'presence', 'Subscription-State': 'active' } });
    const notify = await caller.request('NOTIFY');
    if (notify) caller.send(caller.answer(notify, 200));
    expect(agent.stats().dialogs).toBe(1);
    await clock.run(60_000 + 32_000);
    expect(agent.stats().dialogs).toBe(0);
  });
});
