import { describe, expect } from 'vitest';
import { parseTarget } from '../../src/dialout/numbers.ts';
import type { Dialled, DialRigOptions } from './support/dial-rig.ts';
import {
  answers,
  callee,
  gateway,
  nothingLeft,
  openEar,
  refused,
  shortBot,
  start,
  succeeded,
  takesBye,
} from './support/dial-scene.ts';
import { peerTest } from './support/peers.ts';
import { calleeBye, got, gotInvite, reply } from './support/sipp-callee.ts';
import { loudMs, tone, toneMs } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';

describe('a callee', () => {
  peerTest('sipp', 'answers: the bot hears of the call, speaks, and hangs up', async () => {
    const phone = await callee([...answers(), ...takesBye()]);
    const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
    const call = hub.dial({
      metadata: { order: 7 },
      callerDisplayName: 'A "B" Ltd',
      sipHeaders: [
        { name: 'X-Campaign', value: 'spring' },
        { name: 'Via', value: 'no' },
      ],
    });
    expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'bot-disconnected', reason: 'done' });
    expect(call.events).toEqual(['initiated', 'ringing', 'answered', 'completed bot-disconnected']);
    const { messages } = await succeeded(phone);
    expect(messages).toContain(`INVITE sip:+12025550123@127.0.0.1:${phone.port};transport=udp;user=phone SIP/2.0`);
    expect(messages).toMatch(/From: "A \\"B\\" Ltd" <sip:\+15551230001@127\.0\.0\.1>;tag=/);
    expect(messages).toContain('X-Campaign: spring');
    expect(hub.bot.requests[0]?.[0]).toMatchObject({
      name: 'start',
      parameters: {
        outboundTarget: 'tel:+12025550123',
        dialoutMetadata: { order: 7 },
        caller: '+15551230001',
        callee: '+12025550123',
        vaigConversationId: call.id,
      },
    });
    expect(call.record()).toMatchObject({
      direction: 'outbound',
      state: 'ended',
      sipConnection: 'carrier',
      routingRule: 'out',
      remote: gateway(phone),
      end: { category: 'bot-hangup' },
      dial: { alternativeRoute: false, attempts: [{ outcome: 'answered', sipStatus: 200 }] },
    });
    await nothingLeft(hub);
  });

  peerTest('sipp', 'hangs up: the bot and the dialer are told', async () => {
    const phone = await callee([...answers(), '<pause milliseconds="300"/>', calleeBye()]);
    const hub = await start({ gateways: [gateway(phone)] });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ reasonCode: 'client-disconnected', reason: 'Client Side' });
    await succeeded(phone);
    expect(hub.bot.ends).toMatchObject([{ reasonCode: 'client-disconnected' }]);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'speaks first: what he says is sent to the bot, and both are heard', async () => {
    const ear = await openEar();
    const phone = await callee([...answers(), ...takesBye()], { mediaPort: ear.port });
    const hub = await start({
      gateways: [gateway(phone)],
      bot: (activities) => (activities.some(({ text }) => text === '700 Hz') ? shortBot() : []),
    });
    const call = hub.dial();
    await waitFor('the answer', 5_000, () => call.events.includes('answered'));
    await ear.startWhenHeard();
    void ear.say(tone(700, 500));
    expect(await call.outcome).toMatchObject({ reasonCode: 'bot-disconnected' });
    expect(hub.bot.heard()).toEqual(['start', '700 Hz']);
    expect(call.record().transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
      'caller: 700 Hz',
      'bot: 500 Hz 200 ms',
    ]);
    await succeeded(phone);
  });

  peerTest(
    'sipp',
    'sends 183 with early media: it is received and timed, and the bot is silent before the answer',
    async () => {
      const ear = await openEar();
      const steps = [
        gotInvite(),
        reply(183, 'Session Progress', { sdp: true }),
        '<pause milliseconds="700"/>',
        reply(200, 'OK', { sdp: true }),
        got('ACK'),
        ...takesBye(),
      ];
      const phone = await callee(steps, { mediaPort: ear.port });
      const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
      const call = hub.dial();
      await ear.startWhenHeard();
      await call.outcome;
      expect(call.events).toEqual(['initiated', 'ringing with media', 'answered', 'completed bot-disconnected']);
      const { dial } = call.record();
      expect(dial?.earlyMediaMs).toBeGreaterThan(0);
      expect(dial?.earlyMediaMs).toBeLessThan(dial?.answeredMs ?? 0);
      expect(dial?.answeredMs).toBeGreaterThanOrEqual(690);
      expect(loudMs(ear.audio(call.answeredAt))).toBe(0);
      expect(toneMs(ear.audio(), 500)).toBeGreaterThan(150);
      await succeeded(phone);
    },
  );

  const failures: [string, readonly string[], string, RegExp][] = [
    ['is busy', refused(486, 'Busy Here'), 'failed busy', /^SIP ;cause=486 ;text="Busy Here"$/],
    [
      'declines, with a reason of its network',
      refused(603, 'Decline', ['Reason: Q.850;cause=21;text="call rejected"']),
      'failed declined',
      /^SIP ;cause=603 ;text="Decline", Q\.850;cause=21;text="call rejected"$/,
    ],
    ['is not there', refused(480, 'Temporarily Unavailable'), 'failed no-answer', /cause=480/],
    ['does not exist', refused(404, 'Not Found'), 'failed error', /cause=404/],
    [
      'has moved: the redirection is not followed',
      refused(302, 'Moved Temporarily', ['Contact: <sip:+19005551234@127.0.0.1:9>']),
      'failed error',
      /cause=302/,
    ],
    ['cannot be talked to', refused(488, 'Not Acceptable Here'), 'failed error', /cause=488/],
  ];
  for (const [what, steps, event, reason] of failures) {
    peerTest('sipp', `${what}`, async () => {
      const phone = await callee(steps);
      const other = await callee(answers());
      const hub = await start({ gateways: [gateway(phone), gateway(other)] });
      const call = hub.dial();
      expect((await call.outcome).reason).toMatch(reason);
      expect(call.events).toEqual(['initiated', event]);
      expect(call.record().dial?.attempts).toHaveLength(1);
      expect(hub.bot.requests).toEqual([]);
      await succeeded(phone);
      await nothingLeft(hub);
    });
  }

  const rings = (status: number) => [
    got('INVITE'),
    reply(status, 'Ringing'),
    got('CANCEL'),
    reply(200, 'OK', { tag: false }),
    reply(487, 'Request Terminated', { method: 'INVITE' }),
    got('ACK'),
  ];

  peerTest('sipp', 'does not answer: CANCEL at the time-out', async () => {
    const phone = await callee(rings(180));
    const hub = await start({ gateways: [gateway(phone), 'sip:127.0.0.1:9'] });
    const call = hub.dial({ answerTimeoutSec: 1 });
    expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'no-answer' });
    expect(call.events).toEqual(['initiated', 'ringing', 'failed no-answer']);
    await succeeded(phone);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'is hung up on while it rings', async () => {
    const phone = await callee(rings(180));
    const hub = await start({ gateways: [gateway(phone)] });
    const call = hub.dial();
    await waitFor('ringing', 3_000, () => call.events.includes('ringing'));
    call.cancel();
    call.cancel();
    expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', end: { category: 'api' } });
    await succeeded(phone);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'answers in the moment of the CANCEL: ACK and BYE, and the dialout has failed', async () => {
    const phone = await callee([
      gotInvite(),
      reply(180, 'Ringing'),
      got('CANCEL'),
      // the 200 to the INVITE is on its way already; the CANCEL finds nothing to cancel
      reply(200, 'OK', { sdp: true, method: 'INVITE' }),
      got('ACK'),
      got('BYE'),
      reply(200, 'OK', { tag: false }),
    ]);
    const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
    const call = hub.dial();
    await waitFor('ringing', 3_000, () => call.events.includes('ringing'));
    call.cancel();
    expect(await call.outcome).toMatchObject({ status: 'failed' });
    await succeeded(phone);
    expect(call.events).toEqual(['initiated', 'ringing', 'failed error']);
    expect(hub.bot.requests).toEqual([]);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'answers with what cannot be understood: BYE, and the reason is told', async () => {
    const phone = await callee([
      gotInvite(),
      reply(200, 'OK', { sdp: 'v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 18' }),
      got('ACK'),
      ...takesBye(),
    ]);
    const hub = await start({ gateways: [gateway(phone)] });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', reason: /SDP/ });
    await succeeded(phone);
    await nothingLeft(hub);
  });
});

