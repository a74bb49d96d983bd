import { createSocket, type Socket } from 'node:dgram';

/**
 * A light SIP caller for load: one UDP socket for all calls, raw messages, just enough of RFC 3261 to be a correct peer
 * (INVITE, CANCEL and BYE are resent with timers A and E until answered, CANCEL waits for a provisional response, a resent
 * 200 is acknowledged again, BYE is answered).
 */

export interface UacCall {
  readonly id: number;
  readonly callId: string;
  state: 'calling' | 'up' | 'leaving' | 'over';
  /** Clock readings in milliseconds, `performance.now()`. */
  invitedAt: number;
  firstResponseAt: number;
  answeredAt: number;
  endedAt: number;
  status: number;
  endedBy: 'us' | 'hub' | undefined;
  resent: number;
  toTag: string;
  target: string;
  cseq: number;
  timer: NodeJS.Timeout | undefined;
  /** CANCEL is sent, or waits for a provisional response. */
  cancels: boolean;
  /** Final response to our BYE; 0: none came, or the hub's BYE was faster. */
  byeStatus: number;
  /** False: the 200 is never acknowledged. */
  acknowledges: boolean;
  onAnswer: (sdp: string) => void;
  onEnd: () => void;
}

const T1_MS = 500;
const T2_MS = 4000;
const GIVE_UP_MS = 64 * T1_MS;

export class SipUac {
  readonly #socket: Socket;
  readonly #hub: { host: string; port: number };
  readonly #service: string;
  readonly #calls = new Map<string, UacCall>();
  readonly #run = Math.random().toString(36).slice(2, 8);
  #port = 0;
  resent = 0;

  private constructor(socket: Socket, hub: { host: string; port: number }, service: string) {
    this.#socket = socket;
    this.#hub = hub;
    this.#service = service;
    socket.on('message', (bytes) => this.#receive(bytes.toString('latin1')));
  }

  static async open(hub: { host: string; port: number }, service: string): Promise<SipUac> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    const uac = new SipUac(socket, hub, service);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    uac.#port = socket.address().port;
    return uac;
  }

  /** Sends an INVITE that offers PCMU at the given port. */
  invite(
    id: number,
    rtpPort: number,
    on: { answer: (sdp: string) => void; end: () => void },
    options: { acknowledges?: boolean } = {},
  ): UacCall {
    const call: UacCall = {
      id,
      callId: `${this.#run}-${id}@load`,
      state: 'calling',
      invitedAt: performance.now(),
      firstResponseAt: 0,
      answeredAt: 0,
      endedAt: 0,
      status: 0,
      endedBy: undefined,
      resent: 0,
      toTag: '',
      target: `sip:${this.#service}@${this.#hub.host}:${this.#hub.port}`,
      cseq: 1,
      timer: undefined,
      cancels: false,
      byeStatus: 0,
      acknowledges: options.acknowledges ?? true,
      onAnswer: on.answer,
      onEnd: on.end,
    };
    this.#calls.set(call.callId, call);
    const sdp = [
      'v=0',
      `o=load ${id} 1 IN IP4 127.0.0.1`,
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${rtpPort} RTP/AVP 0 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ].join('\r\n');
    this.#sendUntilAnswered(call, this.#request(call, 'INVITE', 'invite', sdp), T1_MS, performance.now());
    return call;
  }

  /**
   * Gives a call up that is not answered, as soon as a provisional response has come (RFC 3261 9.1); an answer that comes
   * all the same is for the caller to end.
   */
  cancel(call: UacCall): void {
    if (call.state !== 'calling' || call.cancels) return;
    call.cancels = true;
    if (call.firstResponseAt > 0) this.#sendCancel(call);
  }

  hangUp(call: UacCall): void {
    if (call.state !== 'up') return;
    call.state = 'leaving';
    call.endedBy = 'us';
    call.cseq++;
    this.#sendUntilAnswered(call, this.#request(call, 'BYE', 'bye', ''), T1_MS, performance.now());
  }

  close(): void {
    for (const call of this.#calls.values()) clearTimeout(call.timer);
    this.#socket.close();
  }

  #sendCancel(call: UacCall): void {
    this.#sendUntilAnswered(call, this.#request(call, 'CANCEL', 'invite', ''), T1_MS, performance.now());
  }

