import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { FakeBot, hangup, type SeenActivity, say } from './support/fake-bot.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp, type SippOptions, startSipp } from './support/sipp.ts';
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
import { silence, tone, toneMs } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';

/** Greets with 700 Hz; answers 500 Hz with 800 Hz, any other tone with 900 Hz and a hang-up. */
function toneBot(activity: SeenActivity): readonly object[] {
  if (activity.name === 'start') return [say('700 Hz 400 ms')];
  if (activity.text === '500 Hz') return [say('800 Hz 400 ms')];
  if (activity.type === 'message') return [say('900 Hz 400 ms'), hangup('we are done')];
  return [];
}

let bot: FakeBot;
let hub: HubProcess;
let rtp: RtpPeer;

beforeAll(async () => {
  bot = await FakeBot.start({ onActivity: toneBot });
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: bot.url });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
});
beforeEach(async () => {
  bot.script = { onActivity: toneBot };
  rtp = await RtpPeer.open();
});
afterEach(async () => {
  await rtp.close();
});

const sippOptions = (name: string, steps: readonly string[], options: Partial<SippOptions>): SippOptions => ({
  scenario: scenario(name, steps),
  hubPort: hub.ports.sip,
  mediaPort: rtp.port,
  ...options,
});

function call(name: string, steps: readonly string[], options: Partial<SippOptions> = {}) {
  return runSipp(sippOptions(name, steps, options));
}

/** A call that hangs up when it is released. */
function callUntilReleased(name: string, steps: readonly string[], options: Partial<SippOptions> = {}) {
  return startSipp(sippOptions(name, [...steps, untilReleased(), ...hangUp()], options));
}

for (const transport of ['udp', 'tcp'] as const) {
  peerTest(
    'sipp',
    `a call over ${transport.toUpperCase()}: each side hears the other's tone, the caller hangs up`,
    async () => {
      const name = `talk over ${transport}`;
      // Nobody but the hub reaches sipp over its one TCP connection.
      const phone =
        transport === 'udp'
          ? callUntilReleased(name, establish())
          : { done: call(name, [...establish(), pause(5000), ...hangUp()], { transport }), release: async () => {} };
      await rtp.startWhenHeard();
      await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 320 || undefined);
      await sleep(200);
      await rtp.say(tone(500, 500));
      await bot.heard('the caller’s tone', (activity) => activity.text === '500 Hz');
      await waitFor('the reply', 5000, () => toneMs(rtp.audio(), 800) >= 320 || undefined);
      await phone.release();
      expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
      expect(rtp.missing()).toBe(0);
      const { disconnect } = await bot.ended();
      expect(disconnect?.reasonCode).toBe('client-disconnected');
      const record = await hub.endedCall();
      expect(record).toMatchObject({
        called: { user: 'demo' },
        sipConnection: 'loopback',
        routingRule: 'to-demo',
        destination: { bot: 'demo' },
        end: { category: 'caller-hangup', by: 'caller' },
      });
      expect(record.remote).toMatch(new RegExp(`^${transport}/127\\.0\\.0\\.1:`));
      expect(record.durationMs).toBeGreaterThan(1500);
      const said = record.transcript
        .filter(({ kind }) => kind === 'speech')
        .map(({ speaker, text }) => [speaker, text]);
      expect(said).toEqual([
        ['bot', '700 Hz 400 ms'],
        ['caller', '500 Hz'],
        ['bot', '800 Hz 400 ms'],
      ]);
    },
  );
}

peerTest('sipp', 'the bot hangs up: its last word is heard to the end, BYE tells the reason', async () => {
  const ended = call('bot hangs up', [
    ...establish(),
    incoming('BYE', { timeoutMs: 15_000, contains: ['Reason:.*we are done'] }),
    ok(),
  ]);
  await rtp.startWhenHeard();
  await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 320 || undefined);
  await rtp.say(tone(600, 500));
  expect(await ended).toMatchObject({ exitCode: 0, successful: 1 });
  expect(toneMs(rtp.audio(), 900)).toBeGreaterThanOrEqual(360);
  expect(await hub.endedCall()).toMatchObject({ end: { category: 'bot-hangup', by: 'bot' } });
});

peerTest('sipp', 'A-law where the caller offers it first', async () => {
  await rtp.close();
  rtp = await RtpPeer.open({ law: 'PCMA' });
  const phone = callUntilReleased('A-law', establish(offer({ payloads: '8 0 101' })));
  await rtp.startWhenHeard();
  await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 320 || undefined);
  await rtp.say(tone(500, 500));
  await bot.heard('the caller’s tone', (activity) => activity.text === '500 Hz');
  await phone.release();
  expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1 });
});

peerTest('sipp', 'key presses by RFC 4733 reach the bot, each once', async () => {
  const phone = callUntilReleased('keys', establish());
  await rtp.startWhenHeard();
  await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 320 || undefined);
  for (const key of '4#') {
    await rtp.press(key);
    await rtp.say(silence(160));
  }
  await bot.heard('the last key', ({ value }) => String(value).endsWith('#'));
  await phone.release();
  expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1 });
  await bot.ended();
  const keys = bot.latest?.activities.filter(({ name }) => name?.toUpperCase() === 'DTMF').map(({ value }) => value);
  expect(keys?.join('')).toBe('4#');
});

