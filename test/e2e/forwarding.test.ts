import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { Baresip } from './support/baresip.ts';
import { ForwardRig } from './support/forward-rig.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { type Sipp, type SippOptions, startSipp } from './support/sipp.ts';
import {
  type CalleeResult,
  calleeBye,
  got,
  gotInvite,
  type ReplyOptions,
  reply,
  type SippCallee,
  startCallee,
} from './support/sipp-callee.ts';
import {
  establish,
  hangUp,
  incoming,
  offer,
  ok,
  pause,
  request,
  response,
  scenario,
  untilReleased,
} from './support/sipp-scenario.ts';
import { concat, silence, tone, toneMs } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'] as const;
type Desk = (typeof NAMES)[number];

const ports = {} as Record<Desk, number>;
let rig: ForwardRig;

/** Over TCP; the others over UDP. */
const OVER_TCP: readonly Desk[] = ['b', 'd'];
const group = (id: string, strategy: string, ...desks: Desk[]) => ({
  id,
  strategy,
  destinations: desks.map((desk, index) => ({
    priority: strategy === 'priority' ? index + 1 : 1,
    sipConnection: desk,
    called: `desk-${desk}`,
  })),
});
const rule = (called: string, destination: object, more: object = {}) => ({
  id: `to-${called.replaceAll(/[^\w-]/g, '')}`,
  ...{ origin: { sipConnection: 'callers' }, called, destination },
  ...more,
});

beforeAll(async () => {
  for (const name of NAMES) ports[name] = await freePort();
  rig = await ForwardRig.start({
    desks: Object.fromEntries(
      NAMES.map((name) => [name, { port: ports[name], transport: OVER_TCP.includes(name) ? 'tcp' : 'udp' }]),
    ),
    ringTimeoutMs: 3_000,
    calls: 60,
    routing: {
      callBlockLists: [{ id: 'spam', numbers: ['+44*'] }],
      routingGroups: [
        group('one-of', 'priority', 'e', 'f'),
        {
          ...group('then-bot', 'priority', 'g'),
          destinations: [{ sipConnection: 'g' }, { priority: 2, bot: 'night' }],
        },
        group('together', 'simultaneous', 'h', 'i', 'j'),
        group('race', 'simultaneous', 'k', 'l'),
      ],
      routingRules: [
        ...NAMES.map((name) => rule(`desk-${name}`, { sipConnection: name })),
        rule('one-of', { routingGroup: 'one-of' }),
        rule('then-bot', { routingGroup: 'then-bot' }),
        rule('together', { routingGroup: 'together' }),
        rule('race', { routingGroup: 'race' }),
        rule('0*', { sipConnection: 'm' }, { rewrite: { called: [{ from: '0*', to: '+49*' }], calling: '+4930*' } }),
      ],
    },
  });
});
afterAll(async () => {
  await rig?.close();
});

