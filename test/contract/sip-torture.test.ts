import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SipAgent, startSipAgent } from '../../src/engines/embedded/sip/agent.ts';
import { headerValue, headerValues, type SipResponse } from '../../src/engines/embedded/sip/message.ts';
import { connectSrf, TestPeer, type TestSrf, testSdp } from '../../src/engines/embedded/sip/test-peer.ts';
import { VirtualClock } from '../../src/media/virtual-clock.ts';

/**
 * What the agent answers to each message of RFC 4475, with an application that has a route for INVITE only and answers 404 to
 * everybody but `ok`. Over a stream some messages end differently: see `overTcp`.
 */
interface Row {
  /** The final response; undefined where nothing may be answered. */
  readonly status: number | undefined;
  readonly overTcp?: number | 'waits';
  /** Framing is lost: the agent closes the stream. */
  readonly closes?: boolean;
}

const table: Readonly<Record<string, Row>> = {
  // It has a To tag, and its dialog is unknown: RFC 3261 12.2.2 says 481 once the message is understood.
  wsinv: { status: 481 },
  intmeth: { status: 501 },
  esc01: { status: 404 },
  escnull: { status: 405 },
  esc02: { status: 501 },
  lwsdisp: { status: 200 },
  longreq: { status: 404 },
  dblreq: { status: 405 },
  semiuri: { status: 200 },
  transports: { status: 200 },
  mpart01: { status: 405 },
  unreason: { status: undefined },
  noreason: { status: undefined },
  badinv01: { status: 400 },
  clerr: { status: 400, overTcp: 'waits' },
  ncl: { status: 400, closes: true },
  scalar02: { status: 400 },
  scalarlg: { status: undefined },
  quotbal: { status: 400 },
  ltgtruri: { status: 400 },
  lwsruri: { status: 400 },
  lwsstart: { status: 400 },
  trws: { status: 400 },
  escruri: { status: 400 },
  // The Date is not used, so that its time zone does not matter.
  baddate: { status: 404 },
  regbadct: { status: 400 },
  badaspec: { status: 400 },
  baddn: { status: 400 },
  badvers: { status: 505 },
  mismatch01: { status: 400 },
  mismatch02: { status: 400 },
  bigcode: { status: undefined },
  badbranch: { status: 200 },
  insuf: { status: 400 },
  unkscm: { status: 416 },
  novelsc: { status: 416 },
  unksm2: { status: 405 },
  bext01: { status: 420 },
  invut: { status: 415 },
  regaut01: { status: 405 },
  multi01: { status: 400 },
  mcl01: { status: 400, closes: true },
  bcast: { status: undefined },
  zeromf: { status: 200 },
  cparam01: { status: 405 },
  cparam02: { status: 405 },
  regescrt: { status: 405 },
  sdp01: { status: 406 },
  // Without Content-Length the body reaches to the end of the datagram; a stream cannot be framed (RFC 3261 18.3).
  inv2543: { status: 404, overTcp: 400, closes: true },
};

const folder = new URL('../data/rfc4475/', import.meta.url);

function torture(name: string): Buffer {
  return readFileSync(new URL(`${name}.dat`, folder));
}

/** The topmost Via names a host of the RFC's examples; `rport` brings the answer back to the test (RFC 3581). */
function withRport(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const via = /^(?:via|v)[ \t]*:(?:[^\r\n]|\r\n[ \t])*/im.exec(text);
  if (!via || via[0].includes(';;')) return bytes;
  const branch = /;[ \t]*(?:\r\n[ \t]+)?branch/i.exec(via[0]);
  const at = via.index + (branch ? branch.index : via[0].length);
  return Buffer.from(`${text.slice(0, at)};rport${text.slice(at)}`, 'latin1');
}

function field(message: Buffer, name: RegExp): string | undefined {
  return name.exec(message.toString('latin1'))?.[1];
}

let agent: SipAgent;
let srf: TestSrf;
const clock = new VirtualClock();
const seen: string[] = [];

beforeAll(async () => {
  agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], clock });
  srf = await connectSrf(agent, (application) => {
    application.invite((req, res) => {
      seen.push(req.get('call-id') ?? '');
      if (!req.uri.startsWith('sip:ok@')) {
        res.send(404);
        return;
      }
      application.createUAS(req, res, { localSdp: testSdp }).catch(() => {});
    });
  });
});

afterAll(async () => {
  srf.disconnect();
  await agent.close();
});

