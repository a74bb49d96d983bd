import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../media/virtual-clock.ts';
import { type SipAgent, type SipAgentOptions, startSipAgent } from './agent.ts';
import { headerValue, type SipResponse } from './message.ts';
import {
  connectSrf,
  TestPeer,
  type TestSrf,
  type TestSrfDialog,
  type TestSrfRequest,
  type TestSrfResponse,
  testSdp,
} from './test-peer.ts';

const minute = 60_000;
let clock: VirtualClock;
let agent: SipAgent;
const applications: TestSrf[] = [];
const peers: TestPeer[] = [];

async function start(
  prepare?: (srf: TestSrf) => void,
  options: Partial<SipAgentOptions> = {},
): Promise<TestSrf | undefined> {
  clock = new VirtualClock();
  agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], clock, ...options });
  return prepare && join(prepare);
}

async function join(prepare: (srf: TestSrf) => void): Promise<TestSrf> {
  const srf = await connectSrf(agent, prepare);
  applications.push(srf);
  return srf;
}

async function peer(transport: 'udp' | 'tcp' = 'udp'): Promise<TestPeer> {
  const created = await TestPeer[transport](agent);
  peers.push(created);
  return created;
}

afterEach(async () => {
  await clock.run(10 * minute);
  const left = agent.stats();
  for (const one of peers.splice(0)) one.close();
  for (const srf of applications.splice(0)) srf.disconnect();
  await agent.close();
  expect(left).toMatchObject({ dialogs: 0, serverTransactions: 0, clientTransactions: 0 });
  expect(clock.pending).toBe(0);
});

const sdpHeader = ['Content-Type: application/sdp'];

interface Answered {
  from: string;
  to: string;
  callId: string;
}

/** An established call of `caller`; the application must accept it. */
async function establish(caller: TestPeer, extra: string[] = []): Promise<Answered> {
  const ids = { from: `<sip:a@127.0.0.1>;tag=p${caller.port}`, callId: `c${caller.port}@test` };
  caller.send(caller.text('INVITE', { ...ids, extra: [...sdpHeader, ...extra], body: testSdp }));
  const ok = await caller.response(200);
  const to = headerValue(ok as SipResponse, 'to') ?? '';
  caller.send(caller.text('ACK', { ...ids, to }));
  return { ...ids, to };
}

async function hangUp(caller: TestPeer, call: Answered, cseq = 90): Promise<void> {
  caller.send(caller.text('BYE', { ...call, cseq }));
  expect(await answerTo(caller, `${cseq} BYE`)).toMatchObject({ status: 200 });
}

async function answerTo(caller: TestPeer, cseq: string): Promise<SipResponse | undefined> {
  for (;;) {
    const response = await caller.response();
    if (response === undefined || headerValue(response, 'cseq') === cseq) return response;
  }
}

function accepting(onDialog: (dialog: TestSrfDialog) => void = () => {}): (srf: TestSrf) => void {
  return (srf) =>
    srf.invite((req, res) => {
      srf.createUAS(req, res, { localSdp: testSdp }).then(onDialog, () => {});
    });
}

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
    agent = await startSipAgent({ host: '127.0.0.1', port, transports: ['udp', 'tcp'], clock });
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
    expect(headerValue(outside, 'supported')).toBe('100rel');
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

