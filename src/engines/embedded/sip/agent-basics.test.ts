import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startSipAgent } from './agent.ts';
import { headerValue, type SipResponse } from './message.ts';
import {
  accepting,
  agent,
  answerTo,
  applications,
  clock,
  establish,
  hangUp,
  peer,
  replaceAgent,
  sdpHeader,
  start,
} from './test-agent.ts';
import { type TestSrfResponse, testSdp } from './test-peer.ts';

describe('startSipAgent', () => {
  it('says which port is in use', async () => {
    await start();
    for (const transport of ['udp', 'tcp'] as const) {
      const again = startSipAgent({ host: '127.0.0.1', port: agent.port, transports: [transport] });
      await expect(again).rejects.toMatchObject({
        code: 'port_in_use',
        message: `SIP ${transport.toUpperCase()} 127.0.0.1:${agent.port} is in use by another program`,
      });
    }
    await expect(startSipAgent({ host: '192.0.2.1', port: 0, transports: ['udp'] })).rejects.toMatchObject({
      code: 'cannot_listen',
    });
  });

  it('frees its ports on close', async () => {
    await start();
    const { port } = agent;
    await agent.close();
    replaceAgent(await startSipAgent({ host: '127.0.0.1', port, transports: ['udp', 'tcp'], clock }));
    expect(agent.port).toBe(port);
  });
});

