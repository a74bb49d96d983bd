import { createSocket, type Socket } from 'node:dgram';
import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import { decodeG711, encodeG711 } from '../../../media/g711.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';

const FRAME = 160;
/** What came too fast is thrown away beyond this. */
const MAX_FRAMES = 6;
const END_PACKETS = 3;

interface Press {
  digit: DtmfDigit;
  frames: number;
  frame: number;
  ends: number;
  timestamp: number;
}

/** The RTP side of a channel of the double: one frame each way per tick, nothing clever. */
export class RtpLeg {
  packetsReceived = 0;
  packetsSent = 0;
  /** A key was released; `ticks`: how long it was held, in samples of 8 kHz. */
  onKey: (digit: DtmfDigit, ticks: number) => void = () => {};
  readonly #socket: Socket;
  #audio: NegotiatedAudio | undefined;
  #remote: { address: string; port: number } | undefined;
  readonly #frames: Int16Array[] = [];
  #keyTimestamp = -1;
  readonly #keys: { digit: DtmfDigit; frames: number }[] = [];
  #key: Press | undefined;
  #sequence = Math.floor(Math.random() * 0x8000);
  #timestamp = Math.floor(Math.random() * 0x4000_0000);
  readonly #ssrc = Math.floor(Math.random() * 0xffff_ffff);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { address, port }) => {
      if (this.#remote?.address !== address) return;
      this.#remote = { address, port };
      this.#receive(bytes);
    });
  }

  static async open(): Promise<RtpLeg> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new RtpLeg(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  configure(audio: NegotiatedAudio): void {
    this.#audio = audio;
    if (audio.remote !== undefined) this.#remote = audio.remote;
    if (audio.direction !== 'sendrecv' && audio.direction !== 'recvonly') this.#frames.length = 0;
  }

  press(digit: DtmfDigit, durationMs: number): void {
    this.#keys.push({ digit, frames: Math.max(2, Math.ceil(durationMs / 20)) });
  }

  /** The next frame of the party; where none has come, silence as FreeSWITCH makes it: not quite 0. */
  read(frame: Int16Array): void {
    const next = this.#frames.shift();
    if (next === undefined) for (let i = 0; i < frame.length; i++) frame[i] = i & 1;
    else frame.set(next);
  }

  /** Sends a frame, or a key instead of it. */
  write(frame: Int16Array): void {
    const audio = this.#audio;
    this.#timestamp = (this.#timestamp + FRAME) >>> 0;
    if (audio === undefined || (audio.direction !== 'sendrecv' && audio.direction !== 'sendonly')) {
      this.#keys.length = 0;
      this.#key = undefined;
      return;
    }
    this.#key ??= this.#nextKey();
    if (this.#key !== undefined && audio.telephoneEventPayloadType !== undefined) {
      this.#sendKey(this.#key, audio.telephoneEventPayloadType);
      return;
    }
    const payload = Buffer.alloc(FRAME);
    encodeG711(audio.codec, frame, payload, 0);
    this.#send(payload, audio.payloadType, this.#timestamp, false);
  }

  close(): void {
    this.#socket.close();
  }

  #nextKey(): Press | undefined {
    const key = this.#keys.shift();
    return key && { ...key, frame: 0, ends: 0, timestamp: this.#timestamp };
  }

  #sendKey(key: Press, payloadType: number): void {
    key.frame = Math.min(key.frames, key.frame + 1);
    const end = key.frame === key.frames;
    const duration = key.frame * FRAME;
    const payload = Buffer.from([DTMF_DIGITS.indexOf(key.digit), end ? 0x8a : 0x0a, duration >> 8, duration & 255]);
    this.#send(payload, payloadType, key.timestamp, key.frame === 1);
    if (end && ++key.ends === END_PACKETS) this.#key = undefined;
  }

  #send(payload: Buffer, payloadType: number, timestamp: number, marker: boolean): void {
    if (this.#remote === undefined) return;
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = (marker ? 0x80 : 0) | payloadType;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, 12);
    this.packetsSent++;
    this.#socket.send(packet, this.#remote.port, this.#remote.address);
  }

  #receive(bytes: Buffer): void {
    const audio = this.#audio;
    if (audio === undefined || bytes.length <= 12) return;
    this.packetsReceived++;
    const payloadType = bytes.readUInt8(1) & 127;
    const meaning = audio.receivePayloadTypes.get(payloadType);
    if (meaning === 'telephone-event') this.#receiveKey(bytes);
    if (meaning !== 'PCMU' && meaning !== 'PCMA') return;
    if (audio.direction !== 'sendrecv' && audio.direction !== 'recvonly') return;
    const samples = new Int16Array(bytes.length - 12);
    decodeG711(meaning, bytes, 12, samples.length, samples);
    for (let at = 0; at + FRAME <= samples.length; at += FRAME) this.#frames.push(samples.subarray(at, at + FRAME));
    if (this.#frames.length > MAX_FRAMES) this.#frames.splice(0, this.#frames.length - MAX_FRAMES);
  }

  /** Told at the end of the press, as FreeSWITCH does. */
  #receiveKey(bytes: Buffer): void {
    const timestamp = bytes.readUInt32BE(4);
    const end = (bytes.readUInt8(13) & 0x80) !== 0;
    const digit = DTMF_DIGITS[bytes.readUInt8(12)];
    if (!end || digit === undefined || timestamp === this.#keyTimestamp) return;
    this.#keyTimestamp = timestamp;
    this.onKey(digit, bytes.readUInt16BE(14));
  }
}