describe('what cannot be dialled', () => {
  const cases: [string, DialRigOptions['connection'], string, string][] = [
    [
      'anything, by a connection with credentials and no list',
      { auth: { username: 'u', password: 'p' } },
      'tel:+12025550123',
      'destination_not_allowed',
    ],
    ['another country', { destinations: ['+49'] }, 'tel:+12025550123', 'destination_not_allowed'],
    ['premium-rate numbers', { destinations: ['*'] }, 'tel:+19005551234', 'destination_not_allowed'],
    ['other hosts', {}, 'sip:a@elsewhere.example', 'destination_not_allowed'],
    ['emergency numbers', {}, 'sip:112@127.0.0.1', 'destination_not_allowed'],
  ];
  for (const [what, connection, target, code] of cases) {
    peerTest('sipp', what, async () => {
      const hub = await start({ gateways: ['sip:127.0.0.1:9'], ...(connection ? { connection } : {}) });
      const request = { bot: 'demo', target: parseTarget(target) };
      expect(() => hub.dialler.check(request)).toThrow(expect.objectContaining({ code }));
      const call: Dialled = hub.dial(request);
      expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'error' });
      expect(call.events).toEqual(['failed error']);
      expect(call.record()).toMatchObject({ state: 'ended', end: { category: 'dial-failed' } });
    });
  }
});

