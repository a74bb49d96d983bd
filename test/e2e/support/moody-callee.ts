import { createSocket, type Socket } from 'node:dgram';

const SDP = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 9 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''],
].join('\r\n');

/**
 * A callee over UDP who does with each call what chance says: nothing, busy, ring for ever, answer; and answers some
 * that are being cancelled. Keeps no more state than that, so that what is left over is left over in the hub.
 */
export class MoodyCallee {
  acks = 0;
  byes = 0;
  readonly #socket: Socket;
  readonly #random: () => number;
  /** INVITE by Call-ID. */
  readonly #invites = new Map<string, string>();
  readonly #answered = new Set<string>();
  readonly #refused = new Set<string>();

  private constructor(socket: Socket, random: () => number) {
    this.#socket = socket;
    this.#random = random;
    socket.on('message', (bytes, from) => this.#receive(bytes.toString('latin1'), from.port));
  }

  static async start(random: () => number): Promise<MoodyCallee> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new MoodyCallee(socket, random);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Calls that it has answered, and that were to be ended by BYE. */
  get answered(): number {
    return this.#answered.size;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(text: string, port: number): void {
    const callId = field(text, 'Call-ID');
    switch (text.split(' ')[0]) {
      case 'INVITE':
        if (!this.#invites.has(callId)) this.#invited(text, callId, port);
        return;
      case 'CANCEL': {
        this.#reply(text, 200, port);
        const invite = this.#invites.get(callId);
        if (invite === undefined || this.#answered.has(callId) || this.#refused.has(callId)) return;
        if (this.#random() < 0.7) this.#refuse(invite, callId, port, 487);
        else this.#answer(invite, callId, port);
        return;
      }
      case 'ACK':
        this.acks += 1;
        return;
      case 'BYE':
        this.byes += 1;
        this.#reply(text, 200, port);
        return;
      default:
    }
  }

  #invited(invite: string, callId: string, port: number): void {
    this.#invites.set(callId, invite);
    const mood = this.#random();
    if (mood < 0.15) return;
    if (mood < 0.3) {
      this.#refuse(invite, callId, port, 486);
      return;
    }
    setTimeout(() => this.#reply(invite, 180, port), this.#random() * 60);
    if (mood < 0.75) setTimeout(() => this.#answer(invite, callId, port), 60 + this.#random() * 200);
  }

  #refuse(invite: string, callId: string, port: number, status: number): void {
    this.#refused.add(callId);
    this.#reply(invite, status, port);
  }

  #answer(invite: string, callId: string, port: number): void {
    if (this.#answered.has(callId) || this.#refused.has(callId)) return;
    this.#answered.add(callId);
    this.#reply(invite, 200, port, SDP);
  }

  #reply(request: string, status: number, port: number, body = ''): void {
    const to = field(request, 'To');
    const lines = [
      `SIP/2.0 ${status} Mood`,
      ...[...request.matchAll(/^Via: .*$/gm)].map(([via]) => via.trim()),
      field(request, 'From'),
      /;tag=/.test(to) ? to : `${to};tag=moody`,
      field(request, 'Call-ID'),
      field(request, 'CSeq'),
      `Contact: <sip:callee@127.0.0.1:${this.port}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ];
    this.#socket.send(lines.join('\r\n'), port, '127.0.0.1');
  }
}

/** The whole line. */
function field(message: string, name: string): string {
  return new RegExp(`^${name}: .*$`, 'mi').exec(message)?.[0].trim() ?? '';
}
