import { expect } from 'vitest';
import { callee, gateway, nothingLeft, openEar, shortBot, start, succeeded, takesBye } from './support/dial-scene.ts';
import { peerTest } from './support/peers.ts';
import type { RtpPeer } from './support/rtp-peer.ts';
import { got, gotKeptInvite, reply } from './support/sipp-callee.ts';
import { loudMs, toneMs } from './support/tones.ts';

/** Provisional responses that make dialogs: reliable ones (RFC 3262), and those of several telephones behind a forking proxy. */

/** A description of the telephone whose ear is there. */
const sdpOf = (ear: RtpPeer) =>
  `v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio ${ear.port} RTP/AVP 0\na=rtpmap:0 PCMU/8000`;

peerTest('sipp', 'a callee sends reliable provisional responses: each is confirmed by its PRACK', async () => {
  const ear = await openEar();
  const reliable = (number: number) => ['Require: 100rel', `RSeq: ${number}`];
  const confirmed = () => [got('PRACK'), reply(200, 'OK', { tag: false })];
  const phone = await callee([
    gotKeptInvite(),
    reply(180, 'Ringing', { toInvite: true, tag: 'phone', headers: reliable(41) }),
    ...confirmed(),
    reply(183, 'Session Progress', { toInvite: true, tag: 'phone', headers: reliable(42), sdp: sdpOf(ear) }),
    ...confirmed(),
    '<pause milliseconds="200"/>',
    reply(200, 'OK', { toInvite: true, tag: 'phone', sdp: sdpOf(ear) }),
    got('ACK'),
    ...takesBye(),
  ]);
  const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
  const call = hub.dial();
  expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'bot-disconnected' });
  const { messages } = await succeeded(phone);
  const invite = Number(/^CSeq: (\d+) INVITE/m.exec(messages)?.[1]);
  expect(messages.match(/^RAck: .*\S/gm)).toEqual([`RAck: 41 ${invite} INVITE`, `RAck: 42 ${invite} INVITE`]);
  expect(messages).toMatch(/^Supported: .*100rel/m);
  expect(toneMs(ear.audio(), 500)).toBeGreaterThan(150);
  await nothingLeft(hub);
});

peerTest(
  'sipp',
  'several telephones: one sends early media, another answers and is the one that is heard',
  async () => {
    const [first, second] = [await openEar(), await openEar()];
    const phone = await callee([
      gotKeptInvite(),
      reply(183, 'Session Progress', { toInvite: true, tag: 'one', sdp: sdpOf(first) }),
      reply(180, 'Ringing', { toInvite: true, tag: 'two' }),
      '<pause milliseconds="300"/>',
      reply(200, 'OK', { toInvite: true, tag: 'two', sdp: sdpOf(second) }),
      got('ACK'),
      ...takesBye(),
    ]);
    const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'bot-disconnected' });
    expect(call.events).toEqual(['initiated', 'ringing with media', 'answered', 'completed bot-disconnected']);
    const { messages } = await succeeded(phone);
    for (const method of ['ACK', 'BYE']) {
      expect(messages).toMatch(new RegExp(`^${method} sip:(?:.*\\r?\\n)*?To: .*;tag=two`, 'm'));
    }
    expect(toneMs(second.audio(), 500)).toBeGreaterThan(150);
    expect(loudMs(first.audio())).toBe(0);
    await nothingLeft(hub);
  },
);

peerTest(
  'sipp',
  'several telephones that answer at once: the second is hung up on, the first keeps the call',
  async () => {
    const [first, second] = [await openEar(), await openEar()];
    const phone = await callee([
      gotKeptInvite(),
      reply(180, 'Ringing', { toInvite: true, tag: 'one' }),
      reply(180, 'Ringing', { toInvite: true, tag: 'two' }),
      reply(200, 'OK', { toInvite: true, tag: 'one', sdp: sdpOf(first) }),
      got('ACK'),
      reply(200, 'OK', { toInvite: true, tag: 'two', sdp: sdpOf(second) }),
      got('ACK'),
      ...takesBye(),
      ...takesBye(),
    ]);
    const hub = await start({ gateways: [gateway(phone)], bot: shortBot });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'completed', reasonCode: 'bot-disconnected' });
    const { messages } = await succeeded(phone);
    const byes = [...messages.matchAll(/^BYE sip:(?:.*\r?\n)*?To: .*;tag=(\w+)/gm)].map(([, tag]) => tag);
    expect(byes).toEqual(['two', 'one']);
    expect(toneMs(first.audio(), 500)).toBeGreaterThan(150);
    expect(loudMs(second.audio())).toBe(0);
    await nothingLeft(hub);
  },
);
