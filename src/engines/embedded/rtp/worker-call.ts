import { decodeTable, encodeG711, type G711Law, SILENCE_BYTE } from '../../../media/g711.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { CallReports } from './call-reports.ts';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { DtmfSender } from './dtmf-sender.ts';
import { JitterBuffer, MAX_PAYLOAD_SAMPLES } from './jitter-buffer.ts';
import { Latch } from './latch.ts';
import type { CallNews, OpenCall } from './messages.ts';
import { Reception } from './reception.ts';
import { createRtpHeader, looksLikeRtcp, parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from './rtp-packet.ts';
import { FRAME_SAMPLES, SAMPLE_RATE, SharedCall, Word } from './shared-call.ts';

/** RFC 3389: comfort noise, which some peers send unasked; we make our own silence. */
const COMFORT_NOISE = 13;

const Kind = { unknown: 0, pcmu: 1, pcma: 2, event: 3, noise: 4 } as const;

/** What a call does to the outside world. */
export interface CallPorts {
  /** Sends `bytes`, which may be overwritten as soon as the next frame. */
  sendRtp(bytes: Buffer, port: number, address: string): void;
  sendRtcp(bytes: Buffer, length: number, port: number, address: string): void;
  news(news: CallNews): void;
  random(): number;
  wallMs(): number;
}

/** Read once per packet by the one thread that owns it. */
const header = createRtpHeader();
const frame = new Int16Array(FRAME_SAMPLES);

/** RTP of one call inside a media worker: packets in and out, one frame each way per `tick`. */
export class WorkerCall {
  readonly id: number;
  private readonly ports: CallPorts;
  private readonly shared: SharedCall;
  private readonly timeoutMs: number;
  private readonly ssrc: number;
  private sequence: number;
  private timestamp: number;
  private readonly latch = new Latch();
  private readonly reception = new Reception();
  private readonly jitter = new JitterBuffer();
  private readonly dtmfIn = new DtmfReceiver();
  private readonly dtmfOut = new DtmfSender();
  private readonly reports: CallReports;
  private readonly kinds = new Uint8Array(128);
  private readonly packet: Buffer = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES);
  private readonly eventPacket: Buffer = Buffer.alloc(RTP_HEADER_BYTES + 4);
  private packetIsSilent = false;
  private codec: G711Law = 'PCMU';
  private payloadType = 0;
  private eventPayloadType = -1;
  private configured = false;
  private closed = false;
  private sending = false;
  private receiving = false;
  private marker = true;
  private packetsSent = 0;
  private rtcpAddress = '';
  private rtcpPort = 0;
  private rtcpMux = false;
  private heardFirst = false;
  private lastHeardMs = 0;
  private timedOut = false;
  private ticks = 0;

  constructor(options: OpenCall, ports: CallPorts) {
    this.id = options.id;
    this.ports = ports;
    this.shared = new SharedCall(options.memory);
    this.timeoutMs = options.timeoutMs;
    this.ssrc = options.ssrc;
    this.sequence = options.sequence;
    this.timestamp = options.timestamp;
    this.reports = new CallReports(options.cname, () => ports.random());
  }

  /** Takes what the SDP exchange settled, first or again. */
  configure(audio: NegotiatedAudio, nowMs: number): void {
    if (this.closed) return;
    this.codec = audio.codec;
    this.payloadType = audio.payloadType;
    this.eventPayloadType = audio.telephoneEventPayloadType ?? -1;
    this.packetIsSilent = false;
    this.kinds.fill(Kind.unknown);
    this.kinds[0] = Kind.pcmu;
    this.kinds[8] = Kind.pcma;
    this.kinds[COMFORT_NOISE] = Kind.noise;
    for (const [payloadType, meaning] of audio.receivePayloadTypes) {
      this.kinds[payloadType] = meaning === 'telephone-event' ? Kind.event : meaning === 'PCMU' ? Kind.pcmu : Kind.pcma;
    }
    if (audio.remote !== undefined) this.latch.announce(audio.remote.address, audio.remote.port, nowMs);
    this.rtcpMux = audio.rtcpMux;
    if (audio.remoteRtcp !== undefined) {
      this.rtcpAddress = audio.remoteRtcp.address;
      this.rtcpPort = audio.remoteRtcp.port;
    }
    const sending = audio.remote !== undefined && (audio.direction === 'sendrecv' || audio.direction === 'sendonly');
    const receiving = audio.direction === 'sendrecv';
    if (sending && !this.sending) this.marker = true;
    if (receiving && !this.receiving) {
      this.jitter.restart();
    }
    // An exchange of SDP is a sign of life: silence counts from it, anew also where it was too long before.
    this.lastHeardMs = nowMs;
    this.timedOut = false;
    this.sending = sending;
    this.receiving = receiving;
    this.configured = true;
  }

  sendDtmf(digits: readonly DtmfDigit[], durationMs: number, gapMs: number, token: number): void {
    this.dtmfOut.add(digits, durationMs, gapMs, () => this.ports.news({ type: 'dtmf-sent', id: this.id, token }));
  }

  /** A datagram on the RTP port. */
  onRtp(bytes: Uint8Array, address: string, port: number, nowMs: number): void {
    if (!this.active) return;
    if (looksLikeRtcp(bytes)) {
      this.onRtcp(bytes, address, undefined, nowMs);
      return;
    }
    const kind = parseRtp(bytes, header) ? (this.kinds[header.payloadType] ?? Kind.unknown) : Kind.unknown;
    if (kind === Kind.unknown || header.payloadLength > MAX_PAYLOAD_SAMPLES) {
      this.shared.add(Word.packetsMalformed, 1);
      return;
    }
    const source = this.latch.heard(address, port, nowMs);
    if (source === 'stranger') {
      this.shared.add(Word.packetsFromStrangers, 1);
      return;
    }
    if (source === 'moved') this.ports.news({ type: 'remote', id: this.id, address, port });
    this.lastHeardMs = nowMs;
    if (!this.heardFirst) {
      this.heardFirst = true;
      this.ports.news({ type: 'first-rtp', id: this.id });
    }
    this.accept(kind, bytes, nowMs);
  }

  /** A datagram with RTCP; `port` is undefined when it came to the RTP port. */
  onRtcp(bytes: Uint8Array, address: string, port: number | undefined, nowMs: number): void {
    if (!this.active) return;
    if (!this.latch.knows(address)) {
      this.shared.add(Word.packetsFromStrangers, 1);
      return;
    }
    if (!this.reports.read(bytes, this.ssrc, nowMs, this.ports.wallMs())) {
      this.shared.add(Word.packetsMalformed, 1);
      return;
    }
    if (port !== undefined) {
      this.rtcpAddress = address;
      this.rtcpPort = port;
    }
    this.shared.store(Word.remoteLoss, this.reports.remoteLoss);
    this.shared.store(
      Word.roundTripUs,
      this.reports.roundTripMs < 0 ? -1 : Math.round(this.reports.roundTripMs * 1000),
    );
  }

  /** One frame each way; as `send`, then `receive`. */
  tick(dueMs: number, skipped: number): boolean {
    this.send(skipped);
    return this.receive(dueMs);
  }

  /** One frame out; `skipped` is the number of frames that were left out before it. */
  send(skipped: number): void {
    if (!this.active) return;
    if (skipped > 0) {
      this.timestamp = (this.timestamp + skipped * FRAME_SAMPLES) >>> 0;
      this.shared.add(Word.slotsSkipped, skipped);
    }
    if (this.sending) this.sendFrame();
    this.timestamp = (this.timestamp + FRAME_SAMPLES) >>> 0;
  }

  /**
   * One frame in; `dueMs` is the time on the grid at which it belongs.
   * @returns false until the call is configured, and after its end
   */
  receive(dueMs: number): boolean {
    if (!this.active) return false;
    if (this.receiving) this.jitter.pop(frame, dueMs);
    else frame.fill(0);
    this.shared.writeCaller(frame);

    if (++this.ticks % 10 === 0) this.publish();
    if (this.ticks % 10 === 5) this.housekeep(dueMs);
    return true;
  }

  /** The last report, with BYE. The shared memory is not touched any more. */
  close(nowMs: number): void {
    if (!this.shared.current) return;
    if (this.configured) this.report(nowMs, true);
    this.publish();
    this.configured = false;
    this.closed = true;
  }

  private get active(): boolean {
    return this.configured && this.shared.current;
  }

  private accept(kind: number, bytes: Uint8Array, nowMs: number): void {
    this.shared.add(Word.packetsReceived, 1);
    const arrival = Math.floor(nowMs * (SAMPLE_RATE / 1000));
    switch (this.reception.packet(header.ssrc, header.sequence, header.timestamp, arrival)) {
      case 'duplicate':
        this.shared.add(Word.packetsDuplicate, 1);
        return;
      case 'stray':
        return;
      case 'restart':
        this.jitter.restart();
        break;
      case 'fresh':
        break;
    }
    if (kind === Kind.event) {
      const { payloadOffset, payloadLength, marker, timestamp } = header;
      const digit = this.dtmfIn.packet(bytes, payloadOffset, payloadLength, marker, timestamp, nowMs);
      if (digit === undefined) return;
      this.ports.news({ type: 'dtmf', id: this.id, digit, durationMs: this.dtmfIn.duration / 8 });
    } else if (kind !== Kind.noise && this.receiving && header.payloadLength > 0) {
      const table = decodeTable(kind === Kind.pcmu ? 'PCMU' : 'PCMA');
      const { payloadOffset, payloadLength, timestamp, marker } = header;
      const pushed = this.jitter.push(bytes, payloadOffset, payloadLength, table, timestamp, marker, nowMs);
      if (pushed === 'late') this.shared.add(Word.packetsLate, 1);
    }
  }

  private sendFrame(): void {
    switch (this.dtmfOut.step(this.timestamp, this.eventPayloadType >= 0, frame)) {
      case 'idle':
        if (this.shared.load(Word.paused) === 0 && this.shared.takePlayout(frame) > 0) this.sendSamples();
        else this.sendSilence();
        break;
      case 'event': {
        const { marker, timestamp, payload } = this.dtmfOut;
        this.eventPacket.set(payload, RTP_HEADER_BYTES);
        this.transmit(this.eventPacket, marker, this.eventPayloadType, timestamp);
        break;
      }
      case 'tone':
        this.sendSamples();
        break;
      case 'silence':
        this.sendSilence();
        break;
    }
  }

  private sendSamples(): void {
    encodeG711(this.codec, frame, this.packet, RTP_HEADER_BYTES);
    this.packetIsSilent = false;
    this.sendAudio();
  }

  private sendSilence(): void {
    if (!this.packetIsSilent) this.packet.fill(SILENCE_BYTE[this.codec], RTP_HEADER_BYTES);
    this.packetIsSilent = true;
    this.sendAudio();
  }

  private sendAudio(): void {
    this.transmit(this.packet, this.marker, this.payloadType, this.timestamp);
    this.marker = false;
  }

  private transmit(packet: Buffer, marker: boolean, payloadType: number, timestamp: number): void {
    writeRtpHeader(packet, marker, payloadType, this.sequence, timestamp, this.ssrc);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.packetsSent++;
    this.shared.add(Word.packetsSent, 1);
    this.ports.sendRtp(packet, this.latch.port, this.latch.address);
  }

  private publish(): void {
    this.shared.store(Word.packetsLost, this.reception.lost);
    this.shared.store(Word.jitterUs, Math.round(this.reception.jitter * 125));
    this.shared.store(Word.concealed, this.jitter.concealed | 0);
    this.shared.store(Word.bufferDelay, this.jitter.delay);
  }

  private housekeep(nowMs: number): void {
    if (this.reports.due(nowMs)) this.report(nowMs, false);
    if (!this.receiving || this.timedOut) return;
    const silentMs = nowMs - this.lastHeardMs;
    if (silentMs < this.timeoutMs) return;
    this.timedOut = true;
    this.ports.news({ type: 'timeout', id: this.id, silentMs: Math.round(silentMs) });
  }

  private report(nowMs: number, bye: boolean): void {
    const port = this.rtcpMux ? this.latch.port : this.rtcpPort;
    if (port === 0) return;
    const sender = {
      ssrc: this.ssrc,
      wallMs: this.ports.wallMs(),
      rtpTimestamp: this.timestamp,
      packets: this.packetsSent,
      octets: (this.packetsSent * FRAME_SAMPLES) >>> 0,
    };
    const length = this.reports.write(sender, this.reception, nowMs, bye);
    this.ports.sendRtcp(this.reports.bytes, length, port, this.rtcpMux ? this.latch.address : this.rtcpAddress);
  }
}
