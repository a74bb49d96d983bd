import { afterAll, beforeAll, describe, expect } from 'vitest';
import { hangup } from './support/fake-bot.ts';
import { peerTest } from './support/peers.ts';
import { calleeBye, got, gotInvite, reply } from './support/sipp-callee.ts';
import { answerWith, hangUp, incoming, ok, pause, request, response } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import {
  BACK_HZ,
  GREETING_HZ,
  RINGING_HZ,
  type RunningTransfer,
  type TransferCall,
  TransferRig,
} from './support/transfer-rig.ts';
import { waitFor } from './support/wait-for.ts';

let rig: TransferRig;
beforeAll(async () => {
  rig = await TransferRig.start();
}, 60_000);
afterAll(async () => {
  await rig?.stop();
});

/** The caller hears the agent's tone and the agent his. */
async function hearEachOther({ callerEar, agentEar }: RunningTransfer): Promise<void> {
  await callerEar.startWhenHeard();
  await agentEar.startWhenHeard();
  await Promise.all([
    agentEar.sayUntil('the caller to hear the agent', tone(500, 600), () => toneMs(callerEar.audio(), 500) >= 400),
    callerEar.sayUntil('the agent to hear the caller', tone(800, 600), () => toneMs(agentEar.audio(), 800) >= 400),
  ]);
}

const heard = (hz: number, { callerEar }: RunningTransfer) => toneMs(callerEar.audio(), hz);
const agentAnswers = [gotInvite(), reply(180, 'Ringing'), pause(500), reply(200, 'OK', { sdp: true }), got('ACK')];
const takesBye = [got('BYE'), reply(200, 'OK', { tag: false })];
const hubHangsUp = [incoming('BYE', { timeoutMs: 20_000 }), ok()];
const refusedWith = (status: number, reason: string) => [gotInvite(), reply(status, reason), got('ACK')];
const cancelled = [
  gotInvite(),
  reply(180, 'Ringing'),
  got('CANCEL'),
  reply(200, 'OK', { tag: false }),
  reply(487, 'Request Terminated', { method: 'INVITE' }),
  got('ACK'),
];

/** A report of the far side on a REFER. */
const notify = (line: string, state = 'active;expires=60') => [
  request('NOTIFY', {
    inDialog: true,
    headers: ['Event: refer', `Subscription-State: ${state}`],
    body: `SIP/2.0 ${line}`,
    contentType: 'message/sipfrag;version=2.0',
  }),
  response(200, { timeoutMs: 5_000 }),
];
const DONE = 'terminated;reason=noresource';
const takesRefer = (status: number, reason: string, headers: readonly string[] = []) => [
  incoming('REFER', { timeoutMs: 15_000 }),
  answerWith(status, reason, headers),
];

/** One row of the table: how it is transferred, what happens, and what the bot and the record then say. */
interface Row extends TransferCall {
  name: string;
  /** `transferStatus`, unless the bot has left before. */
  told?: Record<string, unknown>;
  /** `reasonCode` of the end of the bot's conversation. */
  ended: string;
  /** Category of the end of the caller's call. */
  end: string;
  record: Record<string, unknown>;
  /** What the caller has heard at the end, in tones. */
  hears: readonly number[];
  talk?: boolean;
}

const NOTIFIED = { transferNotifications: true };
/** The bot has the caller back, says so, and hangs up. */
const back = { back: [hangup('sorry')], caller: hubHangsUp, ended: 'bot-disconnected', end: 'bot-hangup' };

