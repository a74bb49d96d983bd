import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Baresip } from './support/baresip.ts';
import { hangup } from './support/fake-bot.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { type SippResult, startSipp } from './support/sipp.ts';
import { calleeBye, calleeRequest, got, gotInvite, reply, startCallee } from './support/sipp-callee.ts';
import { hangUp, incoming, offer, ok, request, response, scenario, untilReleased } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import { BACK_HZ, CALLERS, type RunningTransfer, TransferRig } from './support/transfer-rig.ts';
import { waitFor } from './support/wait-for.ts';

/** Callers of 127.0.0.2 and agents may ask for another party; callers of 127.0.0.1 may not. */
let rig: TransferRig;
/** Where the two telephones of the routing group are. */
const team: number[] = [];
beforeAll(async () => {
  team.push(await freePort(), await freePort());
  const phones = team.map((port, index) => ({ id: `team-${index}`, gateways: [`sip:127.0.0.1:${port}`] }));
  const destinations = phones.map(({ id }, index) => ({ priority: index + 1, sipConnection: id, called: id }));
  const rules = {
    routingGroups: [{ id: 'team', destinations }],
    routingRules: [
      {
        ...{ id: 'to-team', type: 'transfer', called: 'team', origin: { sipConnection: 'callers-refer' } },
        destination: { routingGroup: 'team' },
      },
      { id: 'to-agents', type: 'transfer', origin: { bot: 'demo' }, destination: { sipConnection: 'agents' } },
      ...['callers-refer', 'agents'].map((id) => ({
        ...{ id: `by-${id}`, type: 'transfer', called: 'agent*', origin: { sipConnection: id } },
        destination: { sipConnection: 'agents' },
      })),
      { id: 'to-demo', called: 'demo', destination: { bot: 'demo' } },
    ],
  };
  rig = await TransferRig.start(rules, phones);
}, 60_000);
afterAll(async () => {
  await rig?.stop();
});

const rings = [gotInvite(), reply(180, 'Ringing'), reply(200, 'OK', { sdp: true }), got('ACK')];
const takesBye = [got('BYE', 30_000), reply(200, 'OK', { tag: false })];
const busy = [gotInvite(), reply(486, 'Busy Here'), got('ACK')];
const hubHangsUp = [incoming('BYE', { timeoutMs: 30_000 }), ok()];
const refer = (target: string) =>
  request('REFER', { inDialog: true, headers: [`Refer-To: <${target}>`, 'Referred-By: <sip:sipp@127.0.0.2>'] });
/** A NOTIFY of the hub, answered. A busy machine may have sent the REFER twice. */
const report = (line: string, state: 'active' | 'terminated' = 'active') => [
  response(202, { optional: true }),
  incoming('NOTIFY', {
    timeoutMs: 15_000,
    contains: ['Event: refer', `Subscription-State: ${state}`, 'message/sipfrag', `SIP/2.0 ${line}`],
  }),
  ok(),
];

const hears = (ear: RtpPeer, hz: number, ms = 240) =>
  waitFor(`${ms} ms of ${hz} Hz`, 15_000, () => toneMs(ear.audio(), hz) >= ms || undefined);

function passed(result: SippResult | { exitCode: number | null; errors: string; messages: string } | undefined): void {
  expect(result?.exitCode, `${result?.errors}${result?.messages.slice(-3_000)}`).toBe(0);
}

/** The bot hears whoever is there, and answers. */
async function talksWithBot(ear: RtpPeer, call: RunningTransfer, hz: number): Promise<void> {
  await ear.startWhenHeard();
  const bot = () => call.conversation()?.activities.some(({ text }) => text === `${hz} Hz`);
  await ear.sayUntil(`the bot to hear ${hz} Hz`, tone(hz, 600), bot, { gapMs: 3_000 }); // or it would be interrupted
  await hears(ear, BACK_HZ);
}

async function hearEachOther(a: RtpPeer, aHz: number, b: RtpPeer, bHz: number): Promise<void> {
  await Promise.all([a.startWhenHeard(), b.startWhenHeard()]);
  await Promise.all([
    a.sayUntil(`${aHz} Hz to be heard`, tone(aHz, 500), () => toneMs(b.audio(), aHz) >= 240),
    b.sayUntil(`${bHz} Hz to be heard`, tone(bHz, 500), () => toneMs(a.audio(), bHz) >= 240),
  ]);
}

/** `Replaces` for the call of that sipp, from its own messages. */
async function replacesOf({ sipp }: RunningTransfer): Promise<string> {
  const text = await sipp.messages();
  const field = (name: string) =>
    new RegExp(`^${name}:.*$`, 'm').exec(text.slice(text.indexOf('SIP/2.0 200')))?.[0] ?? '';
  const tag = (name: string) => /;tag=(\S+)/.exec(field(name))?.[1];
  const callId = field('Call-ID')
    .replace(/^Call-ID: /, '')
    .trim();
  return `${callId};to-tag=${tag('To')};from-tag=${tag('From')}`;
}

