import { expect } from 'vitest';
import type { SipAgentOptions } from './agent.ts';
import type { SipRequest } from './message.ts';
import { applications, join, start } from './test-agent.ts';
import { type TestPeer, type TestSrf, type TestSrfDialog, testSdp } from './test-peer.ts';

/** The agent, and an application that calls others. */
export async function calling(
  options: Partial<SipAgentOptions> = {},
  prepare: (app: TestSrf) => void = () => {},
): Promise<TestSrf> {
  await start(undefined, options);
  return await join(prepare);
}

export const silent = { headers: [] };

export function contact(callee: TestPeer): string {
  return `Contact: <sip:callee@127.0.0.1:${callee.port}>`;
}

export function ok(callee: TestPeer, invite: SipRequest, tag = 'c'): string {
  const extra = [contact(callee), 'Content-Type: application/sdp'];
  return callee.answer(invite, 200, { tag, extra, body: testSdp });
}

export function uri(callee: TestPeer): string {
  return `sip:callee@127.0.0.1:${callee.port}`;
}

export async function invited(callee: TestPeer): Promise<SipRequest> {
  const invite = await callee.request('INVITE');
  if (invite === undefined) throw new Error('no INVITE came');
  return invite;
}

/** A call from the application to `callee`, answered and acknowledged. */
export async function establish(callee: TestPeer, options: object = {}): Promise<TestSrfDialog> {
  const app = applications.at(-1);
  if (app === undefined) throw new Error('no application is there');
  const call = app.createUAC(uri(callee), { localSdp: testSdp, ...options });
  callee.send(ok(callee, await invited(callee)));
  const dialog = await call;
  expect((await callee.request('ACK'))?.method).toBe('ACK');
  return dialog;
}

export async function hangUp(callee: TestPeer, dialog: TestSrfDialog): Promise<void> {
  const ended = dialog.destroy();
  const bye = await callee.request('BYE');
  if (bye) callee.send(callee.answer(bye, 200));
  await ended;
}