const open: { close(): Promise<void> }[] = [];
const callees: SippCallee[] = [];
afterEach(async () => {
  for (const one of callees.splice(0)) one.stop();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function phone(law: 'PCMU' | 'PCMA' = 'PCMU'): Promise<RtpPeer> {
  const peer = await RtpPeer.open({ law });
  open.push(peer);
  return peer;
}

/** sipp at a desk. `ear`: where it hears and speaks. */
async function desk(name: Desk, steps: readonly string[], ear?: RtpPeer): Promise<SippCallee> {
  const started = await startCallee(steps, {
    port: ports[name],
    transport: OVER_TCP.includes(name) ? 'tcp' : 'udp',
    ...(ear === undefined ? {} : { mediaPort: ear.port }),
  });
  callees.push(started);
  return started;
}

function call(service: string, caller: string, steps: readonly string[], options: Partial<SippOptions> = {}): Sipp {
  return startSipp({
    scenario: scenario(`${caller} calls ${service}`, steps),
    ...{ hubPort: rig.port, service, caller },
    ...options,
  });
}

async function succeeded(one: Sipp | SippCallee): Promise<CalleeResult> {
  const result = await one.done;
  expect(result.exitCode, result.errors + result.messages.slice(-6_000)).toBe(0);
  return result;
}

const alaw = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
  .concat(['m=audio [media_port_of_test] RTP/AVP 8 101', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000'])
  .join('\n');

const rings = () => [gotInvite(), reply(180, 'Ringing')];
const picksUp = (options: ReplyOptions = { sdp: true }) => [reply(200, 'OK', options), got('ACK')];
const takesBye = () => [got('BYE'), reply(200, 'OK', { tag: false })];
const takesCancel = () => [
  got('CANCEL'),
  reply(200, 'OK', { tag: false }),
  reply(487, 'Request Terminated', { method: 'INVITE' }),
  got('ACK'),
];
const refuses = (status: number, words: string) => [got('INVITE'), reply(status, words), got('ACK')];
const refused = (status: number, before: readonly string[] = []) => [
  request('INVITE', { body: offer() }),
  response(100, { optional: true }),
  response(180, { optional: true }),
  ...before,
  response(status, { timeoutMs: 20_000 }),
  request('ACK', { cseq: 1, branch: '[branch-4]', inDialog: true }),
];
const cancels = (provisional: number) => [
  request('INVITE', { body: offer() }),
  response(100, { optional: true }),
  response(provisional, { timeoutMs: 15_000 }),
  pause(300),
  request('CANCEL', { cseq: 1, branch: '[branch-4]' }),
  response(200),
  response(487),
  request('ACK', { cseq: 1, branch: '[branch-7]', inDialog: true }),
];
const reinvite = (direction: string, answered: string) => [
  request('INVITE', { inDialog: true, body: offer({ direction }) }),
  response(100, { optional: true }),
  response(200, { rrs: true, contains: [`a=${answered}`] }),
  request('ACK', { inDialog: true }),
];

async function hears(ear: RtpPeer, hz: number, ms: number): Promise<void> {
  await waitFor(`${ms} ms of ${hz} Hz`, 10_000, () => toneMs(ear.audio(), hz) >= ms || undefined);
}

describe('a call to a phone', () => {
  peerTest('sipp', 'u-law here, A-law there: tones, keys, hold and resume, and the caller hangs up', async () => {
    const [caller, callee] = [await phone(), await phone('PCMA')];
    const at = await desk('a', [...rings(), pause(200), ...picksUp({ sdp: alaw }), ...takesBye()], callee);
    const calling = call(
      'desk-a',
      'ann',
      [
        ...establish(),
        untilReleased(),
        ...reinvite('sendonly', 'recvonly'),
        untilReleased(),
        ...reinvite('sendrecv', 'sendrecv'),
        untilReleased(),
        ...hangUp(),
      ],
      { mediaPort: caller.port },
    );
    await Promise.all([caller.startWhenHeard(), callee.startWhenHeard()]);
    await Promise.all([caller.say(tone(500, 600)), callee.say(tone(700, 600))]);
    await Promise.all([hears(callee, 500, 480), hears(caller, 700, 480)]);
    expect(toneMs(caller.audio(), 500)).toBe(0);
    await caller.press('5');
    await waitFor('the key at the callee', 5_000, () => {
      const events = callee.heard.filter(({ payloadType }) => payloadType === 101);
      return events.some(({ payload }) => payload[0] === 5 && ((payload[1] ?? 0) & 0x80) !== 0) || undefined;
    });
    await calling.release();
    const held = await waitFor('the caller to hear nothing', 5_000, () => {
      const last = caller.heard.at(-1);
      return last && performance.now() - last.atMs > 300 ? caller.heard.length : undefined;
    });
    await callee.say(concat(tone(600, 300), silence(400)));
    expect(caller.heard).toHaveLength(held);
    await calling.release();
    await waitFor('the caller to hear again', 5_000, () => caller.heard.length > held + 5 || undefined);
    await callee.say(tone(800, 600));
    await hears(caller, 800, 480);
    expect(toneMs(caller.audio(), 600)).toBe(0);
    await calling.release();
    await Promise.all([succeeded(calling), succeeded(at)]);
    const [own, leg] = await rig.ended('ann');
    expect(own).toMatchObject({ routingRule: 'to-desk-a', bridgedWith: leg?.id, end: { category: 'caller-hangup' } });
    expect(leg).toMatchObject({
      ...{ sessionId: own?.id, bridgedWith: own?.id, calling: { user: 'ann' }, sipConnection: 'a' },
      end: { category: 'bridge-ended', by: 'caller' },
    });
    expect(callee.missing()).toBe(0);
  });

  peerTest('sipp', 'over TCP: the callee hangs up, and the caller is told his words', async () => {
    const [caller, callee] = [await phone(), await phone()];
    const at = await desk(
      'b',
      [...rings(), ...picksUp(), pause(1_500), calleeBye(['Reason: Q.850;cause=16;text="Goodbye"'])],
      callee,
    );
    const calling = call(
      'desk-b',
      'bob',
      [
        ...establish(),
        incoming('BYE', { timeoutMs: 15_000, contains: ['Reason: Q.850;cause=16;text="Goodbye"'] }),
        ok(),
      ],
      { mediaPort: caller.port, transport: 'tcp' },
    );
    await Promise.all([caller.startWhenHeard(), callee.startWhenHeard()]);
    await Promise.all([caller.say(tone(500, 400)), callee.say(tone(700, 400))]);
    await Promise.all([hears(callee, 500, 280), hears(caller, 700, 280)]);
    await Promise.all([succeeded(calling), succeeded(at)]);
    const [own, leg] = await rig.ended('bob');
    expect(own?.remote).toMatch(/^tcp/);
    expect(own?.end).toMatchObject({ category: 'bridge-ended', by: 'callee' });
    expect(leg?.end).toMatchObject({ category: 'callee-hangup' });
  });

  for (const [from, to, name] of [
    ['udp', 'tcp', 'd'],
    ['tcp', 'udp', 'c'],
  ] as const) {
    peerTest('baresip', `baresip calls baresip, ${from} to ${to}, A-law to u-law`, async () => {
      const speaks = (hz: number) => concat(silence(1_500), tone(hz, 800), silence(15_000));
      const user = `baresip-${from}`;
      await using callee = await Baresip.start({
        ...{ microphone: speaks(700), codec: 'PCMU', user: `desk-${name}`, port: ports[name], answers: true },
      });
      await using caller = await Baresip.start({ microphone: speaks(500), codec: 'PCMA', user });
      caller.dial(`sip:desk-${name}@127.0.0.1:${rig.port};transport=${from}`);
      await Promise.all([caller.established(), callee.established()]);
      await sleep(3_000);
      caller.hangUp();
      await Promise.all([caller.closed(), callee.closed()]);
      for (const [one, hz] of [
        [caller, 700],
        [callee, 500],
      ] as const) {
        const { samples, rate } = one.heard();
        expect(toneMs(samples, hz, 0.1, rate)).toBeGreaterThanOrEqual(640);
      }
      expect((await rig.ended(user)).map(({ end }) => end?.category)).toEqual(['caller-hangup', 'bridge-ended']);
    });
  }
});

describe('before the answer', () => {
  peerTest('sipp', 'the callee is heard early; the caller hangs up: CANCEL with its reason', async () => {
    const [caller, callee] = [await phone(), await phone()];
    const at = await desk('a', [gotInvite(), reply(183, 'Session Progress', { sdp: true }), ...takesCancel()], callee);
    const calling = call(
      'desk-a',
      'early',
      [
        request('INVITE', { body: offer() }),
        response(100, { optional: true }),
        response(183, { rrs: true, contains: ['m=audio'] }),
        untilReleased(),
        request('CANCEL', { cseq: 1, branch: '[branch-4]' }),
        response(200),
        response(487),
        request('ACK', { cseq: 1, branch: '[branch-7]', inDialog: true }),
      ],
      { mediaPort: caller.port },
    );
    await callee.startWhenHeard();
    await callee.say(tone(700, 600));
    await hears(caller, 700, 480);
    await calling.release();
    await succeeded(calling);
    expect((await succeeded(at)).messages).toMatch(/CANCEL[\s\S]*Reason: SIP;cause=487/);
    expect((await rig.ended('early')).map(({ end }) => end?.category)).toEqual(['caller-cancelled', 'bridge-ended']);
  });

  peerTest('sipp', 'it rings too long: 480, and CANCEL', async () => {
    const at = await desk('a', [...rings(), ...takesCancel()]);
    await Promise.all([succeeded(call('desk-a', 'patient', refused(480))), succeeded(at)]);
    expect((await rig.ended('patient'))[0]?.end).toMatchObject({ category: 'no-answer' });
  });

  peerTest('sipp', 'the caller hangs up while it rings', async () => {
    const at = await desk('a', [...rings(), ...takesCancel()]);
    await Promise.all([succeeded(call('desk-a', 'hasty', cancels(180))), succeeded(at)]);
  });

  for (const [status, words, expected] of [
    [486, 'Busy Here', 486],
    [404, 'Not Found', 404],
    [603, 'Decline', 603],
    [401, 'Unauthorized', 480],
  ] as const) {
    peerTest('sipp', `${status} of the callee: ${expected} for the caller`, async () => {
      const at = await desk('a', refuses(status, words));
      await Promise.all([succeeded(call('desk-a', `refused-${status}`, refused(expected))), succeeded(at)]);
    });
  }

  peerTest('sipp', 'nobody is there: 504', async () => {
    await succeeded(call('desk-n', 'alone', refused(504)));
  });

  peerTest('sipp', 'both hang up at once: each BYE is answered', async () => {
    const [caller, callee] = [await phone(), await phone()];
    const at = await desk('a', [...rings(), ...picksUp(), pause(500), calleeBye()], callee);
    const calling = call('desk-a', 'glare', [...establish(), pause(495), ...hangUp()], { mediaPort: caller.port });
    await Promise.all([calling.done, at.done]);
    expect((await rig.ended('glare')).map(({ state }) => state)).toEqual(['ended', 'ended']);
  });
});

describe('several phones', () => {
  peerTest('sipp', 'one after the other: the second takes what the first is too busy for', async () => {
    const [caller, callee] = [await phone(), await phone()];
    const busy = await desk('e', refuses(486, 'Busy Here'));
    const free = await desk('f', [...rings(), ...picksUp(), ...takesBye()], callee);
    const calling = call('one-of', 'second', [...establish(), untilReleased(), ...hangUp()], {
      mediaPort: caller.port,
    });
    await Promise.all([caller.startWhenHeard(), callee.startWhenHeard()]);
    await callee.say(tone(700, 400));
    await hears(caller, 700, 280);
    await calling.release();
    await Promise.all([succeeded(calling), succeeded(busy), succeeded(free)]);
    const [own, first, second] = await rig.ended('second');
    expect(first).toMatchObject({ called: { user: 'desk-e' }, end: { category: 'busy' } });
    expect(second).toMatchObject({ called: { user: 'desk-f' }, bridgedWith: own?.id });
    expect(own).toMatchObject({ destination: { routingGroup: 'one-of' }, bridgedWith: second?.id });
  });

  peerTest('sipp', 'nobody answers: the bot takes the call', async () => {
    const caller = await phone();
    const away = await desk('g', refuses(480, 'Temporarily Unavailable'));
    const calling = call('then-bot', 'night', [...establish(), untilReleased(), ...hangUp()], {
      mediaPort: caller.port,
    });
    await caller.startWhenHeard();
    await hears(caller, 900, 400);
    await calling.release();
    await Promise.all([succeeded(calling), succeeded(away)]);
    expect((await rig.ended('night'))[0]).toMatchObject({ destination: { bot: 'night' } });
  });

  peerTest(
    'sipp',
    'all at once: the busy one stops nobody, one answers, the other is told that it was answered',
    async () => {
      const [caller, callee] = [await phone(), await phone()];
      const busy = await desk('h', refuses(486, 'Busy Here'));
      const slow = await desk('i', [...rings(), ...takesCancel()]);
      const quick = await desk('j', [...rings(), pause(600), ...picksUp(), ...takesBye()], callee);
      const calling = call('together', 'all', [...establish(), untilReleased(), ...hangUp()], {
        mediaPort: caller.port,
      });
      await Promise.all([caller.startWhenHeard(), callee.startWhenHeard()]);
      await Promise.all([caller.say(tone(500, 400)), callee.say(tone(700, 400))]);
      await Promise.all([hears(callee, 500, 280), hears(caller, 700, 280)]);
      await calling.release();
      await Promise.all([succeeded(calling), succeeded(busy), succeeded(quick)]);
      expect((await succeeded(slow)).messages).toMatch(
        /CANCEL[\s\S]*Reason: SIP;cause=200;text="Call completed elsewhere"/,
      );
      const ends = (await rig.ended('all')).map(({ end }) => end?.category);
      expect(ends.toSorted()).toEqual(['bridge-ended', 'bridge-ended', 'busy', 'caller-hangup']);
    },
  );

  peerTest('sipp', 'two answer in the same moment: one talks, the other is hung up', async () => {
    const [caller, k, l] = [await phone(), await phone(), await phone()];
    const atOnce = () => [gotInvite(), ...picksUp(), ...takesBye()];
    const both = [await desk('k', atOnce(), k), await desk('l', atOnce(), l)];
    const calling = call('race', 'racer', [...establish(), untilReleased(), ...hangUp()], { mediaPort: caller.port });
    await caller.startWhenHeard();
    const winner = await waitFor('one of them to be heard', 10_000, () =>
      [k, l].find(({ heard }) => heard.length > 10),
    );
    await winner.startWhenHeard();
    await winner.say(tone(700, 400));
    await hears(caller, 700, 280);
    const legs = rig.recordsOf('racer').filter(({ direction }) => direction === 'outbound');
    await waitFor('the other to be hung up', 5_000, () => legs.filter(({ state }) => state === 'ended').length === 1);
    expect(legs.filter(({ state }) => state === 'answered')).toHaveLength(1);
    await calling.release();
    await Promise.all([succeeded(calling), ...both.map(succeeded)]);
    await rig.ended('racer');
  });
});

describe('numbers', () => {
  peerTest('sipp', 'are rewritten on the way', async () => {
    const at = await desk('m', refuses(486, 'Busy Here'));
    await succeeded(call('030123', '77', refused(486)));
    const { messages } = await succeeded(at);
    expect(messages).toMatch(/INVITE sip:\+4930123@127\.0\.0\.1/);
    expect(messages).toMatch(/From: "sipp" <sip:\+493077@127\.0\.0\.1>/);
    expect(messages).toMatch(/Max-Forwards: 19/);
  });

  peerTest('sipp', 'of a block list get 603, whatever they call, and one record', async () => {
    await succeeded(call('desk-a', '+44123', refused(603)));
    await succeeded(call('desk-b', '+44123', refused(603)));
    expect(rig.refused.filter((reason) => reason === 'blocked')).toHaveLength(2);
    expect(rig.recordsOf('+44123')).toHaveLength(1);
  });

  peerTest('sipp', 'a call that goes in circles is stopped', async () => {
    const steps = refused(483).map((step) => step.replace('Max-Forwards: 70', 'Max-Forwards: 0'));
    await succeeded(call('desk-a', 'dizzy', steps));
  });
});

peerTest('sipp', 'after all of it nothing is left over', async () => {
  await rig.nothingLeft();
});