describe('the application port', () => {
  async function talk(text: string): Promise<string> {
    const socket = connect(agent.applicationPort, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.write(text);
    await new Promise((resolve) => socket.once('close', resolve));
    return received;
  }

  it('lets nobody in without the secret', async () => {
    await start();
    expect(await talk('27#u1|authenticate|wrong-secret')).toContain('|response|u1|NO|incorrect secret');
    expect(await talk('15#u1|route|invite')).toContain('|response|u1|NO|authenticate first');
    expect(await talk('GET / HTTP/1.1\r\n\r\n')).toBe('');
    expect(await talk('999999#')).toBe('');
    expect(agent.stats().applications).toBe(0);
  });

  it('refuses what it does not know, and proxy in clear words', async () => {
    await start();
    const socket = connect(agent.applicationPort, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    const say = (text: string): void => void socket.write(`${text.length}#${text}`);
    say(`a|authenticate|${agent.applicationSecret}`);
    say('b|ping');
    say('c|route|nonsense');
    say('d|dance');
    say('e|proxy|x||||serial|||sip:a\r\nINVITE sip:a SIP/2.0\r\n\r\n');
    say('f|sip||unknown-dialog\r\nBYE sip:placeholder SIP/2.0\r\n\r\n');
    say('g|sip|unknown-transaction|\r\nSIP/2.0 200 OK\r\n\r\n');
    say('h|sip||\r\nINVITE nowhere SIP/2.0\r\n\r\n'.replace('nowhere', 'tel:+123'));
    await expect.poll(() => received).toContain('|response|h|');
    expect(received).toContain('|response|b|OK|pong');
    expect(received).toContain('|response|c|NO|Route request includes unsupported verb');
    expect(received).toContain('|response|d|NO|Unknown message type');
    expect(received).toContain('|response|e|NOK|proxy is not implemented by the embedded agent');
    expect(received).toContain('|response|f|NOK|Server error: unable to find dialog');
    expect(received).toContain('|response|g|NOK|Response not sent due to unknown transaction');
    expect(received).toContain('|response|h|NOK|Server error: no route for tel: URI; name a proxy');
    socket.destroy();
  });
});

describe('without an application', () => {
  it('answers 503 with Retry-After', async () => {
    await start();
    const caller = await peer();
    for (const method of ['INVITE', 'OPTIONS', 'REGISTER']) {
      caller.send(caller.text(method));
      const response = await caller.response();
      expect(response?.status).toBe(503);
      expect(headerValue(response as SipResponse, 'retry-after')).toBe('5');
    }
  });
});

describe('what the agent answers itself', () => {
  it('OPTIONS, in and out of a dialog', async () => {
    await start(accepting());
    const caller = await peer();
    caller.send(caller.text('OPTIONS'));
    const outside = (await caller.response()) as SipResponse;
    expect(outside.status).toBe(200);
    expect(headerValue(outside, 'allow')).toMatch(/^INVITE, ACK, CANCEL, BYE, OPTIONS/);
    expect(headerValue(outside, 'accept')).toContain('application/sdp');
    expect(headerValue(outside, 'supported')).toBe('100rel, replaces, norefersub');
    expect(headerValue(outside, 'server')).toBe('Patchbay');
    const call = await establish(caller);
    caller.send(caller.text('OPTIONS', { ...call, cseq: 2 }));
    expect((await answerTo(caller, '2 OPTIONS'))?.status).toBe(200);
    await hangUp(caller, call);
  });

  it.each([
    ['REGISTER', {}, 405],
    ['MESSAGE', {}, 405],
    ['FLY', {}, 501],
    ['BYE', {}, 481],
    ['BYE', { to: '<sip:a@b>;tag=x' }, 481],
    ['INVITE', { to: '<sip:a@b>;tag=x' }, 481],
    ['INVITE', { extra: ['Require: timer, 100rel'] }, 420],
    ['INVITE', { uri: 'http://example.com' }, 416],
    ['INVITE', { extra: ['Content-Type: text/plain'], body: 'hello' }, 415],
    ['INVITE', { extra: ['Content-Type: application/sdp', 'Content-Encoding: gzip'], body: 'hello' }, 415],
    ['INVITE', { extra: ['Accept: text/plain'] }, 406],
    ['INVITE', { extra: ['Max-Forwards: 3'] }, 400],
    ['CANCEL', {}, 481],
  ])('%s %j gets %i', async (method, options, status) => {
    await start(accepting());
    const caller = await peer();
    const text = caller.text(method, options);
    caller.send(text);
    const first = await caller.response();
    expect(first?.status).toBe(status);
    // The same request gets the same answer, tag included, though nothing is kept.
    caller.send(text);
    expect(await caller.response()).toEqual(first);
    expect(agent.stats().serverTransactions).toBe(0);
  });

  it('refuses a request that came over another path', async () => {
    await start((srf) => srf.invite(() => {}));
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'merged@test' };
    caller.send(caller.text('INVITE', { ...ids, branch: 'z9hG4bKone' }));
    expect((await caller.response(100))?.status).toBe(100);
    caller.send(caller.text('INVITE', { ...ids, branch: 'z9hG4bKtwo' }));
    expect((await caller.response())?.status).toBe(482);
    caller.send(caller.text('CANCEL', { ...ids, branch: 'z9hG4bKone' }));
    expect((await answerTo(caller, '1 INVITE'))?.status).toBe(487);
  });

  it('drops stray ACKs and responses and counts them', async () => {
    await start(accepting());
    const caller = await peer();
    caller.send(caller.text('ACK', { to: '<sip:a@b>;tag=x' }));
    caller.send('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n');
    caller.send('not SIP at all, but long enough');
    await expect.poll(() => agent.stats()).toMatchObject({ strayAcks: 1, strayResponses: 1, malformed: 1 });
    expect(caller.unread).toBe(0);
  });
});

describe('limits', () => {
  it('refuses more unfinished requests of one source with 503', async () => {
    const open: TestSrfResponse[] = [];
    await start((srf) => srf.invite((_req, res) => open.push(res)), { limits: { maxUnfinishedRequestsPerSource: 2 } });
    const caller = await peer();
    for (let i = 0; i < 3; i++) caller.send(caller.text('INVITE'));
    expect((await caller.response())?.status).toBe(503);
    await expect.poll(() => open).toHaveLength(2);
    expect(agent.stats().limited).toBe(1);
    for (const res of open) res.send(404);
    await expect.poll(() => caller.unread).toBeGreaterThan(0);
    caller.send(caller.text('INVITE'));
    await expect.poll(() => open).toHaveLength(3);
    open[2]?.send(404);
  });

  it('bounds TCP connections per address, and closes idle and half-sent ones', async () => {
    await start(accepting(), {
      limits: { maxTcpConnectionsPerAddress: 2, tcpIdleMs: 50_000, tcpPartialMessageMs: 5_000 },
    });
    const [one, two, three] = [await peer('tcp'), await peer('tcp'), await peer('tcp')];
    await expect.poll(() => three?.closed).toBe(true);
    expect(agent.stats().tcpConnections).toBe(2);
    two?.send('OPTIONS sip:a SIP/2.0\r\n');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.run(5_000);
    await expect.poll(() => two?.closed).toBe(true);
    expect(one?.closed).toBe(false);
    await clock.run(50_000);
    await expect.poll(() => one?.closed).toBe(true);
  });

  it('answers 513 to a message that is too large for a stream, and closes it', async () => {
    await start(accepting(), { limits: { maxStreamMessageBytes: 2_000 } });
    const caller = await peer('tcp');
    caller.send(caller.text('OPTIONS', { extra: ['Content-Type: text/plain'], body: 'x'.repeat(3_000) }));
    expect((await caller.response())?.status).toBe(513);
    await expect.poll(() => caller.closed).toBe(true);
  });
});

describe('when the application goes away', () => {
  it('refuses its open calls and hangs up the others', async () => {
    const srf = await start((app) =>
      app.invite((req, res) => {
        if (req.uri.includes('wait')) res.send(180);
        else app.createUAS(req, res, { localSdp: testSdp }).catch(() => {});
      }),
    );
    const caller = await peer();
    await establish(caller);
    const waiting = await peer();
    waiting.send(waiting.text('INVITE', { uri: 'sip:wait@127.0.0.1' }));
    await waiting.response(180);
    applications.length = 0;
    srf?.disconnect();
    expect((await waiting.response())?.status).toBe(503);
    const bye = await caller.request('BYE');
    expect(headerValue(bye ?? { headers: [] }, 'reason')).toContain('application disconnected');
    if (bye) caller.send(caller.answer(bye, 200));
    await expect.poll(() => agent.stats()).toMatchObject({ dialogs: 0, applications: 0 });
  });
});

describe('call records of the protocol', () => {
  it('tell attempt, start and stop', async () => {
    const records: string[] = [];
    await start((srf) => {
      srf.on('cdr:attempt', (source: string) => records.push(`attempt ${source}`));
      srf.on('cdr:start', (source: string, _time: string, role: string) => records.push(`start ${source} ${role}`));
      srf.on('cdr:stop', (source: string, _time: string, reason: string) => records.push(`stop ${source} ${reason}`));
      accepting()(srf);
    });
    const caller = await peer();
    const call = await establish(caller);
    await hangUp(caller, call);
    await expect
      .poll(() => records)
      .toEqual(['attempt network', 'start application uas', 'stop network normal-release']);
  });
});

describe('hostile datagrams', () => {
  it('leave nothing behind and do not disturb a call', async () => {
    await start(accepting());
    const hostile = await peer();
    const caller = await peer();
    const call = await establish(caller);
    const seeds = ['INVITE', 'BYE', 'CANCEL', 'OPTIONS', 'SUBSCRIBE', 'PRACK', 'ACK', 'REFER'].map((method) =>
      Buffer.from(
        hostile.text(method, { extra: ['Require: 100rel', 'RAck: 1 1 INVITE', ...sdpHeader], body: testSdp }),
      ),
    );
    const changes = fc.array(fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    const samples = fc.sample(fc.tuple(fc.constantFrom(...seeds), changes), { numRuns: 1_500, seed: 4475 });
    for (const [index, [seed, edits]] of samples.entries()) {
      const bytes = Buffer.from(seed);
      for (const [at, octet] of edits) bytes[at % bytes.length] = octet;
      hostile.send(bytes);
      if (index % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    await hangUp(caller, call);
    const second = await peer();
    await hangUp(second, await establish(second));
  });
});