peerTest('sipp', 'CANCEL before the answer: 487, no conversation left, the record tells', async () => {
  const before = bot.conversations.length;
  const gate = Promise.withResolvers<void>();
  bot.script = { createGate: gate.promise, onActivity: toneBot };
  const ended = await call('cancel', [
    request('INVITE', { body: offer() }),
    response(100, { optional: true }),
    response(180), // drachtio-server's has no Contact, and neither CANCEL nor the ACK of a 487 needs one (RFC 3261 9.1, 17.1.1.3)
    pause(100),
    request('CANCEL', { cseq: 1, branch: '[branch-4]' }),
    response(200),
    response(487),
    request('ACK', { cseq: 1, branch: '[branch-7]', inDialog: true }),
  ]);
  expect(ended.errors).toBe('');
  expect(ended).toMatchObject({ exitCode: 0, successful: 1 });
  const record = await hub.endedCall();
  expect(record).toMatchObject({ durationMs: 0, end: { category: 'caller-cancelled', by: 'caller' } });
  gate.resolve();
  await sleep(100);
  const late = bot.conversations.slice(before);
  await waitFor(
    'the bot to be told',
    3000,
    () => late.every(({ disconnect }) => disconnect !== undefined) || undefined,
  );
});

peerTest('sipp', 're-INVITE: hold stops the audio, resume brings it back', async () => {
  const reinvite = (direction: string, answered: string) => [
    request('INVITE', { inDialog: true, body: offer({ direction }) }),
    response(100, { optional: true }),
    response(200, { rrs: true, contains: [`a=${answered}`] }),
    request('ACK', { inDialog: true }),
  ];
  const phone = callUntilReleased('hold', [
    ...establish(),
    untilReleased(),
    ...reinvite('sendonly', 'recvonly'),
    untilReleased(),
    ...reinvite('sendrecv', 'sendrecv'),
  ]);
  await rtp.startWhenHeard();
  await waitFor('the greeting', 5000, () => toneMs(rtp.audio(), 700) >= 320 || undefined);
  await phone.release();
  const held = await waitFor('the hub to fall silent', 5000, () => {
    const last = rtp.heard.at(-1);
    return last && performance.now() - last.atMs > 300 ? rtp.heard.length : undefined;
  });
  await phone.release();
  await waitFor('the hub to go on', 5000, () => rtp.heard.length > held + 10 || undefined);
  await rtp.say(tone(500, 500));
  await bot.heard('the caller’s tone after the hold', (activity) => activity.text === '500 Hz');
  await waitFor('the reply', 5000, () => toneMs(rtp.audio(), 800) >= 320 || undefined);
  await phone.release();
  const result = await phone.done;
  expect(result.errors).toBe('');
  expect(result).toMatchObject({ exitCode: 0, successful: 1 });
});

const refusals: readonly [string, number, string, Partial<SippOptions>, string | undefined][] = [
  ['an offer of codecs that the hub lacks', 488, offer({ payloads: '18', rtpmap: ['18 G729/8000'] }), {}, 'rejected'],
  ['an offer that is no SDP', 400, 'this is no session description', {}, 'rejected'],
  ['an offer with a broken media line', 400, offer().replace('[media_port_of_test]', 'many'), {}, 'rejected'],
  ['a number that no rule knows', 404, offer(), { service: 'nobody' }, 'rejected'],
  ['a number that a rule refuses', 603, offer(), { service: 'closed' }, 'rejected'],
  ['an address that no connection allows', 403, offer(), { host: '127.0.0.2' }, undefined],
];
for (const [what, status, body, options, category] of refusals) {
  peerTest('sipp', `${what} gets ${status}`, async () => {
    const before = bot.conversations.length;
    const result = await call(
      what,
      [
        request('INVITE', { body }),
        response(100, { optional: true }),
        response(180, { optional: true }),
        response(status),
        request('ACK', { cseq: 1, branch: '[branch-4]', inDialog: true }),
      ],
      options,
    );
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
    expect(bot.conversations.length).toBe(before);
    const callId = /^Call-ID: (\S+)/m.exec(result.messages)?.[1];
    const ofCall = ({ sipCallId }: { sipCallId: string }) => sipCallId === callId;
    if (category === undefined) {
      expect((await hub.calls()).some(ofCall)).toBe(false);
      return;
    }
    const record = await hub.endedCall(ofCall);
    expect(record.end).toMatchObject({ category, by: 'hub', sipStatus: status });
    expect(record.end?.text).not.toBe('');
  });
}

peerTest('sipp', 'after all of it nothing is left over', async () => {
  await waitFor(
    'the last call to end',
    10_000,
    async () => (await hub.metric('patchbay_calls_active')) === 0 || undefined,
  );
});
