import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  ApplicationFramer,
  formatReply,
  formatRequestSent,
  formatResponseSent,
  formatSip,
  type MessageMeta,
  parseApplicationMessage,
} from '../engines/embedded/sip/application-protocol.ts';
import { ChallengeAnswers } from './challenge-answers.ts';
import { SipClient } from './sip-client.ts';
import type { SipDialog } from './sip-dialog.ts';
import { OFFER } from './testing.ts';

const DIALOG = 'call-1@test;from-tag=far';

/** A SIP message of a call between `far` and `near`, `from` telling who sends the request. */
function message(startLine: string, cseq: string, options: { from: 'far' | 'near'; body?: string; extra?: string[] }) {
  const [from, to] = options.from === 'far' ? ['far', 'near'] : ['near', 'far'];
  const body = options.body ?? '';
  const opening = cseq.endsWith('INVITE') && !startLine.startsWith('SIP');
  return Buffer.from(
    [
      startLine,
      'Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-1',
      `From: <sip:${from}@127.0.0.1>;tag=${from}`,
      `To: <sip:${to}@127.0.0.1>${opening ? '' : `;tag=${to}`}`,
      'Call-ID: call-1@test',
      `CSeq: ${cseq}`,
      'Contact: <sip:peer@127.0.0.1:5070>',
      ...(body ? ['Content-Type: application/sdp'] : []),
      ...(options.extra ?? []),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
    'latin1',
  );
}

const bye = (extra: string[] = []) => message('BYE sip:hub@127.0.0.1 SIP/2.0', '2 BYE', { from: 'far', extra });

/**
 * The SIP agent's side of the application protocol, in the hands of the test: what it writes at once, the client reads at
 * once. An agent that is busy, or whose client is, puts the same octets on the connection.
 */
class StandInAgent {
  /** What the client sent behind `sip|`, that is its SIP messages. */
  readonly received: string[] = [];
  /** Frames to write, in one piece, for a SIP message of the client. */
  answer: (text: string, id: string) => Buffer[] = () => [];
  readonly #server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  #socket: Socket | undefined;

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  /** The connection breaks; the agent takes the next one. */
  cut(): void {
    this.#socket?.destroy();
  }

  write(...frames: Buffer[]): void {
    this.#socket?.write(Buffer.concat(frames));
  }

  static sip(raw: Buffer, transactionId: string, dialogId = '', source: MessageMeta['source'] = 'network'): Buffer {
    return formatSip('m', meta(source), { transactionId, dialogId }, undefined, raw);
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    const framer = new ApplicationFramer(1_000_000);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const bytes of framer.push(chunk) ?? []) {
        const { id, verb, payload } = parseApplicationMessage(bytes);
        if (verb !== 'sip') {
          this.write(formatReply('m', id, 'OK', verb === 'authenticate' ? 'udp/127.0.0.1:5060|v0.9.0' : undefined));
          continue;
        }
        const text = payload?.toString('latin1') ?? '';
        this.received.push(text);
        this.write(...this.answer(text, id));
      }
    });
  }
}

function meta(source: MessageMeta['source']): MessageMeta {
  return { source, transport: 'udp', address: '127.0.0.1', port: 5070, time: new Date(0) };
}

let agent: StandInAgent;
let client: SipClient;

beforeEach(async () => {
  agent = new StandInAgent();
  const port = await agent.listen();
  client = new SipClient({ host: '127.0.0.1', port, secret: 's', onError: () => {} });
  onTestFinished(() => {
    client.close();
    agent.close();
  });
});

/** What a listener hears that comes `turns` rounds of the event loop after the dialog. */
async function heardOf(dialog: SipDialog, turns: number): Promise<unknown> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
  return await new Promise((resolve) => dialog.once('ended', resolve));
}

