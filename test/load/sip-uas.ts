import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

/**
 * A light SIP callee for load and for crashes: one UDP socket for all calls, raw messages, just enough of RFC 3261 to be
 * a correct peer (a resent INVITE gets the last response again, a 200 is resent until the ACK, CANCEL gets 200 and 487,
 * BYE is answered and sent). It remembers everybody who was called and how often.
 */

/** What the callee does with a call. */
export interface UasBehaviour {
  /** INVITE to 180; undefined: no 180. */
  ringAfterMs?: number;
  /** INVITE to the final response. */
  answerAfterMs: number;
  /** 200, or the status that refuses the call. */
  status?: number;
  /** Answer to our BYE; undefined: the other side hangs up. */
  holdMs?: number;
}

interface UasCall {
  readonly callId: string;
  readonly user: string;
  readonly invite: string;
  readonly tag: string;
  readonly target: string;
  readonly behaviour: UasBehaviour;
  address: { host: string; port: number };
  state: 'ringing' | 'answered' | 'up' | 'over';
  last: string;
  timers: NodeJS.Timeout[];
  byes: number;
}

/** One INVITE that was not a retransmission. */
export interface SeenInvite {
  callId: string;
  user: string;
  /** `performance.now()` */
  at: number;
  message: string;
}

const T1_MS = 500;
const RESENDS = 7;

export class SipUas {
  readonly #socket: Socket;
  readonly #behave: (user: string) => UasBehaviour;
  readonly #calls = new Map<string, UasCall>();
  readonly invites: SeenInvite[] = [];
  /** Most calls that were ringing or up at the same time. */
  mostAtOnce = 0;

  private constructor(socket: Socket, behave: (user: string) => UasBehaviour) {
    this.#socket = socket;
    this.#behave = behave;
    socket.on('message', (bytes, from) =>
      this.#receive(bytes.toString('latin1'), { host: from.address, port: from.port }),
    );
  }

