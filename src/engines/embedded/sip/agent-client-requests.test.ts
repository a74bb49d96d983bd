import { describe, expect, it } from 'vitest';
import { calling, contact, silent, uri } from './agent-client-test-support.ts';
import { headerValue } from './message.ts';
import { agent, peer } from './test-agent.ts';
import type { TestSrfResponse } from './test-peer.ts';

describe('requests outside of dialogs', () => {
  it('deliver their response', async () => {
    const app = await calling();
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

describe('a subscription to outside', () => {
  it('takes a NOTIFY before its response and ends with the last one', async () => {
    const app = await calling({}, (srf) => srf.use('notify', (_req, res) => res.send(200)));
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
