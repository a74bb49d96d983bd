import { afterEach, expect } from 'vitest';
import { VirtualClock } from '../../../media/virtual-clock.ts';
import { type SipAgent, type SipAgentOptions, startSipAgent } from './agent.ts';
import { headerValue, type SipResponse } from './message.ts';
import { connectSrf, TestPeer, type TestSrf, type TestSrfDialog, testSdp } from './test-peer.ts';

/** The agent, its clock, and whoever talks to it: set anew by {@link start}, checked for left-overs after each test. */
export let clock: VirtualClock;
export let agent: SipAgent;
export const applications: TestSrf[] = [];
const peers: TestPeer[] = [];

export async function start(
  prepare?: (srf: TestSrf) => void,
  options: Partial<SipAgentOptions> = {},
): Promise<TestSrf | undefined> {
  clock = new VirtualClock();
  agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], clock, ...options });
  return prepare && join(prepare);
}

export async function join(prepare: (srf: TestSrf) => void): Promise<TestSrf> {
  const srf = await connectSrf(agent, prepare);
  applications.push(srf);
  return srf;
}

export async function peer(transport: 'udp' | 'tcp' = 'udp'): Promise<TestPeer> {
  const created = await TestPeer[transport](agent);
  peers.push(created);
  return created;
}

afterEach(async () => {
  await clock.run(600_000);
  const left = agent.stats();
  for (const one of peers.splice(0)) one.close();
  for (const srf of applications.splice(0)) srf.disconnect();
  await agent.close();
  expect(left).toMatchObject({ dialogs: 0, serverTransactions: 0, clientTransactions: 0 });
  expect(clock.pending).toBe(0);
});

export const sdpHeader = ['Content-Type: application/sdp'];

export interface Answered {
  from: string;
  to: string;
  callId: string;
}

/** An established call of `caller`; the application must accept it. */
export async function establish(caller: TestPeer, extra: string[] = []): Promise<Answered> {
  const ids = { from: `<sip:a@127.0.0.1>;tag=p${caller.port}`, callId: `c${caller.port}@test` };
  caller.send(caller.text('INVITE', { ...ids, extra: [...sdpHeader, ...extra], body: testSdp }));
  const ok = await caller.response(200);
  const to = headerValue(ok as SipResponse, 'to') ?? '';
  caller.send(caller.text('ACK', { ...ids, to }));
  return { ...ids, to };
}

export async function hangUp(caller: TestPeer, call: Answered, cseq = 90): Promise<void> {
  caller.send(caller.text('BYE', { ...call, cseq }));
  expect(await answerTo(caller, `${cseq} BYE`)).toMatchObject({ status: 200 });
}

export async function answerTo(caller: TestPeer, cseq: string): Promise<SipResponse | undefined> {
  for (;;) {
    const response = await caller.response();
    if (response === undefined || headerValue(response, 'cseq') === cseq) return response;
  }
}

export function accepting(onDialog: (dialog: TestSrfDialog) => void = () => {}): (srf: TestSrf) => void {
  return (srf) =>
    srf.invite((req, res) => {
      srf.createUAS(req, res, { localSdp: testSdp }).then(onDialog, () => {});
    });
}

/** Puts another agent in the place of the one that a test has closed. */
export function replaceAgent(other: SipAgent): void {
  agent = other;
}