  #request(call: UacCall, method: string, branch: string, sdp: string): string {
    return [
      `${method} ${call.target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#port};branch=z9hG4bK${branch}-${this.#run}-${call.id}-${call.cseq};rport`,
      'Max-Forwards: 70',
      `From: <sip:load${call.id}@127.0.0.1:${this.#port}>;tag=f${this.#run}${call.id}`,
      `To: <sip:${this.#service}@${this.#hub.host}:${this.#hub.port}>${call.toTag ? `;tag=${call.toTag}` : ''}`,
      `Call-ID: ${call.callId}`,
      `CSeq: ${call.cseq} ${method}`,
      `Contact: <sip:load${call.id}@127.0.0.1:${this.#port}>`,
      ...(sdp ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ].join('\r\n');
  }

  #send(message: string): void {
    this.#socket.send(message, this.#hub.port, this.#hub.host);
  }

  #sendUntilAnswered(call: UacCall, message: string, intervalMs: number, since: number): void {
    this.#send(message);
    call.timer = setTimeout(() => {
      if (performance.now() - since > GIVE_UP_MS) return this.#over(call, call.status || 408);
      call.resent++;
      this.resent++;
      this.#sendUntilAnswered(call, message, Math.min(intervalMs * 2, T2_MS), since);
    }, intervalMs);
  }

  #receive(message: string): void {
    const callId = /^(?:Call-ID|i):\s*(\S+)/im.exec(message)?.[1] ?? '';
    const call = this.#calls.get(callId);
    if (!call) return;
    if (message.startsWith('SIP/2.0 ')) this.#response(call, message);
    else if (message.startsWith('BYE ')) this.#bye(call, message);
  }

  #response(call: UacCall, message: string): void {
    const status = Number(message.slice(8, 11));
    const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(message)?.[1];
    if (method === 'BYE') {
      if (call.state !== 'leaving' || status < 200) return;
      call.byeStatus = status;
      this.#over(call, call.status);
      return;
    }
    if (method === 'CANCEL' && call.state === 'calling') clearTimeout(call.timer);
    if (method !== 'INVITE') return;
    const firstResponse = call.firstResponseAt === 0;
    if (firstResponse) call.firstResponseAt = performance.now();
    if (call.state === 'calling' && (firstResponse || status >= 200)) clearTimeout(call.timer);
    if (status < 200) {
      // timer B no longer runs after a provisional response; the rig's own limit ends a call that stays there
      if (firstResponse && call.cancels) this.#sendCancel(call);
      return;
    }
    if (call.toTag === '') call.toTag = /^(?:To|t):.*;tag=([^;\s>]+)/im.exec(message)?.[1] ?? '';
    if (status >= 300) {
      if (call.state !== 'calling') return;
      this.#send(this.#request(call, 'ACK', 'invite', ''));
      this.#over(call, status);
      return;
    }
    const first = call.state === 'calling';
    if (first) {
      call.answeredAt = performance.now();
      call.state = 'up';
      call.status = status;
      call.target = /^(?:Contact|m):\s*<([^>]+)>/im.exec(message)?.[1] ?? call.target;
    }
    const cseq = call.cseq;
    call.cseq = 1;
    if (call.acknowledges) this.#send(this.#request(call, 'ACK', 'ack', ''));
    call.cseq = cseq;
    if (first) call.onAnswer(message.slice(message.indexOf('\r\n\r\n') + 4));
  }

  #bye(call: UacCall, message: string): void {
    const headers = message.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq|v|f|t|i):?/i.test(line));
    this.#send(['SIP/2.0 200 OK', ...headers, 'Content-Length: 0', '', ''].join('\r\n'));
    if (call.state === 'over') return;
    call.endedBy ??= 'hub';
    this.#over(call, call.status);
  }

  #over(call: UacCall, status: number): void {
    if (call.state === 'over') return;
    clearTimeout(call.timer);
    call.state = 'over';
    call.status = status;
    call.endedAt = performance.now();
    call.onEnd();
    // its Call-ID stays known for a while, so that resent messages of the hub get their answer
    setTimeout(() => this.#calls.delete(call.callId), GIVE_UP_MS).unref();
  }
}
