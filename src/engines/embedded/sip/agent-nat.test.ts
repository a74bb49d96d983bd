import { describe, expect, it } from 'vitest';
import { headerValue, type SipResponse } from './message.ts';
import { accepting, agent, peer, sdpHeader, start } from './test-agent.ts';
import { type TestPeer, type TestSrfDialog, testSdp } from './test-peer.ts';

/** Where nobody listens: what a phone behind a NAT tells of itself. */
const INSIDE = '<sip:phone@127.0.0.1:9>';

/** A call of `caller`, with another Contact than its own. */
async function establish(caller: TestPeer, contact: string): Promise<{ from: string; to: string; callId: string }> {
  const ids = { from: '<sip:a@127.0.0.1>;tag=nat', callId: `nat${caller.port}@test` };
  const invite = caller.text('INVITE', { ...ids, extra: sdpHeader, body: testSdp });
  caller.send(invite.replace(/^Contact: .*$/m, `Contact: ${contact}`));
  const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
  caller.send(caller.text('ACK', { ...ids, to }));
  return { ...ids, to };
}

const followsSource = (address: string) => address === '127.0.0.1';

describe('a peer whose packets come from elsewhere than it says', () => {
  it('gets requests within the call that it has placed, from its new port when the NAT changes it', async () => {
    let dialog: TestSrfDialog | undefined;
    await start(
      accepting((made) => {
        dialog = made;
      }),
      { followsSource },
    );
    const caller = await peer();
    const call = await establish(caller, INSIDE);
    const moved = await peer();
    moved.send(moved.text('INFO', { ...call, cseq: 2 }));
    expect((await moved.response())?.status).toBe(200);
    await expect.poll(() => dialog).toBeDefined();
    const destroyed = dialog?.destroy();
    const bye = await moved.request('BYE');
    expect(bye?.uri).toBe('sip:phone@127.0.0.1:9');
    if (bye !== undefined) moved.send(moved.answer(bye, 200));
    await destroyed;
    expect(caller.unread === 0 ? undefined : await caller.response()).toBeUndefined();
  });

  it('is answered there, also where it does not ask for it', async () => {
    await start(accepting(), { followsSource });
    const caller = await peer();
    const options = caller.text('OPTIONS').replace(/^Via: .*$/m, 'Via: SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bK-nat');
    caller.send(options);
    expect((await caller.response())?.status).toBe(200);
  });

  it('gets requests within the call that it has taken', async () => {
    const srf = await start(() => {}, { followsSource });
    const callee = await peer();
    const answered = srf?.createUAC(`sip:127.0.0.1:${callee.port}`, { localSdp: testSdp });
    const invite = await callee.request('INVITE');
    if (invite === undefined) throw new Error('no INVITE came');
    const extra = [...sdpHeader, `Contact: ${INSIDE}`];
    callee.send(callee.answer(invite, 200, { tag: 'callee', extra, body: testSdp }));
    const dialog = await answered;
    expect(await callee.request('ACK')).toMatchObject({ uri: 'sip:phone@127.0.0.1:9' });
    const destroyed = dialog?.destroy();
    const bye = await callee.request('BYE');
    if (bye !== undefined) callee.send(callee.answer(bye, 200));
    await destroyed;
  });

  it('others are believed', async () => {
    let dialog: TestSrfDialog | undefined;
    await start(
      accepting((made) => {
        dialog = made;
      }),
      { followsSource: () => false },
    );
    const caller = await peer();
    const other = await peer();
    const call = await establish(caller, `<sip:phone@127.0.0.1:${other.port}>`);
    await expect.poll(() => dialog).toBeDefined();
    const destroyed = dialog?.destroy();
    const bye = await other.request('BYE');
    expect(headerValue((bye ?? {}) as SipResponse, 'call-id')).toBe(call.callId);
    if (bye !== undefined) other.send(other.answer(bye, 200));
    await destroyed;
    expect(agent.stats().dialogs).toBe(0);
  });
});