/** An INVITE with Replaces, from another telephone. */
async function takesOver(replaces: string, host: string, ear: RtpPeer, status: number): Promise<SippResult> {
  const invite = [
    request('INVITE', { body: offer(), headers: [`Replaces: ${replaces}`, 'Require: replaces'] }),
    response(100, { optional: true }),
  ];
  const refused = [response(status), request('ACK', { cseq: 1, branch: '[branch-3]', inDialog: true })];
  const taken = [response(200, { rrs: true }), request('ACK', { inDialog: true }), ...hubHangsUp];
  const steps = [...invite, ...(status === 200 ? taken : refused)];
  const sipp = startSipp({
    ...{ scenario: scenario('other', steps), hubPort: rig.hub.ports.sip, host, mediaPort: ear.port },
  });
  return await sipp.done;
}

describe.concurrent('transfers that the far side asks for', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    peerTest(
      'sipp',
      `REFER in the call of a bot, over ${transport}: the bot goes on with the other party`,
      async () => {
        const call = await rig.call({
          ...{ method: 'refer', transport, back: [hangup('done')] },
          agent: [...rings, ...takesBye],
          caller: [
            refer('sip:agent@AGENT'),
            response(202),
            ...report('100 Trying'),
            ...report('180 Ringing'),
            ...report('200 OK', 'terminated'),
            ...hangUp(),
          ],
        });
        passed(await call.caller);
        await talksWithBot(call.agentEar, call, 800);
        passed(await call.agent);
        expect(toneMs(call.callerEar.audio(), BACK_HZ)).toBe(0);
        const { end, transcript } = await call.record();
        expect(end).toMatchObject({ category: 'bot-hangup' });
        expect(transcript.map(({ text }) => text)).toContainEqual(
          expect.stringContaining('The call goes on with sip:agent@'),
        );
        await call.close();
      },
    );
  }

  peerTest('sipp', 'REFER to a routing group: the first is busy, the bot goes on with the second', async () => {
    await using second = await RtpPeer.open();
    const [first = 0, other = 0] = team;
    const phones = [
      await startCallee(busy, { port: first }),
      await startCallee([...rings, ...takesBye], { port: other, mediaPort: second.port }),
    ];
    const call = await rig.call({
      ...{ method: 'refer', back: [hangup('done')] },
      caller: [
        refer(`sip:team@127.0.0.1:${rig.hub.ports.sip}`),
        response(202),
        ...report('100 Trying'),
        ...report('180 Ringing'),
        ...report('200 OK', 'terminated'),
        ...hangUp(),
      ],
    });
    passed(await call.caller);
    await talksWithBot(second, call, 800);
    for (const { done } of phones) passed(await done);
    const { id, end } = await call.record();
    expect(end).toMatchObject({ category: 'bot-hangup' });
    const placed = (name: string) => rig.hub.endedCall(({ called }) => called.user === name);
    expect(await placed('team-0')).toMatchObject({ sessionId: id, end: { category: 'busy' } });
    expect(await placed('team-1')).toMatchObject({ sessionId: id, sipConnection: 'team-1', routingRule: 'to-team' });
    await call.close();
  });

  peerTest(
    'sipp',
    'REFER that no rule allows, or whose target is busy: refused, and the bot has its caller',
    async () => {
      const call = await rig.call({
        ...{ method: 'refer', back: [hangup('done')] },
        agent: busy,
        caller: [
          ...[refer('tel:+19005550123'), response(404)],
          ...[refer('http://127.0.0.1/'), response(416)],
          ...[refer('sip:agent@AGENT'), response(202)],
          ...report('100 Trying'),
          ...report('486 Busy Here', 'terminated'),
          ...hubHangsUp,
        ],
      });
      passed(await call.agent);
      await talksWithBot(call.callerEar, call, 500);
      passed(await call.caller);
      const { transcript } = await call.record();
      expect(transcript.map(({ text }) => text)).toContainEqual(expect.stringContaining('486 Busy Here'));
      await call.close();
    },
  );

  peerTest('sipp', 'a connection that no rule names may neither refer nor replace', async () => {
    await using other = await RtpPeer.open();
    const call = await rig.call({
      ...{ method: 'invite', back: [hangup('done')] },
      caller: [refer('sip:agent@AGENT'), response(404), ...hubHangsUp],
    });
    await call.callerEar.startWhenHeard();
    passed(await takesOver(await replacesOf(call), '127.0.0.1', other, 403));
    await talksWithBot(call.callerEar, call, 500);
    passed(await call.caller);
    await call.close();
  });

  peerTest('sipp', 'REFER in a bridge: the agent passes the caller on, and they hear each other', async () => {
    await using second = await RtpPeer.open();
    const phone = await startCallee([...rings, ...takesBye], { mediaPort: second.port, transport: 'tcp' });
    const call = await rig.call({
      ...{ method: 'invite', transfer: {} },
      agent: [
        ...rings,
        calleeRequest('REFER', 1, [
          `Refer-To: <sip:agent2@127.0.0.1:${phone.port};transport=tcp>`,
          'Referred-By: <sip:agent@127.0.0.1>',
        ]),
        '<recv response="202" timeout="15000"></recv>',
        ...report('100 Trying'),
        ...report('180 Ringing'),
        ...report('200 OK', 'terminated'),
        calleeBye([], 2),
      ],
      caller: [untilReleased(), ...hangUp()],
    });
    passed(await call.agent);
    await hearEachOther(call.callerEar, 800, second, 500);
    expect(toneMs(call.agentEar.audio(), 800)).toBe(0);
    await call.sipp.release();
    passed(await phone.done);
    passed(await call.caller);
    expect(await call.record()).toMatchObject({ end: { category: 'caller-hangup' } });
    await call.close();
  });

  peerTest('baresip', 'baresip as the agent: it transfers by itself, and leaves', async () => {
    await using second = await RtpPeer.open();
    const phone = await startCallee([...rings, ...takesBye], { mediaPort: second.port });
    const port = await freePort();
    await using agent = await Baresip.start({ microphone: tone(600, 60_000), user: 'agent', port, answers: true });
    const call = await rig.call({
      ...{ method: 'invite', transfer: { transferTarget: `sip:agent@127.0.0.1:${port}` } },
      caller: [untilReleased(), ...hangUp()],
    });
    await call.callerEar.startWhenHeard();
    await hears(call.callerEar, 600);
    agent.transfer(`sip:agent2@127.0.0.1:${phone.port}`);
    await hearEachOther(call.callerEar, 800, second, 500);
    await agent.closed();
    await call.sipp.release();
    passed(await call.caller);
    passed(await phone.done);
    await call.close();
  });

  peerTest(
    'sipp',
    'INVITE with Replaces takes the place of the caller; not with wrong tags, nor once he is gone',
    async () => {
      await using other = await RtpPeer.open({ host: CALLERS.refer });
      await using stranger = await RtpPeer.open({ host: CALLERS.refer });
      const call = await rig.call({
        ...{ method: 'refer', back: [hangup('done')] },
        caller: [incoming('BYE', { timeoutMs: 20_000, contains: ['Reason: SIP;cause=200'] }), ok()],
      });
      await call.callerEar.startWhenHeard();
      const replaces = await replacesOf(call);
      const refusals = [
        takesOver(replaces.replace('from-tag=', 'from-tag=x'), CALLERS.refer, stranger, 481),
        takesOver(`${replaces};early-only`, CALLERS.refer, stranger, 486),
        takesOver('nonsense', CALLERS.refer, stranger, 400),
      ];
      for (const refused of await Promise.all(refusals)) passed(refused);
      const taken = takesOver(replaces, CALLERS.refer, other, 200);
      passed(await call.caller);
      passed(await takesOver(replaces, CALLERS.refer, stranger, 481));
      await talksWithBot(other, call, 500);
      passed(await taken);
      expect(toneMs(call.callerEar.audio(), BACK_HZ)).toBe(0);
      expect(await call.record()).toMatchObject({ end: { category: 'bot-hangup' } });
      await call.close();
    },
  );
});