  static async open(behave: (user: string) => UasBehaviour): Promise<SipUas> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new SipUas(socket, behave);
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  /** Calls that ring or are up. */
  get live(): number {
    let live = 0;
    for (const call of this.#calls.values()) if (call.state !== 'over') live += 1;
    return live;
  }

  /** Forgets all calls without a word, as if the network were cut. */
  forget(): void {
    for (const call of this.#calls.values()) this.#over(call);
  }

  close(): void {
    this.forget();
    this.#socket.close();
  }

  #receive(message: string, address: { host: string; port: number }): void {
    const callId = /^(?:Call-ID|i):\s*(\S+)/im.exec(message)?.[1] ?? '';
    const method = /^[A-Z]+/.exec(message)?.[0];
    if (method === 'INVITE') {
      const known = this.#calls.get(callId);
      if (known === undefined) this.#invite(message, callId, address);
      else if (known.last !== '') this.#send(known, known.last);
      return;
    }
    const call = this.#calls.get(callId);
    if (message.startsWith('SIP/2.0 ')) {
      if (call !== undefined && /^CSeq:\s*\d+\s+BYE/im.test(message)) this.#over(call);
      return;
    }
    if (call === undefined) {
      if (method !== 'ACK') this.#reply(message, '481 Call/Transaction Does Not Exist', address);
      return;
    }
    switch (method) {
      case 'ACK':
        this.#acknowledged(call);
        return;
      case 'CANCEL':
        this.#reply(message, '200 OK', address);
        if (call.state === 'ringing') this.#final(call, 487, 'Request Terminated');
        return;
      case 'BYE':
        this.#reply(message, '200 OK', address);
        this.#over(call);
        return;
      default:
        this.#reply(message, '200 OK', address);
    }
  }

  #invite(message: string, callId: string, address: { host: string; port: number }): void {
    const user = decodeURIComponent(/^INVITE\s+sip:([^@;>\s]+)@/i.exec(message)?.[1] ?? '');
    this.invites.push({ callId, user, at: performance.now(), message });
    const call: UasCall = {
      callId,
      user,
      invite: message,
      tag: `uas${this.invites.length}`,
      target: /^(?:Contact|m):\s*<?([^>\s;]+)/im.exec(message)?.[1] ?? '',
      behaviour: this.#behave(user),
      address,
      state: 'ringing',
      last: '',
      timers: [],
      byes: 0,
    };
    this.#calls.set(callId, call);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.live);
    const { ringAfterMs, answerAfterMs, status = 200 } = call.behaviour;
    if (ringAfterMs !== undefined) {
      this.#later(call, ringAfterMs, () => {
        if (call.state === 'ringing') this.#respond(call, '180 Ringing');
      });
    }
    this.#later(call, answerAfterMs, () => {
      if (call.state === 'ringing') this.#final(call, status, status === 200 ? 'OK' : 'Refused');
    });
  }

  #final(call: UasCall, status: number, phrase: string): void {
    call.state = status === 200 ? 'answered' : 'over';
    this.#respond(call, `${status} ${phrase}`);
    const resend = (left: number, afterMs: number) =>
      this.#later(call, afterMs, () => {
        if (left === 0 || call.last === '') return;
        this.#send(call, call.last);
        resend(left - 1, Math.min(afterMs * 2, 8 * T1_MS));
      });
    resend(RESENDS, T1_MS);
  }

  #acknowledged(call: UasCall): void {
    call.last = '';
    if (call.state !== 'answered') return;
    call.state = 'up';
    const { holdMs } = call.behaviour;
    if (holdMs !== undefined) this.#later(call, holdMs, () => this.#hangUp(call));
  }

  #hangUp(call: UasCall): void {
    if (call.state !== 'up' || call.byes > RESENDS) return;
    call.byes += 1;
    const from = /^(?:To|t):\s*(.*)$/im.exec(call.invite)?.[1]?.trim() ?? '';
    const to = /^(?:From|f):\s*(.*)$/im.exec(call.invite)?.[1]?.trim() ?? '';
    const bye = [
      `BYE ${call.target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bKbye-${call.tag};rport`,
      'Max-Forwards: 70',
      `From: ${from};tag=${call.tag}`,
      `To: ${to}`,
      `Call-ID: ${call.callId}`,
      'CSeq: 1 BYE',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    this.#send(call, bye);
    this.#later(call, T1_MS * 2 ** (call.byes - 1), () => this.#hangUp(call));
  }

  #respond(call: UasCall, status: string): void {
    const sdp = status.startsWith('200') ? this.#sdp() : '';
    const headers = call.invite.split('\r\n\r\n', 1)[0]?.split('\r\n') ?? [];
    const kept = headers.filter((line) => /^(?:Via|From|Call-ID|CSeq|Record-Route|v|f|i):/i.test(line));
    const to = headers.find((line) => /^(?:To|t):/i.test(line)) ?? '';
    call.last = [
      `SIP/2.0 ${status}`,
      ...kept,
      `${to};tag=${call.tag}`,
      `Contact: <sip:${call.user}@127.0.0.1:${this.port}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ].join('\r\n');
    this.#send(call, call.last);
  }

  /** Nobody listens at the port: the hub's audio goes nowhere, and none comes back. */
  #sdp(): string {
    return [
      'v=0',
      'o=uas 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 9 RTP/AVP 0 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=sendrecv',
      '',
    ].join('\r\n');
  }

  #reply(request: string, status: string, address: { host: string; port: number }): void {
    const headers = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq|v|f|t|i):/i.test(line));
    this.#socket.send(
      [`SIP/2.0 ${status}`, ...headers, 'Content-Length: 0', '', ''].join('\r\n'),
      address.port,
      address.host,
    );
  }

  #send(call: UasCall, message: string): void {
    this.#socket.send(message, call.address.port, call.address.host);
  }

  #later(call: UasCall, ms: number, run: () => void): void {
    call.timers.push(setTimeout(run, ms));
  }

  /** Its Call-ID stays known, so that a late INVITE of it is a retransmission. */
  #over(call: UasCall): void {
    call.state = 'over';
    call.last = '';
    for (const timer of call.timers) clearTimeout(timer);
    call.timers = [];
  }
}