describe('a call from outside', () => {
  it('gets 100 at once, and its last response again on retransmission', async () => {
    let res: TestSrfResponse | undefined;
    await start((srf) =>
      srf.invite((_req, response) => {
        res = response;
      }),
    );
    const caller = await peer();
    const invite = caller.text('INVITE');
    caller.send(invite);
    expect(headerValue((await caller.response(100)) as SipResponse, 'to')).not.toContain('tag=');
    caller.send(invite);
    expect((await caller.response(100))?.status).toBe(100);
    await expect.poll(() => res).toBeDefined();
    res?.send(486);
    const busy = (await caller.response()) as SipResponse;
    expect(busy.status).toBe(486);
    await clock.run(500);
    expect((await caller.response())?.status).toBe(486);
    caller.send(invite.replace(/INVITE/g, 'ACK').replace(/To: .*/, `To: ${headerValue(busy, 'to')}`));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.run(4_000);
    expect(caller.unread).toBe(0);
  });

  it('keeps one tag in all responses, and the route record in those that set up the dialog', async () => {
    await start((srf) =>
      srf.invite((req, res) => {
        res.send(180);
        res.send(183, { body: testSdp, headers: { 'Content-Type': 'application/sdp' } });
        srf.createUAS(req, res, { localSdp: testSdp }).catch(() => {});
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'tags@test' };
    const route = `<sip:127.0.0.1:${caller.port};lr>`;
    caller.send(caller.text('INVITE', { ...ids, extra: [`Record-Route: ${route}`] }));
    const responses = [
      await caller.response(180),
      await caller.response(183),
      await caller.response(200),
    ] as SipResponse[];
    const to = headerValue(responses[0] as SipResponse, 'to') ?? '';
    for (const response of responses) {
      expect(headerValue(response, 'to')).toBe(to);
      expect(headerValue(response, 'record-route')).toBe(route);
      expect(headerValue(response, 'contact')).toBe(`<sip:127.0.0.1:${agent.port}>`);
    }
    expect(agent.stats().dialogs).toBe(1);
    caller.send(caller.text('ACK', { ...ids, to }));
    await hangUp(caller, { ...ids, to });
  });

  it('repeats its 200 until the ACK, T1 doubling up to T2', async () => {
    await start(accepting());
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'ack@test' };
    caller.send(caller.text('INVITE', ids));
    await caller.response(100);
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    await clock.run(500 + 1_000 + 2_000 + 4_000 + 4_000);
    for (let i = 0; i < 5; i++) expect((await caller.response(200))?.status).toBe(200);
    caller.send(caller.text('ACK', { ...ids, to }));
    caller.send(caller.text('ACK', { ...ids, to }));
    await expect.poll(() => agent.stats().strayAcks).toBe(1);
    await clock.run(30_000);
    expect(caller.unread).toBe(0);
    await hangUp(caller, { ...ids, to });
  });

  it('is hung up when no ACK comes, and the application is told', async () => {
    let reason = '';
    await start(accepting((dialog) => dialog.on('destroy', (_bye: unknown, why: string) => (reason = why))));
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    await caller.response(200);
    await clock.run(32_000);
    const bye = await caller.request('BYE');
    expect(headerValue(bye ?? { headers: [] }, 'reason')).toBe('SIP ;cause=200 ;text="ACK timeout"');
    await expect.poll(() => reason).toBe('ACK timeout');
    expect(agent.stats().dialogs).toBe(0);
    if (bye) caller.send(caller.answer(bye, 200));
  });

  it('is not hung up by the application before its ACK came (RFC 3261 15)', async () => {
    await start(accepting((dialog) => void dialog.destroy().catch(() => {})));
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'held@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    expect(await caller.request('BYE', 60)).toBeUndefined();
    caller.send(caller.text('ACK', { ...ids, to }));
    const bye = await caller.request('BYE');
    expect(bye?.method).toBe('BYE');
    if (bye) caller.send(caller.answer(bye, 200));
    await expect.poll(() => agent.stats().dialogs).toBe(0);
  });

  it('that the caller ends first answers the waiting hang-up of the application', async () => {
    const outcomes: unknown[] = [];
    await start(
      accepting(
        (dialog) =>
          void dialog.destroy().then(
            () => outcomes.push('sent'),
            (error: Error) => outcomes.push(error.message),
          ),
      ),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'crossed@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(200)) as SipResponse, 'to') ?? '';
    await new Promise((resolve) => setTimeout(resolve, 30));
    await hangUp(caller, { ...ids, to });
    await expect.poll(() => outcomes).toEqual(['Server error: unable to find dialog for dialog id provided']);
  });

  it('can be ended by BYE before it is answered (RFC 3261 15)', async () => {
    let cancelled = false;
    await start((srf) =>
      srf.invite((req, res) => {
        req.on('cancel', () => {
          cancelled = true;
        });
        res.send(180);
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'early@test' };
    caller.send(caller.text('INVITE', ids));
    const to = headerValue((await caller.response(180)) as SipResponse, 'to') ?? '';
    caller.send(caller.text('BYE', { ...ids, to, cseq: 2 }));
    const responses = [await caller.response(200), await caller.response(487)];
    expect(responses.map((response) => response && headerValue(response, 'cseq'))).toEqual(['2 BYE', '1 INVITE']);
    await expect.poll(() => cancelled).toBe(true);
    expect(agent.stats().dialogs).toBe(0);
  });

  it('of RFC 2543, without tag, branch or Contact, is answered and ended', async () => {
    const dialogs: TestSrfDialog[] = [];
    await start(accepting((dialog) => void dialogs.push(dialog)));
    const caller = await peer();
    const text = (method: string, to: string, cseq: number): string =>
      `${method} sip:hub@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${caller.port}\r\nFrom: sip:old@127.0.0.1:${caller.port}\r\n` +
      `To: ${to}\r\nCall-ID: old@test\r\nCSeq: ${cseq} ${method}\r\n\r\n`;
    caller.send(text('INVITE', 'sip:hub@127.0.0.1', 1));
    caller.send(text('INVITE', 'sip:hub@127.0.0.1', 1));
    const ok = (await caller.response(200)) as SipResponse;
    caller.send(text('ACK', headerValue(ok, 'to') ?? '', 1));
    await expect.poll(() => dialogs).toHaveLength(1);
    await expect.poll(() => agent.stats().strayAcks).toBe(0);
    const ended = dialogs[0]?.destroy();
    const bye = await caller.request('BYE');
    expect(bye?.uri).toBe(`sip:old@127.0.0.1:${caller.port}`);
    if (bye) caller.send(caller.answer(bye, 200));
    await ended;
  });

  it('ends with 408 when the application never answers', async () => {
    let cancelled = false;
    await start((srf) =>
      srf.invite((req) => {
        req.on('cancel', () => {
          cancelled = true;
        });
      }),
    );
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    await caller.response(100);
    await expect.poll(() => agent.stats().serverTransactions).toBe(1);
    await clock.run(180_000);
    expect((await caller.response())?.status).toBe(408);
    await expect.poll(() => cancelled).toBe(true);
  });
});

describe('inside a dialog', () => {
  it('refuses requests out of order and crossing INVITEs', async () => {
    let dialog: TestSrfDialog | undefined;
    const open: TestSrfResponse[] = [];
    await start(
      accepting((created) => {
        dialog = created;
        created.on('modify', (_req: TestSrfRequest, res: TestSrfResponse) => open.push(res));
      }),
    );
    const caller = await peer();
    const call = await establish(caller);
    await expect.poll(() => dialog).toBeDefined();
    caller.send(caller.text('INVITE', { ...call, cseq: 5, extra: sdpHeader, body: testSdp }));
    await expect.poll(() => open).toHaveLength(1);
    caller.send(caller.text('INVITE', { ...call, cseq: 6, extra: sdpHeader, body: testSdp }));
    expect(await answerTo(caller, '6 INVITE')).toMatchObject({ status: 500 });
    caller.send(caller.text('INFO', { ...call, cseq: 3 }));
    expect(await answerTo(caller, '3 INFO')).toMatchObject({ status: 500, reason: 'CSeq Out Of Order' });
    open[0]?.send(488);
    expect(await answerTo(caller, '5 INVITE')).toMatchObject({ status: 488 });

    const modified = dialog?.modify(testSdp).catch((error: unknown) => error);
    const ours = await caller.request('INVITE');
    caller.send(caller.text('INVITE', { ...call, cseq: 7, extra: sdpHeader, body: testSdp }));
    expect(await answerTo(caller, '7 INVITE')).toMatchObject({ status: 491 });
    if (ours) caller.send(caller.answer(ours, 491));
    expect(await modified).toMatchObject({ status: 491 });
    expect((await caller.request('ACK'))?.method).toBe('ACK');
    await hangUp(caller, call);
  });

  it('answers what is open with 487 when BYE comes', async () => {
    await start(accepting((dialog) => dialog.on('modify', () => {})));
    const caller = await peer();
    const call = await establish(caller);
    caller.send(caller.text('INVITE', { ...call, cseq: 2, extra: sdpHeader, body: testSdp }));
    await caller.response(100);
    caller.send(caller.text('BYE', { ...call, cseq: 3 }));
    const statuses = [await caller.response(), await caller.response()].map((response) => response?.status).sort();
    expect(statuses).toEqual([200, 487]);
  });

  it('sends UPDATE, REFER, NOTIFY and MESSAGE to the application', async () => {
    const seen: string[] = [];
    await start(
      accepting((dialog) => {
        for (const event of ['update', 'refer', 'notify', 'message']) {
          dialog.on(event, (_req: unknown, res: TestSrfResponse) => {
            seen.push(event);
            res.send(event === 'refer' ? 202 : 200);
          });
        }
      }),
    );
    const caller = await peer();
    const call = await establish(caller);
    let cseq = 1;
    for (const method of ['UPDATE', 'REFER', 'NOTIFY', 'MESSAGE']) {
      cseq++;
      caller.send(caller.text(method, { ...call, cseq, extra: ['Refer-To: <sip:x@y>', 'Event: refer'] }));
      expect((await answerTo(caller, `${cseq} ${method}`))?.status).toBe(method === 'REFER' ? 202 : 200);
    }
    expect(seen).toEqual(['update', 'refer', 'notify', 'message']);
    await hangUp(caller, call);
  });

  it('sends requests along the recorded route', async () => {
    let dialog: TestSrfDialog | undefined;
    await start(
      accepting((created) => {
        dialog = created;
      }),
    );
    const caller = await peer();
    const proxy = await peer();
    const call = await establish(caller, [`Record-Route: <sip:127.0.0.1:${proxy.port};lr>, <sip:second.example;lr>`]);
    await expect.poll(() => dialog).toBeDefined();
    const ended = dialog?.destroy();
    const bye = await proxy.request('BYE');
    expect(bye?.uri).toBe(`sip:tester@127.0.0.1:${caller.port}`);
    expect(bye?.headers.filter((field) => field.key === 'route').map((field) => field.value)).toEqual([
      `<sip:127.0.0.1:${proxy.port};lr>`,
      '<sip:second.example;lr>',
    ]);
    expect(headerValue(bye ?? { headers: [] }, 'to')).toBe(call.from);
    if (bye) proxy.send(proxy.answer(bye, 200));
    await ended;
  });
});

describe('reliable provisional responses (RFC 3262)', () => {
  it('are used without being asked for where the caller requires them', async () => {
    let res: TestSrfResponse | undefined;
    await start((srf) =>
      srf.invite((_req, response) => {
        res = response;
        response.send(180);
      }),
    );
    const caller = await peer();
    const ids = { from: '<sip:a@b>;tag=1', callId: 'rel@test' };
    caller.send(caller.text('INVITE', { ...ids, extra: ['Require: 100rel'] }));
    const ringing = (await caller.response(180)) as SipResponse;
    const rseq = headerValue(ringing, 'rseq');
    expect(headerValue(ringing, 'require')).toBe('100rel');
    const to = headerValue(ringing, 'to') ?? '';
    await clock.run(500);
    expect((await caller.response(180))?.status).toBe(180);
    caller.send(caller.text('PRACK', { ...ids, to, cseq: 2, extra: [`RAck: ${Number(rseq) + 1} 1 INVITE`] }));
    expect((await answerTo(caller, '2 PRACK'))?.status).toBe(481);
    caller.send(caller.text('PRACK', { ...ids, to, cseq: 3, extra: [`RAck: ${rseq} 1 INVITE`] }));
    expect((await answerTo(caller, '3 PRACK'))?.status).toBe(200);
    res?.send(486);
    expect((await answerTo(caller, '1 INVITE'))?.status).toBe(486);
  });

  it('end the INVITE when no PRACK comes', async () => {
    await start((srf) => srf.invite((_req, res) => res.send(183, { headers: { Require: '100rel' } })));
    const caller = await peer();
    caller.send(caller.text('INVITE', { extra: ['Supported: 100rel'] }));
    await caller.response(183);
    await clock.run(32_000);
    expect((await caller.response(504))?.reason).toBe('PRACK Timeout');
  });

  it('are refused to the application where the caller does not know them', async () => {
    let error: unknown;
    await start((srf) =>
      srf.invite((_req, res) => {
        res.send(183, { headers: { Require: '100rel' } }, (why) => {
          error = why;
          res.send(404);
        });
      }),
    );
    const caller = await peer();
    caller.send(caller.text('INVITE'));
    expect((await caller.response())?.status).toBe(404);
    expect(error).toBe('Remote endpoint does not support 100rel');
  });
});

describe('SUBSCRIBE from outside', () => {
  it('sets up a dialog that ends with its last NOTIFY or its time', async () => {
    const dialogs: TestSrfDialog[] = [];
    await start((srf) =>
      srf.use('subscribe', (req, res) => {
        srf.createUAS(req, res, { headers: { Expires: '60' } }).then(
          (dialog) => dialogs.push(dialog),
          () => {},
        );
      }),
    );
    const caller = await peer();
    caller.send(caller.text('SUBSCRIBE', { extra: ['Event: presence', 'Expires: 60'] }));
    expect((await caller.response())?.status).toBe(202);
    await expect.poll(() => dialogs).toHaveLength(1);
    void dialogs[0]?.request({ method: 'NOTIFY', headers: { Event: 'presence', 'Subscription-State': 'active' } });
    const notify = await caller.request('NOTIFY');
    if (notify) caller.send(caller.answer(notify, 200));
    expect(agent.stats().dialogs).toBe(1);
    await clock.run(60_000 + 32_000);
    expect(agent.stats().dialogs).toBe(0);
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
