import { encodeG711, type G711Law, SILENCE_BYTE } from '../../../media/g711.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import type { BridgeLeg } from './bridge-leg.ts';
import { DtmfSender } from './dtmf-sender.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from './rtp-packet.ts';
import { FRAME_SAMPLES, type SharedCall, Word } from './shared-call.ts';

export interface OutStreamOptions {
  ssrc: number;
  sequence: number;
  timestamp: number;
  /** Sends `packet`, which may be overwritten as soon as the next frame. */
  transmit(packet: Buffer): void;
}

/** What was sent last; read before the next frame of any call of the thread. */
const frame = new Int16Array(FRAME_SAMPLES);

/** The RTP that goes to the party of one call: one packet per frame while it is `sending`, never a gap in the sequence. */
export class OutStream {
  readonly ssrc: number;
  sending = false;
  leg: BridgeLeg | undefined;
  /** Keys of the other leg go to the party another way. */
  keysElsewhere = false;
  packetsSent = 0;
  /** RTP timestamp of the next frame; moves on whether or not anything is sent. */
  timestamp: number;
  private readonly shared: SharedCall;
  private readonly transmit: (packet: Buffer) => void;
  private readonly keys = new DtmfSender();
  private readonly packet: Buffer = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES);
  private readonly eventPacket: Buffer = Buffer.alloc(RTP_HEADER_BYTES + 4);
  private packetIsSilent = false;
  private codec: G711Law = 'PCMU';
  private payloadType = 0;
  private eventPayloadType = -1;
  private sequence: number;
  private marker = true;

  constructor(options: OutStreamOptions, shared: SharedCall) {
    this.ssrc = options.ssrc;
    this.sequence = options.sequence;
    this.timestamp = options.timestamp;
    this.transmit = options.transmit;
    this.shared = shared;
  }

  /** `eventPayloadType`: of RFC 4733 packets; undefined: the party takes none. */
  configure(codec: G711Law, payloadType: number, eventPayloadType: number | undefined, sending: boolean): void {
    this.codec = codec;
    this.payloadType = payloadType;
    this.eventPayloadType = eventPayloadType ?? -1;
    this.packetIsSilent = false;
    if (sending && !this.sending) this.marker = true;
    this.sending = sending;
  }

  sendDtmf(digits: readonly DtmfDigit[], durationMs: number, gapMs: number, done: () => void): void {
    this.keys.add(digits, durationMs, gapMs, done);
  }

  part(): void {
    this.leg?.dropKeys(this.keys);
    this.leg = undefined;
  }

  /**
   * The work of one frame, before which `skipped` others were left out; `nowUs` as in `LaneReader.take`.
   * @returns the samples that went out, undefined for silence and keys
   */
  step(skipped: number, nowUs: number): Int16Array | undefined {
    if (skipped > 0) {
      this.timestamp = (this.timestamp + skipped * FRAME_SAMPLES) >>> 0;
      this.shared.add(Word.slotsSkipped, skipped);
    }
    const samples = this.sending ? this.sendFrame(nowUs) : this.stayQuiet();
    this.timestamp = (this.timestamp + FRAME_SAMPLES) >>> 0;
    return samples;
  }

  private stayQuiet(): undefined {
    if (this.leg === undefined) return;
    this.leg.skip();
    this.leg.dropKeys(this.keys);
  }

  private sendFrame(nowUs: number): Int16Array | undefined {
    const { leg } = this;
    if (this.keysElsewhere) leg?.dropKeys(this.keys);
    else leg?.passKeys(this.keys);
    const step = this.keys.step(this.timestamp, this.eventPayloadType >= 0, frame);
    if (step === 'idle') {
      const played = this.shared.load(Word.paused) === 0 && this.shared.takePlayout(frame) > 0;
      const joined = leg?.hear(frame, played, nowUs) ?? false;
      if (!played && !joined) return this.sendSilence();
      this.sendSamples();
      return frame;
    }
    leg?.skip();
    switch (step) {
      case 'event': {
        const { marker, timestamp, payload } = this.keys;
        this.eventPacket.set(payload, RTP_HEADER_BYTES);
        this.send(this.eventPacket, marker, this.eventPayloadType, timestamp);
        return undefined;
      }
      case 'tone':
        this.sendSamples();
        return undefined;
      case 'silence':
        return this.sendSilence();
    }
  }

  private sendSamples(): void {
    encodeG711(this.codec, frame, this.packet, RTP_HEADER_BYTES);
    this.packetIsSilent = false;
    this.sendAudio();
  }

  private sendSilence(): undefined {
    if (!this.packetIsSilent) this.packet.fill(SILENCE_BYTE[this.codec], RTP_HEADER_BYTES);
    this.packetIsSilent = true;
    this.sendAudio();
  }

  private sendAudio(): void {
    this.send(this.packet, this.marker, this.payloadType, this.timestamp);
    this.marker = false;
  }

  private send(packet: Buffer, marker: boolean, payloadType: number, timestamp: number): void {
    writeRtpHeader(packet, marker, payloadType, this.sequence, timestamp, this.ssrc);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.packetsSent++;
    this.shared.add(Word.packetsSent, 1);
    this.transmit(packet);
  }
}
