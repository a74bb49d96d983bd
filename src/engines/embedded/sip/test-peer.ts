import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createRequire } from 'node:module';
import { connect, type Socket as TcpSocket } from 'node:net';
import type { SipAgent } from './agent.ts';
import { parseAddress } from './header-values.ts';
import { headerValue, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { StreamFramer } from './stream-framer.ts';

/** What tests use of drachtio-srf. Its own typings leave most of this out. */
export interface TestSrf {
  connect(options: { host: string; port: number; secret: string }): void;
  disconnect(): void;
  on(event: string, listener: (...args: never[]) => void): void;
  once(event: string, listener: (...args: never[]) => void): void;
  use(method: string, handler: (req: TestSrfRequest, res: TestSrfResponse) => void): void;
  invite(handler: (req: TestSrfRequest, res: TestSrfResponse) => void): void;
  createUAS(req: TestSrfRequest, res: TestSrfResponse, options: object): Promise<TestSrfDialog>;
  createUAC(uri: string, options: object, callbacks?: object): Promise<TestSrfDialog>;
  request(uri: string, options: object): Promise<TestSrfRequest>;
}

export interface TestSrfRequest {
  method: string;
  uri: string;
  body: string;
  get(name: string): string | undefined;
  has(name: string): boolean;
  on(event: string, listener: (...args: never[]) => void): void;
  cancel(callback: (error: unknown) => void): void;
}

export interface TestSrfResponse {
  status: number;
  reason: string;
  body: string;
  get(name: string): string | undefined;
  has(name: string): boolean;
  send(
    status: number,
    options?: object,
    callback?: (error: unknown, sent: unknown) => void,
    onPrack?: () => void,
  ): void;
}

export interface TestSrfDialog {
  id: string;
  sip: { callId: string; localTag: string; remoteTag: string };
  remote: { sdp: string };
  on(event: string, listener: (...args: never[]) => void): void;
  once(event: string, listener: (...args: never[]) => void): void;
  destroy(options?: object): Promise<unknown>;
  modify(sdp: string): Promise<string>;
  request(options: object): Promise<TestSrfResponse>;
}

const SrfClass = createRequire(import.meta.url)('drachtio-srf') as new () => TestSrf;

export const testSdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';

/** A drachtio-srf application that is connected to the agent; its routes must be set before, in `prepare`. */
export async function connectSrf(agent: SipAgent, prepare: (srf: TestSrf) => void): Promise<TestSrf> {
  const srf = new SrfClass();
  srf.on('error', () => {});
  prepare(srf);
  const connected = new Promise<void>((resolve, reject) => {
    srf.once('connect', (error: unknown) => (error ? reject(error) : resolve()));
  });
  srf.connect({ host: '127.0.0.1', port: agent.applicationPort, secret: agent.applicationSecret });
  await connected;
  // The routes are on their way; a request of a test must not overtake them.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return srf;
}

/** Messages that arrived and readers that wait for one. */
class Inbox {
  readonly #messages: SipMessage[] = [];
  readonly #readers: (() => void)[] = [];
  closed = false;

  put(message: SipMessage): void {
    this.#messages.push(message);
    for (const wake of this.#readers.splice(0)) wake();
  }

  close(): void {
    this.closed = true;
    for (const wake of this.#readers.splice(0)) wake();
  }

  get size(): number {
    return this.#messages.length;
  }

  /** The first message that fits, which is removed; undefined when none comes in time. */
  async take(fits: (message: SipMessage) => boolean, timeoutMs: number): Promise<SipMessage | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#messages.findIndex(fits);
      if (index !== -1) return this.#messages.splice(index, 1)[0];
      const left = deadline - performance.now();
      if (left <= 0 || this.closed) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#readers.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

/** A bare SIP peer of a test: it sends octets and reads messages, and keeps no state of its own. */
export class TestPeer {
  readonly transport: 'udp' | 'tcp';
  readonly port: number;
  readonly #inbox = new Inbox();
  readonly #send: (bytes: Buffer) => void;
  readonly #close: () => void;
  #count = 0;

  private constructor(transport: 'udp' | 'tcp', port: number, send: (bytes: Buffer) => void, close: () => void) {
    this.transport = transport;
    this.port = port;
    this.#send = send;
    this.#close = close;
  }

  static async udp(agent: SipAgent): Promise<TestPeer> {
    const socket: UdpSocket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind({ address: '127.0.0.1', port: 0 }, resolve));
    const peer = new TestPeer(
      'udp',
      socket.address().port,
      (bytes) => socket.send(bytes, agent.port, '127.0.0.1'),
      () => socket.close(),
    );
    socket.on('message', (bytes) => {
      const parsed = parseMessage(bytes, 'datagram');
      if (parsed.kind === 'message') peer.#inbox.put(parsed.message);
    });
    return peer;
  }

  static async tcp(agent: SipAgent): Promise<TestPeer> {
    const socket: TcpSocket = connect({ host: '127.0.0.1', port: agent.port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const peer = new TestPeer(
      'tcp',
      socket.localPort ?? 0,
      (bytes) => socket.write(bytes),
      () => socket.destroy(),
    );
    const framer = new StreamFramer({ maxHeaderBytes: 65_536, maxMessageBytes: 1_000_000 });
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message') continue;
        const parsed = parseMessage(frame.bytes, 'stream');
        if (parsed.kind === 'message') peer.#inbox.put(parsed.message);
      }
    });
    socket.on('close', () => peer.#inbox.close());
    return peer;
  }

  /** True once the agent has closed the connection. */
  get closed(): boolean {
    return this.#inbox.closed;
  }

  get unread(): number {
    return this.#inbox.size;
  }

  send(message: Buffer | string): void {
    this.#send(typeof message === 'string' ? Buffer.from(message, 'latin1') : message);
  }

  /** The next response that is no 100, or with `status` the next of that status. */
  async response(status?: number, timeoutMs = 2_000): Promise<SipResponse | undefined> {
    const fits = (message: SipMessage): boolean =>
      message.kind === 'response' && (status === undefined ? message.status > 100 : message.status === status);
    return (await this.#inbox.take(fits, timeoutMs)) as SipResponse | undefined;
  }

  async request(method: string, timeoutMs = 2_000): Promise<SipRequest | undefined> {
    const fits = (message: SipMessage): boolean => message.kind === 'request' && message.method === method;
    return (await this.#inbox.take(fits, timeoutMs)) as SipRequest | undefined;
  }

  /** A request's text. `fields` replace or, as `Name: value` lines, extend what every request has. */
  text(
    method: string,
    options: {
      uri?: string;
      to?: string;
      from?: string;
      callId?: string;
      cseq?: number;
      branch?: string;
      extra?: string[];
      body?: string;
    } = {},
  ): string {
    this.#count++;
    const id = `${this.port}.${this.#count}`;
    const body = options.body ?? '';
    const lines = [
      `${method} ${options.uri ?? 'sip:hub@127.0.0.1'} SIP/2.0`,
      `Via: SIP/2.0/${this.transport.toUpperCase()} 127.0.0.1:${this.port};branch=${options.branch ?? `z9hG4bK-${id}`}`,
      'Max-Forwards: 70',
      `From: ${options.from ?? `<sip:tester@127.0.0.1>;tag=t${id}`}`,
      `To: ${options.to ?? '<sip:hub@127.0.0.1>'}`,
      `Call-ID: ${options.callId ?? `call-${id}@test`}`,
      `CSeq: ${options.cseq ?? 1} ${method}`,
      ...(['INVITE', 'SUBSCRIBE', 'UPDATE'].includes(method)
        ? [`Contact: <sip:tester@127.0.0.1:${this.port}${this.transport === 'tcp' ? ';transport=tcp' : ''}>`]
        : []),
      ...(options.extra ?? []),
      `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    ];
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  /** A response to a request that the agent sent. */
  answer(request: SipRequest, status: number, options: { tag?: string; extra?: string[]; body?: string } = {}): string {
    const body = options.body ?? '';
    const to = headerValue(request, 'to') ?? '';
    const tagged = options.tag && !parseAddress(to)?.params.has('tag') ? `${to};tag=${options.tag}` : to;
    return [
      `SIP/2.0 ${status} Test`,
      ...request.headers.filter((field) => field.key === 'via').map((field) => `Via: ${field.value}`),
      `From: ${headerValue(request, 'from')}`,
      `To: ${tagged}`,
      `Call-ID: ${headerValue(request, 'call-id')}`,
      `CSeq: ${headerValue(request, 'cseq')}`,
      ...(options.extra ?? []),
      `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
      '',
      body,
    ].join('\r\n');
  }

  close(): void {
    this.#close();
  }
}
