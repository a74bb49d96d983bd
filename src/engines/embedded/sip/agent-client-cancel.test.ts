import { describe, expect, it } from 'vitest';
import { calling, invited, ok, silent, uri } from './agent-client-test-support.ts';
import { headerValue } from './message.ts';
import { agent, clock, peer } from './test-agent.ts';
import { type TestSrfRequest, testSdp } from './test-peer.ts';

describe('a call to outside', () => {
  it('is cancelled only after a provisional response (RFC 3261 9.1)', async () => {
    const app = await calling();
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
    const app = await calling();
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

  it('that is answered although it was cancelled is acknowledged and ended', async () => {
    const app = await calling();
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
    const app = await calling();
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