/** A call from outside; `behind` follows the agent's word that our 200 OK was sent. */
async function accepted(...behind: Buffer[]): Promise<SipDialog> {
  const dialog = Promise.withResolvers<SipDialog>();
  client.onInvite((invite) => void invite.accept(OFFER).then(dialog.resolve, dialog.reject));
  await client.connect();
  agent.answer = (text, id) => {
    if (!text.startsWith('SIP/2.0 200') || !text.includes('INVITE')) return [];
    const sent = message('SIP/2.0 200 OK', '1 INVITE', { from: 'far', body: OFFER });
    const ids = { transactionId: 't1', dialogId: DIALOG };
    return [formatResponseSent('m', id, meta('application'), ids, sent), ...behind];
  };
  agent.write(
    StandInAgent.sip(message('INVITE sip:hub@127.0.0.1 SIP/2.0', '1 INVITE', { from: 'far', body: OFFER }), 't1'),
  );
  return await dialog.promise;
}

describe('what the agent hands over in one read with the 200 OK', () => {
  const ack = StandInAgent.sip(message('ACK sip:hub@127.0.0.1 SIP/2.0', '1 ACK', { from: 'far' }), 't1', DIALOG);

  it.each([0, 3])('a BYE ends the dialog, also for a listener that comes %i turns late', async (turns) => {
    const dialog = await accepted(ack, StandInAgent.sip(bye(['Reason: Q.850;cause=16']), 't2', DIALOG));
    expect(dialog.ended).toBe(true);
    expect(await heardOf(dialog, turns)).toEqual({ byAgent: false, reason: 'Q.850;cause=16' });
    await expect.poll(() => agent.received.at(-1)).toMatch(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/i);
    await dialog.hangup();
    expect(agent.received.filter((text) => text.startsWith('BYE'))).toEqual([]);
  });

  it('a BYE without an ACK before it, and the BYE of an agent that gave up', async () => {
    const unsolicited = StandInAgent.sip(bye(), 'unsolicited', DIALOG, 'application');
    const dialog = await accepted(unsolicited);
    expect(await heardOf(dialog, 0)).toMatchObject({ byAgent: true });
  });

  it('an ACK with the answer', async () => {
    const answer = OFFER.replace('RTP/AVP 0 8 101', 'RTP/AVP 8');
    const withAnswer = message('ACK sip:hub@127.0.0.1 SIP/2.0', '1 ACK', { from: 'far', body: answer });
    const dialog = await accepted(StandInAgent.sip(withAnswer, 't1', DIALOG));
    expect(await once(dialog, 'ack')).toEqual([answer]);
    expect(dialog.ended).toBe(false);
  });

  it('a re-INVITE, which its owner is asked about', async () => {
    const offer = OFFER.replace('30000', '30002');
    const again = message('INVITE sip:hub@127.0.0.1 SIP/2.0', '2 INVITE', { from: 'far', body: offer });
    const dialog = await accepted(ack, StandInAgent.sip(again, 't2', DIALOG));
    const [sdp, respond] = await once(dialog, 'offer');
    expect(sdp).toBe(offer);
    respond({ status: 488 });
    await expect.poll(() => agent.received.at(-1)).toMatch(/^SIP\/2\.0 488 [\s\S]*CSeq: 2 INVITE/i);
  });

  it('a BYE of the called side ends our own call', async () => {
    await client.connect();
    agent.answer = (text, id) => {
      if (!text.startsWith('INVITE')) return [];
      const sent = message('INVITE sip:far@127.0.0.1 SIP/2.0', '1 INVITE', { from: 'near', body: OFFER });
      const ok = message('SIP/2.0 200 OK', '1 INVITE', { from: 'near', body: OFFER });
      return [
        formatRequestSent('m', id, meta('application'), 't1', sent),
        StandInAgent.sip(ok, 't1', DIALOG),
        StandInAgent.sip(bye(), 't2', DIALOG),
      ];
    };
    const dialog = await client.call('sip:far@127.0.0.1', { localSdp: OFFER });
    expect(dialog.ended).toBe(true);
    expect(await heardOf(dialog, 2)).toMatchObject({ byAgent: false });
  });
});

