import { describe, expect } from 'vitest';
import {
  answers,
  callee,
  gateway,
  nothingLeft,
  refused,
  shortBot,
  start,
  succeeded,
  takesBye,
} from './support/dial-scene.ts';
import { peerTest } from './support/peers.ts';
import { freePort } from './support/ports.ts';
import { got, reply } from './support/sipp-callee.ts';

describe('gateways', () => {
  const finishes = () => [...answers(), ...takesBye()];

  peerTest('sipp', 'a dead one is passed over', async () => {
    const phone = await callee(finishes());
    const dead = await freePort();
    const hub = await start({ gateways: [`sip:127.0.0.1:${dead};transport=udp`, gateway(phone)], bot: shortBot });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'completed' });
    expect(call.record()).toMatchObject({
      remote: gateway(phone),
      dial: { alternativeRoute: true, attempts: [{ outcome: /responded/ }, { outcome: 'answered' }] },
    });
    expect(call.events[0]).toBe('initiated');
    expect(call.events.filter((event) => event === 'initiated')).toHaveLength(1);
    await succeeded(phone);
    await nothingLeft(hub);
  });

  peerTest('sipp', 'one that takes no connection is passed over at once', async () => {
    const phone = await callee(finishes());
    const dead = await freePort();
    const hub = await start({
      gateways: [`sip:127.0.0.1:${dead};transport=tcp`, gateway(phone)],
      connection: { failoverTimeoutMs: 20_000 },
      bot: shortBot,
    });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'completed' });
    expect(call.record().dial?.attempts[1]?.atMs).toBeLessThan(10_000);
    await succeeded(phone);
  });

  for (const [status, reason] of [
    [500, 'Server Internal Error'],
    [503, 'Service Unavailable'],
    [408, 'Request Timeout'],
  ] as const) {
    peerTest('sipp', `the next is tried after ${status}`, async () => {
      const first = await callee(refused(status, reason));
      const second = await callee(finishes());
      const hub = await start({ gateways: [gateway(first), gateway(second)], bot: shortBot });
      const call = hub.dial();
      expect(await call.outcome).toMatchObject({ status: 'completed' });
      await succeeded(first);
      await succeeded(second);
    });
  }

  peerTest('sipp', 'a telephone that has rung is not called again by another', async () => {
    const first = await callee([got('INVITE'), reply(180, 'Ringing'), reply(503, 'Service Unavailable'), got('ACK')]);
    const second = await callee(finishes());
    const hub = await start({ gateways: [gateway(first), gateway(second)] });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'error' });
    expect(call.record().dial?.attempts).toHaveLength(1);
    await succeeded(first);
  });

  peerTest('sipp', 'all dead: an error, not no-answer', async () => {
    const hub = await start({ gateways: [`sip:127.0.0.1:${await freePort()}`, `sip:127.0.0.1:${await freePort()}`] });
    const call = hub.dial();
    expect(await call.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', reason: /no gateway/ });
    expect(call.record().dial?.attempts).toHaveLength(2);
  });

  peerTest('sipp', 'over TCP', async () => {
    const phone = await callee(finishes(), { transport: 'tcp' });
    const hub = await start({ gateways: [gateway(phone, 'tcp')], bot: shortBot });
    expect(await hub.dial().outcome).toMatchObject({ status: 'completed' });
    await succeeded(phone);
  });

  for (const algorithm of ['MD5', 'SHA-256']) {
    peerTest('sipp', `a challenge is answered (${algorithm})`, async () => {
      const asked = `WWW-Authenticate: Digest realm="sipp", nonce="47ebe028cda119c35d48", algorithm=${algorithm}, qop="auth"`;
      const phone = await callee([
        got('INVITE'),
        reply(401, 'Unauthorized', { headers: [asked] }),
        got('ACK'),
        ...answers(),
        ...takesBye(),
      ]);
      const hub = await start({
        gateways: [gateway(phone)],
        connection: { auth: { username: 'bob', password: 'secret' }, destinations: ['+1'] },
        bot: shortBot,
      });
      const call = hub.dial();
      expect(await call.outcome).toMatchObject({ status: 'completed' });
      const { messages } = await succeeded(phone);
      expect(messages).toMatch(
        new RegExp(`Authorization: Digest username="bob".*algorithm=${algorithm}, qop=auth, nc=00000001`),
      );
      expect(messages).toMatch(/BYE sip:[\s\S]*Authorization: Digest username="bob".*nc=00000002/);
      expect(call.events.filter((event) => event === 'initiated')).toHaveLength(1);
    });
  }

  peerTest('sipp', 'a BYE whose nonce is too old is sent again with the new one', async () => {
    const asked = (nonce: string, more = '') =>
      `WWW-Authenticate: Digest realm="sipp", nonce="${nonce}", qop="auth"${more}`;
    const phone = await callee([
      got('INVITE'),
      reply(401, 'Unauthorized', { headers: [asked('first')] }),
      got('ACK'),
      ...answers(),
      got('BYE'),
      reply(401, 'Unauthorized', { tag: false, headers: [asked('second', ', stale=TRUE')] }),
      ...takesBye(),
    ]);
    const hub = await start({
      gateways: [gateway(phone)],
      connection: { auth: { username: 'bob', password: 'secret' }, destinations: ['+1'] },
      bot: shortBot,
    });
    expect(await hub.dial().outcome).toMatchObject({ status: 'completed' });
    const { messages } = await succeeded(phone);
    const uses = [...messages.matchAll(/^(INVITE|BYE) [\s\S]*?^Authorization: .*nonce="(\w+)".*nc=(\d+)/gm)];
    const different = new Set(uses.map(([, method, nonce, nc]) => `${method} ${nonce} ${Number(nc)}`));
    expect([...different]).toEqual(['INVITE first 1', 'BYE first 2', 'BYE second 1']);
  });

  peerTest('sipp', 'credentials that are refused end the call', async () => {
    const asked = ['WWW-Authenticate: Digest realm="sipp", nonce="47ebe028", qop="auth"'];
    const no = () => [got('INVITE'), reply(401, 'Unauthorized', { headers: asked }), got('ACK')];
    const phone = await callee([...no(), ...no()]);
    const hub = await start({
      gateways: [gateway(phone)],
      connection: { auth: { username: 'bob', password: 'wrong' }, destinations: ['+1'] },
    });
    expect(await hub.dial().outcome).toMatchObject({ status: 'failed', reasonCode: 'error', reason: /cause=401/ });
    await succeeded(phone);
  });
});
