import { afterEach, expect } from 'vitest';
import { botEvent, botMessage } from '../../../src/conversation/testing.ts';
import { DialRig, type DialRigOptions } from './dial-rig.ts';
import { RtpPeer } from './rtp-peer.ts';
import { type CalleeResult, got, gotInvite, reply, type SippCallee, startCallee } from './sipp-callee.ts';
import { waitFor } from './wait-for.ts';

/** What tests of placed calls have in common: a rig, telephones and their ears, all gone after each test. */

let rig: DialRig | undefined;
const callees: SippCallee[] = [];
const peers: RtpPeer[] = [];

afterEach(async () => {
  await rig?.close();
  rig = undefined;
  for (const callee of callees.splice(0)) callee.stop();
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

export async function callee(
  steps: readonly string[],
  options: Parameters<typeof startCallee>[1] = {},
): Promise<SippCallee> {
  const started = await startCallee(steps, options);
  callees.push(started);
  return started;
}

/** The hub's side; one in a test. */
export async function start(options: DialRigOptions): Promise<DialRig> {
  rig = await DialRig.start(options);
  return rig;
}

export const gateway = ({ port }: { port: number }, transport = 'udp') =>
  `sip:127.0.0.1:${port};transport=${transport}`;

export async function succeeded(one: SippCallee): Promise<CalleeResult> {
  const result = await one.done;
  expect(result.exitCode, result.errors + result.messages.slice(-3_000)).toBe(0);
  return result;
}

/** The call is over everywhere: no dialog, no endpoint, no entry in the registry. */
export async function nothingLeft(of: DialRig): Promise<void> {
  await waitFor('the call to be released', 8_000, () => of.registry.size === 0);
  await expect.poll(() => of.stats().dialogs, { timeout: 5_000 }).toBe(0);
}

export const refused = (status: number, reason: string, headers: readonly string[] = []) => [
  got('INVITE'),
  reply(status, reason, { headers }),
  got('ACK'),
];
export const answers = () => [gotInvite(), reply(180, 'Ringing'), reply(200, 'OK', { sdp: true }), got('ACK')];
export const takesBye = () => [got('BYE'), reply(200, 'OK', { tag: false })];
/** A bot that says one thing and hangs up. */
export const shortBot = () => [botMessage('500 Hz 200 ms'), botEvent('hangup', { hangupReason: 'done' })];

/** Where a telephone hears. */
export async function openEar(): Promise<RtpPeer> {
  const ear = await RtpPeer.open();
  peers.push(ear);
  return ear;
}
