import { createSocket, type Socket } from 'node:dgram';
import { decodeLaw, encodeLaw, type Law } from './g711.ts';
import { concat, silence } from './tones.ts';
import { waitFor } from './wait-for.ts';

export interface HeardPacket {
  atMs: number;
  sequence: number;
  timestamp: number;
  payloadType: number;
  ssrc: number;
  marker: boolean;
  payload: Uint8Array;
}

const FRAME = 160;

/**
 * The RTP side of a test's phone: sends 20 ms G.711 packets (silence, or what was queued) and keeps all that arrives.
 * Paced by an absolute clock.
 */
export class RtpPeer {
  readonly heard: HeardPacket[] = [];
  /** When a sound was due to leave after silence; by the clock of the packets, not by how late a busy machine was. */
  readonly spokeAtMs: number[] = [];
  /** When the last packet with a sound left (`performance.now()`). */
  hushedAtMs = 0;
  sent = 0;
  readonly #socket: Socket;
  readonly #law: Law;
  #remote: { host: string; port: number } | undefined;
  #lastFrom: { host: string; port: number } | undefined;
  #queue: Int16Array = new Int16Array(0);
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #speaking = false;
  #sequence = Math.floor(Math.random() * 0x8000);
  #timestamp = Math.floor(Math.random() * 0x4000_0000);
  readonly #ssrc = Math.floor(Math.random() * 0xffff_ffff);

  private constructor(socket: Socket, law: Law) {
    this.#socket = socket;
    this.#law = law;
    socket.on('message', (bytes, from) => {
      this.#lastFrom = { host: from.address, port: from.port };
      this.#receive(bytes);
    });
  }

  static async open(options: { law?: Law; host?: string } = {}): Promise<RtpPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, options.host ?? '127.0.0.1', resolve);
    });
    return new RtpPeer(socket, options.law ?? 'PCMU');
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Begins to send to that address, silence until something is queued. */
  start(host: string, port: number): void {
    this.#remote = { host, port };
    if (this.#timer !== undefined) return;
    this.#startedAt = performance.now();
    this.#tick();
  }

  /** Where the last packet came from. */
  get lastFrom(): { host: string; port: number } | undefined {
    return this.#lastFrom;
  }

  /** Waits for the other side's first packet and begins to send to where it came from. */
  async startWhenHeard(ms = 15_000): Promise<{ host: string; port: number }> {
    const from = await waitFor('the first RTP packet', ms, () => this.#lastFrom);
    this.start(from.host, from.port);
    return from;
  }

  /** Says it again and again until `heard` holds: who is to hear it may be there only in a while. */
  async sayUntil(
    what: string,
    samples: Int16Array,
    heard: () => unknown,
    { gapMs = 300, ms = 15_000 }: { gapMs?: number; ms?: number } = {},
  ): Promise<void> {
    let over = false;
    const again = async () => {
      while (!over) await this.say(concat(samples, silence(gapMs)));
    };
    const speaking = again();
    try {
      await waitFor(what, ms, () => Boolean(heard()) || undefined);
    } finally {
      over = true;
      this.#queue = new Int16Array(0);
    }
    await speaking;
  }

  /** Stops sending; goes on listening. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.sent = 0;
  }

  /** Appends audio (8 kHz) to what will be sent. Resolves when it has gone out. */
  async say(samples: Int16Array): Promise<void> {
    const joined = new Int16Array(this.#queue.length + samples.length);
    joined.set(this.#queue);
    joined.set(samples, this.#queue.length);
    this.#queue = joined;
    while (this.#queue.length > 0 && this.#timer !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** One key press, RFC 4733: 100 ms long, its end packet three times (section 2.5.1.4). */
  async press(digit: string, payloadType = 101): Promise<void> {
    const event = '0123456789*#ABCD'.indexOf(digit);
    const timestamp = this.#timestamp;
    for (let packet = 1; packet <= 7; packet++) {
      const end = packet >= 5;
      const duration = Math.min(packet, 5) * FRAME;
      const payload = new Uint8Array([event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      this.#send(payload, payloadType, timestamp, packet === 1);
      if (!end) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** All audio heard until `untilMs` (`performance.now()`), in order of sequence numbers, missing packets as silence. */
  audio(untilMs = Number.POSITIVE_INFINITY): Int16Array<ArrayBuffer> {
    const payloadType = this.#law === 'PCMU' ? 0 : 8;
    const voice = this.heard.filter((packet) => packet.payloadType === payloadType && packet.atMs <= untilMs);
    const first = voice[0];
    if (!first) return new Int16Array(0);
    const at = (packet: HeardPacket) => (packet.timestamp - first.timestamp) | 0;
    const last = voice.reduce((max, packet) => Math.max(max, at(packet) + packet.payload.length), 0);
    const audio = new Int16Array(last);
    for (const packet of voice) if (at(packet) >= 0) audio.set(decodeLaw(packet.payload, this.#law), at(packet));
    return audio;
  }

  /** Sequence numbers that never came. */
  missing(): number {
    const first = this.heard[0];
    if (!first) return 0;
    const numbers = this.heard.map((packet) => ((packet.sequence - first.sequence) << 16) >> 16);
    return Math.max(...numbers) - Math.min(...numbers) + 1 - new Set(numbers).size;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tick(): void {
    const frame = new Int16Array(FRAME);
    frame.set(this.#queue.subarray(0, FRAME));
    this.#queue = this.#queue.slice(FRAME);
    const speaking = frame.some((sample) => sample !== 0);
    if (speaking && !this.#speaking) this.spokeAtMs.push(this.#startedAt + this.sent * 20);
    this.#speaking = speaking;
    if (speaking) this.hushedAtMs = performance.now();
    this.#timestamp = (this.#timestamp + FRAME) >>> 0;
    this.#send(encodeLaw(frame, this.#law), this.#law === 'PCMU' ? 0 : 8, this.#timestamp, this.sent === 0);
    this.sent++;
    const due = this.#startedAt + this.sent * 20;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - performance.now()));
  }

  #send(payload: Uint8Array, payloadType: number, timestamp: number, marker: boolean): void {
    if (!this.#remote) return;
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = (marker ? 0x80 : 0) | payloadType;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp >>> 0, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, 12);
    this.#socket.send(packet, this.#remote.port, this.#remote.host);
  }

  #receive(bytes: Buffer): void {
    if (bytes.length < 12 || (bytes[0] as number) >> 6 !== 2) return;
    const second = bytes[1] as number;
    if (second >= 192 && second <= 223) return;
    this.heard.push({
      atMs: performance.now(),
      sequence: bytes.readUInt16BE(2),
      timestamp: bytes.readUInt32BE(4),
      ssrc: bytes.readUInt32BE(8),
      payloadType: second & 0x7f,
      marker: second >= 0x80,
      payload: new Uint8Array(bytes.subarray(12)),
    });
  }
}
