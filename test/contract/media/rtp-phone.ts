import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { DtmfDigit } from '../../../src/media/port.ts';
import type { MediaDirection } from '../../../src/media/sdp.ts';
import type { Phone } from './rig.ts';

const EVENTS = '0123456789*#ABCD';
const TELEPHONE_EVENT = 101;

/** A received RTP packet. */
export interface HeardPacket {
  atMs: number;
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
}

/**
 * A phone on UDP, written without the engine's code so that a mistake there is not repeated here. G.711 by the
 * arithmetic of ITU-T G.191, one packet per 20 ms by an absolute clock.
 */
export class RtpPhone implements Phone {
  readonly packets: HeardPacket[] = [];
  /** When each frame of `speak` was sent. */
  readonly spokenAtMs: number[] = [];
  /** RTCP that arrived on the port above. */
  readonly reports: Buffer[] = [];
  readonly ssrc = 0x1234_5678;
  remote = { address: '', port: 0 };
  private readonly rtp: Socket;
  private readonly rtcp: Socket;
  private law: 'PCMU' | 'PCMA' = 'PCMU';
  private readonly queue: Int16Array[] = [];
  private readonly keys: { digit: string; frames: number; step: number; timestamp: number }[] = [];
  private sequence = 65_500;
  private timestamp = 0xffff_f000;
  private startMs = 0;
  private sent = 0;
  private muted = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.rtp = rtp;
    this.rtcp = rtcp;
    rtp.on('message', (bytes, source) => this.hear(bytes, source));
    rtcp.on('message', (bytes) => this.reports.push(bytes));
  }

  /** `host`: the loopback address that it sends from. */
  static async open(host = '127.0.0.1'): Promise<RtpPhone> {
    const rtp = createSocket('udp4');
    const rtcp = createSocket('udp4');
    await Promise.all([rtp, rtcp].map((socket) => new Promise<void>((done) => socket.bind(0, host, done))));
    return new RtpPhone(rtp, rtcp);
  }

  get port(): number {
    return this.rtp.address().port;
  }

  sdp({
    direction = 'sendrecv',
    codecs = ['PCMU', 'PCMA'],
  }: {
    direction?: MediaDirection;
    codecs?: readonly ('PCMU' | 'PCMA')[];
  } = {}): string {
    const types = codecs.map((codec) => (codec === 'PCMU' ? 0 : 8));
    return [
      'v=0',
      'o=phone 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.port} RTP/AVP ${types.join(' ')} ${TELEPHONE_EVENT}`,
      `a=rtpmap:${TELEPHONE_EVENT} telephone-event/8000`,
      `a=rtcp:${this.rtcp.address().port}`,
      `a=${direction}`,
      '',
    ].join('\r\n');
  }

  connect(sdp: string): void {
    const line = /m=audio (\d+) RTP\/AVP (\d+)/.exec(sdp);
    this.remote = { address: /c=IN IP4 (\S+)/.exec(sdp)?.[1] ?? '', port: Number(line?.[1]) };
    this.law = line?.[2] === '8' ? 'PCMA' : 'PCMU';
    if (this.timer !== undefined) return;
    this.startMs = performance.now();
    this.timer = setTimeout(() => this.pace(), 20);
  }

  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 160) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(at, at + 160));
      this.queue.push(frame);
    }
  }

  press(digits: string, durationMs = 100): void {
    for (const digit of digits) this.keys.push({ digit, frames: durationMs / 20, step: 0, timestamp: 0 });
  }

  mute(): void {
    this.muted = true;
  }

  unmute(): void {
    this.muted = false;
  }

  heard(): Int16Array {
    const audio = this.packets.filter((packet) => packet.payloadType !== TELEPHONE_EVENT);
    return Int16Array.from(audio.flatMap((packet) => [...packet.payload].map((code) => this.decode(code))));
  }

  digitsHeard(): DtmfDigit[] {
    return this.presses().map(({ packet }) => EVENTS[packet.payload[0] ?? 0] as DtmfDigit);
  }

  digitPlaces(): number[] {
    return this.presses().map(({ audioBefore }) => audioBefore * 20);
  }

  digitDurations(): number[] {
    return this.presses().map(({ durations }) => Math.max(...durations) / 8);
  }

  /** As if the network had lost that many packets. */
  skipSequence(count: number): void {
    this.sequence = (this.sequence + count) & 0xffff;
  }

  /** Sends one packet of its own making, from this phone's port. */
  sendRaw(bytes: Uint8Array): void {
    this.rtp.send(bytes, this.remote.port, this.remote.address);
  }

  sendReport(bytes: Uint8Array): void {
    this.rtcp.send(bytes, this.remote.port + 1, this.remote.address);
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all([this.rtp, this.rtcp].map((socket) => new Promise<void>((done) => socket.close(() => done()))));
  }

  private presses(): { packet: HeardPacket; audioBefore: number; durations: number[] }[] {
    const found: { packet: HeardPacket; audioBefore: number; durations: number[] }[] = [];
    let audioBefore = 0;
    for (const packet of this.packets) {
      if (packet.payloadType !== TELEPHONE_EVENT) audioBefore++;
      else {
        const duration = packet.payload.readUInt16BE(2);
        if (found.at(-1)?.packet.timestamp === packet.timestamp) found.at(-1)?.durations.push(duration);
        else found.push({ packet, audioBefore, durations: [duration] });
      }
    }
    return found;
  }

  private hear(bytes: Buffer, source: RemoteInfo): void {
    if (source.port !== this.remote.port) return;
    this.packets.push({
      atMs: performance.now(),
      marker: bytes.readUInt8(1) >= 128,
      payloadType: bytes.readUInt8(1) & 127,
      sequence: bytes.readUInt16BE(2),
      timestamp: bytes.readUInt32BE(4),
      ssrc: bytes.readUInt32BE(8),
      payload: bytes.subarray(12),
    });
  }

  private pace(): void {
    const due = Math.floor((performance.now() - this.startMs) / 20);
    for (; this.sent < due; this.sent++) this.frame();
    this.timer = setTimeout(() => this.pace(), Math.max(1, this.startMs + (due + 1) * 20 - performance.now()));
  }

  private frame(): void {
    this.timestamp = (this.timestamp + 160) >>> 0;
    if (this.muted) return;
    if (this.keys.length > 0) this.keyFrame();
    else {
      if (this.queue.length > 0) this.spokenAtMs.push(performance.now());
      this.packet(this.law === 'PCMU' ? 0 : 8, this.timestamp, this.encoded(this.queue.shift()), false);
    }
  }

  /** A key, its end three times, 40 ms of rest. */
  private keyFrame(): void {
    const key = this.keys[0];
    if (key === undefined) return;
    if (key.step === 0) key.timestamp = this.timestamp;
    const step = ++key.step;
    const end = step >= key.frames;
    const duration = Math.min(step, key.frames) * 160;
    const payload = Buffer.from([EVENTS.indexOf(key.digit), (end ? 0x80 : 0) | 10, duration >> 8, duration & 255]);
    if (step <= key.frames + 2) this.packet(TELEPHONE_EVENT, key.timestamp, payload, step === 1);
    if (step === key.frames + 4) this.keys.shift();
  }

  private packet(payloadType: number, timestamp: number, payload: Buffer, marker: boolean): void {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8((marker ? 128 : 0) | payloadType, 1);
    this.sequence = (this.sequence + 1) & 0xffff;
    header.writeUInt16BE(this.sequence, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.ssrc, 8);
    this.rtp.send(Buffer.concat([header, payload]), this.remote.port, this.remote.address);
  }

  private encoded(samples: Int16Array = new Int16Array(160)): Buffer {
    return Buffer.from(Array.from(samples, (sample) => (this.law === 'PCMU' ? toUlaw(sample) : toAlaw(sample))));
  }

  private decode(code: number): number {
    return this.law === 'PCMU' ? fromUlaw(code) : fromAlaw(code);
  }
}

function toUlaw(sample: number): number {
  let magnitude = Math.min(32635, Math.abs(sample)) + 132;
  let exponent = 7;
  for (let bit = 0x4000; (magnitude & bit) === 0 && exponent > 0; bit >>= 1) exponent--;
  magnitude = (magnitude >> (exponent + 3)) & 15;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | magnitude) & 255;
}

function fromUlaw(code: number): number {
  const bits = ~code & 255;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 128 ? -magnitude : magnitude;
}

function toAlaw(sample: number): number {
  const magnitude = Math.min(32767, sample < 0 ? -sample - 1 : sample) >> 4;
  let exponent = 0;
  while (magnitude >> (exponent + 5) > 0) exponent++;
  const code =
    magnitude < 16
      ? magnitude
      : magnitude < 32
        ? 16 | (magnitude & 15)
        : ((exponent + 1) << 4) | ((magnitude >> exponent) & 15);
  return (code | (sample < 0 ? 0 : 128)) ^ 0x55;
}

function fromAlaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? step : (step + 256) << (exponent - 1);
  return bits & 128 ? magnitude : -magnitude;
}
