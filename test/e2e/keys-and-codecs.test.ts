import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { FakeBot, type SeenActivity, say } from './support/fake-bot.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { runSipp, type SippOptions } from './support/sipp.ts';
import { establish, hangUp, incoming, offer, ok, pause, request, response, scenario } from './support/sipp-scenario.ts';

/** Greets; a caller from the connection whose keys go in INFO gets two keys. */
function script({ name, parameters }: SeenActivity): readonly object[] {
  if (name !== 'start') return [];
  const keys = { type: 'event', name: 'sendDtmf', activityParams: { dtmfDigits: '1#' } };
  return [say('700 Hz 200 ms'), ...((parameters as { caller?: string }).caller === 'info' ? [keys] : [])];
}

let bot: FakeBot;
let hub: HubProcess;

beforeAll(async () => {
  bot = await FakeBot.start({ onActivity: script });
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: bot.url,
    extra: {
      sipConnections: [
        { id: 'usual', allowFrom: ['127.0.0.1/32'] },
        {
          id: 'old',
          allowFrom: ['127.0.0.2/32'],
          codecs: ['PCMA'],
          dtmf: 'info',
          nat: { advertisedAddress: '127.0.0.1' },
        },
      ],
      routingRules: [{ id: 'all', destination: { bot: 'demo' } }],
    },
  });
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
});

async function call(name: string, steps: readonly string[], options: Partial<SippOptions> = {}): Promise<string> {
  const result = await runSipp({ scenario: scenario(name, steps), hubPort: hub.ports.sip, ...options });
  expect(result.successful, result.errors + result.messages).toBe(1);
  return result.messages;
}

const keyInfo = (digit: string) => [
  request('INFO', {
    inDialog: true,
    contentType: 'application/dtmf-relay',
    body: `Signal=${digit}\nDuration=100`,
  }),
  response(200),
];

peerTest('sipp', 'a key counts once, whether it comes in INFO, in RTP or in both', async () => {
  const rtp = await RtpPeer.open();
  onTestFinished(() => rtp.close());
  const steps = [...establish(), pause(1_500), ...keyInfo('5'), pause(800), ...keyInfo('6'), pause(800), ...hangUp()];
  const calling = call('keys', steps, { mediaPort: rtp.port });
  await rtp.startWhenHeard();
  await new Promise((resolve) => setTimeout(resolve, 800));
  await rtp.press('5');
  await calling;
  const { activities } = await bot.ended();
  expect(activities.filter(({ name }) => name === 'DTMF').map(({ value }) => value)).toEqual(['5', '6']);
});

peerTest('sipp', 'keys go in INFO where the connection wants it, and the codec is one of its own', async () => {
  const rtp = await RtpPeer.open({ law: 'PCMA', host: '127.0.0.2' });
  onTestFinished(() => rtp.close());
  const steps = [
    ...establish(),
    incoming('INFO', { timeoutMs: 10_000, contains: ['Signal=1'] }),
    ok(),
    incoming('INFO', { timeoutMs: 5_000, contains: ['Signal=#'] }),
    ok(),
    ...hangUp(),
  ];
  const calling = call('info', steps, { host: '127.0.0.2', mediaPort: rtp.port, caller: 'info' });
  await rtp.startWhenHeard();
  const messages = await calling;
  const answer = /^SIP\/2\.0 200 OK[\s\S]*?CSeq: \d+ INVITE[\s\S]*?m=audio[^\n]*/m.exec(messages)?.[0] ?? '';
  expect(answer).toMatch(/m=audio \d+ RTP\/AVP 8\s*$/);
  expect(answer).toContain(`Contact: <sip:127.0.0.1:${hub.ports.sip}>`);
  expect(new Set(rtp.heard.map(({ payloadType }) => payloadType))).toEqual(new Set([8]));
});

peerTest('sipp', 'a call that offers no codec of the connection is refused with 488', async () => {
  const only = offer({ payloads: '0 101', rtpmap: ['0 PCMU/8000', '101 telephone-event/8000'] });
  const steps = [
    request('INVITE', { body: only }),
    response(100, { optional: true }),
    response(488, { contains: ['Warning: 305'] }),
    request('ACK'),
  ];
  await call('no codec', steps, { host: '127.0.0.2' });
});