/** A call from INVITE to the answer of its BYE, by a peer of its own. */
async function normalCall(transport: 'udp' | 'tcp'): Promise<void> {
  const peer = await TestPeer[transport](agent);
  try {
    const from = '<sip:caller@127.0.0.1>;tag=normal';
    const callId = `normal-${peer.port}@test`;
    const extra = ['Content-Type: application/sdp'];
    peer.send(peer.text('INVITE', { uri: 'sip:ok@127.0.0.1', from, callId, extra, body: testSdp }));
    const ok = await peer.response();
    expect(ok?.status).toBe(200);
    const to = headerValue(ok as SipResponse, 'to') ?? '';
    peer.send(peer.text('ACK', { from, to, callId }));
    peer.send(peer.text('BYE', { from, to, callId, cseq: 2 }));
    let bye = await peer.response();
    while (bye && headerValue(bye, 'cseq') !== '2 BYE') bye = await peer.response();
    expect(bye?.status).toBe(200);
  } finally {
    peer.close();
  }
}

/** After all its timers the agent holds nothing. */
async function expectNothingLeft(): Promise<void> {
  await clock.run(64 * 500 + 5_000);
  await expect
    .poll(() => agent.stats(), { timeout: 2_000, interval: 5 })
    .toMatchObject({
      serverTransactions: 0,
      clientTransactions: 0,
      dialogs: 0,
    });
}

describe('RFC 4475 torture messages', () => {
  it('has a row for every message', () => {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.dat'))
      .map((file) => file.slice(0, -4))
      .sort();
    expect(files).toEqual(Object.keys(table).sort());
    expect(files).toHaveLength(49);
  });

  describe.each(Object.entries(table))('%s', (name, row) => {
    it(`gets ${row.status ?? 'no answer'} over UDP`, async () => {
      const before = agent.stats();
      const peer = await TestPeer.udp(agent);
      try {
        peer.send(withRport(torture(name)));
        const response = await peer.response(undefined, row.status === undefined ? 60 : 2_000);
        expect(response?.status).toBe(row.status);
        if (response) expectEcho(name, response);
        else
          expect(agent.stats().strayResponses + agent.stats().malformed).toBe(
            before.strayResponses + before.malformed + 1,
          );
        expect(await peer.response(undefined, 0)).toBeUndefined();
        await normalCall('udp');
        await expectNothingLeft();
        expect(peer.unread).toBeLessThan(20);
      } finally {
        peer.close();
      }
    });

    const tcp = row.overTcp ?? row.status;
    it(`gets ${tcp ?? 'no answer'} over TCP`, async () => {
      const peer = await TestPeer.tcp(agent);
      try {
        peer.send(torture(name));
        const answered = typeof tcp === 'number';
        const response = await peer.response(undefined, answered ? 2_000 : 60);
        expect(response?.status).toBe(answered ? tcp : undefined);
        if (row.closes) await expect.poll(() => peer.closed, { timeout: 2_000 }).toBe(true);
        else expect(peer.closed).toBe(false);
        await normalCall('tcp');
        await expectNothingLeft();
        // Half a message is not kept for ever.
        if (tcp === 'waits') await expect.poll(() => peer.closed, { timeout: 2_000 }).toBe(true);
      } finally {
        peer.close();
      }
    });
  });

  it('starts no call for octets behind the body of a datagram', () => {
    expect(seen.filter((callId) => callId.startsWith('dblreq.0ha0isnda977644900765'))).toHaveLength(1);
  });

  it('hands over only requests that passed every check', () => {
    const names = new Set(seen.map((callId) => callId.split('.')[0]).filter((name) => name && name in table));
    expect([...names].sort()).toEqual(['baddate', 'dblreq', 'esc01', 'inv2543', 'longreq']);
  });
});

/** RFC 3261 8.2.6.2: what a response repeats, octet by octet. */
function expectEcho(name: string, response: SipResponse): void {
  const request = torture(name);
  const callId = field(request, /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im);
  expect(headerValue(response, 'call-id')).toBe(callId);
  if (response.status === 405 || response.status === 501) expect(headerValue(response, 'allow')).toContain('INVITE');
  switch (name) {
    case 'intmeth':
      expect(headerValue(response, 'to')).toContain(
        '"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)',
      );
      return;
    case 'transports':
      expect(headerValues(response, 'via')).toHaveLength(5);
      return;
    case 'bext01':
      expect(headerValue(response, 'unsupported')).toBe('nothingSupportsThis, nothingSupportsThisEither');
      return;
    case 'invut':
    case 'sdp01':
      expect(headerValue(response, 'accept')).toContain('application/sdp');
      return;
    default:
      return;
  }
}