describe.concurrent('re-INVITE to another address and codec', () => {
  /** A-law at another port. */
  const moved = ({ port }: RtpPeer) => [
    request('INVITE', {
      inDialog: true,
      body: offer({ payloads: '8', rtpmap: ['8 PCMA/8000'] }).replace('[media_port_of_test]', `${port}`),
    }),
    response(100, { optional: true }),
    response(200, { rrs: true, contains: ['RTP/AVP 8'] }),
    request('ACK', { inDialog: true }),
  ];

  peerTest('sipp', 'in the call of a bot: it is heard and hears there', async () => {
    await using ear = await RtpPeer.open({ law: 'PCMA', host: CALLERS.refer });
    const call = await rig.call({
      ...{ method: 'refer', back: [hangup('done')] },
      caller: [...moved(ear), ...hubHangsUp],
    });
    await talksWithBot(ear, call, 500);
    passed(await call.caller);
    await call.close();
  });

  peerTest('sipp', 'in a bridge: both hear each other, u-law here and A-law there', async () => {
    await using ear = await RtpPeer.open({ law: 'PCMA' });
    const call = await rig.call({
      ...{ method: 'invite', transfer: {}, agent: [...rings, ...takesBye] },
      caller: [untilReleased(), ...moved(ear), untilReleased(), ...hangUp()],
    });
    await call.agentEar.startWhenHeard();
    await call.sipp.release();
    await hearEachOther(ear, 800, call.agentEar, 500);
    await call.sipp.release();
    passed(await call.caller);
    passed(await call.agent);
    await call.close();
  });
});