const BY_CALL: readonly Row[] = [
  {
    ...{ name: 'answered; the agent hangs up', method: 'invite', transfer: NOTIFIED, talk: true },
    agent: [...agentAnswers, pause(2_500), calleeBye()],
    caller: hubHangsUp,
    told: { status: 'answered', sipStatus: 200 },
    ...{ ended: 'transferred', end: 'bridge-ended', record: { outcome: 'answered', sipStatus: 200 } },
    hears: [GREETING_HZ, RINGING_HZ, 500],
  },
  {
    ...{ name: 'answered, the bot is not told; the caller hangs up', method: 'invite', transfer: {}, talk: true },
    agent: [...agentAnswers, ...takesBye],
    caller: [pause(4_500), ...hangUp()],
    ...{ ended: 'transferred', end: 'caller-hangup', record: { outcome: 'answered', sipStatus: 200 } },
    hears: [GREETING_HZ, RINGING_HZ, 500],
  },
  {
    ...{ name: 'busy', method: 'invite', transfer: NOTIFIED, ...back, agent: refusedWith(486, 'Busy Here') },
    told: { status: 'failed', reasonCode: 'busy', sipStatus: 486, reason: 'SIP ;cause=486 ;text="Busy Here"' },
    ...{ record: { outcome: 'failed', sipStatus: 486 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'declined', method: 'invite', transfer: NOTIFIED, ...back, agent: refusedWith(603, 'Decline') },
    told: { status: 'failed', reasonCode: 'declined', sipStatus: 603 },
    ...{ record: { outcome: 'failed', sipStatus: 603 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'unavailable', method: 'invite', transfer: NOTIFIED, ...back },
    agent: refusedWith(503, 'Service Unavailable'),
    told: { status: 'failed', reasonCode: 'error', sipStatus: 503 },
    ...{ record: { outcome: 'failed', sipStatus: 503 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'nobody answers', method: 'invite', transfer: NOTIFIED, ...back, agent: cancelled },
    told: { status: 'failed', reasonCode: 'no-answer', sipStatus: 487 },
    ...{ record: { outcome: 'failed', sipStatus: 487 }, hears: [GREETING_HZ, RINGING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'the caller hangs up meanwhile', method: 'invite', transfer: NOTIFIED, agent: cancelled },
    caller: [pause(1_800), ...hangUp()],
    ...{ ended: 'client-disconnected', end: 'caller-hangup' },
    ...{ record: { outcome: 'failed', sipStatus: 487 }, hears: [GREETING_HZ, RINGING_HZ] },
  },
  {
    ...{ name: 'not allowed by the rules', method: 'invite', ...back },
    transfer: { transferTarget: 'tel:+19005550123' },
    told: { status: 'failed', reasonCode: 'error', sipStatus: 403 },
    ...{ record: { outcome: 'failed', sipStatus: 403, target: 'tel:+19005550123' }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'the agent hangs up and the caller returns', method: 'invite', talk: true, ...back },
    transfer: { transferReturnToBot: true },
    agent: [...agentAnswers, pause(2_500), calleeBye()],
    told: { status: 'answered', sipStatus: 200 },
    ...{ record: { outcome: 'answered', sipStatus: 200 }, hears: [GREETING_HZ, RINGING_HZ, 500, BACK_HZ] },
  },
];

const BY_REFER: readonly Row[] = [
  {
    ...{
      name: 'taken over, with reports',
      method: 'refer',
      transfer: { ...NOTIFIED, transferTarget: 'tel:+49302000' },
    },
    caller: [
      incoming('REFER', { timeoutMs: 15_000, contains: ['Refer-To: <tel:\\+49302000>'] }),
      answerWith(202, 'Accepted'),
      ...notify('100 Trying'),
      ...notify('180 Ringing'),
      ...notify('200 OK', DONE),
      ...hangUp(),
    ],
    told: { status: 'answered', sipStatus: 200 },
    ...{ ended: 'transferred', end: 'transferred' },
    ...{ record: { outcome: 'answered', sipStatus: 200, target: 'tel:+49302000' }, hears: [GREETING_HZ] },
  },
  {
    ...{ name: 'taken over, the bot is not told', method: 'refer', transfer: {} },
    caller: [...takesRefer(202, 'Accepted'), ...notify('200 OK', DONE), ...hubHangsUp],
    ...{ ended: 'transferred', end: 'transferred', record: { outcome: 'answered' }, hears: [GREETING_HZ] },
  },
  {
    ...{ name: 'busy', method: 'refer', transfer: NOTIFIED, ...back },
    caller: [...takesRefer(202, 'Accepted'), ...notify('100 Trying'), ...notify('486 Busy Here', DONE), ...hubHangsUp],
    told: { status: 'failed', reasonCode: 'busy', sipStatus: 486 },
    ...{ record: { outcome: 'failed', sipStatus: 486 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'declined', method: 'refer', transfer: NOTIFIED, ...back },
    caller: [...takesRefer(603, 'Decline'), ...hubHangsUp],
    told: { status: 'failed', reasonCode: 'declined', sipStatus: 603 },
    ...{ record: { outcome: 'failed', sipStatus: 603 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'REFER is not known', method: 'refer', transfer: NOTIFIED, ...back },
    caller: [...takesRefer(405, 'Method Not Allowed'), ...hubHangsUp],
    told: { status: 'failed', reasonCode: 'error', sipStatus: 405 },
    ...{ record: { outcome: 'failed', sipStatus: 405 }, hears: [GREETING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'accepted, and never heard of again', method: 'refer', transfer: NOTIFIED, ...back },
    caller: [...takesRefer(202, 'Accepted'), ...hubHangsUp],
    told: { status: 'failed', reasonCode: 'no-answer', sipStatus: 408 },
    ...{ record: { outcome: 'failed', sipStatus: 408 }, hears: [GREETING_HZ, RINGING_HZ, BACK_HZ] },
  },
  {
    ...{ name: 'accepted, and BYE at once', method: 'refer', transfer: NOTIFIED },
    caller: [...takesRefer(202, 'Accepted'), ...hangUp()],
    told: { status: 'answered', sipStatus: 202 },
    ...{ ended: 'transferred', end: 'transferred' },
    ...{ record: { outcome: 'unknown', sipStatus: 202 }, hears: [GREETING_HZ] },
  },
  {
    ...{ name: 'accepted without reports; the hub hangs up', method: 'refer', transfer: NOTIFIED },
    caller: [...takesRefer(202, 'Accepted', ['Refer-Sub: false']), ...hubHangsUp],
    told: { status: 'answered', sipStatus: 202 },
    ...{ ended: 'transferred', end: 'transferred' },
    ...{ record: { outcome: 'unknown', sipStatus: 202 }, hears: [GREETING_HZ] },
  },
];

const ATTENDED: readonly Row[] = [
  {
    ...{ name: 'the far side takes the call over', method: 'attended', transfer: NOTIFIED, talk: true },
    // The call that takes the place of the hub's ends it.
    agent: [...agentAnswers, pause(1_500), calleeBye()],
    caller: [
      incoming('REFER', { timeoutMs: 15_000, contains: ['Refer-To: <sip:callee@.*Replaces='] }),
      answerWith(202, 'Accepted'),
      pause(2_000),
      ...notify('200 OK', DONE),
      ...hangUp(),
    ],
    told: { status: 'answered', sipStatus: 200 },
    ...{ ended: 'transferred', end: 'transferred' },
    record: { outcome: 'answered', sipStatus: 200, reason: 'the far side has taken the call over' },
    hears: [GREETING_HZ, RINGING_HZ, 500],
  },
  {
    ...{
      name: 'the far side does not; the hub stays between them',
      method: 'attended',
      transfer: NOTIFIED,
      talk: true,
    },
    agent: [...agentAnswers, pause(2_500), calleeBye()],
    caller: [...takesRefer(501, 'Not Implemented'), ...hubHangsUp],
    told: { status: 'answered', sipStatus: 200 },
    ...{ ended: 'transferred', end: 'bridge-ended' },
    ...{ record: { outcome: 'answered', sipStatus: 200 }, hears: [GREETING_HZ, RINGING_HZ, 500] },
  },
];

/** The table: UDP and TCP by turns. */
describe.each([
  ['by a new call', BY_CALL],
  ['by REFER', BY_REFER],
  ['attended', ATTENDED],
])('%s', { concurrent: true }, (_, rows) => {
  for (const [index, row] of rows.entries()) {
    for (const transport of index === 0 ? (['udp', 'tcp'] as const) : ([index % 2 === 0 ? 'udp' : 'tcp'] as const)) {
      peerTest('sipp', `${row.name} (${transport})`, () => check({ ...row, transport }));
    }
  }
});

async function check(row: Row): Promise<void> {
  const call = await rig.call(row);
  if (row.talk) await hearEachOther(call);
  const caller = await call.caller;
  expect(caller.exitCode, caller.errors + caller.messages.slice(-2_000)).toBe(0);
  const agent = await call.agent;
  if (agent !== undefined) expect(agent.exitCode, agent.errors + agent.messages.slice(-2_000)).toBe(0);
  for (const hz of row.hears) expect(heard(hz, call), `${hz} Hz`).toBeGreaterThanOrEqual(240);
  const silentHz = [500, BACK_HZ].filter((hz) => !row.hears.includes(hz));
  for (const hz of silentHz) expect(heard(hz, call), `${hz} Hz`).toBe(0);
  const record = await call.record();
  expect(record).toMatchObject({
    end: { category: row.end },
    transfers: [{ method: row.method, ...row.record }],
  });
  const conversation = await waitFor('the end of the conversation', 5_000, () => {
    const found = call.conversation();
    return found?.disconnect === undefined ? undefined : found;
  });
  expect(conversation.disconnect?.reasonCode).toBe(row.ended);
  const told = conversation.activities.filter(({ name }) => name === 'transferStatus').map(({ value }) => value);
  expect(told[0] ?? {}).toMatchObject(row.told ?? {});
  if (row.told === undefined) expect(told).toEqual([]);
  await call.close();
}