describe('machine detection', () => {
  peerTest('sipp', 'a fax is hung up on', async () => {
    const ear = await openEar();
    const phone = await callee([...answers(), ...takesBye()], { mediaPort: ear.port });
    const hub = await start({ gateways: [gateway(phone)] });
    const call = hub.dial({ machineDetection: 'disconnect' });
    await ear.startWhenHeard();
    void ear.say(tone(2100, 3_500));
    expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'machine-detected' });
    expect(call.events).toContain('machine fax');
    expect(call.record()).toMatchObject({ dial: { machine: { type: 'fax' } }, end: { text: 'Machine Detected' } });
    await succeeded(phone);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'detect: the bot is told, and the call goes on', async () => {
    const ear = await openEar();
    const phone = await callee([...answers(), ...takesBye()], { mediaPort: ear.port });
    const hub = await start({
      gateways: [gateway(phone)],
      bot: (activities) => (activities.some(({ name }) => name === 'machineDetection') ? shortBot() : []),
    });
    const call = hub.dial({ machineDetection: 'detect', voicemailEndTimeoutSec: 5 });
    await ear.startWhenHeard();
    void ear.say(tone(2100, 3_500));
    expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'bot-disconnected' });
    expect(hub.bot.heard().slice(0, 2)).toEqual(['start', 'machineDetection:{"type":"fax"}']);
    await succeeded(phone);
  });
});

describe('dialoutInitiated', () => {
  peerTest('sipp', 'reaches the bot before the INVITE, and the bot hears how it failed', async () => {
    const phone = await callee(refused(486, 'Busy Here'));
    const told = Promise.withResolvers<void>();
    const hub = await start({
      gateways: [gateway(phone)],
      parameters: { sendEventsToBot: ['dialoutInitiated'] },
      bot: async () => {
        await told.promise;
        return [];
      },
    });
    const call = hub.dial();
    await waitFor('the bot to be asked', 5_000, () => hub.bot.requests.length > 0);
    await sleep(50);
    expect(call.events).toEqual([]);
    told.resolve();
    await call.outcome;
    expect(hub.bot.requests[0]?.[0]).toMatchObject({
      name: 'dialoutInitiated',
      value: { outboundTarget: 'tel:+12025550123' },
    });
    expect(hub.bot.ends).toMatchObject([{ reasonCode: 'busy' }]);
    await succeeded(phone);
  });
});
