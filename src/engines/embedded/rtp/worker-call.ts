import { decodeTable } from '../../../media/g711.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import type { LaneNumber } from './bridge-lane.ts';
import { BridgeLeg } from './bridge-leg.ts';
import { CallReports } from './call-reports.ts';
import { CallTap } from './call-tap.ts';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { JitterBuffer, MAX_PAYLOAD_SAMPLES } from './jitter-buffer.ts';
import { Latch } from './latch.ts';
import type { CallNews, OpenCall } from './messages.ts';
import { OutStream } from './out-stream.ts';
import { Reception } from './reception.ts';
import { createRtpHeader, looksLikeRtcp, parseRtp } from './rtp-packet.ts';
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
  /** Microseconds on a clock that all threads share, modulo 2^32. */
  sharedUs(): number;
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
  private readonly latch: Latch;
  private readonly reception = new Reception();
  private readonly jitter = new JitterBuffer();
  private readonly dtmfIn = new DtmfReceiver();
  private readonly out: OutStream;
  private readonly reports: CallReports;
  private readonly kinds = new Uint8Array(128);
  private configured = false;
  private closed = false;
  private receiving = false;
  private leg: BridgeLeg | undefined;
  private tap: CallTap | undefined;
  private rtcpAddress = '';
  private rtcpPort = 0;
  private rtcpMux = false;
  private heardFirst = false;
  private lastHeardMs = 0;
  private timedOut = false;
  private ticks = 0;
  /** Sent so far, those that were left out included. */
  private frames = 0;

  constructor(options: OpenCall, ports: CallPorts) {
    this.id = options.id;
    this.ports = ports;
    this.shared = new SharedCall(options.memory);
    this.timeoutMs = options.timeoutMs;
    this.latch = new Latch(options.followSource);
    const { ssrc, sequence, timestamp } = options;
    const transmit = (packet: Buffer) => ports.sendRtp(packet, this.latch.port, this.latch.address);
    this.out = new OutStream({ ssrc, sequence, timestamp, transmit }, this.shared);
    this.reports = new CallReports(options.cname, () => ports.random());
  }

  /** Takes what the SDP exchange settled, first or again. */
  configure(audio: NegotiatedAudio, nowMs: number): void {
    if (this.closed) return;
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
    this.out.configure(audio.codec, audio.payloadType, audio.telephoneEventPayloadType, sending);
    if (receiving && !this.receiving) {
      this.jitter.restart();
    }
    // An exchange of SDP is a sign of life: silence counts from it, anew also where it was too long before.
    this.lastHeardMs = nowMs;
    this.timedOut = false;
    this.receiving = receiving;
    this.configured = true;
  }

  sendDtmf(digits: readonly DtmfDigit[], durationMs: number, gapMs: number, token: number): void {
    this.out.sendDtmf(digits, durationMs, gapMs, () => this.ports.news({ type: 'dtmf-sent', id: this.id, token }));
  }

  /** A key of the party that came another way than RTP: for the other leg. */
  press(digit: DtmfDigit, durationMs: number): void {
    this.leg?.press(digit);
    this.leg?.hold(Math.round(durationMs * (SAMPLE_RATE / 1000)), true);
  }

  /** Whether keys of the other leg go to the party another way than RTP. */
  sendKeysElsewhere(elsewhere: boolean): void {
    this.out.keysElsewhere = elsewhere;
  }

  /** Joins the party to that of the other leg; `side`: which of the two this is. */
  join(memory: SharedArrayBuffer, side: LaneNumber): void {
    if (this.closed) return;
    this.leg = new BridgeLeg(memory, side);
    this.out.leg = this.leg;
  }

  part(): void {
    this.leg = undefined;
    this.out.part();
  }

  /** Writes both directions into a `TapRing` from the next frame on; undefined ends it. */
  listen(memory: SharedArrayBuffer | undefined): void {
    this.tap = memory === undefined || this.closed ? undefined : new CallTap(memory);
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
    if (!this.reports.read(bytes, this.out.ssrc, nowMs, this.ports.wallMs())) {
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
    const sent = this.out.step(skipped, this.leg === undefined ? 0 : this.ports.sharedUs());
    this.frames += skipped + 1;
    this.tap?.send(sent);
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
    this.leg?.say(frame, this.ports.sharedUs());
    this.tap?.receive(frame, this.receiving ? this.jitter.position : Number.NaN, this.jitter.fullDelay, this.frames);

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
    this.part();
    this.tap = undefined;
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
      if (digit !== undefined) {
        this.leg?.press(digit);
        this.ports.news({ type: 'dtmf', id: this.id, digit, durationMs: this.dtmfIn.duration / 8 });
      }
      this.leg?.hold(this.dtmfIn.duration, this.dtmfIn.over);
    } else if (kind !== Kind.noise && this.receiving && header.payloadLength > 0) {
      const table = decodeTable(kind === Kind.pcmu ? 'PCMU' : 'PCMA');
      const { payloadOffset, payloadLength, timestamp, marker } = header;
      const pushed = this.jitter.push(bytes, payloadOffset, payloadLength, table, timestamp, marker, nowMs);
      if (pushed === 'late') this.shared.add(Word.packetsLate, 1);
    }
  }

  private publish(): void {
    this.shared.store(Word.packetsLost, this.reception.lost);
    this.shared.store(Word.jitterUs, Math.round(this.reception.jitter * 125));
    this.shared.store(Word.concealed, this.jitter.concealed | 0);
    this.shared.store(Word.trimmed, this.jitter.trimmed | 0);
    this.shared.store(Word.cut, this.jitter.cut | 0);
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
      ssrc: this.out.ssrc,
      wallMs: this.ports.wallMs(),
      rtpTimestamp: this.out.timestamp,
      packets: this.out.packetsSent,
      octets: (this.out.packetsSent * FRAME_SAMPLES) >>> 0,
    };
    const length = this.reports.write(sender, this.reception, nowMs, bye);
    this.ports.sendRtcp(this.reports.bytes, length, port, this.rtcpMux ? this.latch.address : this.rtcpAddress);
  }
}