it('an answer that crosses the CANCEL is a cancelled call', async () => {
  const told: string[] = [];
  const refused = new Promise<unknown>((resolve) => {
    client.onInvite((invite) => {
      invite.onCancel(() => told.push('cancelled'));
      invite.accept(OFFER).catch(resolve);
    });
  });
  await client.connect();
  agent.answer = (text, id) => {
    if (!text.startsWith('SIP/2.0 200')) return [];
    const cancel = message('CANCEL sip:hub@127.0.0.1 SIP/2.0', '1 CANCEL', { from: 'far' });
    const refusal = 'Response not sent due to unknown transaction';
    return [StandInAgent.sip(cancel, 't1'), formatReply('m', id, 'NOK', refusal)];
  };
  agent.write(
    StandInAgent.sip(message('INVITE sip:hub@127.0.0.1 SIP/2.0', '1 INVITE', { from: 'far', body: OFFER }), 't1'),
  );
  expect(await refused).toMatchObject({ code: 'sip_cancelled', status: 487 });
  expect(told).toEqual(['cancelled']);
});

it('a listener to the end is told once, whether it comes before or after it', async () => {
  const dialog = await accepted();
  const told: string[] = [];
  dialog.on('ended', () => told.push('before'));
  agent.write(StandInAgent.sip(bye(), 't2', DIALOG));
  await once(dialog, 'ended');
  dialog.on('ended', () => told.push('on, after'));
  dialog.once('ended', () => told.push('once, after'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(['before', 'on, after', 'once, after']);
});

describe('when the connection to the agent is lost', () => {
  it('dialogs have ended, and what is under way in them fails', async () => {
    const dialog = await accepted();
    const ended = once(dialog, 'ended');
    const unanswered = dialog.info({ contentType: 'text/plain', body: 'a' }).catch((error: unknown) => error);
    await expect.poll(() => agent.received.at(-1)).toMatch(/^INFO/);
    agent.cut();
    expect(await unanswered).toMatchObject({ code: 'sip_agent_lost' });
    expect((await ended)[0]).toMatchObject({ byAgent: true, lost: true });
    expect(dialog.ended).toBe(true);
    await dialog.hangup();
  });

  it('a BYE under way is over', async () => {
    const dialog = await accepted();
    const over = dialog.hangup();
    await expect.poll(() => agent.received.at(-1)).toMatch(/^BYE/);
    agent.cut();
    await over;
  });

  it('a call that rings is over for its owner, who can send nothing any more', async () => {
    const told = Promise.withResolvers<boolean>();
    client.onInvite((invite) => {
      invite.onCancel((_, lost) => {
        told.resolve(lost);
        invite.reject(480);
      });
    });
    await client.connect();
    const invite = message('INVITE sip:hub@127.0.0.1 SIP/2.0', '1 INVITE', { from: 'far', body: OFFER });
    agent.write(StandInAgent.sip(invite, 't1'));
    await expect.poll(() => agent.received.length).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    agent.cut();
    expect(await told.promise).toBe(true);
  });

  it('an INVITE and an OPTIONS of ours fail', async () => {
    await client.connect();
    const call = client.call('sip:far@127.0.0.1', { localSdp: OFFER }).catch((error: unknown) => error);
    const asked = client
      .options('sip:far@127.0.0.1', { headers: {}, answers: new ChallengeAnswers(undefined) })
      .catch((error: unknown) => error);
    await expect.poll(() => agent.received.length).toBe(2);
    agent.cut();
    expect(await call).toMatchObject({ code: 'sip_agent_lost' });
    expect(await asked).toMatchObject({ code: 'sip_agent_lost' });
  });

  it('the client connects again, tells so, and takes calls', async () => {
    const told: string[] = [];
    const second = new StandInAgent();
    const port = await second.listen();
    const watched = new SipClient({
      host: '127.0.0.1',
      port,
      secret: 's',
      onError: (error) => told.push((error as { code?: string }).code ?? 'error'),
      onBack: () => told.push('back'),
    });
    onTestFinished(() => {
      watched.close();
      second.close();
    });
    await watched.connect();
    second.cut();
    await expect.poll(() => told).toEqual(['sip_agent_lost', 'back']);
    watched.assertConnected();
  });
});
